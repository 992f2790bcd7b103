/**
 * Reads incremental images as plain content. It shares no code with the backend: what it knows is the formats as
 * image-format.ts, run.ts, block.ts and binary.ts draw them, and the serializers of types.
 */
import { IoError } from '../../errors.ts';
import type { TimeWindow } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { ByteReader, bytesOf, unitsOf } from '../../values/bytes.ts';
import { readType, serializerOf, type TypeSerializer, writeType } from '../../values/serializers.ts';
import type { GroupContent, InspectState, KeyGroupRun, MeasureState } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import { entriesIn, type MeasuredState, type MeasureSink, measuresOf } from '../measures.ts';
import { crc32 } from '../../values/checksum.ts';

type Bytes = Uint8Array;
interface State extends MeasuredState {
  readonly mapKey: TypeSerializer<unknown> | undefined;
  readonly value: TypeSerializer<unknown>;
  /** Of the types, as a key names them. */
  readonly types: number;
}
interface Description {
  readonly key: TypeSerializer<unknown>;
  readonly states: readonly State[];
  readonly floors: readonly { readonly start: number; readonly end: number; readonly floor: number }[];
  readonly runs: readonly {
    readonly offset: number;
    readonly length: number;
    readonly height: number;
    readonly from: Bytes;
    readonly to: Bytes;
  }[];
}
/** `id`: the key as a string of one unit a byte, so that `<` is bytewise order. A value that is undefined is removed. */
interface Stored {
  readonly id: string;
  readonly key: Bytes;
  readonly value: Bytes | undefined;
}

export const inspectIncremental: InspectState = (handles, bytesOf) => {
  const found: KeyGroupRun[] = [];
  for (const handle of [...handles].sort((a, b) => a.first - b.first)) {
    for (const run of runsOf(handle, bytesOf)) {
      const before = found.at(-1);
      const joins = before !== undefined && before.last + 1 === run.first && before.floor === run.floor;
      if (joins && isEmpty(before) && isEmpty(run)) {
        const { first, floor, entries, timers } = before;
        found[found.length - 1] = { first, last: run.last, floor, entries, timers };
      } else found.push(run);
    }
  }
  return found;
};

export const measureIncremental: MeasureState = (handles, bytesOf) =>
  measuresOf((sink) => {
    for (const handle of handles) for (const _ of runsOf(handle, bytesOf, sink));
  });

function isEmpty({ entries, timers }: GroupContent): boolean {
  return entries.length + timers.length === 0;
}

