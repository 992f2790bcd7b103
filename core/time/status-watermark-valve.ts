/**
 * Combines the watermarks and the idle/active status of the channels of one input (SEMANTICS V4, V5;
 * Flink: `StatusWatermarkValve`). Pure: it takes an element of a channel and returns what the input emits.
 *
 *     channel    0     1     2            emitted
 *                w 5   w 9   -            nothing: channel 2 still stands at MIN
 *                            w 7          5   = min(5, 9, 7)
 *                idle                     7   = min(9, 7): an idle channel does not hold the others back
 *                active                   nothing; it stands at 5 < 7: active but not aligned, so it is not asked
 *                            w 8          8   = min(9, 8)
 *                w 12                     nothing; aligned again, but min(12, 9, 8) = 8 has been emitted
 *
 * - A channel is *aligned* iff it is active and its watermark is at least the last one emitted. The output is the
 *   minimum over the aligned channels, if larger than the last one; without an aligned channel, nothing.
 * - *Ours*: the minimum is derived again after every change, and when the last active channel goes idle the maximum over
 *   all channels is flushed first, always: so the final watermark is independent of the order in which they went idle.
 * - A channel that has sent MAX is finished: it neither holds back nor counts in that maximum. *Ours*:
 *   MAX is emitted only when every channel is finished (in Flink an idle channel is run over by the MAX of another), it
 *   is taken from an idle channel too, and ends its idleness.
 *
 * Left out: valve state is in no snapshot (SEMANTICS, end of W8): after a restore every channel stands at MIN.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../job/functions.ts';
import type { Timestamp } from '../job/functions.ts';
import { assert, EngineBug } from '../errors.ts';

/**
 * What the valve emits for an element. 'active' goes before the watermark, 'idle' after it. Valid until the next call.
 */
export interface ValveOutput {
  readonly watermark: Timestamp | undefined;
  readonly status: 'active' | 'idle' | undefined;
}

interface Channel {
  watermark: Timestamp;
  idle: boolean;
}

function isFinished({ watermark }: Channel): boolean {
  return watermark === MAX_TIMESTAMP;
}

export class StatusWatermarkValve {
  readonly #channels: readonly Channel[];
  #lastOutput: Timestamp = MIN_TIMESTAMP;
  #idle = false;
  /** Reused, so that an element allocates nothing. */
  readonly #output: { watermark: Timestamp | undefined; status: 'active' | 'idle' | undefined } = {
    watermark: undefined,
    status: undefined,
  };

  /** `channels` > 0 of them, all active at MIN. */
  constructor(channels: number) {
    assert(channels > 0, () => 'a valve without channels');
    this.#channels = Array.from({ length: channels }, () => ({
      watermark: MIN_TIMESTAMP,
      idle: false,
    }));
  }

  /** A watermark on a channel; ignored if it does not rise, or if the channel is idle and it is not MAX. */
  inputWatermark(index: number, watermark: Timestamp): ValveOutput {
    this.#clearOutput();
    const channel = this.#openChannel(index);
    if (watermark <= channel.watermark) return this.#output;
    if (watermark === MAX_TIMESTAMP) {
      channel.watermark = watermark;
      this.#derive();
      return this.#output;
    }
    if (channel.idle) return this.#output;
    const from = channel.watermark;
    channel.watermark = watermark;
    // A channel above the last output did not determine it, so its rise changes nothing.
    if (from <= this.#lastOutput) this.#emit(this.#leastAligned());
    return this.#output;
  }

  /** The status of a channel; ignored if it does not change, or if the channel is finished. */
  inputStatus(index: number, idle: boolean): ValveOutput {
    this.#clearOutput();
    const channel = this.#openChannel(index);
    if (isFinished(channel) || channel.idle === idle) return this.#output;
    channel.idle = idle;
    this.#derive();
    return this.#output;
  }

  /**
   * The in-flight data of a restored checkpoint is processed: new senders speak on the channels now, and say again where they
   * stand. At another parallelism one of them may read a split that lags behind what its channel has replayed, even MAX: no
   * channel keeps more than what has been emitted, which is a bound of all old senders, and so of each split.
   */
  replayEnded(): void {
    for (const channel of this.#channels) channel.watermark = Math.min(channel.watermark, this.#lastOutput);
  }

  /** After a change of who takes part. */
  #derive(): void {
    if (this.#channels.every(isFinished)) {
      this.#allFinished();
    } else if (this.#channels.some((channel) => !channel.idle && !isFinished(channel))) {
      if (this.#idle) this.#setStatus('active');
      this.#emit(this.#leastAligned());
    } else if (!this.#idle) {
      this.#emit(this.#greatestUnfinished());
      this.#setStatus('idle');
    }
  }

  /** The end of event time. */
  #allFinished(): void {
    if (this.#idle) this.#setStatus('active');
    this.#emit(MAX_TIMESTAMP);
  }

  /** Minimum over the aligned channels; MIN if there is none. */
  #leastAligned(): Timestamp {
    let least = Infinity;
    for (const channel of this.#channels) {
      if (channel.idle || isFinished(channel) || channel.watermark < this.#lastOutput) continue;
      if (channel.watermark < least) least = channel.watermark;
    }
    return least === Infinity ? MIN_TIMESTAMP : least;
  }

  #greatestUnfinished(): Timestamp {
    let greatest = MIN_TIMESTAMP;
    for (const channel of this.#channels) {
      if (!isFinished(channel) && channel.watermark > greatest) greatest = channel.watermark;
    }
    return greatest;
  }

  #emit(watermark: Timestamp): void {
    if (watermark <= this.#lastOutput) return;
    this.#lastOutput = watermark;
    this.#output.watermark = watermark;
  }

  #setStatus(status: 'active' | 'idle'): void {
    this.#idle = status === 'idle';
    this.#output.status = status;
  }

  #clearOutput(): void {
    this.#output.watermark = undefined;
    this.#output.status = undefined;
  }

  #openChannel(index: number): Channel {
    const channel = this.#channels[index];
    if (channel === undefined) throw new EngineBug(`valve has no channel ${index}`);
    return channel;
  }
}
