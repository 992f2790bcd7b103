/**
 * Files on a host's disk that belong to tasks: state of a backend, copies of what is in checkpoints, in batch what is sorted. Each kind
 * lies in one directory of the job, and a name begins with its attempt and task, since a disk lists the files of one directory only: so
 * what a task has left that was killed can be found.
 */
import { IoError } from '../errors.ts';
import type { TaskId } from '../facts.ts';
import type { Disk } from '../ports.ts';
import type { Coroutine, Pending } from '../waiting.ts';

export function stateDirectory(job: string): string {
  return `state/${job}`;
}
export function copiesDirectory(job: string): string {
  return `local/${job}`;
}
export function sortDirectory(job: string): string {
  return `sort/${job}`;
}
/** All of a job. */
export function hostDirectories(job: string): readonly string[] {
  return [stateDirectory(job), copiesDirectory(job), sortDirectory(job)];
}

/** What the names of all files of a task begin with; a dot follows. */
export function taskPrefix({ attempt, vertex, subtask }: TaskId): string {
  return `${attempt}-${encodeURIComponent(vertex)}-${subtask}`;
}

/** Whether a file is of this attempt or an earlier one. */
export function isUpTo(attempt: number, name: string): boolean {
  return Number.parseInt(name, 10) <= attempt;
}

/** None if there is no such directory, or it cannot be read. */
export function namesIn(disk: Disk, directory: string): Coroutine<readonly string[]> {
  return known(disk.list(directory));
}

function* known(names: Pending<readonly string[]>): Coroutine<readonly string[]> {
  try {
    return yield* names;
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    return [];
  }
}

/** Removes those of attempts up to this one. Nobody waits for it; what stays is found the next time. */
export function* sweepUpTo(disk: Disk, directory: string, attempt: number): Coroutine<void> {
  for (const name of yield* namesIn(disk, directory)) if (isUpTo(attempt, name)) disk.remove(`${directory}/${name}`);
}

/**
 * What is there of a job when it is called goes, of every kind; what a later attempt writes stays. So the disk is asked at once, not in the
 * first step of the coroutine: it takes the requests of one process in order. Nobody waits for the removals.
 */
export function releaseHost(disk: Disk, job: string): Coroutine<void> {
  return removed(
    disk,
    hostDirectories(job).map((directory) => ({ directory, names: disk.list(directory) })),
  );
}

function* removed(
  disk: Disk,
  listed: readonly { readonly directory: string; readonly names: Pending<readonly string[]> }[],
): Coroutine<void> {
  for (const { directory, names } of listed)
    for (const name of yield* known(names)) disk.remove(`${directory}/${name}`);
}
