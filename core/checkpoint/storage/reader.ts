/**
 * Reads a checkpoint image from bytes alone, with no engine running: for laws, queries and people.
 */
import { IoError } from '../../errors.ts';
import type { KeyGroupContent } from '../../state/backend.ts';
import { type BroadcastContent, decodeBroadcast } from '../../state/broadcast-state.ts';
import { keyGroupDecoder } from '../../state/reader.ts';
import type { BroadcastHandle, KeyedHandle } from '../../state/handles.ts';
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

/** Throws `IoError` if an object is missing, `JobError` for another format version. */
export function readCheckpoint(
  metadata: Uint8Array,
  object: (name: string) => Uint8Array | undefined,
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
        keyGroups: subtask.keyed === null ? [] : readKeyed(subtask.keyed, object),
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

function readKeyed(handle: KeyedHandle, object: (name: string) => Uint8Array | undefined): KeyGroupContent[] {
  const bytes = object(handle.object);
  if (bytes === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
  const header = bytes.subarray(handle.header.at, handle.header.at + handle.header.length);
  const decode = keyGroupDecoder(header);
  const contents: KeyGroupContent[] = [];
  for (const { first, last, at, length } of handle.groups) {
    const content = bytes.subarray(at, at + length);
    for (let keyGroup = first; keyGroup <= last; keyGroup++) contents.push(decode(keyGroup, content));
  }
  return contents;
}
