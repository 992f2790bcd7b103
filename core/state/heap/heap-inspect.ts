/**
 * Reads the images of the heap backend as plain content. It shares no code with the backend: what it knows is the format
 * as snapshot-format.ts draws it, and the serializers of types. Laws compare its results with the model, so a fault in how
 * the backend writes or reads cannot hide behind the same fault here.
 */
import type { TimeWindow } from '../../job/functions.ts';
import { IoError } from '../../errors.ts';
import { ByteReader } from '../../values/bytes.ts';
import { compareBytes, readType, serializerOf } from '../../values/serializers.ts';
import type { TypeSerializer } from '../../values/serializers.ts';
import type { GroupContent, KeyGroupRun, StateMeasure } from '../backend.ts';
import type { KeyedHandle, ObjectLookup } from '../handles.ts';
import { entriesIn, type MeasuredState, type MeasureSink, measuresOf } from '../measures.ts';

type Entry = GroupContent['entries'][number];
type Timer = GroupContent['timers'][number];

/** See `InspectState`. */
export function inspectHeapState(handles: readonly KeyedHandle[], bytesOf: ObjectLookup): readonly KeyGroupRun[] {
  const runs = handles.flatMap((handle) => [...runsOf(handle, bytesOf)]).sort((a, b) => a.first - b.first);
  const joined: KeyGroupRun[] = [];
  for (const run of runs) {
    const before = joined.at(-1);
    if (before === undefined || !holdNothing(before, run) || before.last + 1 !== run.first) joined.push(run);
    else joined[joined.length - 1] = { ...before, last: run.last };
  }
  return joined;
}

/** See `MeasureState`. */
export function measureHeapState(handles: readonly KeyedHandle[], bytesOf: ObjectLookup): readonly StateMeasure[] {
  return measuresOf((sink) => {
    for (const handle of handles) for (const _ of runsOf(handle, bytesOf, sink));
  });
}

/** Both, at the same floor. */
function holdNothing(a: KeyGroupRun, b: KeyGroupRun): boolean {
  return isEmpty(a) && isEmpty(b) && a.floor === b.floor;
}

function isEmpty({ entries, timers }: GroupContent): boolean {
  return entries.length === 0 && timers.length === 0;
}

function* runsOf(
  { objects, own }: KeyedHandle,
  bytesOf: ObjectLookup,
  sink?: MeasureSink,
): Generator<KeyGroupRun, void> {
  const name = objects[0];
  const bytes = name === undefined ? undefined : bytesOf(name);
  if (bytes === undefined) throw new IoError(`checkpoint object ${name ?? 'of a handle without objects'} is missing`);
  const part = (offset: number | undefined, length: number | undefined): Uint8Array => {
    const end = (offset ?? NaN) + (length ?? NaN);
    if (!(end <= bytes.length)) throw new IoError(`checkpoint object ${name} is too short or its handle is damaged`);
    return bytes.subarray(offset, end);
  };
  const read = decoderOf(part(own[0], own[1]));
  for (let at = 2; at < own.length; at += 4) {
    const [first = NaN, last = NaN] = own.slice(at, at + 2);
    const content = read(part(own[at + 2], own[at + 3]), sink);
    if (first !== last && !isEmpty(content)) throw new IoError(`key groups ${first} to ${last} share what they hold`);
    yield { first, last, ...content };
  }
}

// ---- decoders

type Decoder = (bytes: Uint8Array, sink: MeasureSink | undefined) => GroupContent;

/**
 * Decoders by the content of their headers. Compiling is what costs, and a campaign reads thousands of snapshots of a
 * few jobs; a memo of a pure function is no state that one universe could see of another.
 */
const MEMO_MAX = 64;
const memo: { readonly header: Uint8Array; readonly decode: Decoder }[] = [];

function decoderOf(header: Uint8Array): Decoder {
  const known = memo.find((candidate) => compareBytes(candidate.header, header) === 0);
  if (known !== undefined) return known.decode;
  const decode = compiled(header);
  if (memo.length === MEMO_MAX) memo.shift();
  memo.push({ header: header.slice(), decode });
  return decode;
}

interface StateDecoder extends MeasuredState {
  /** For map states: the serializer of their keys. */
  readonly mapKey: TypeSerializer<unknown> | undefined;
  readonly value: TypeSerializer<unknown>;
}

function compiled(header: Uint8Array): Decoder {
  const input = new ByteReader(header);
  const version = input.byte();
  if (version !== 2) throw new IoError(`keyed state has format version ${version}; version 2 can be read`);
  const keyType = readType(input);
  const key = serializerOf(keyType);
  const states: StateDecoder[] = [];
  for (let left = input.varint(); left > 0; left--) {
    const isMap = input.bool();
    const state = input.string();
    const mapKeyType = isMap ? readType(input) : undefined;
    const mapKey = mapKeyType === undefined ? undefined : serializerOf(mapKeyType);
    const type = readType(input);
    states.push({ state, mapKey, value: serializerOf(type), keyType, mapKeyType, type });
  }
  input.expectEnd();
  return (bytes, sink) => content(new ByteReader(bytes), key, states, sink);
}

function content(
  input: ByteReader,
  key: TypeSerializer<unknown>,
  states: readonly StateDecoder[],
  sink: MeasureSink | undefined,
): GroupContent {
  const floor = input.zigzag();
  const entries: Entry[] = [];
  while (input.bool()) {
    const index = input.varint();
    const state = states[index];
    if (state === undefined) throw input.malformed(`the header has no state ${index}`);
    for (let left = input.varint(); left > 0; left--) {
      const [at, from] = [entries.length, input.remaining];
      pushEntries(entries, state, key.read(input), input);
      const values = entries.slice(at).map(({ value }) => value);
      sink?.(state, entriesIn(state, values), from - input.remaining);
    }
  }
  const timers: Timer[] = [];
  for (const domain of ['event', 'processing'] as const) {
    for (let left = input.varint(); left > 0; left--) {
      const timestamp = input.zigzag();
      timers.push({ domain, timestamp, key: key.read(input), namespace: namespaceOf(input) });
    }
  }
  input.expectEnd();
  return { floor, entries, timers };
}

function pushEntries(entries: Entry[], { state, mapKey, value }: StateDecoder, key: unknown, input: ByteReader): void {
  const count = input.varint();
  if (mapKey === undefined) {
    for (let left = count; left > 0; left--) {
      const namespace = namespaceOf(input);
      entries.push({ state, key, namespace, value: value.read(input) });
    }
    return;
  }
  const pairs: (readonly [unknown, unknown])[] = [];
  for (let left = count; left > 0; left--) pairs.push([mapKey.read(input), value.read(input)]);
  entries.push({ state, key, namespace: undefined, value: pairs });
}

function namespaceOf(input: ByteReader): TimeWindow | undefined {
  return input.bool() ? { start: input.zigzag(), end: input.zigzag() } : undefined;
}
