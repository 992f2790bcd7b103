/**
 * Reads a checkpoint image from bytes alone, with no engine running: for laws, queries and people.
 */
import { IoError } from '../../errors.ts';
import type { InspectState, KeyGroupContent, KeyGroupRun } from '../../state/backend.ts';
import { type BroadcastContent, decodeBroadcast } from '../../state/broadcast-state.ts';
import type { BroadcastHandle } from '../../state/handles.ts';
import type { EnumeratorState, PendingTransaction, SplitState } from '../../connectors/connector-state.ts';
import { readMetadata, type SubtaskSnapshot } from './metadata.ts';

export interface CheckpointImage {
  readonly checkpoint: number;
  /** See `CheckpointKind`. */
  readonly kind: string;
  readonly attempt: number;
  readonly leaderEpoch: number;
  readonly parallelism: number;
  readonly vertices: readonly VertexImage[];
  readonly enumerators: readonly EnumeratorState[];
}
export interface VertexImage {
  readonly uid: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly subtasks: readonly SubtaskImage[];
}
export interface SubtaskImage {
  readonly keyGroups: readonly KeyGroupContent[];
  readonly splits: readonly SplitState[];
  readonly pending: readonly PendingTransaction[];
  /** Null without broadcast state, and of a subtask that had finished. */
  readonly broadcast: BroadcastContent | null;
  /** In-flight data: where it is. Empty while all barriers are aligned. */
  readonly channelState: SubtaskSnapshot['channelState'];
  /** It had finished: everything of it is done, nothing of it is left. */
  readonly finished: boolean;
}

/**
 * `inspect` is that of the backend that wrote the keyed state. Throws `IoError` if an object is missing or damaged,
 * `JobError` for another format version.
 */
export function readCheckpoint(
  metadata: Uint8Array,
  object: (name: string) => Uint8Array | undefined,
  inspect: InspectState,
): CheckpointImage {
  const image = readMetadata(metadata);
  return {
    checkpoint: image.checkpoint,
    kind: image.kind,
    attempt: image.attempt,
    leaderEpoch: image.leaderEpoch,
    parallelism: image.parallelism,
    enumerators: image.enumerators,
    vertices: image.vertices.map((vertex) => ({
      uid: vertex.uid,
      parallelism: vertex.parallelism,
      maxParallelism: vertex.maxParallelism,
      subtasks: vertex.subtasks.map((subtask) => ({
        keyGroups: subtask.keyed.length === 0 ? [] : inspect(subtask.keyed, object).flatMap(groupsOf),
        splits: subtask.splits,
        pending: subtask.pending,
        broadcast: subtask.broadcast === null ? null : readBroadcast(subtask.broadcast, object),
        channelState: subtask.channelState,
        finished: subtask.finished,
      })),
    })),
  };
}

function readBroadcast(handle: BroadcastHandle, object: (name: string) => Uint8Array | undefined): BroadcastContent {
  const bytes = object(handle.object);
  if (bytes === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
  return decodeBroadcast(bytes.subarray(handle.at, handle.at + handle.length));
}

function groupsOf({ first, last, floor, entries, timers }: KeyGroupRun): readonly KeyGroupContent[] {
  const groups: KeyGroupContent[] = [];
  for (let keyGroup = first; keyGroup <= last; keyGroup++) groups.push({ keyGroup, floor, entries, timers });
  return groups;
}
