/**
 * What a checkpoint is made of, and its bytes.
 *
 *   HA store      checkpoints/<job>            -> JobCheckpoints: the truth about completion
 *   object store  <job>/<attempt>-<id>/metadata -> CheckpointMetadata, with the objects in it that are small
 *                 <job>/<attempt>-<id>/<vertex>-<subtask> -> keyed state of one subtask, as its backend writes it
 *                 savepoints/<job>/<attempt>-<id>/...         -> the same of a savepoint, complete iff it has its metadata
 *
 * Operator state (splits, committables: bytes of the connectors' own) is small and lies in the metadata itself. Formats carry a version; a reader
 * that meets another version says so.
 */
import { boolean, bytes, int32, int64, list, nullable, record, string, type TypeOf } from '../../job/types.ts';
import { committableState, enumeratorState, splitState } from '../../connectors/connector-state.ts';
import {
  type BroadcastHandle,
  broadcastHandle,
  type InlineObject,
  inlineObject,
  keyedHandle,
} from '../../state/handles.ts';
import { hasItems, operatorStateHandle } from '../../state/operator-handles.ts';
import { JobError } from '../../errors.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import { crc32 } from '../../values/checksum.ts';
import { serializerOf } from '../../values/serializers.ts';
import type { CheckpointKind } from '../../barrier-options.ts';

export const METADATA_VERSION = 6;

/**
 * In-flight elements of one channel in one object, from `at`, `length` bytes long; the channel is one of the attempt that
 * took the checkpoint. The receiver's side comes before the sender's.
 */
export const channelStateHandle = record({
  side: string,
  edge: int32,
  sender: int32,
  receiver: int32,
  object: string,
  at: int32,
  length: int32,
  /** Records among the elements, so that metadata alone says how much was in flight. */
  records: int32,
});
export type ChannelStateHandle = TypeOf<typeof channelStateHandle>;

export const subtaskSnapshot = record({
  /** Empty without keyed state, and of a subtask that had finished. */
  keyed: list(keyedHandle),
  /**
   * CRC-32 of each object that these handles name, in their order; -1: unknown. Empty where hosts keep no copies of them
   * (`JobConfig.localRecovery`).
   */
  checksums: list(int64),
  splits: list(splitState),
  pending: list(committableState),
  broadcast: nullable(broadcastHandle),
  /** Lists of operators without key. */
  operatorState: list(operatorStateHandle),
  channelState: list(channelStateHandle),
  /** Objects that these handles name and that lie here, and not in the store. */
  inline: list(inlineObject),
  /** It had finished: everything of it is done, nothing of it is left. */
  finished: boolean,
  /** It had processed all its input. */
  ended: boolean,
});
export type SubtaskSnapshot = TypeOf<typeof subtaskSnapshot>;

/** Of a subtask that has no state and whose input had ended. */
export function emptySubtask(finished: boolean): SubtaskSnapshot {
  return {
    keyed: [],
    checksums: [],
    splits: [],
    pending: [],
    broadcast: null,
    operatorState: [],
    channelState: [],
    inline: [],
    finished,
    ended: true,
  };
}

/** What a subtask that had finished before the trigger leaves in a checkpoint. */
export const FINISHED_SUBTASK: SubtaskSnapshot = emptySubtask(true);

/** An edge as another version of the job would know it: its numbers may be other ones there. */
const exchange = record({
  edge: int32,
  /** uid of the vertex that sent on it; `from` and `to`: of the two operators. */
  vertex: string,
  from: string,
  to: string,
  tag: nullable(string),
  /** Its place among the edges of this output between the two. */
  nth: int32,
  partition: string,
  /** Description of the type of its records. */
  type: bytes,
});
export type Exchange = TypeOf<typeof exchange>;

const metadata = record({
  /** Name of the job: the committables are its own to commit. */
  job: string,
  checkpoint: int64,
  /** See `CheckpointKind`. */
  kind: string,
  attempt: int64,
  leaderEpoch: int64,
  parallelism: int32,
  vertices: list(record({ uid: string, parallelism: int32, maxParallelism: int32, subtasks: list(subtaskSnapshot) })),
  enumerators: list(enumeratorState),
  /** Those that have in-flight data. */
  exchanges: list(exchange),
});
export type CheckpointMetadata = TypeOf<typeof metadata>;
export type VertexSnapshot = CheckpointMetadata['vertices'][number];

const completedCheckpoint = record({ checkpoint: int64, attempt: int64, metadata: string });
/** One entry of the HA store's list. */
export type CompletedCheckpoint = TypeOf<typeof completedCheckpoint>;

/**
 * What the HA store holds of a job's checkpoints: one value, so that it changes at once.
 *
 *   running      completed: newest last; savepoint: what the job was started from, if anything
 *   stopped      completed: empty; savepoint: the one that it was stopped with. Nothing older is ever restored
 */
