/**
 * What one task knows of the checkpoints that are under way at it: their order, the barrier by which each was begun, the time
 * that is left before its barriers overtake, how long it aligns, and its in-flight data.
 */
import { CheckpointSequence } from '../checkpoint/barriers/checkpoint-sequence.ts';
import { ChannelStateWriter } from '../checkpoint/snapshot/channel-state-writer.ts';
import type { Clock, Timer } from '../ports.ts';
import type { BarrierElement } from '../channels/elements.ts';
import type { InputGate } from '../channels/input-gate.ts';
import { AlignmentClock } from './alignment-clock.ts';
import type { Mailbox } from './mailbox.ts';
import type { TaskEnv } from './task-env.ts';

export class CheckpointsUnderWay {
  readonly sequence = new CheckpointSequence();
  readonly alignment: AlignmentClock;
  readonly channelState: ChannelStateWriter;
  readonly #clock: Clock;
  readonly #gate: InputGate;
  readonly #mailbox: Mailbox;
  readonly #begun = new Map<number, BarrierElement>();
  readonly #timeouts = new Map<number, Timer>();

  constructor({ task, ports }: Pick<TaskEnv, 'task' | 'ports'>, gate: InputGate, mailbox: Mailbox) {
    this.alignment = new AlignmentClock(ports.clock);
    this.channelState = new ChannelStateWriter(task, ports.probe);
    this.#clock = ports.clock;
    this.#gate = gate;
    this.#mailbox = mailbox;
  }

  /** Only the first barrier of a checkpoint counts. */
  begin(barrier: BarrierElement): void {
    if (!this.#begun.has(barrier.checkpoint)) this.#begun.set(barrier.checkpoint, barrier);
  }

  /** The barrier by which the checkpoint was begun; undefined once all have come, or it is over. */
  barrierOf(checkpoint: number): BarrierElement | undefined {
    return this.#begun.get(checkpoint);
  }

  /** All its barriers have come. */
  barriersDone(checkpoint: number): void {
    this.#begun.delete(checkpoint);
  }

  /** Its time is watched from now on: a letter comes when it is over. Idempotent. */
  awaitTimeout(checkpoint: number): void {
    const barrier = this.#begun.get(checkpoint);
    if (barrier === undefined || this.#timeouts.has(checkpoint)) return;
    const delay = Math.max(0, barrier.triggeredAt + barrier.options.timeoutMs - this.#clock.now());
    const timer = this.#clock.timer(delay, () => {
      this.#timeouts.delete(checkpoint);
      this.#mailbox.post({ kind: 'alignment-timeout', checkpoint });
    });
    this.#timeouts.set(checkpoint, timer);
  }

  cancelTimeout(checkpoint: number): void {
    this.#timeouts.get(checkpoint)?.cancel();
    this.#timeouts.delete(checkpoint);
  }

  /** It is over here, complete or not: nothing is kept for it any more. */
  forget(checkpoint: number): void {
    this.alignment.last(checkpoint);
    this.#begun.delete(checkpoint);
    this.cancelTimeout(checkpoint);
    this.channelState.giveUp(checkpoint);
    for (const channel of this.#gate.channels) channel.stopPersisting(checkpoint);
  }
}
