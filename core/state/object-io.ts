/** Objects of a checkpoint: read, removed, and written although an outcome may be unknown (read it back and decide). */
import { IoError, MissingObjectError } from '../errors.ts';
import type { ObjectStore, Written } from '../ports.ts';
import type { Coroutine, Pending } from '../waiting.ts';

/** What is read of the object store. An `IoError` is no answer: it says nothing of what is there. */
export interface ObjectReads {
  get(name: string): Pending<Uint8Array | undefined> | Coroutine<Uint8Array | undefined>;
  list(prefix: string): Pending<readonly string[]> | Coroutine<readonly string[]>;
}

const ATTEMPTS_MAX = 5;
const REMOVALS_MAX = 20;

/** The name is this writer's alone, so an object of that name and length is ours. Throws `IoError` if it cannot be written. */
export function writeObject(objects: ObjectStore, name: string, bytes: Uint8Array): Coroutine<void> {
  return written(objects, name, bytes, objects.put(name, bytes));
}

/** The same for several, at once: together they take as long as the slowest. */
export function* writeObjects(objects: ObjectStore, all: ReadonlyMap<string, Uint8Array>): Coroutine<void> {
  const underWay = [...all].map(([name, bytes]) => ({ name, bytes, first: objects.put(name, bytes) }));
  for (const { name, bytes, first } of underWay) yield* written(objects, name, bytes, first);
}

function* written(objects: ObjectStore, name: string, bytes: Uint8Array, first: Pending<Written>): Coroutine<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = yield* attempt === 0 ? first : objects.put(name, bytes);
    if (outcome.kind === 'written') return;
    if (outcome.kind === 'refused') throw new IoError(`object ${name}: the store refused it`);
    if (yield* isThere(objects, name, bytes.length)) return;
  }
  throw new IoError(`object ${name}: not written after ${ATTEMPTS_MAX} attempts`);
}

/** False also if that cannot be read: then nothing is known, and writing it again does no harm. */
function* isThere(objects: ObjectStore, name: string, length: number): Coroutine<boolean> {
  try {
    return (yield* objects.get(name))?.length === length;
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    return false;
  }
}

/** Asked again as long as the outcome is unknown: nothing else removes what a sweep leaves. */
export function* removeObject(objects: ObjectStore, name: string): Coroutine<void> {
  for (let attempt = 0; attempt < REMOVALS_MAX; attempt++) {
    if ((yield* objects.remove(name)).kind === 'written') return;
  }
}

/** Throws `MissingObjectError` if there is no such object, another `IoError` if the store does not answer. */
export function* readObject(objects: Pick<ObjectReads, 'get'>, name: string): Coroutine<Uint8Array> {
  const bytes = yield* objects.get(name);
  if (bytes === undefined) throw new MissingObjectError(name);
  return bytes;
}
