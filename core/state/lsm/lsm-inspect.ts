/**
 * Reads incremental images as plain content. It shares no code with the backend: what it knows is the formats as
 * image-format.ts, run.ts, block.ts and binary.ts draw them, and the serializers of types.
 */
import { IoError } from '../../errors.ts';
import type { TimeWindow } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import { compareBytes, readType, serializerOf, type TypeSerializer, writeType } from '../../values/serializers.ts';
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
/** Sorted; undefined: removed. */
type Stored = readonly (readonly [key: Bytes, value: Bytes | undefined])[];

export const inspectIncremental: InspectState = (handles, bytesOf) => {
  const found: KeyGroupRun[] = [];
  for (const handle of [...handles].sort((a, b) => a.first - b.first)) {
    for (const run of runsOf(handle, bytesOf)) {
      const before = found.at(-1);
      const joins = before !== undefined && before.last + 1 === run.first && before.floor === run.floor;
      if (joins && isEmpty(before) && isEmpty(run)) found[found.length - 1] = { ...before, last: run.last };
      else found.push(run);
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
  const newest = new Map<string, readonly [Bytes, Bytes | undefined]>();
  files.forEach((name, i) => {
    const root = description.runs[i];
    if (root === undefined) throw new IoError(`a run of ${name} is not described`);
    for (const entry of entriesOf(object(name), root.offset, root.length, root.height)) {
      if (compareBytes(entry[0], root.from) < 0 || compareBytes(entry[0], root.to) >= 0) continue;
      const id = entry[0].join();
      if (!newest.has(id)) newest.set(id, entry);
    }
  });
  const stored = [...newest.values()].sort(([a], [b]) => compareBytes(a, b));
  for (const { start, end, floor } of description.floors) {
    for (let group = Math.max(start, handle.first); group <= Math.min(end, handle.last); group++) {
      const own = stored.filter(([[high = 0, low = 0], value]) => value !== undefined && high * 256 + low === group);
      yield { first: group, last: group, floor, ...content(description, own, sink) };
    }
  }
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
    const root = { offset: input.varint(), length: input.varint(), height: input.varint() };
    for (let skipped = 0; skipped < 2; skipped++) input.varint();
    for (let skipped = 0; skipped < 2; skipped++) input.bytes();
    runs.push({ ...root, from: input.bytes(), to: input.bytes() });
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

/** All entries below a block, in order. */
function* entriesOf(file: Bytes, offset: number, length: number, height: number): Generator<Stored[number], void> {
  const block = new ByteReader(file, offset, offset + length - 4);
  let key: number[] = [];
  while (block.remaining > 0) {
    const shared = block.varint();
    const own = block.varint();
    const size = block.varint();
    key = [...key.slice(0, shared), ...block.raw(own)];
    const value = size === 0 ? undefined : block.raw(size - 1);
    if (height === 0) yield [Uint8Array.from(key), value];
    else if (value !== undefined) {
      const child = new ByteReader(value);
      yield* entriesOf(file, child.varint(), child.varint(), height - 1);
    }
  }
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
  stored: Stored,
  sink: MeasureSink | undefined,
): Pick<GroupContent, 'entries' | 'timers'> {
  const timers: Timer[] = [];
  const byState = new Map<State, Found[]>();
  for (const [bytes, value = new Uint8Array()] of stored) {
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
    const types = input.raw(4).reduce((sum, byte) => sum * 256 + byte, 0);
    const state = states.find((one) => one.state === name && one.types === types);
    if (state === undefined) throw new IoError(`the header has no state ${name} of these types`);
    const found = byState.get(state) ?? [];
    byState.set(state, found);
    const before = input.remaining;
    const owner = key.read(input);
    const id = bytes.slice(bytes.length - before, bytes.length - input.remaining).join();
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
  const word = (): number => [0, 0, 0, 0].reduce((sum) => sum * 256 + input.byte(), 0);
  return (word() - 2 ** 31) * 2 ** 32 + word();
}
