/**
 * Reads one key group of a keyed snapshot as plain content, with no backend at hand: what laws compare with the model.
 */
import type { KeyGroupContent } from './backend.ts';
import { compareBytes } from '../values/bytes.ts';
import { KeyGroupReader, readHeader } from './snapshot-format.ts';

/** Entries in order of (state name, serialized key, namespace), timers in timer order, event timers first. Throws `IoError` if the bytes are damaged. */
export function decodeKeyGroup(header: Uint8Array, keyGroup: number, bytes: Uint8Array): KeyGroupContent {
  return keyGroupDecoder(header)(keyGroup, bytes);
}

/** The same for many key groups of one snapshot: the header is read once. */
export function keyGroupDecoder(header: Uint8Array): KeyGroupDecoder {
  const known = memo.find((candidate) => compareBytes(candidate.header, header) === 0);
  if (known !== undefined) return known.decode;
  const reader = new KeyGroupReader(readHeader(header));
  const compiled: KeyGroupDecoder = (keyGroup, bytes) => decode(reader, keyGroup, bytes);
  if (memo.length === MEMO_MAX) memo.shift();
  memo.push({ header: header.slice(), decode: compiled });
  return compiled;
}

export type KeyGroupDecoder = (keyGroup: number, bytes: Uint8Array) => KeyGroupContent;

/**
 * Decoders by the content of their headers. Compiling is what costs, and a campaign reads thousands of snapshots of a
 * few jobs; a memo of a pure function is no state that one universe could see of another.
 */
const MEMO_MAX = 64;
const memo: { readonly header: Uint8Array; readonly decode: KeyGroupDecoder }[] = [];

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
