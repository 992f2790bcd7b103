/**
 * The engine's disk on a real directory, so that the contract of the simulated one is held against what it models. A request is
 * done when it is made, and has its answer at once: their order is that of the calls. What the operating system refuses is an
 * `IoError`. Left out: requests that run beside the caller.
 */
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { IoError, messageOf } from '../../core/errors.ts';
import type { Disk } from '../../core/ports.ts';
import { Deferred, type Pending } from '../../core/waiting.ts';

export class DirectoryDisk implements Disk {
  readonly #root: string;

  /** `root`: what paths are below. It is there. */
  constructor(root: string) {
    this.#root = root;
  }

  read(path: string, at: number, length: number): Pending<Uint8Array> {
    return answered(`read of ${path}`, () => this.readNow(path, at, length));
  }

  readNow(path: string, at: number, length: number): Uint8Array {
    return this.#open(path, 'r', (file) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, length === 0 ? 0 : readSync(file, bytes, 0, length, at));
    });
  }

  append(path: string, bytes: Uint8Array): Pending<void> {
    return answered(`append to ${path}`, () => {
      const file = this.#at(path);
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, bytes);
    });
  }

  sync(path: string): Pending<void> {
    return answered(`sync of ${path}`, () => {
      this.#open(path, 'r', fsyncSync);
    });
  }

  syncDirectory(path: string): Pending<void> {
    return answered(`sync of directory ${path}`, () => {
      this.#open(path, 'r', fsyncSync);
    });
  }

  rename(from: string, to: string): Pending<void> {
    return answered(`rename of ${from} to ${to}`, () => {
      renameSync(this.#at(from), this.#at(to));
    });
  }

  remove(path: string): Pending<void> {
    return answered(`removal of ${path}`, () => {
      unlinkSync(this.#at(path));
    });
  }

  list(directory: string): Pending<readonly string[]> {
    return answered(`list of ${directory}`, () => {
      const entries = readdirSync(this.#at(directory), { withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
      return files.sort((a, b) => (a < b ? -1 : 1));
    });
  }

  #open<T>(path: string, flags: string, use: (file: number) => T): T {
    return asIoError(path, () => {
      const file = openSync(this.#at(path), flags);
      try {
        return use(file);
      } finally {
        closeSync(file);
      }
    });
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}

function answered<T>(what: string, request: () => T): Pending<T> {
  const answer = new Deferred<T>(what);
  try {
    answer.resolve(asIoError(what, request));
  } catch (error) {
    answer.reject(error);
  }
  return answer;
}

function asIoError<T>(what: string, request: () => T): T {
  try {
    return request();
  } catch (error) {
    throw error instanceof IoError ? error : new IoError(`${what}: ${messageOf(error)}`);
  }
}
