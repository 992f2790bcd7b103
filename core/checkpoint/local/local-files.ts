/**
 * Files of the local copies of a job on one host (`core/state/host-files.ts`):
 *
 *     <attempt>-<vertex>-<subtask>.manifest           the manifest of a task
 *     <attempt>-<vertex>-<subtask>.manifest-<n>       the same while it is written; renamed once it is durable
 *     <attempt>-<vertex>-<subtask>.<n>                a copy of an object
 *
 * A file is written once, and synced. A sync that has failed is never tried again: the next one would say that all is well, whatever is
 * on the platter. Its file is given up.
 */
import type { TaskId } from '../../facts.ts';
import type { Disk } from '../../ports.ts';
import { copiesDirectory, namesIn, taskPrefix } from '../../state/host-files.ts';
import { joined } from '../snapshot/snapshot-output.ts';
import type { Coroutine } from '../../waiting.ts';

/** What one request to the disk writes or reads. */
const PIECE_BYTES = 64 * 1024;

export class LocalFiles {
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, job: string) {
    this.#disk = disk;
    this.#directory = copiesDirectory(job);
  }

  list(): Coroutine<readonly string[]> {
    return namesIn(this.#disk, this.#directory);
  }

  /** A new file, durable but for its name. Throws `IoError`; then nothing is left of it, if that can be done. */
  *write(name: string, bytes: Uint8Array): Coroutine<void> {
    try {
      for (let at = 0; at === 0 || at < bytes.length; at += PIECE_BYTES)
        yield* this.#disk.append(this.#at(name), bytes.slice(at, at + PIECE_BYTES));
      yield* this.#disk.sync(this.#at(name));
    } catch (error) {
      this.remove(name);
      throw error;
    }
  }

  /** Puts a durable file in the place of another one. Throws `IoError`; then nothing has changed. */
  *rename(name: string, to: string): Coroutine<void> {
    yield* this.#disk.rename(this.#at(name), this.#at(to));
  }

  /** The names of all files so far are durable. Throws `IoError`. */
  *syncNames(): Coroutine<void> {
    yield* this.#disk.syncDirectory(this.#directory);
  }

  /** Throws `IoError` if there is no such file, or it cannot be read. */
  *read(name: string): Coroutine<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const part = yield* this.#disk.read(this.#at(name), length, PIECE_BYTES);
      if (part.length === 0) return joined(parts, length);
      parts.push(part);
      length += part.length;
    }
  }

  /** Nobody waits for it: what stays is found at the next start. */
  remove(name: string): void {
    this.#disk.remove(this.#at(name));
  }

  #at(name: string): string {
    return `${this.#directory}/${name}`;
  }
}

/** Of the `n`-th file of a task. */
export function copyName(task: TaskId, n: number): string {
  return `${taskPrefix(task)}.${n}`;
}

export function manifestName(task: TaskId): string {
  return `${taskPrefix(task)}.manifest`;
}
