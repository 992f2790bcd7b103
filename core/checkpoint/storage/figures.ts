/**
 * What is in a checkpoint, in figures: read from its bytes alone, without the job that took it. The same for `millrace inspect`
 * and for a run that is watched, so that their numbers are equal.
 *
 *   keyed state       what the backend measures; a backend that does not is counted by its content, without types and bytes
 *   broadcast state   every subtask has a copy: entries and bytes are those of one; lists are sums over the subtasks
 */
import { IoError } from '../../errors.ts';
import { measureBroadcast } from '../../state/broadcast-state.ts';
import type { KeyGroupRun, StateBackend } from '../../state/backend.ts';
import { isTimedType, timedValueType } from '../../state/timed.ts';
import type { TypeInfo } from '../../job/types.ts';
import { ByteReader } from '../../values/bytes.ts';
import { typeText } from '../../values/evolution.ts';
import { readType } from '../../values/serializers.ts';
import { inlineOr, type ObjectLookup } from '../../state/handles.ts';
import { type CheckpointMetadata, inlineIn, type SubtaskSnapshot } from './metadata.ts';

/** `value` is list, reducing and aggregating state, too: a snapshot holds what is stored, not the kind (SEMANTICS S4). */
export type FigureKind = 'value' | 'map' | 'split list' | 'union list' | 'broadcast';

export interface StateFigure {
  /** uid of the operator at the head of the chain; of a list the one that has it. */
  readonly uid: string;
  readonly state: string;
  readonly kind: FigureKind;
  /** "string -> int64" for keyed state; undefined: the backend does not say. */
  readonly type: string | undefined;
  /** Keys that have something in it; undefined: state without key. */
  readonly keys: number | undefined;
  /** Map entries, items of lists, else values. */
  readonly entries: number;
  readonly bytes: number | undefined;
}

export interface OperatorFigures {
  /** Of the operator at the head of the chain. */
  readonly uid: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Subtasks that had finished. */
  readonly finished: number;
  readonly keyGroups: readonly { readonly first: number; readonly last: number }[];
  readonly timers: { readonly event: number; readonly processing: number };
  /** Splits of a source that are with its readers, and transactions that sinks have prepared. */
  readonly splits: number;
  readonly pendingTransactions: number;
}

/** In-flight data of one exchange. */
export interface InFlightFigure {
  /** uids of the two operators. */
  readonly from: string;
  readonly to: string;
  readonly channels: number;
  readonly records: number;
  readonly bytes: number;
}

export interface CheckpointFigures {
  readonly job: string;
  readonly checkpoint: number;
  readonly kind: string;
  readonly attempt: number;
  readonly parallelism: number;
  readonly operators: readonly OperatorFigures[];
  /** By operator in the order of the job, then by kind and name. */
  readonly states: readonly StateFigure[];
  readonly inFlight: readonly InFlightFigure[];
}

/** Throws `IoError` if an object is missing or damaged. `store`: by the names of the metadata. */
export function figuresOf(metadata: CheckpointMetadata, store: ObjectLookup, backend: StateBackend): CheckpointFigures {
  const object = inlineOr(inlineIn(metadata), store);
  const { job, checkpoint, kind, attempt, parallelism, vertices } = metadata;
  return {
    job,
    checkpoint,
    kind,
    attempt,
    parallelism,
    operators: vertices.map((vertex) => operatorFigures(vertex, object, backend)),
    states: vertices.flatMap(({ uid, subtasks }) => [
      ...keyedFigures(uid, subtasks, object, backend),
      ...broadcastFigures(uid, subtasks, object),
      ...listFigures(subtasks),
    ]),
    inFlight: inFlightFigures(metadata),
  };
}

type Vertex = CheckpointMetadata['vertices'][number];

function operatorFigures(
  { uid, parallelism, maxParallelism, subtasks }: Vertex,
  object: ObjectLookup,
  backend: StateBackend,
): OperatorFigures {
  const timers = { event: 0, processing: 0 };
  for (const { timers: some } of runsIn(subtasks, object, backend)) for (const { domain } of some) timers[domain]++;
  const sum = (of: (subtask: SubtaskSnapshot) => number): number => subtasks.reduce((all, one) => all + of(one), 0);
  return {
    uid,
    parallelism,
    maxParallelism,
    finished: sum(({ finished }) => (finished ? 1 : 0)),
    keyGroups: subtasks.flatMap(({ keyed }) => keyed.map(({ first, last }) => ({ first, last }))),
    timers,
    splits: sum(({ splits }) => splits.length),
    pendingTransactions: sum(({ pending }) => pending.length),
  };
}