function* runsOf(
  handle: KeyedHandle,
  bytesOf: (object: string) => Bytes | undefined,
  sink?: MeasureSink,
): Generator<KeyGroupRun, void> {
  const object = (name: string): Bytes => {
    const bytes = bytesOf(name);
    if (bytes === undefined) throw new IoError(`checkpoint object ${name} is missing`);
    return bytes;
  };
  const [common = '', ...files] = handle.objects;
  const [, at = 0, length = 0] = handle.own;
  const description = describe(new ByteReader(object(common), at, at + length));
  const newest = new Map<string, Stored>();
  files.forEach((name, i) => {
    const root = description.runs[i];
    if (root === undefined) throw new IoError(`a run of ${name} is not described`);
    const [from, to] = [unitsOf(root.from, 0, root.from.length), unitsOf(root.to, 0, root.to.length)];
    visitEntries(object(name), root, (stored) => {
      if (stored.id >= from && stored.id < to && !newest.has(stored.id)) newest.set(stored.id, stored);
    });
  });
  const stored = byGroup([...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  for (const { start, end, floor } of description.floors) {
    for (let group = Math.max(start, handle.first); group <= Math.min(end, handle.last); group++) {
      const { entries, timers } = content(description, stored.get(group) ?? [], sink);
      yield { first: group, last: group, floor, entries, timers };
    }
  }
}

/** What has not been removed. */
function byGroup(all: readonly Stored[]): ReadonlyMap<number, readonly Stored[]> {
  const groups = new Map<number, Stored[]>();
  for (const stored of all) {
    if (stored.value === undefined) continue;
    const group = (stored.key[0] ?? 0) * 256 + (stored.key[1] ?? 0);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [stored]);
    else known.push(stored);
  }
  return groups;
}

function describe(input: ByteReader): Description {
  const header = new ByteReader(input.bytes());
  header.byte();
  const keyType = readType(header);
  const states: State[] = [];
  for (let left = header.varint(); left > 0; left--) states.push(readState(header, keyType));
  const floors: Description['floors'][number][] = [];
  for (let left = input.varint(); left > 0; left--) {
    floors.push({ start: input.varint(), end: input.varint(), floor: input.zigzag() });
  }
  const runs: Description['runs'][number][] = [];
  for (let left = input.varint(); left > 0; left--) {
    input.varint();
    const [offset, length, height] = [input.varint(), input.varint(), input.varint()];
    for (let skipped = 0; skipped < 2; skipped++) input.varint();
    for (let skipped = 0; skipped < 2; skipped++) input.bytes();
    runs.push({ offset, length, height, from: input.bytes(), to: input.bytes() });
  }
  return { key: serializerOf(keyType), states, floors, runs };
}

function readState(header: ByteReader, keyType: TypeInfo): State {
  const isMap = header.bool();
  const state = header.string();
  const mapKeyType = isMap ? readType(header) : undefined;
  const type = readType(header);
  const types = bytesOf((out) => {
    if (mapKeyType !== undefined) writeType(mapKeyType, out);
    writeType(type, out);
    out.bool(isMap);
  });
  const mapKey = mapKeyType && serializerOf(mapKeyType);
  return { state, keyType, mapKeyType, type, mapKey, value: serializerOf(type), types: crc32(types) };
}

interface Below {
  readonly offset: number;
  readonly length: number;
  readonly height: number;
}

/** All entries below a block, in order. */
function visitEntries(file: Bytes, { offset, length, height }: Below, visit: (stored: Stored) => void): void {
  const block = new ByteReader(file, offset, offset + length - 4);
  let key: Bytes = new Uint8Array(0);
  while (block.remaining > 0) {
    const shared = block.varint();
    const own = block.varint();
    const size = block.varint();
    key = extended(key, shared, block.raw(own));
    const value = size === 0 ? undefined : block.raw(size - 1);
    if (height === 0) visit({ id: unitsOf(key, 0, key.length), key, value });
    else if (value !== undefined) {
      const child = new ByteReader(value);
      visitEntries(file, { offset: child.varint(), length: child.varint(), height: height - 1 }, visit);
    }
  }
}

/** The beginning of a key with something else behind. */
function extended(before: Bytes, shared: number, own: Bytes): Bytes {
  const kept = Math.min(shared, before.length);
  const key = new Uint8Array(kept + own.length);
  for (let i = 0; i < kept; i++) key[i] = before[i] ?? 0;
  for (let i = 0; i < own.length; i++) key[kept + i] = own[i] ?? 0;
  return key;
}

type Entry = GroupContent['entries'][number];
type Timer = GroupContent['timers'][number];
/** What one key has in a state. `id`: the bytes of the key. */
interface Found {
  readonly id: string;
  readonly entries: Entry[];
  /** Of a map: what its only entry shows. */
  readonly pairs: (readonly [unknown, unknown])[];
  /** As they are stored. */
  bytes: number;
}

/** Of one key and namespace, or of one map key; `input` stands behind the key. */
interface StoredEntry {
  readonly key: unknown;
  readonly id: string;
  readonly bytes: number;
  readonly input: ByteReader;
  readonly value: Bytes;
}

function content(
  { key, states }: Description,
  stored: readonly Stored[],
  sink: MeasureSink | undefined,
): Pick<GroupContent, 'entries' | 'timers'> {
  const timers: Timer[] = [];
  if (stored.length === 0) return { entries: [], timers };
  const byState = new Map<State, Found[]>();
  for (const { key: bytes, value = new Uint8Array() } of stored) {
    const input = new ByteReader(bytes, 2);
    const tag = input.byte();
    if (tag < 2) {
      const timestamp = value.length > 0 ? -0 : timestampOf(input);
      if (value.length > 0) timestampOf(input);
      const owner = key.read(input);
      timers.push({ domain: tag === 0 ? 'event' : 'processing', timestamp, key: owner, namespace: namespaceOf(input) });
      continue;
    }
    const name = input.string();
    const types = wordOf(input);
    const state = states.find((one) => one.state === name && one.types === types);
    if (state === undefined) throw new IoError(`the header has no state ${name} of these types`);
    const found = byState.get(state) ?? [];
    byState.set(state, found);
    const before = input.remaining;
    const owner = key.read(input);
    const id = unitsOf(bytes, bytes.length - before, bytes.length - input.remaining);
    addTo(found, state, { key: owner, id, input, value, bytes: before + value.length });
  }
  for (const [state, found] of byState)
    for (const { entries, bytes } of found)
      sink?.(
        state,
        entriesIn(
          state,
          entries.map(({ value }) => value),
        ),
        bytes,
      );
  return { entries: states.flatMap((state) => (byState.get(state) ?? []).flatMap(({ entries }) => entries)), timers };
}

/** Entries of one key follow each other: those of a map become one. */
function addTo(
  found: Found[],
  { state, mapKey, value: type }: State,
  { key, id, bytes, input, value }: StoredEntry,
): void {
  const last = found.at(-1);
  const ofKey = last?.id === id ? last : { id, entries: [], pairs: [], bytes: 0 };
  if (ofKey !== last) found.push(ofKey);
  ofKey.bytes += bytes;
  const { entries, pairs } = ofKey;
  if (mapKey === undefined) {
    const namespace = namespaceOf(input);
    entries.push({ state, key, namespace, value: type.read(new ByteReader(value)) });
    return;
  }
  pairs.push([mapKey.read(input), type.read(new ByteReader(value))]);
  if (entries.length === 0) entries.push({ state, key, namespace: undefined, value: pairs });
}

function namespaceOf(input: ByteReader): TimeWindow | undefined {
  return input.bool() ? { start: timestampOf(input), end: timestampOf(input) } : undefined;
}

/** Two words, the first one with its sign turned round. */
function timestampOf(input: ByteReader): number {
  return (wordOf(input) - 2 ** 31) * 2 ** 32 + wordOf(input);
}

function wordOf(input: ByteReader): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = word * 256 + input.byte();
  return word;
}
