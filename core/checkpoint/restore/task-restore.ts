import { committableState, splitState } from '../../connectors/connector-state.ts';
import { boolean, int32, int64, list, nullable, record, string, type TypeOf } from '../../job/types.ts';
import { broadcastHandle, inlineObject, keyedHandle } from '../../state/handles.ts';
import { operatorStateHandle } from '../../state/operator-handles.ts';
import { channelStateHandle } from '../storage/metadata.ts';

/** What completed metadata says of the objects of one subtask that are in the store, by which it knows a local copy (SEMANTICS U8). */
export const localRestore = record({
  checkpoint: int64,
  /** The attempt that took it. */
  attempt: int64,
  /** CRC-32 of each; -1: unknown. */
  objects: list(record({ object: string, checksum: int64 })),
});
export type LocalRestore = TypeOf<typeof localRestore>;

/** Of an object of which no checksum is known. */
export const NO_CHECKSUM = -1;

/** What a task starts from; everything empty on a fresh start. */
export const taskRestore = record({
  /** All that hold a key group that this task owns; they may hold others. */
  keyed: list(keyedHandle),
  /** The checkpoint is the job's own, or it has claimed it: objects of it may be named again. */
  owned: boolean,
  /** Of a subtask that had the same key groups, if hosts keep copies. */
  local: nullable(localRestore),
  splits: list(splitState),
  /** Committables that this task commits again. */
  pending: list(committableState),
  /** All committables of the restored checkpoint, of every sink and subtask: none of them may be given up. */
  pendingAnywhere: list(committableState),
  broadcast: list(broadcastHandle),
  /** Lists of operators without key, in order of the old subtasks. */
  operatorState: list(operatorStateHandle),
  /** In-flight data to process before anything else: per old channel, the receiver's side before the sender's. */
  inFlight: list(
    record({
      edge: int32,
      sender: int32,
      receiver: int32,
      parts: list(channelStateHandle),
      /** Other subtasks replay it, too: each takes the records that are its own. */
      shared: boolean,
      /** All old senders of the channel whose place it takes have in-flight data here; otherwise one may lag behind all that is known. */
      whole: boolean,
    }),
  ),
  /** Of the objects that all these handles name, those that lay in the metadata. */
  inline: list(inlineObject),
  /** The attempt whose channels those are. */
  inFlightAttempt: int64,
  /** All subtasks of the vertex had finished. */
  finished: boolean,
  /** A vertex behind this one had finished whole, so this one's input had ended: no processing-time timer fires any more. */
  inputEnded: boolean,
});
export type TaskRestore = TypeOf<typeof taskRestore>;
