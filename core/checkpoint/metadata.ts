/**
 * What a checkpoint is made of, and its bytes.
 *
 *   HA store      checkpoints/<job>            -> the completed ones, newest last: the truth about completion
 *   object store  <job>/<attempt>-<id>/metadata -> CheckpointMetadata
 *                 <job>/<attempt>-<id>/<vertex>-<subtask> -> keyed state of one subtask: header, then key groups
 *
 * Operator state (splits, transactions) is small and lies in the metadata itself. Formats carry a version; a reader
 * that meets another version says so.
 */
import { int32, int64, list, nullable, record, string, type TypeOf } from '../api/types.ts';
import { JobError } from '../errors.ts';
import { ByteReader, ByteWriter } from '../state/bytes.ts';
import { serializerOf } from '../state/serializers.ts';

export const METADATA_VERSION = 1;

/** Part of an object: the bytes from `at`, `length` long. */
const slice = record({ at: int32, length: int32 });

export const splitState = record({
  split: string,
  /** The next offset to read. */
  offset: int64,
  /** Of the split's watermark generator; MIN_TIMESTAMP before the first record. */
  maxTimestamp: int64,
  /** Put out last (SEMANTICS W6). */
  lastWatermark: int64,
});
export type SplitState = TypeOf<typeof splitState>;

export const pendingTransaction = record({ sink: string, transaction: string, checkpoint: int64 });
export type PendingTransaction = TypeOf<typeof pendingTransaction>;

/** Keyed state of one subtask in one object, with an index by key group. Most groups are empty and share their bytes with their neighbours. */
export const keyedHandle = record({
  object: string,
  header: slice,
  /** In order; each for the key groups `first` to `last`. */
  groups: list(record({ first: int32, last: int32, at: int32, length: int32 })),
});
export type KeyedHandle = TypeOf<typeof keyedHandle>;

/** In-flight records of one channel; empty while all barriers are aligned. */
const channelState = record({ edge: int32, sender: int32, receiver: int32, object: string, at: int32, length: int32 });

export const subtaskSnapshot = record({
  keyed: nullable(keyedHandle),
  splits: list(splitState),
  pending: list(pendingTransaction),
  channelState: list(channelState),
});
export type SubtaskSnapshot = TypeOf<typeof subtaskSnapshot>;

export const enumeratorState = record({
  source: string,
  /** Undefined until the partitions are known. */
  discovered: nullable(int32),
  /** Splits that no reader has been given. */
  unassigned: list(string),
});
export type EnumeratorState = TypeOf<typeof enumeratorState>;

const metadata = record({
  checkpoint: int64,
  attempt: int64,
  leaderEpoch: int64,
  parallelism: int32,
  vertices: list(record({ uid: string, parallelism: int32, maxParallelism: int32, subtasks: list(subtaskSnapshot) })),
  enumerators: list(enumeratorState),
});
export type CheckpointMetadata = TypeOf<typeof metadata>;

const completed = list(record({ checkpoint: int64, attempt: int64, metadata: string }));
/** One entry of the HA store's list. */
export type CompletedCheckpoint = TypeOf<typeof completed>[number];

const codecs = {
  metadata: serializerOf(metadata),
  completed: serializerOf(completed),
} as const;

export function writeMetadata(value: CheckpointMetadata): Uint8Array {
  const out = new ByteWriter();
  out.varint(METADATA_VERSION);
  codecs.metadata.write(value, out);
  return out.take();
}

/** Throws `JobError` for bytes of another version, or that are no metadata. */
export function readMetadata(bytes: Uint8Array): CheckpointMetadata {
  const input = new ByteReader(bytes);
  const version = input.varint();
  if (version !== METADATA_VERSION) {
    throw new JobError(`checkpoint metadata has format version ${version}; this engine reads version ${METADATA_VERSION}`);
  }
  return codecs.metadata.read(input);
}

/** The HA key of a job's completed checkpoints. */
export function completedKey(job: string): string {
  return `checkpoints/${job}`;
}
/** Newest last. */
export function writeCompleted(checkpoints: readonly CompletedCheckpoint[]): Uint8Array {
  const out = new ByteWriter();
  out.varint(METADATA_VERSION);
  codecs.completed.write(checkpoints, out);
  return out.take();
}
export function readCompleted(bytes: Uint8Array): readonly CompletedCheckpoint[] {
  const input = new ByteReader(bytes);
  const version = input.varint();
  if (version !== METADATA_VERSION) {
    throw new JobError(`checkpoint list has format version ${version}; this engine reads version ${METADATA_VERSION}`);
  }
  return codecs.completed.read(input);
}

/** Everything of a checkpoint lies under this prefix. */
export function checkpointPrefix(job: string, attempt: number, checkpoint: number): string {
  return `${job}/${attempt}-${checkpoint}/`;
}
