/** Where a checkpoint keeps the state of an operator: names of objects, and places in them. */
import { bytes, int32, int64, list, record, string, type TypeOf } from '../job/types.ts';
import { crc32 } from '../values/checksum.ts';

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

/**
 * A small object of a checkpoint that is not in the object store: it lies in the metadata, under the name that it would have
 * there, by which handles name it (Flink: `ByteStreamStateHandle`).
 */
export const inlineObject = record({ object: string, bytes, checksum: int64 });
export type InlineObject = TypeOf<typeof inlineObject>;

export function inlineObjectOf(object: string, content: Uint8Array): InlineObject {
  return { object, bytes: content, checksum: crc32(content) };
}

/** The bytes of an object by its name; undefined: there is none. */
export type ObjectLookup = (object: string) => Uint8Array | undefined;

/** What handles name: what is inline, else what the store has. */
export function inlineOr(inline: readonly InlineObject[], store: ObjectLookup): ObjectLookup {
  if (inline.length === 0) return store;
  const own = new Map(inline.map(({ object, bytes: content }) => [object, content]));
  return (object) => own.get(object) ?? store(object);
}
