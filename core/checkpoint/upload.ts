/** The async part for keyed state: header and key groups into one object, with an index. */
import type { ObjectStore } from '../ports.ts';
import type { KeyedSnapshot, KeyGroupRange } from '../state/backend.ts';
import type { Coroutine } from '../waiting.ts';
import type { KeyedHandle } from './metadata.ts';
import { writeObject } from './object-io.ts';

/** Throws `IoError` if the object cannot be written. */
export function* uploadKeyed(
  objects: ObjectStore,
  name: string,
  snapshot: KeyedSnapshot,
  range: KeyGroupRange,
): Coroutine<KeyedHandle> {
  const header = snapshot.header();
  const parts: Uint8Array[] = [header];
  const groups: { first: number; last: number; at: number; length: number }[] = [];
  let at = header.length;
  for (let keyGroup = range.start; keyGroup <= range.end; keyGroup++) {
    const bytes = snapshot.encode(keyGroup);
    const before = groups.at(-1);
    if (before !== undefined && parts.at(-1) === bytes) {
      before.last = keyGroup;
      continue;
    }
    groups.push({ first: keyGroup, last: keyGroup, at, length: bytes.length });
    parts.push(bytes);
    at += bytes.length;
  }
  const whole = new Uint8Array(at);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  yield* writeObject(objects, name, whole);
  return { object: name, header: { at: 0, length: header.length }, groups };
}
