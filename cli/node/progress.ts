/**
 * Which run a worker is doing, so that it is known when the process is gone: eight bytes of a file, which the worker writes
 * before each run.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { openNameless } from './nameless-file.ts';

/** Of the worker; behind that of its watchdog. */
export const PROGRESS_DESCRIPTOR = 5;
const BYTES = 8;

export class Progress {
  #file: number | undefined;

  private constructor(file: number | undefined) {
    this.#file = file;
  }

  static open(): Progress {
    return new Progress(openNameless());
  }

  /** For `stdio`. */
  get descriptor(): number | 'ignore' {
    return this.#file ?? 'ignore';
  }

  /** Undefined: no run has begun, or there is no such file. */
  read(): number | undefined {
    const bytes = Buffer.alloc(BYTES);
    if (this.#file === undefined || readSync(this.#file, bytes, 0, BYTES, 0) < BYTES) return undefined;
    return bytes.readDoubleLE();
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** In the worker: says which run begins. */
export function progressWriter(): (run: number) => void {
  const bytes = Buffer.alloc(BYTES);
  let broken = false;
  return (run) => {
    if (broken) return;
    bytes.writeDoubleLE(run);
    try {
      writeSync(PROGRESS_DESCRIPTOR, bytes, 0, BYTES, 0);
    } catch {
      broken = true;
    }
  };
}
