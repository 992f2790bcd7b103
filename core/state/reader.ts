/**
 * Reads one key group of a keyed snapshot as plain content, with no backend at hand: what laws compare with the model.
 */
import type { KeyGroupContent } from './backend.ts';
import { KeyGroupReader, readHeader } from './snapshot-format.ts';

/** Entries in order of (state name, serialized key, namespace), timers in timer order, event timers first. Throws `IoError` if the bytes are damaged. */
export function decodeKeyGroup(header: Uint8Array, keyGroup: number, bytes: Uint8Array): KeyGroupContent {
  return keyGroupDecoder(header)(keyGroup, bytes);
}

/** The same for many key groups of one snapshot: the header is read once. */
export function keyGroupDecoder(header: Uint8Array): (keyGroup: number, bytes: Uint8Array) => KeyGroupContent {
  const reader = new KeyGroupReader(readHeader(header));
  return (keyGroup, bytes) => decode(reader, keyGroup, bytes);
}

function decode(reader: KeyGroupReader, keyGroup: number, bytes: Uint8Array): KeyGroupContent {
  const entries: KeyGroupContent['entries'][number][] = [];
  const timers: KeyGroupContent['timers'][number][] = [];
  const floor = reader.read(bytes, {
    value: (state, key, namespace, value) => entries.push({ state: state.name, key, namespace, value }),
    map: (state, key, pairs) => entries.push({ state: state.name, key, namespace: undefined, value: pairs }),
    timer: (domain, timestamp, key, namespace) => timers.push({ domain, timestamp, key, namespace }),
  });
  return { keyGroup, floor, entries, timers };
}