const jobCheckpoints = record({
  completed: list(completedCheckpoint),
  savepoint: nullable(completedCheckpoint),
  stopped: boolean,
  /** The stop drained the job: event time has ended, so it cannot go on from the savepoint. */
  drained: boolean,
});
/** `claimed`: the savepoint that the job was started from is the job's own, which deletes it once nothing can go back to it. */
export type JobCheckpoints = TypeOf<typeof jobCheckpoints> & { readonly claimed: boolean };
export const NO_CHECKPOINTS: JobCheckpoints = {
  completed: [],
  savepoint: null,
  stopped: false,
  drained: false,
  claimed: false,
};

/** Where an attempt starts from: the newest completed checkpoint, else the savepoint that the job was started from. */
export function restorePoint(checkpoints: JobCheckpoints): CompletedCheckpoint | undefined {
  return checkpoints.completed.at(-1) ?? checkpoints.savepoint ?? undefined;
}

const codecs = {
  metadata: serializerOf(metadata),
  completed: serializerOf(jobCheckpoints),
} as const;

export function writeMetadata(value: CheckpointMetadata): Uint8Array {
  return bytesOf((out) => {
    out.varint(METADATA_VERSION);
    codecs.metadata.write(value, out);
  });
}

/** Throws `JobError` for bytes of another version, that are no metadata, or whose inline objects are damaged. */
export function readMetadata(bytes: Uint8Array): CheckpointMetadata {
  const input = new ByteReader(bytes);
  const version = input.varint();
  if (version !== METADATA_VERSION) {
    throw new JobError(
      `checkpoint metadata has format version ${version}; this engine reads version ${METADATA_VERSION}`,
    );
  }
  const value = codecs.metadata.read(input);
  for (const { uid, subtasks } of value.vertices)
    subtasks.forEach((subtask, index) => requireWhole(value, uid, index, subtask));
  return value;
}

function requireWhole(
  { checkpoint }: CheckpointMetadata,
  uid: string,
  index: number,
  { inline }: SubtaskSnapshot,
): void {
  for (const { object, bytes, checksum } of inline) {
    const found = crc32(bytes);
    if (found === checksum) continue;
    throw new JobError(
      `checkpoint ${checkpoint}: the state of ${uid}[${index}] that its metadata holds as ${object} is damaged ` +
        `(${bytes.length} bytes with checksum ${found}, written with ${checksum}); start the job from a savepoint or an older checkpoint`,
    );
  }
}

/** The HA key of a job's completed checkpoints. */
export function completedKey(job: string): string {
  return `checkpoints/${job}`;
}
export function writeCompleted(checkpoints: JobCheckpoints): Uint8Array {
  return bytesOf((out) => {
    out.varint(METADATA_VERSION);
    const { completed, savepoint, stopped, drained, claimed } = checkpoints;
    codecs.completed.write({ completed, savepoint, stopped, drained }, out);
    // Entries of jobs that claim nothing are as they always were.
    if (claimed) out.bool(true);
  });
}
export function readCompleted(bytes: Uint8Array): JobCheckpoints {
  const input = new ByteReader(bytes);
  const version = input.varint();
  if (version !== METADATA_VERSION) {
    throw new JobError(`checkpoint list has format version ${version}; this engine reads version ${METADATA_VERSION}`);
  }
  const { completed, savepoint, stopped, drained } = codecs.completed.read(input);
  return { completed, savepoint, stopped, drained, claimed: input.remaining > 0 && input.bool() };
}

/**
 * Everything of a savepoint lies under this prefix; it belongs to the user who asked for it and is never deleted once
 * complete.
 */
export function savepointPrefix(job: string, attempt: number, checkpoint: number): string {
  return `savepoints/${job}/${attempt}-${checkpoint}/`;
}
/** Everything of a checkpoint lies under this prefix. */
export function checkpointPrefix(job: string, attempt: number, checkpoint: number): string {
  return `${job}/${attempt}-${checkpoint}/`;
}
/** What checkpoints of a job share lies under the prefix of the attempt that wrote it, and of the checkpoint that it was written for. */
export function sharedPrefix(job: string, attempt: number, checkpoint: number): string {
  return `${job}/${attempt}-shared/${checkpoint}/`;
}
/** Whether checkpoints of the job share the object. */
export function isShared(job: string, object: string): boolean {
  return object.startsWith(`${job}/`) && /^\d+-shared\//.test(object.slice(job.length + 1));
}
/** The objects that subtasks name and that checkpoints of the job share. */
export function sharedObjects(job: string, subtasks: readonly SubtaskSnapshot[]): readonly string[] {
  const shared: string[] = [];
  for (const { keyed } of subtasks) {
    for (const { objects } of keyed) for (const object of objects) if (isShared(job, object)) shared.push(object);
  }
  return shared;
}
/** Where the files of one that is taken now belong. */
export function prefixOf(kind: CheckpointKind, job: string, attempt: number, checkpoint: number): string {
  return kind === 'checkpoint' ? checkpointPrefix(job, attempt, checkpoint) : savepointPrefix(job, attempt, checkpoint);
}
/** The prefix of the checkpoint whose metadata object has this name, wherever it lies. */
export function prefixAt(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
export function metadataName(prefix: string): string {
  return `${prefix}metadata`;
}

/** The prefix under which its objects were written, wherever they lie now. */
export function takenUnder({ kind, job, attempt, checkpoint }: CheckpointMetadata): string {
  return (kind === 'checkpoint' ? checkpointPrefix : savepointPrefix)(job, attempt, checkpoint);
}

/** Every object that the checkpoint needs beside its metadata, in the store. */
export function objectsOf({ vertices }: CheckpointMetadata): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { subtasks } of vertices) {
    for (const { keyed, broadcast: copy, operatorState, channelState, inline } of subtasks) {
      const broadcast = copy === null ? [] : [copy];
      for (const object of namedBy({ keyed, broadcast, operatorState, channelState })) names.add(object);
      for (const { object } of inline) names.delete(object);
    }
  }
  return names;
}

