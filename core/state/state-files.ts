/**
 * Where the files of state backends lie on a host: in one directory of the job, each with a name that begins with its attempt and
 * task, so that what a task has left that was killed can be found. A backend removes its own files when its task ends.
 */
import { IoError } from '../errors.ts';
import type { TaskId } from '../facts.ts';
import type { Disk } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

function directoryOf(job: string): string {
  return `state/${job}`;
}

/** What the paths of all files of a task's keyed state begin with. */
export function stateFilesPrefix(job: string, { attempt, vertex, subtask }: TaskId): string {
  return `${directoryOf(job)}/${attempt}-${encodeURIComponent(vertex)}-${subtask}`;
}

/** Removes those of attempts up to this one. Nobody waits for it; what stays is found the next time. */
export function* sweepStateFiles(disk: Disk, job: string, attempt: number): Coroutine<void> {
  const directory = directoryOf(job);
  let names: readonly string[];
  try {
    names = yield* disk.list(directory);
  } catch (error) {
    // There is no such directory, say.
    if (!(error instanceof IoError)) throw error;
    return;
  }
  for (const name of names) if (isUpTo(attempt, name)) disk.remove(`${directory}/${name}`);
}

/** Whether a file is of this attempt or an earlier one, by what its name begins with. */
export function isUpTo(attempt: number, name: string): boolean {
  return Number.parseInt(name, 10) <= attempt;
}
