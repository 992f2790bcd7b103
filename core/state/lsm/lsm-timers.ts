/**
 * Timers in the store: of a key group in order of time, which is the order of its keys. What is kept in memory is the least
 * timestamp of each group. Once the least timer of a group is gone the next one is looked for, from its time on: before it
 * there are tombstones only.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import { MIN_TIMESTAMP } from '../../job/functions.ts';
import type { TimerEntry, TimerQueue } from '../backend.ts';
import type { TimerDomain } from '../snapshot-format.ts';
import {
  type Binary,
  GROUP_LENGTH,
  groupBinary,
  groupOfBinary,
  namespaceBinary,
  namespaceOfBinary,
  TIMESTAMP_LENGTH,
  timestampBinary,
  timestampOfBinary,
} from './binary.ts';
import type { LsmKey, LsmKeys } from './lsm-keys.ts';
import type { LsmStore } from './store.ts';

const TAGS: Readonly<Record<TimerDomain, Binary>> = { event: '\x00', processing: '\x01' };
const HEAD_BYTES = 24;
const PLAIN = new Uint8Array(0);
/** Of a timer at -0, whose key is that of 0. */
const NEGATIVE_ZERO = Uint8Array.of(1);

/** Undefined: the key of the store is no timer. */
export function timerDomainOf(key: Binary): TimerDomain | undefined {
  const tag = key[GROUP_LENGTH];
  return tag === TAGS.event ? 'event' : tag === TAGS.processing ? 'processing' : undefined;
}

/** Where the key begins in the store's key of a timer. */
export const TIMER_KEY_AT = GROUP_LENGTH + 1 + TIMESTAMP_LENGTH;

export function timerOf(keys: LsmKeys, binary: Binary, value: Uint8Array): TimerEntry {
  const { key, end } = keys.read(binary, TIMER_KEY_AT);
  return {
    timestamp: value.length > 0 ? -0 : timestampOfBinary(binary, GROUP_LENGTH + 1),
    key,
    keyGroup: groupOfBinary(binary),
    namespace: namespaceOfBinary(binary, end),
  };
}

export class LsmTimers implements TimerQueue {
  readonly #tag: Binary;
  readonly #keys: LsmKeys;
  readonly #store: LsmStore;
  /** The least timestamp of each group that has timers. `isKnown` false: it is not below this, if there is one. */
  readonly #heads = new Map<number, { readonly timestamp: Timestamp; readonly isKnown: boolean }>();

  constructor(domain: TimerDomain, keys: LsmKeys, store: LsmStore) {
    this.#tag = TAGS[domain];
    this.#keys = keys;
    this.#store = store;
  }

  get memoryBytes(): number {
    return HEAD_BYTES * this.#heads.size;
  }

  add(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    return this.addFor(this.#keys.current, timestamp, namespace);
  }

  addFor(owner: LsmKey, timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    const key = this.#keyOf(owner, timestamp, namespace);
    if (this.#store.get(key) !== undefined) return false;
    this.#store.set(key, Object.is(timestamp, -0) ? NEGATIVE_ZERO : PLAIN);
    const head = this.#heads.get(owner.keyGroup);
    if (head === undefined || timestamp <= head.timestamp)
      this.#heads.set(owner.keyGroup, { timestamp, isKnown: true });
    return true;
  }

  remove(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    const owner = this.#keys.current;
    const key = this.#keyOf(owner, timestamp, namespace);
    if (this.#store.get(key) === undefined) return false;
    this.#take(key, owner.keyGroup, timestamp);
    return true;
  }

  poll(upTo: Timestamp, eligible?: (keyGroup: number) => boolean): TimerEntry | undefined {
    let least: { readonly order: Binary; readonly key: Binary; readonly value: Uint8Array } | undefined;
    for (const keyGroup of [...this.#heads.keys()]) {
      if (eligible !== undefined && !eligible(keyGroup)) continue;
      const timestamp = this.#headOf(keyGroup, upTo);
      if (timestamp === undefined || timestamp > upTo) continue;
      const time = timestampBinary(timestamp);
      if (least !== undefined && time > least.order.slice(0, TIMESTAMP_LENGTH)) continue;
      const prefix = groupBinary(keyGroup) + this.#tag;
      const first = this.#store.first(prefix, prefix + time);
      if (first === undefined) continue;
      const order = first.key.slice(prefix.length);
      if (least === undefined || order < least.order) least = { order, key: first.key, value: first.value };
    }
    if (least === undefined) return undefined;
    const timer = timerOf(this.#keys, least.key, least.value);
    this.#take(least.key, timer.keyGroup, timer.timestamp);
    return timer;
  }

  head(): Timestamp | undefined {
    let least: Timestamp | undefined;
    for (const keyGroup of [...this.#heads.keys()]) {
      const timestamp = this.#headOf(keyGroup, least ?? Infinity);
      if (timestamp !== undefined && (least === undefined || timestamp < least)) least = timestamp;
    }
    return least;
  }

  /** The groups may have timers that did not come by `add`. */
  adopt(): void {
    const { start, end } = this.#keys.range;
    for (let group = start; group <= end; group++) this.#heads.set(group, { timestamp: MIN_TIMESTAMP, isKnown: false });
  }

  /** The least timestamp of the group; undefined if there is none, or none of interest. */
  #headOf(keyGroup: number, upTo: Timestamp): Timestamp | undefined {
    const head = this.#heads.get(keyGroup);
    if (head === undefined || head.timestamp > upTo) return undefined;
    if (head.isKnown) return head.timestamp;
    const prefix = groupBinary(keyGroup) + this.#tag;
    const first = this.#store.first(prefix, prefix + timestampBinary(head.timestamp));
    if (first === undefined) {
      this.#heads.delete(keyGroup);
      return undefined;
    }
    const { timestamp } = timerOf(this.#keys, first.key, first.value);
    this.#heads.set(keyGroup, { timestamp, isKnown: true });
    return timestamp;
  }

  #take(key: Binary, keyGroup: number, timestamp: Timestamp): void {
    this.#store.set(key, undefined);
    if (this.#heads.get(keyGroup)?.timestamp === timestamp) this.#heads.set(keyGroup, { timestamp, isKnown: false });
  }

  #keyOf({ keyGroup, binary }: LsmKey, timestamp: Timestamp, namespace: TimeWindow | undefined): Binary {
    return groupBinary(keyGroup) + this.#tag + timestampBinary(timestamp) + binary + namespaceBinary(namespace);
  }
}
