/** Where a checkpoint keeps the state of an operator: names of objects, and places in them. */
import { int32, list, record, string, type TypeOf } from '../job/types.ts';

/** Part of an object: the bytes from `at`, `length` long. */
const slice = record({ at: int32, length: int32 });

/** Keyed state of one subtask in one object, with an index by key group. Most groups are empty and share their bytes with their neighbours. */
export const keyedHandle = record({
  object: string,
  header: slice,
  /** In order; each for the key groups `first` to `last`. */
  groups: list(record({ first: int32, last: int32, at: int32, length: int32 })),
});
export type KeyedHandle = TypeOf<typeof keyedHandle>;

/** Broadcast state of one subtask: one object, the same on all subtasks of the vertex at the cut. */
export const broadcastHandle = record({ object: string, at: int32, length: int32 });
export type BroadcastHandle = TypeOf<typeof broadcastHandle>;
