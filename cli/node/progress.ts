/**
 * Which run a worker is doing, so that it is known when the process is gone: eight bytes of a file that has no name any
 * more. The parent makes it and hands it over when it starts the worker; the worker writes them before each run. What is
 * written is in the system's memory at once, whatever becomes of the process.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of the worker; behind that of its watchdog. */
export const PROGRESS_DESCRIPTOR = 5;
const BYTES = 8;

export class Progress {
  #file: number | undefined;

  private constructor(file: number | undefined) {
    this.#file = file;
  }

  static open(): Progress {
    try {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-'));
      try {
        return new Progress(openSync(join(directory, 'progress'), 'w+'));
      } finally {
        // The handle is enough; so nothing is left, however this process ends.
        rmSync(directory, { recursive: true, force: true });
      }
    } catch {
      return new Progress(undefined);
    }
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
