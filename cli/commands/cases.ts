/** Where cases are: those that a campaign writes, and those that a gate asks about. */
import { messageOf } from '../../core/errors.ts';
import { type Case, caseDocument, caseFileName } from '../../properties/case/case.ts';
import { quoted } from '../../reports/words.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';

export function caseDirectoryOf(platform: Platform, { caseDirectory }: Workspace): string {
  return caseDirectory ?? platform.caseDirectory;
}

export function corpusDirectoryOf(platform: Platform, { caseDirectory }: Workspace): string {
  return caseDirectory ?? platform.corpusDirectory;
}

/** Under the name that its content gives it. Throws `BadUsage`. */
export function putCase(platform: Platform, directory: string, kase: Case): string {
  const path = `${directory}/${caseFileName(kase)}`;
  platform.writeText(path, caseDocument(kase));
  return path;
}

/**
 * Writes what was found, and says where it lies, as a command line takes it. If it cannot be written, that is told, and the
 * failure is reported by its seed all the same.
 */
export function writeCase(platform: Platform, workspace: Workspace, kase: Case): string {
  try {
    return quoted(putCase(platform, caseDirectoryOf(platform, workspace), kase));
  } catch (error) {
    platform.warn(messageOf(error));
    return `${quoted(kase.scenario)} --seed ${quoted(kase.origin.seed)}`;
  }
}
