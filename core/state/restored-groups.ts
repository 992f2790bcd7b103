/** Restores key groups in the canonical format (snapshot-format.ts) into a backend of any kind. */
import { assert, IoError } from '../errors.ts';
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { TypeInfo } from '../job/types.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';
import type { FloorRange } from '../time/floors.ts';
import { requireAsIs } from '../values/evolution.ts';
import type { Coroutine, Pending } from '../waiting.ts';
import type { ObjectReader, StateSlice } from './backend.ts';
import type { KeyedHandle } from './handles.ts';
import {
  type GroupVisitor,
  KeyGroupReader,
  type MapStateSchema,
  readHandle,
  readHeader,
  type StateSchema,
  type TimerDomain,
  type ValueStateSchema,
} from './snapshot-format.ts';

/** The parts of a backend that are filled. `Key`: what it makes of a key. */
export interface RestoreTarget<Key extends { readonly keyGroup: number }> {
  readonly range: KeyGroupRange;
  readonly keyType: TypeInfo;
  readonly keys: { of(key: unknown): Key };
  /** See `KeyedStates`. */
  readonly states: {
    carried(schema: ValueStateSchema): {
      putFor(key: Key, namespace: TimeWindow | undefined, value: unknown): void;
    };
    carried(schema: MapStateSchema): { putFor(owner: Key, key: unknown, value: unknown): void };
    carried(schema: StateSchema): { readonly schema: StateSchema };
  };
  readonly timers: Readonly<
    Record<TimerDomain, { addFor(key: Key, timestamp: Timestamp, namespace: TimeWindow | undefined): boolean }>
  >;
  /** See `KeyedStateBackend.admit`: between key groups the backend may have to catch up. */
  admit(): Pending<void> | undefined;
}

/**
 * Every key group of the backend's range that the handles hold, with its floor.
 *
 * @throws IoError if an object is missing or damaged, JobError if the key type is another one than before.
 */
export function* restoreGroups<Key extends { readonly keyGroup: number }>(
  target: RestoreTarget<Key>,
  handles: readonly KeyedHandle[],
  read: ObjectReader,
): Coroutine<readonly FloorRange[]> {
  const floors: FloorRange[] = [];
  const visitor = new RestoringVisitor(target);
  for (const handle of handles) {
    const { object, header, runs } = readHandle(handle);
    const bytes = yield* read(object);
    const content = readHeader(sliceOf(bytes, header));
    requireAsIs('the key', content.keyType, target.keyType);
    // The types that are at hand already have compiled serializers; the equal ones of the header have none.
    const states = content.states.map((state) => target.states.carried(state).schema);
    const reader = new KeyGroupReader({ keyType: target.keyType, states });
    for (const { first, last, slice } of runs) {
      const start = Math.max(first, target.range.start);
      const end = Math.min(last, target.range.end);
      if (start > end) continue;
      visitor.keyGroup = start;
      floors.push({ start, end, floor: reader.read(sliceOf(bytes, slice), visitor) });
      for (let wait = target.admit(); wait !== undefined; wait = target.admit()) yield* wait;
    }
  }
  return floors;
}

/** Puts what it is shown into the backend. One object for all key groups: there may be many, and most are empty. */
class RestoringVisitor<Key extends { readonly keyGroup: number }> implements GroupVisitor {
  keyGroup = 0;
  readonly #target: RestoreTarget<Key>;

  constructor(target: RestoreTarget<Key>) {
    this.#target = target;
  }

  value(state: ValueStateSchema, key: unknown, namespace: TimeWindow | undefined, value: unknown): void {
    this.#target.states.carried(state).putFor(this.#owned(key), namespace, value);
  }

  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void {
    const owner = this.#owned(key);
    const table = this.#target.states.carried(state);
    for (const [mapKey, value] of entries) table.putFor(owner, mapKey, value);
  }

  timer(domain: TimerDomain, timestamp: Timestamp, key: unknown, namespace: TimeWindow | undefined): void {
    this.#target.timers[domain].addFor(this.#owned(key), timestamp, namespace);
  }

  #owned(key: unknown): Key {
    const owned = this.#target.keys.of(key);
    assert(
      owned.keyGroup === this.keyGroup,
      () => `a key of group ${owned.keyGroup} lies in the snapshot of group ${this.keyGroup}`,
    );
    return owned;
  }
}

/** Throws `IoError` if the object is too short. */
function sliceOf(bytes: Uint8Array, { object, offset, length }: StateSlice): Uint8Array {
  if (offset + length > bytes.length) throw new IoError(`checkpoint object ${object} is too short`);
  return bytes.subarray(offset, offset + length);
}
