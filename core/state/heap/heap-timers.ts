/**
 * The timers of one domain: per key group an array in *descending* timer order (timestamp, serialized key, namespace),
 * so the next one is at the end and leaves without moving the others. The order is total, so a timer is found by binary
 * search and the array is a set. Arrays are copied on write by epochs, as in heap-slots.ts.
 *
 * Meant for a few hundred timers a key group: adding moves those that are due earlier. Few groups have timers at a time;
 * those are listed, so that a poll looks at them only.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TimerEntry, TimerQueue } from '../backend.ts';
import type { ByteWriter } from '../../values/bytes.ts';
import { compareKeys } from './heap-keys.ts';
import type { HeapKey, HeapKeys } from './heap-keys.ts';
import { compareNamespaces, writeNamespace } from '../snapshot-format.ts';

interface HeapTimer extends TimerEntry {
  readonly owner: HeapKey;
}
interface Group {
  readonly epoch: number;
  readonly timers: HeapTimer[];
}

/** Timers as a snapshot holds them. */
export interface FrozenTimers {
  isEmpty(at: number): boolean;
  write(at: number, out: ByteWriter): void;
}

export class HeapTimers implements TimerQueue {
  readonly #keys: HeapKeys;
  readonly #groups: (Group | undefined)[];
  /** No timer is taken any more. */
  closed = false;
  /** Offsets of the groups that have timers, in no order. */
  readonly #active: number[] = [];
  #epoch = 0;
  /** The least timestamp; means something only if not stale. */
  #least: Timestamp | undefined = undefined;
  #stale = false;

  constructor(keys: HeapKeys, keyGroups: number) {
    this.#keys = keys;
    this.#groups = new Array<Group | undefined>(keyGroups).fill(undefined);
  }

  add(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    if (this.closed) return false;
    return this.addFor(this.#keys.current, timestamp, namespace);
  }

  addFor(owner: HeapKey, timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    const timer = { timestamp, key: owner.key, keyGroup: owner.keyGroup, namespace, owner };
    const before = this.#groups[owner.at]?.timers ?? [];
    const position = positionOf(before, timer);
    const there = before[position];
    if (there !== undefined && compareTimers(there, timer) === 0) return false;
    if (before.length === 0) this.#active.push(owner.at);
    this.#writable(owner.at).splice(position, 0, timer);
    if (this.#least === undefined || timestamp < this.#least) this.#least = timestamp;
    return true;
  }

  remove(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean {
    const owner = this.#keys.current;
    const before = this.#groups[owner.at]?.timers;
    if (before === undefined) return false;
    const timer = { timestamp, key: owner.key, keyGroup: owner.keyGroup, namespace, owner };
    const position = positionOf(before, timer);
    const there = before[position];
    if (there === undefined || compareTimers(there, timer) !== 0) return false;
    this.#writable(owner.at).splice(position, 1);
    this.#removed(owner.at, timestamp);
    return true;
  }

  poll(upTo: Timestamp, eligible?: (keyGroup: number) => boolean): TimerEntry | undefined {
    const head = this.head();
    if (head === undefined || head > upTo) return undefined;
    let next: HeapTimer | undefined;
    for (const at of this.#active) {
      const first = this.#groups[at]?.timers.at(-1);
      if (first === undefined || first.timestamp > upTo) continue;
      if (eligible !== undefined && !eligible(first.keyGroup)) continue;
      if (next === undefined || compareTimers(first, next) < 0) next = first;
    }
    if (next === undefined) return undefined;
    this.#writable(next.owner.at).pop();
    this.#removed(next.owner.at, next.timestamp);
    return next;
  }

  head(): Timestamp | undefined {
    if (this.#stale) {
      this.#stale = false;
      this.#least = undefined;
      for (const at of this.#active) {
        const first = this.#groups[at]?.timers.at(-1)?.timestamp;
        if (first !== undefined && (this.#least === undefined || first < this.#least)) this.#least = first;
      }
    }
    return this.#least;
  }

  /** The sync part of a snapshot. */
  freeze(): FrozenTimers {
    const groups: readonly (Group | undefined)[] = this.#groups.slice();
    this.#epoch++;
    return {
      isEmpty: (at) => (groups[at]?.timers.length ?? 0) === 0,
      write: (at, out) => writeTimers(groups[at]?.timers ?? [], out),
    };
  }

  #writable(at: number): HeapTimer[] {
    const group = this.#groups[at];
    if (group !== undefined && group.epoch === this.#epoch) return group.timers;
    const timers = group === undefined ? [] : group.timers.slice();
    this.#groups[at] = { epoch: this.#epoch, timers };
    return timers;
  }

  #removed(at: number, timestamp: Timestamp): void {
    if (timestamp === this.#least) this.#stale = true;
    if (this.#groups[at]?.timers.length === 0) this.#active.splice(this.#active.indexOf(at), 1);
  }
}

/** (timestamp, serialized key, namespace start, namespace end). */
function compareTimers(a: HeapTimer, b: HeapTimer): number {
  return a.timestamp - b.timestamp || compareKeys(a.owner, b.owner) || compareNamespaces(a.namespace, b.namespace);
}

/** The first position of a descending array whose timer is not after this one. */
function positionOf(timers: readonly HeapTimer[], timer: HeapTimer): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = timers[middle];
    if (other !== undefined && compareTimers(other, timer) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function writeTimers(descending: readonly HeapTimer[], out: ByteWriter): void {
  out.varint(descending.length);
  for (let i = descending.length - 1; i >= 0; i--) {
    const timer = descending[i];
    if (timer === undefined) continue;
    out.zigzag(timer.timestamp);
    out.raw(timer.owner.bytes);
    writeNamespace(timer.namespace, out);
  }
}
