/** Objects of a checkpoint: read, and written although an outcome may be unknown (read it back and decide). */
import { IoError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

const ATTEMPTS_MAX = 5;

/** The name is this writer's alone, so an object of that name and length is ours. Throws `IoError` if it cannot be written. */
export function* writeObject(objects: ObjectStore, name: string, bytes: Uint8Array): Coroutine<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = yield* objects.put(name, bytes);
    if (outcome.kind === 'written') return;
    if (outcome.kind === 'refused') throw new IoError(`object ${name}: the store refused it`);
    const found = yield* objects.get(name);
    if (found?.length === bytes.length) return;
  }
  throw new IoError(`object ${name}: not written after ${ATTEMPTS_MAX} attempts`);
}

/** Throws `IoError` if there is no such object. */
export function* readObject(objects: ObjectStore, name: string): Coroutine<Uint8Array> {
  const bytes = yield* objects.get(name);
  if (bytes === undefined) throw new IoError(`checkpoint object ${name} is missing`);
  return bytes;
}
