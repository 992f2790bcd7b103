/** Seeds as commands are given them, and how a command tells its exit code. */
import { BadUsage, type ExitCode } from './exit-codes.ts';
import type { Platform } from './platform.ts';

export type Ended = (code: ExitCode) => void;

/** Value of `--seed`: derived from the commit, so that every commit explores other plans and stays reproducible. */
export const COMMIT_SEED = 'commit';

/** Throws `BadUsage` if it is to be the commit's, and there is none. */
export function seedOf(platform: Platform, text: string): string {
  if (text !== COMMIT_SEED) return text;
  const commit = platform.commit();
  if (commit === undefined) {
    throw new BadUsage(
      '--seed commit: there is no git commit here; run inside a git checkout, or name a seed: --seed <text>',
    );
  }
  return commit.slice(0, 16);
}
