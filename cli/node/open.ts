/** What a source stands for, in this process. */
import type { Source } from '../scenarios.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';

/** Rejects with `BadUsage` or `InvalidInput`. */
export async function openHere(source: Source): Promise<Workspace> {
  if (source.kind !== 'config') return workspaceOf(source);
  const { loadConfig } = await import('./load-config.ts');
  return workspaceOf(source, await loadConfig(source.file));
}
