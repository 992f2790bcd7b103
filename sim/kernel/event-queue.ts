/**
 * The events to come: a binary heap over (time, priority, sequence), smallest first.
 *
 * It lies in three typed arrays, position by position: time (whole microseconds), order (priority and sequence in one
 * number, so that two comparisons decide) and handle (where the target is). Moving an entry moves three numbers and no
 * reference, so the garbage collector hears nothing of it. Freed handles are reused; the arrays grow by doubling and
 * stay grown, so that a queue is an arena for the next universe.
 *
 * Left out: taking an event back. A cancelled timer stays in the queue and does nothing when it fires.
 */
import { EngineBug } from '../../core/errors.ts';
import type { Target } from './types.ts';

/** Priorities are whole numbers in [0, PRIORITIES). */
export const PRIORITIES = 4096;
/** A universe may schedule so many events before the order would be wrong. */
const SEQUENCES = 2 ** 41;
const INITIAL_CAPACITY = 256;

const NOTHING: Target = {
  id: 0,
  fire(): void {
    /* What a free handle holds. */
  },
};

export class EventQueue {
  #times = new Float64Array(INITIAL_CAPACITY);
  #orders = new Float64Array(INITIAL_CAPACITY);
  #handles = new Int32Array(INITIAL_CAPACITY);
  /** By handle. */
  readonly #targets: Target[] = new Array<Target>(INITIAL_CAPACITY).fill(NOTHING);
  #sequence = 0;

  /** How many events are waiting. */
  size = 0;

  // What `pop` took out last: fields, so that popping makes no object.
  poppedTime = 0;
  poppedPriority = 0;

  constructor() {
    for (let at = 0; at < INITIAL_CAPACITY; at++) this.#handles[at] = at;
  }

  /** `time` is finite and >= 0, `priority` a whole number in [0, PRIORITIES). */
  push(time: number, priority: number, target: Target): void {
    if (this.size === this.#times.length) this.#grow();
    const times = this.#times;
    const orders = this.#orders;
    const handles = this.#handles;
    let hole = this.size++;
    // Beyond the heap, `handles` keeps the free handles: the one at the first free position is taken.
    const handle = handles[hole] ?? 0;
    this.#targets[handle] = target;
    const order = priority * SEQUENCES + this.#sequence++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const parentTime = times[parent] ?? 0;
      if (parentTime < time || (parentTime === time && (orders[parent] ?? 0) < order)) break;
      times[hole] = parentTime;
      orders[hole] = orders[parent] ?? 0;
      handles[hole] = handles[parent] ?? 0;
      hole = parent;
    }
    times[hole] = time;
    orders[hole] = order;
    handles[hole] = handle;
  }

  /** The time of the earliest event; Infinity if there is none. */
  nextTime(): number {
    return this.size === 0 ? Infinity : (this.#times[0] ?? 0);
  }

  /** Takes the earliest event out, leaves its time and priority in `poppedTime` and `poppedPriority`. */
  pop(): Target {
    if (this.size === 0) throw new EngineBug('pop from an empty event queue');
    const times = this.#times;
    const orders = this.#orders;
    const handles = this.#handles;
    const handle = handles[0] ?? 0;
    this.poppedTime = times[0] ?? 0;
    this.poppedPriority = Math.floor((orders[0] ?? 0) / SEQUENCES);

    const last = --this.size;
    const time = times[last] ?? 0;
    const order = orders[last] ?? 0;
    const moved = handles[last] ?? 0;
    const firstLeaf = last >> 1;
    let hole = 0;
    while (hole < firstLeaf) {
      let child = 2 * hole + 1;
      let childTime = times[child] ?? 0;
      const right = child + 1;
      if (right < last) {
        const rightTime = times[right] ?? 0;
        if (rightTime < childTime || (rightTime === childTime && (orders[right] ?? 0) < (orders[child] ?? 0))) {
          child = right;
          childTime = rightTime;
        }
      }
      if (time < childTime || (time === childTime && order < (orders[child] ?? 0))) break;
      times[hole] = childTime;
      orders[hole] = orders[child] ?? 0;
      handles[hole] = handles[child] ?? 0;
      hole = child;
    }
    times[hole] = time;
    orders[hole] = order;
    handles[hole] = moved;
    handles[last] = handle;

    const target = this.#targets[handle] ?? NOTHING;
    this.#targets[handle] = NOTHING;
    return target;
  }

  /** Forgets every event and every count; keeps the arrays. */
  clear(): void {
    for (let at = 0; at < this.size; at++) this.#targets[this.#handles[at] ?? 0] = NOTHING;
    this.size = 0;
    this.#sequence = 0;
  }

  #grow(): void {
    const capacity = this.#times.length;
    const times = new Float64Array(2 * capacity);
    const orders = new Float64Array(2 * capacity);
    const handles = new Int32Array(2 * capacity);
    times.set(this.#times);
    orders.set(this.#orders);
    handles.set(this.#handles);
    for (let at = capacity; at < 2 * capacity; at++) {
      handles[at] = at;
      this.#targets.push(NOTHING);
    }
    this.#times = times;
    this.#orders = orders;
    this.#handles = handles;
  }
}
