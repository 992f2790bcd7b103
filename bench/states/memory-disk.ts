/**
 * The engine's disk in memory: it answers at once and counts what goes through it, so that what is timed is the backend, and what
 * is counted is the same on every machine. Left out: failures, and anything that syncing would do.
 */
import { IoError } from '../../core/errors.ts';
import type { Disk } from '../../core/ports.ts';
import { Deferred, type Pending } from '../../core/waiting.ts';

interface MemoryFile {
  /** May be longer than what is in it. */
  bytes: Uint8Array;
  length: number;
}

const FIRST_BYTES = 4_096;

export class MemoryDisk implements Disk {
  readonly #files = new Map<string, MemoryFile>();
  /** Reads so far, and bytes written. */
  reads = 0;
  writtenBytes = 0;

  read(path: string, at: number, length: number): Pending<Uint8Array> {
    return answered(this.readNow(path, at, length));
  }

  /** A view: what has been appended never changes, and whoever reads makes no change either. */
  readNow(path: string, at: number, length: number): Uint8Array {
    const file = this.#file(path);
    this.reads++;
    return file.bytes.subarray(at, Math.min(at + length, file.length));
  }

  append(path: string, bytes: Uint8Array): Pending<void> {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { bytes: new Uint8Array(Math.max(FIRST_BYTES, bytes.length)), length: 0 };
      this.#files.set(path, file);
    }
    const length = file.length + bytes.length;
    if (length > file.bytes.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(file.bytes);
      file.bytes = grown;
    }
    file.bytes.set(bytes, file.length);
    file.length = length;
    this.writtenBytes += bytes.length;
    return answered(undefined);
  }

  sync(): Pending<void> {
    return answered(undefined);
  }

  syncDirectory(): Pending<void> {
    return answered(undefined);
  }

  rename(from: string, to: string): Pending<void> {
    this.#files.set(to, this.#file(from));
    this.#files.delete(from);
    return answered(undefined);
  }

  remove(path: string): Pending<void> {
    this.#files.delete(path);
    return answered(undefined);
  }

  list(directory: string): Pending<readonly string[]> {
    const prefix = `${directory}/`;
    const names = [...this.#files.keys()].filter((path) => path.startsWith(prefix));
    return answered(names.map((path) => path.slice(prefix.length)).sort());
  }

  #file(path: string): MemoryFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new IoError(`there is no file ${path}`);
    return file;
  }
}

function answered<T>(value: T): Pending<T> {
  const answer = new Deferred<T>('an answer');
  answer.resolve(value);
  return answer;
}