/** The objects that handles name, wherever they lie; in order, some more than once. */
export function namedBy({
  keyed,
  broadcast,
  operatorState,
  channelState,
}: {
  readonly keyed: SubtaskSnapshot['keyed'];
  readonly broadcast: readonly BroadcastHandle[];
  readonly operatorState: SubtaskSnapshot['operatorState'];
  readonly channelState: SubtaskSnapshot['channelState'];
}): readonly string[] {
  return [
    ...keyed.flatMap(({ objects }) => objects),
    ...broadcast.map(({ object }) => object),
    ...operatorState.filter(hasItems).map(({ object }) => object),
    ...channelState.map(({ object }) => object),
  ];
}

/** All that lie in the metadata. */
export function inlineIn({ vertices }: Pick<CheckpointMetadata, 'vertices'>): readonly InlineObject[] {
  return vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ inline }) => inline));
}

/**
 * The checkpoint as it is found: its objects lie beside its metadata, also if all of them were copied to another place. `name`:
 * of the metadata object.
 */
export function foundAt(name: string, metadata: CheckpointMetadata): CheckpointMetadata {
  const [from, to] = [takenUnder(metadata), prefixAt(name)];
  if (from === to) return metadata;
  const moved = (object: string): string => (object.startsWith(from) ? to + object.slice(from.length) : object);
  return withVertices(
    metadata,
    metadata.vertices.map((vertex) => withSubtasks(vertex, (subtask) => movedSubtask(subtask, moved))),
  );
}

function movedSubtask(subtask: SubtaskSnapshot, moved: (object: string) => string): SubtaskSnapshot {
  const { keyed, checksums, splits, pending, broadcast, operatorState, channelState, inline } = subtask;
  return {
    keyed: keyed.map(({ first, last, objects, own }) => ({ first, last, objects: objects.map(moved), own })),
    checksums,
    splits,
    pending,
    broadcast: broadcast && { object: moved(broadcast.object), at: broadcast.at, length: broadcast.length },
    operatorState: operatorState.map(({ operator, state, mode, type, object, offsets }) => ({
      operator,
      state,
      mode,
      type,
      object: moved(object),
      offsets,
    })),
    channelState: channelState.map((handle) => renamed(handle, handle.edge, moved(handle.object))),
    inline: inline.map(({ object, bytes: content, checksum }) => ({ object: moved(object), bytes: content, checksum })),
    finished: subtask.finished,
    ended: subtask.ended,
  };
}

// ---- the same with a change

export function withVertices(
  { job, checkpoint, kind, attempt, leaderEpoch, parallelism, enumerators, exchanges }: CheckpointMetadata,
  vertices: readonly VertexSnapshot[],
): CheckpointMetadata {
  return { job, checkpoint, kind, attempt, leaderEpoch, parallelism, vertices, enumerators, exchanges };
}

export function withSubtasks(
  { uid, parallelism, maxParallelism, subtasks }: VertexSnapshot,
  change: (subtask: SubtaskSnapshot) => SubtaskSnapshot,
): VertexSnapshot {
  return { uid, parallelism, maxParallelism, subtasks: subtasks.map(change) };
}

/** With other committables, and other in-flight data. */
export function withPending(
  subtask: SubtaskSnapshot,
  pending: SubtaskSnapshot['pending'],
  channelState = subtask.channelState,
): SubtaskSnapshot {
  const { keyed, checksums, splits, broadcast, operatorState, inline, finished, ended } = subtask;
  return { keyed, checksums, splits, pending, broadcast, operatorState, channelState, inline, finished, ended };
}

/** In-flight elements by another number of their edge, or in another object. */
export function renamed(
  { side, sender, receiver, at, length, records }: ChannelStateHandle,
  edge: number,
  object: string,
): ChannelStateHandle {
  return { side, edge, sender, receiver, object, at, length, records };
}