function runsIn(
  subtasks: readonly SubtaskSnapshot[],
  object: ObjectLookup,
  backend: StateBackend,
): readonly KeyGroupRun[] {
  return subtasks.flatMap(({ keyed }) => (keyed.length === 0 ? [] : backend.inspect(keyed, object)));
}

function keyedFigures(
  uid: string,
  subtasks: readonly SubtaskSnapshot[],
  object: ObjectLookup,
  backend: StateBackend,
): readonly StateFigure[] {
  const { measure } = backend;
  if (measure === undefined) return countedFigures(uid, runsIn(subtasks, object, backend));
  const measures = subtasks.flatMap(({ keyed }) => (keyed.length === 0 ? [] : measure(keyed, object)));
  return summed(
    measures.map(({ state, keyType, mapKeyType, type, keys, entries, bytes }) => ({
      uid,
      state,
      kind: mapKeyType === undefined ? 'value' : 'map',
      type: [keyType, ...(mapKeyType === undefined ? [] : [mapKeyType]), type].map(inWords).join(' -> '),
      keys,
      entries,
      bytes,
    })),
  );
}

/** What can be said of images of a backend that measures nothing. */
function countedFigures(uid: string, runs: readonly KeyGroupRun[]): readonly StateFigure[] {
  return summed(
    runs.flatMap(({ entries }) =>
      entries.map(({ state, value }): StateFigure => {
        const length = Array.isArray(value) ? value.length : 1;
        return { uid, state, kind: 'value', type: undefined, keys: 1, entries: length, bytes: undefined };
      }),
    ),
  );
}

/** All copies are alike: the first one that is there. */
function broadcastFigures(
  uid: string,
  subtasks: readonly SubtaskSnapshot[],
  object: ObjectLookup,
): readonly StateFigure[] {
  const handle = subtasks.find(({ broadcast }) => broadcast !== null)?.broadcast;
  if (handle === undefined || handle === null) return [];
  const encoded = object(handle.object);
  if (encoded === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
  return measureBroadcast(encoded.subarray(handle.at, handle.at + handle.length)).map(
    ({ state, keyType, type, entries, bytes }) => ({
      uid,
      state,
      kind: 'broadcast',
      type: `${inWords(keyType)} -> ${inWords(type)}`,
      keys: undefined,
      entries,
      bytes,
    }),
  );
}

function listFigures(subtasks: readonly SubtaskSnapshot[]): readonly StateFigure[] {
  return summed(
    subtasks.flatMap(({ operatorState }) =>
      operatorState.map(({ operator, state, mode, type, offsets }) => ({
        uid: operator,
        state,
        kind: mode === 'union' ? 'union list' : 'split list',
        type: inWords(readType(new ByteReader(type))),
        keys: undefined,
        entries: Math.max(0, offsets.length - 1),
        bytes: (offsets.at(-1) ?? 0) - (offsets[0] ?? 0),
      })),
    ),
  );
}

/** Of all subtasks together, one for each state and type. */
function summed(parts: readonly StateFigure[]): readonly StateFigure[] {
  const sums = new Map<string, StateFigure>();
  for (const part of parts) {
    const key = JSON.stringify([part.uid, part.state, part.kind, part.type]);
    const known = sums.get(key);
    sums.set(key, known === undefined ? part : plus(known, part));
  }
  return [...sums.values()].sort((a, b) => (a.uid + a.state < b.uid + b.state ? -1 : 1));
}

function plus(a: StateFigure, b: StateFigure): StateFigure {
  const sum = (of: number | undefined, and: number | undefined): number | undefined =>
    of === undefined || and === undefined ? undefined : of + and;
  return {
    uid: a.uid,
    state: a.state,
    kind: a.kind,
    type: a.type,
    keys: sum(a.keys, b.keys),
    entries: a.entries + b.entries,
    bytes: sum(a.bytes, b.bytes),
  };
}

function inFlightFigures({ vertices, exchanges }: CheckpointMetadata): readonly InFlightFigure[] {
  const slices = vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ channelState }) => channelState));
  return exchanges.map(({ edge, from, to }) => {
    const own = slices.filter((slice) => slice.edge === edge);
    return {
      from,
      to,
      channels: new Set(own.map(({ sender, receiver }) => `${sender}/${receiver}`)).size,
      records: own.reduce((sum, { records }) => sum + records, 0),
      bytes: own.reduce((sum, { length }) => sum + length, 0),
    };
  });
}

function inWords(type: TypeInfo): string {
  if (type.kind === 'list' && isTimedType(type.of))
    return `list(${typeText(timedValueType(type.of))}) with time to live`;
  return isTimedType(type) ? `${typeText(timedValueType(type))} with time to live` : typeText(type);
}
