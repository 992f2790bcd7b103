/** Where a checkpoint keeps the state of an operator: names of objects, and places in them. */
import { int32, int64, list, record, string, type TypeOf } from '../job/types.ts';

/**
 * A piece of the keyed state of one subtask. A snapshot may have several; each key group is in one of them. Written and
 * read by the state backend alone: what the engine knows of it is which key groups it holds and which objects it needs.
 */
export const keyedHandle = record({
  /** Key groups, inclusive. */
  first: int32,
  last: int32,
  /** Names; without them it cannot be read. */
  objects: list(string),
  /** The backend's: what else it needs to find its way in the objects. */
  own: list(int64),
});
export type KeyedHandle = TypeOf<typeof keyedHandle>;

/** Broadcast state of one subtask: one object, the same on all subtasks of the vertex at the cut. */
export const broadcastHandle = record({ object: string, at: int32, length: int32 });
export type BroadcastHandle = TypeOf<typeof broadcastHandle>;
