/**
 * Which run a worker is doing, so that it is known when the process is gone: eight bytes of a file, which the worker writes
 * before each run.
 */
import { readSync, writeSync } from 'node:fs';
import { NamelessFile } from './nameless-file.ts';

/** Of the worker; behind that of its watchdog. */
export const PROGRESS_DESCRIPTOR = 5;
const BYTES = 8;

export class Progress {
  readonly file = new NamelessFile();

  /** Undefined: no run has begun, or there is no such file. */
  read(): number | undefined {
    const { handle } = this.file;
    const bytes = Buffer.alloc(BYTES);
    if (handle === undefined || readSync(handle, bytes, 0, BYTES, 0) < BYTES) return undefined;
    return bytes.readDoubleLE();
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
