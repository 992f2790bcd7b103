/**
 * What has arrived on one input channel and is not read yet: buffers in order of arrival, overtaking barriers before them, and
 * the place in the buffer that is being read.
 *
 *   [overtaking barriers][rest of the buffer that is being read][buffers ...]
 */
import { isTimed, unalignedOptions } from '../barrier-options.ts';
import { assert } from '../errors.ts';
import { barrierWith, type Buffer, isData, needsCredit, type StreamElement } from './elements.ts';

interface Queued {
  readonly elements: readonly StreamElement[];
  readonly overtakes: boolean;
  /** Buffers are numbered as they arrive. */
  readonly position: number;
  /** The sender gets a credit back once it is read. */
  readonly credit: boolean;
}

export class InputQueue {
  #buffers: Queued[] = [];
  /** Position of the next buffer, and of the next element in it. */
  #head = 0;
  #at = 0;
  #arrivals = 0;
  #creditsFreed = 0;
  /** The newest barrier that has gone to the front: an older one is over here, and stays where it is. */
  #overtook = 0;

  get isEmpty(): boolean {
    return this.#head >= this.#buffers.length;
  }

  /** The next element is an overtaking barrier. */
  get hasOvertaking(): boolean {
    return this.#buffers[this.#head]?.overtakes === true;
  }

  /** The next element; undefined if it is empty. */
  get next(): StreamElement | undefined {
    return this.#buffers[this.#head]?.elements[this.#at];
  }

  /** Returns the number of the buffer. A buffer of priority goes to the front, behind others of its kind. */
  add(buffer: Buffer): number {
    const { elements, priority } = buffer;
    const position = this.#arrivals++;
    const queued: Queued = { elements, overtakes: priority, position, credit: needsCredit(buffer) };
    if (priority) {
      const event = elements[0];
      assert(event?.kind === 'barrier', () => 'only barriers overtake');
      this.#putInFront(queued, event.checkpoint);
    } else {
      this.#buffers.push(queued);
    }
    return position;
  }

  /** Only if it is not empty. */
  read(): StreamElement {
    const buffer = this.#buffers[this.#head];
    const element = this.next;
    assert(buffer !== undefined && element !== undefined, () => 'an input channel is read when empty');
    this.#at++;
    if (this.#at === buffer.elements.length) {
      this.#at = 0;
      this.#head++;
      if (this.#head === this.#buffers.length) {
        this.#buffers = [];
        this.#head = 0;
      }
      if (buffer.credit) this.#creditsFreed++;
    }
    return element;
  }

  /** Credits of buffers that were read to their end, or discarded, since they were taken last. */
  get creditsFreed(): number {
    return this.#creditsFreed;
  }

  takeFreedCredits(): number {
    const freed = this.#creditsFreed;
    this.#creditsFreed = 0;
    return freed;
  }

  /** Unread data of the buffers before the numbered one, buffer by buffer. */
  *dataBefore(position: number): Iterable<readonly StreamElement[]> {
    for (let i = this.#head; i < this.#buffers.length; i++) {
      const queued = this.#buffers[i];
      if (queued === undefined || queued.overtakes || queued.position >= position) continue;
      const unread = i === this.#head ? queued.elements.slice(this.#at) : queued.elements;
      const data = unread.filter(isData);
      if (data.length > 0) yield data;
    }
  }

  /**
   * The barrier of the checkpoint, if it waits here, may overtake, and no newer one has overtaken it, goes to the front. False:
   * there is none.
   */
  overtake(checkpoint: number): boolean {
    if (checkpoint < this.#overtook) return false;
    for (let i = this.#head; i < this.#buffers.length; i++) {
      const queued = this.#buffers[i];
      const event = queued?.elements[0];
      if (queued === undefined || queued.overtakes || event?.kind !== 'barrier') continue;
      if (event.checkpoint !== checkpoint || !isTimed(event.options)) continue;
      this.#buffers.splice(i, 1);
      const barrier = barrierWith(event, unalignedOptions(event.options));
      this.#putInFront({ ...queued, elements: [barrier], overtakes: true }, checkpoint);
      return true;
    }
    return false;
  }

  discard(): void {
    for (let i = this.#head; i < this.#buffers.length; i++) if (this.#buffers[i]?.credit === true) this.#creditsFreed++;
    this.#buffers = [];
    this.#head = 0;
    this.#at = 0;
  }

  /** A buffer that is being read keeps its place: what was read of it cannot be overtaken, the rest is. */
  #putInFront(queued: Queued, checkpoint: number): void {
    this.#overtook = Math.max(this.#overtook, checkpoint);
    const current = this.#buffers[this.#head];
    if (current !== undefined && this.#at > 0) {
      this.#buffers[this.#head] = { ...current, elements: current.elements.slice(this.#at) };
      this.#at = 0;
    }
    let at = this.#head;
    while (this.#buffers[at]?.overtakes === true) at++;
    this.#buffers.splice(at, 0, queued);
  }
}
