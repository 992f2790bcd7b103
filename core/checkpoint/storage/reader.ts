/**
 * Reads a checkpoint image from bytes alone, with no engine running: for laws, queries and people. What connectors keep is
 * decoded by their own serializers, which the job has; of a split that is its id and position, of a committable its id.
 */
import { IoError, JobError } from '../../errors.ts';
import type { JobSpec, OperatorSpec } from '../../job/spec.ts';
import type { InspectState, KeyGroupRun } from '../../state/backend.ts';
import { type BroadcastContent, decodeBroadcast } from '../../state/broadcast-state.ts';
import { type BroadcastHandle, inlineOr, type ObjectLookup } from '../../state/handles.ts';
import { hasItems, type OperatorStateHandle } from '../../state/operator-handles.ts';
import { decodeOperatorState, type OperatorStateContent } from '../../state/operator/operator-state.ts';
import { requireExactlyOnceSink, requireSource } from '../../connectors/check.ts';
import {
  committableOf,
  type CommittableState,
  type EnumeratorState,
  splitOf,
  type SplitState,
} from '../../connectors/connector-state.ts';
import { guardedSink, guardedSource } from '../../connectors/own-code.ts';
import type { Source } from '../../connectors/source.ts';
import { fromBytes } from '../../values/serializers.ts';
import type { CheckpointMetadata, SubtaskSnapshot } from './metadata.ts';

export interface CheckpointImage {
  readonly checkpoint: number;
  /** See `CheckpointKind`. */
  readonly kind: string;
  readonly attempt: number;
  readonly leaderEpoch: number;
  readonly parallelism: number;
  readonly vertices: readonly VertexImage[];
  readonly enumerators: readonly EnumeratorImage[];
}
export interface VertexImage {
  readonly uid: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly subtasks: readonly SubtaskImage[];
}
export interface SubtaskImage {
  /** In order. One run for each key group that holds something, and as few as possible for the others. */
  readonly keyGroups: readonly KeyGroupRun[];
  readonly splits: readonly SplitImage[];
  readonly pending: readonly TransactionImage[];
  /** Null without broadcast state, and of a subtask that had finished. */
  readonly broadcast: BroadcastContent | null;
  /** Lists of operators without key; those without items, too. */
  readonly operatorState: readonly OperatorStateContent[];
  /** In-flight data: where it is. Empty while all barriers are aligned. */
  readonly channelState: SubtaskSnapshot['channelState'];
  /** It had finished: everything of it is done, nothing of it is left. */
  readonly finished: boolean;
}

/** A split as its reader would go on with it. */
export interface SplitImage {
  readonly split: string;
  /** The next position to read. */
  readonly offset: number;
  readonly maxTimestamp: number;
  readonly lastWatermark: number;
  /** What a watermark generator of the author's remembers; undefined: it has none, or nothing yet. */
  readonly generator: unknown;
}
/** What a sink has prepared and not committed. */
export interface TransactionImage {
  readonly sink: string;
  readonly transaction: string;
  readonly checkpoint: number;
}
export interface EnumeratorImage {
  /** uid of the source. */
  readonly source: string;
  /** Splits that no reader has been given; null while they are not known. */
  readonly unassigned: readonly string[] | null;
}

/**
 * `job` is the one that took the checkpoint, for its connectors; `inspect` is that of the backend that wrote the keyed state.
 * Throws `IoError` if an object is missing or damaged.
 */
export function readCheckpoint(
  image: CheckpointMetadata,
  job: JobSpec,
  object: ObjectLookup,
  inspect: InspectState,
): CheckpointImage {
  return {
    checkpoint: image.checkpoint,
    kind: image.kind,
    attempt: image.attempt,
    leaderEpoch: image.leaderEpoch,
    parallelism: image.parallelism,
    enumerators: image.enumerators.map((state) => enumeratorImage(job, state)),
    vertices: image.vertices.map((vertex) => ({
      uid: vertex.uid,
      parallelism: vertex.parallelism,
      maxParallelism: vertex.maxParallelism,
      subtasks: vertex.subtasks.map((subtask) => {
        const { keyGroups, broadcast, operatorState } = readState(subtask, object, inspect);
        return {
          keyGroups,
          broadcast,
          operatorState,
          splits: subtask.splits.map((state) => splitImage(job, vertex.uid, state)),
          pending: subtask.pending.map((state) => transactionImage(job, state)),
          channelState: subtask.channelState,
          finished: subtask.finished,
        };
      }),
    })),
  };
}

/** The part of a subtask that can be read without the job. Throws `IoError` if an object is missing or damaged. */
export function readState(
  { keyed, broadcast, operatorState, inline }: SubtaskSnapshot,
  store: ObjectLookup,
  inspect: InspectState,
): Pick<SubtaskImage, 'keyGroups' | 'broadcast' | 'operatorState'> {
  const object = inlineOr(inline, store);
  return {
    keyGroups: keyed.length === 0 ? [] : inspect(keyed, object),
    broadcast: broadcast === null ? null : readBroadcast(broadcast, object),
    operatorState: operatorState.map((handle) => readList(handle, object)),
  };
}

type SourceOperatorSpec = Extract<OperatorSpec, { readonly kind: 'source' }>;

function sourceOperatorOf(job: JobSpec, uid: string): SourceOperatorSpec {
  const operator = job.nodes.find((node) => node.uid === uid)?.operator;
  if (operator?.kind === 'source') return operator;
  throw new JobError(`the checkpoint has splits of ${uid}, which is no source of job "${job.name}"`);
}

function sourceOf(job: JobSpec, uid: string): Source {
  return guardedSource(uid, requireSource(uid, sourceOperatorOf(job, uid).source));
}

function splitImage(job: JobSpec, uid: string, state: SplitState): SplitImage {
  const { id, position } = splitOf(sourceOf(job, uid), state);
  const { generator } = sourceOperatorOf(job, uid).watermarks;
  const { maxTimestamp, lastWatermark } = state;
  const own =
    generator.kind === 'custom' && state.generator !== null
      ? fromBytes(generator.stateType, state.generator)
      : undefined;
  return { split: id, offset: position, maxTimestamp, lastWatermark, generator: own };
}

function enumeratorImage(job: JobSpec, { source: uid, version, state }: EnumeratorState): EnumeratorImage {
  const source = sourceOf(job, uid);
  const unassigned = source.unassigned(source.enumeratorSerializer.deserialize(version, state));
  return { source: uid, unassigned: unassigned?.map(({ id }) => id) ?? null };
}

function transactionImage(job: JobSpec, state: CommittableState): TransactionImage {
  const operator = job.nodes.find((node) => node.uid === state.sink)?.operator;
  if (operator?.kind !== 'sink')
    throw new JobError(`the checkpoint has committables of ${state.sink}, which is no sink`);
  const { id } = committableOf(guardedSink(state.sink, requireExactlyOnceSink(state.sink, operator.sink)), state);
  return { sink: state.sink, transaction: id, checkpoint: state.checkpoint };
}

function readList(handle: OperatorStateHandle, object: ObjectLookup): OperatorStateContent {
  const bytes = hasItems(handle) ? object(handle.object) : new Uint8Array(0);
  if (bytes === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
  return decodeOperatorState(handle, bytes);
}

function readBroadcast(handle: BroadcastHandle, object: ObjectLookup): BroadcastContent {
  const bytes = object(handle.object);
  if (bytes === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
  return decodeBroadcast(bytes.subarray(handle.at, handle.at + handle.length));
}
