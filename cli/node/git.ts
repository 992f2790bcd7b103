/** What git says of the directory in which a command runs. */
import { execFileSync } from 'node:child_process';

/** Undefined: there is no git, or it refuses. */
export function git(directory: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** See `Platform`. */
export function changedSince(commit: string, directory: string): readonly string[] | undefined {
  // What the other branch has done since then is no change of this one.
  const base = git(directory, 'merge-base', '--end-of-options', commit, 'HEAD')?.trim();
  if (base === undefined) return undefined;
  // All of the repository, wherever in it the command runs.
  const top = git(directory, 'rev-parse', '--show-toplevel')?.trim() ?? directory;
  const differing = git(top, 'diff', '--name-only', '--no-renames', '-z', base, '--');
  const untracked = git(top, 'ls-files', '--others', '--exclude-standard', '-z');
  if (differing === undefined || untracked === undefined) return undefined;
  return [...differing.split('\0'), ...untracked.split('\0')].filter((file) => file !== '');
}
