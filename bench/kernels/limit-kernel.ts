/**
 * The limit: about the least that a kernel can do in JavaScript. A binary heap in typed arrays over (time, sequence), an
 * 8-way switch over handlers that only count, a digest of two lanes in local variables, a latency drawn, pushed again.
 *
 * It knows integers only and has no targets, no checks, no priorities, nothing to call. It folds what `SimKernel`
 * folds for events of priority 0 before virtual time 2^32 us, so that the two have the same digest exactly if they
 * fire in the same order.
 */
import { avalanche } from '../../sim/kernel/digest.ts';
import { KINDS, latency, type Load } from './load.ts';

export class LimitKernel {
  readonly #load: Load;
  readonly #times: Float64Array;
  readonly #sequences: Float64Array;
  readonly #ids: Int32Array;
  /** How often each kind fired. */
  readonly counts = new Int32Array(KINDS);
  #size = 0;
  #sequence = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#times = new Float64Array(load.queue + 1);
    this.#sequences = new Float64Array(load.queue + 1);
    this.#ids = new Int32Array(load.queue + 1);
  }

  /** One turn from an empty queue: the digest. */
  run(seed: number): string {
    const load = this.#load;
    const times = this.#times;
    const ids = this.#ids;
    const counts = this.counts;
    this.#size = 0;
    this.#sequence = 0;
    let drawn = 0;
    for (let id = 1; id <= load.queue; id++) this.#push(latency(seed, drawn++, load), id);
    let a = 0x243f6a88 | 0;
    let b = 0x85a308d3 | 0;
    for (let fired = 0; fired < load.events; fired++) {
      const now = times[0]!;
      const id = ids[0]!;
      this.#removeFirst();
      a = Math.imul(a ^ now, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul((((b << 7) | (b >>> 25)) + (now | 0)) | 0, 0xc2b2ae35);
      const mixed = Math.imul(id, 0x9e3779b9);
      a = Math.imul(a ^ mixed, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul((((b << 7) | (b >>> 25)) + mixed) | 0, 0xc2b2ae35);
      switch (id & (KINDS - 1)) {
        case 0:
          counts[0]!++;
          break;
        case 1:
          counts[1]!++;
          break;
        case 2:
          counts[2]!++;
          break;
        case 3:
          counts[3]!++;
          break;
        case 4:
          counts[4]!++;
          break;
        case 5:
          counts[5]!++;
          break;
        case 6:
          counts[6]!++;
          break;
        default:
          counts[7]!++;
      }
      this.#push(now + latency(seed, drawn++, load), id);
    }
    return hex(avalanche(a)) + hex(avalanche(b ^ a));
  }

  #push(time: number, id: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const ids = this.#ids;
    let hole = this.#size++;
    // The newest sequence is the greatest: at equal times the parent stays where it is.
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (times[parent]! <= time) break;
      times[hole] = times[parent]!;
      sequences[hole] = sequences[parent]!;
      ids[hole] = ids[parent]!;
      hole = parent;
    }
    times[hole] = time;
    sequences[hole] = this.#sequence++;
    ids[hole] = id;
  }

  #removeFirst(): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const ids = this.#ids;
    const last = --this.#size;
    const time = times[last]!;
    const sequence = sequences[last]!;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      const right = child + 1;
      if (right < last && before(times[right]!, sequences[right]!, times[child]!, sequences[child]!)) child = right;
      if (before(time, sequence, times[child]!, sequences[child]!)) break;
      times[hole] = times[child]!;
      sequences[hole] = sequences[child]!;
      ids[hole] = ids[child]!;
      hole = child;
    }
    times[hole] = time;
    sequences[hole] = sequence;
    ids[hole] = ids[last]!;
  }
}

function before(time: number, sequence: number, otherTime: number, otherSequence: number): boolean {
  return time < otherTime || (time === otherTime && sequence < otherSequence);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
