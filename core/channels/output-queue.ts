/**
 * Finished buffers of one output channel on their way to the receiver: data needs a credit each, events keep their place behind
 * the data and need none, an overtaking barrier goes to the front.
 */
import { unalignedOptions } from '../barrier-options.ts';
import { assert } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { type BarrierElement, barrierWith, type Buffer, isData, needsCredit, type StreamElement } from './elements.ts';

/** One step may emit at most this many buffers beyond the room of a channel: a window that fires for many keys. */
export const OVERDRAFT_BUFFERS_MAX = 100_000;

/** Takes a buffer to the receiver; the receiver's credits come back through `addCredit`. */
export interface Transport {
  deliver(buffer: Buffer): void;
}

export class OutputQueue {
  readonly #id: ChannelId;
  readonly #sent: () => void;
  #buffers: Buffer[] = [];
  #dataQueued = 0;
  #credit = 0;
  #transport: Transport | undefined;
  /** A barrier that may overtake waits here; called when it leaves in its turn. */
  #waiting: { readonly checkpoint: number; readonly left: () => void } | undefined;
  #draining = false;

  /** `sent`: called when buffers have left. */
  constructor(id: ChannelId, sent: () => void) {
    this.#id = id;
    this.#sent = sent;
  }

  /** Buffers of data that wait for credit. */
  get dataQueued(): number {
    return this.#dataQueued;
  }

  /** Data that waits here, in order. */
  get data(): readonly StreamElement[] {
    return dataOf(this.#buffers);
  }

  /** The receiver is there. Once. */
  connect(transport: Transport, credits: number): void {
    assert(this.#transport === undefined, () => `channel ${channelText(this.#id)} connected twice`);
    this.#transport = transport;
    this.addCredit(credits);
  }

  addCredit(credits: number): void {
    this.#credit += credits;
    this.#drain();
  }

  push(buffer: Buffer): void {
    if (needsCredit(buffer)) this.#dataQueued++;
    this.#buffers.push(buffer);
    assert(
      this.#buffers.length < OVERDRAFT_BUFFERS_MAX,
      () =>
        `channel ${channelText(this.#id)}: one step emitted more than ${OVERDRAFT_BUFFERS_MAX} buffers without room`,
    );
    this.#drain();
  }

  /** Behind other overtaking barriers. */
  pushOvertaking(barrier: BarrierElement): void {
    let at = 0;
    while (this.#buffers[at]?.priority === true) at++;
    this.#buffers.splice(at, 0, { elements: [barrier], priority: true });
    this.#drain();
  }

  /** The barrier that comes next may overtake while it waits. `left` is called when it leaves in its turn, perhaps at once. */
  expectTimed(checkpoint: number, left: () => void): void {
    this.#waiting = { checkpoint, left };
  }

  /** The waiting barrier overtakes what it waits behind. Returns that data; undefined: it has left already, or was forgotten. */
  overtake(checkpoint: number): readonly StreamElement[] | undefined {
    if (this.#waiting?.checkpoint !== checkpoint) return undefined;
    this.#waiting = undefined;
    const at = this.#buffers.findIndex(({ elements }) => isBarrierOf(elements[0], checkpoint));
    const barrier = this.#buffers[at]?.elements[0];
    assert(
      barrier?.kind === 'barrier',
      () => `channel ${channelText(this.#id)}: barrier ${checkpoint} does not wait here`,
    );
    const overtaken = dataOf(this.#buffers.slice(0, at));
    this.#buffers.splice(at, 1);
    this.pushOvertaking(barrierWith(barrier, unalignedOptions(barrier.options)));
    return overtaken;
  }

  /** The checkpoint is over here: its barrier takes its turn as any other element. */
  forget(checkpoint: number): void {
    if (this.#waiting?.checkpoint === checkpoint) this.#waiting = undefined;
  }

  /** A receiver that discards gives its credit back inside the delivery: then the loop that is under way goes on. */
  #drain(): void {
    if (this.#transport === undefined || this.#draining) return;
    this.#draining = true;
    let sent = 0;
    let left: (() => void) | undefined;
    for (;;) {
      const buffer = this.#buffers[sent];
      if (buffer === undefined) break;
      if (needsCredit(buffer)) {
        if (this.#credit === 0) break;
        this.#credit--;
        this.#dataQueued--;
      }
      sent++;
      if (this.#waiting !== undefined && isBarrierOf(buffer.elements[0], this.#waiting.checkpoint)) {
        left = this.#waiting.left;
        this.#waiting = undefined;
      }
      this.#transport.deliver(buffer);
    }
    this.#draining = false;
    if (sent === 0) return;
    this.#buffers = sent === this.#buffers.length ? [] : this.#buffers.slice(sent);
    left?.();
    this.#sent();
  }
}

function dataOf(buffers: readonly Buffer[]): StreamElement[] {
  return buffers.flatMap(({ elements }) => elements).filter(isData);
}

function isBarrierOf(element: StreamElement | undefined, checkpoint: number): boolean {
  return element?.kind === 'barrier' && element.checkpoint === checkpoint;
}

export function channelText(id: ChannelId): string {
  return `edge ${id.edge}, ${id.sender} -> ${id.receiver}, attempt ${id.attempt}`;
}
