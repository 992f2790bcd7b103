/** The engine's object store as files of a directory: what a batch job keeps between its stages is then not in memory. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore, Written } from '../../core/ports.ts';
import { Deferred, type Pending } from '../../core/waiting.ts';

export class DirectoryObjects implements ObjectStore {
  readonly #root: string;
  readonly #names: Set<string>;

  /** `root`: is there. */
  constructor(root: string) {
    this.#root = root;
    this.#names = new Set(readdirSync(root).map(decodeURIComponent));
  }

  put(name: string, bytes: Uint8Array, condition?: 'if-absent'): Pending<Written> {
    if (condition === 'if-absent' && this.#names.has(name)) return answered<Written>({ kind: 'refused' });
    writeFileSync(this.#file(name), bytes);
    this.#names.add(name);
    return answered<Written>({ kind: 'written' });
  }

  get(name: string): Pending<Uint8Array | undefined> {
    return answered(this.#names.has(name) ? new Uint8Array(readFileSync(this.#file(name))) : undefined);
  }

  list(prefix: string): Pending<readonly string[]> {
    return answered([...this.#names].filter((name) => name.startsWith(prefix)).sort());
  }

  remove(name: string): Pending<Written> {
    if (this.#names.delete(name)) rmSync(this.#file(name));
    return answered<Written>({ kind: 'written' });
  }

  #file(name: string): string {
    return join(this.#root, encodeURIComponent(name));
  }
}

function answered<T>(value: T): Pending<T> {
  const answer = new Deferred<T>('an answer');
  answer.resolve(value);
  return answer;
}
