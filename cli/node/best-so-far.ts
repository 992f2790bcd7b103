/**
 * The smallest plan that a shrinker has found so far, so that it is known when the process is gone or its time is up. It finds
 * one after the other in one turn of its event loop, so they go to a file and not through the channel of messages, which may
 * hold back what is large. Each one stands behind the last, its length in front of it: one that is torn is left out.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { NamelessFile } from './nameless-file.ts';

/** Of the worker; behind that of its progress. */
export const BEST_DESCRIPTOR = 6;
const LENGTH_BYTES = 4;

export class BestSoFar {
  readonly #file = new NamelessFile();
  #last: Finding | undefined;

  get descriptor(): NamelessFile['descriptor'] {
    return this.#file.descriptor;
  }

  /** The last one that is whole, also when the file is closed. Undefined: there is none. */
  read(): Finding | undefined {
    const { handle } = this.#file;
    const bytes = handle === undefined ? undefined : lastIn(handle);
    if (bytes !== undefined) this.#last = deserialize(bytes) as Finding;
    return this.#last;
  }

  close(): void {
    this.read();
    this.#file.close();
  }
}

function lastIn(file: number): Buffer | undefined {
  const { size } = fstatSync(file);
  const length = Buffer.alloc(LENGTH_BYTES);
  let last: { readonly at: number; readonly bytes: number } | undefined;
  for (let at = 0; at + LENGTH_BYTES <= size;) {
    if (readSync(file, length, 0, LENGTH_BYTES, at) < LENGTH_BYTES) break;
    const one = { at: at + LENGTH_BYTES, bytes: length.readUInt32LE() };
    at = one.at + one.bytes;
    if (at <= size) last = one;
  }
  if (last === undefined) return undefined;
  const found = Buffer.alloc(last.bytes);
  return readSync(file, found, 0, last.bytes, last.at) < last.bytes ? undefined : found;
}

/** In the worker: says what is the smallest now. */
export function bestWriter(descriptor = BEST_DESCRIPTOR): (finding: Finding) => void {
  let at = 0;
  let broken = false;
  return (finding) => {
    if (broken) return;
    const found = serialize(finding);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(found.length);
    const bytes = Buffer.concat([length, found]);
    try {
      broken = writeSync(descriptor, bytes, 0, bytes.length, at) < bytes.length;
      at += bytes.length;
    } catch {
      broken = true;
    }
  };
}
