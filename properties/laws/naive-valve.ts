/**
 * The reference for the watermark valve of one task: everything is derived again from all channels after each element
 * (SEMANTICS "Watermarks and idleness"). Written without a look at the engine's.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import type { Channel } from '../witness/channel.ts';

interface Input {
  watermark: Timestamp;
  idle: boolean;
}

export class NaiveValve {
  /** The combined watermark so far. */
  output: Timestamp = MIN_TIMESTAMP;
  readonly #inputs = new Map<Channel, Input>();
  readonly #virtual = new Map<Channel, { readonly physical: Channel; watermark: Timestamp; idle: boolean }>();
  #idle = false;

  constructor(channels: readonly Channel[]) {
    for (const channel of channels) this.#inputs.set(channel, { watermark: MIN_TIMESTAMP, idle: false });
  }

  watermark(channel: Channel, watermark: Timestamp): void {
    const input = this.#input(channel);
    // An idle channel's watermarks do not count; only the end of its time does.
    if (watermark <= input.watermark || (input.idle && watermark !== MAX_TIMESTAMP)) return;
    input.watermark = watermark;
    this.#derive();
  }

  status(channel: Channel, idle: boolean): void {
    const input = this.#input(channel);
    if (input.watermark === MAX_TIMESTAMP) return;
    input.idle = idle;
    this.#derive();
  }

  /** A virtual channel of an input: in-flight data of an old channel (SEMANTICS W7). Once, before its first element. */
  addVirtual(old: Channel, physical: Channel): void {
    this.#virtual.set(old, { physical, watermark: MIN_TIMESTAMP, idle: false });
  }

  /** A watermark among in-flight data: the input stands where the least of its virtual channels does. */
  replayedWatermark(old: Channel, watermark: Timestamp): void {
    const own = this.#virtual.get(old);
    if (own === undefined) return;
    own.watermark = Math.max(own.watermark, watermark);
    const all = [...this.#virtual.values()].filter(({ physical }) => physical === own.physical);
    this.watermark(own.physical, Math.min(...all.map((virtual) => virtual.watermark)));
  }

  replayedStatus(old: Channel, idle: boolean): void {
    const own = this.#virtual.get(old);
    if (own === undefined) return;
    own.idle = idle;
    const all = [...this.#virtual.values()].filter(({ physical }) => physical === own.physical);
    this.status(own.physical, all.every((virtual) => virtual.idle));
  }

  /** The new senders begin active. */
  replayEnded(): void {
    for (const channel of this.#inputs.keys()) this.status(channel, false);
  }

  watermarkOf(channel: Channel): Timestamp {
    return this.#input(channel).watermark;
  }

  #derive(): void {
    const inputs = [...this.#inputs.values()];
    const unfinished = inputs.filter((input) => input.watermark !== MAX_TIMESTAMP);
    if (unfinished.length === 0) {
      this.output = MAX_TIMESTAMP;
      return;
    }
    const active = unfinished.filter((input) => !input.idle);
    if (active.length === 0) {
      // The last active channel went idle: what is known of all of them is flushed, once.
      if (!this.#idle) this.output = Math.max(this.output, ...unfinished.map((input) => input.watermark));
      this.#idle = true;
      return;
    }
    this.#idle = false;
    const aligned = active.filter((input) => input.watermark >= this.output);
    if (aligned.length > 0) this.output = Math.max(this.output, Math.min(...aligned.map((input) => input.watermark)));
  }

  #input(channel: Channel): Input {
    let input = this.#inputs.get(channel);
    if (input === undefined) {
      // A channel that the job graph does not have: it holds everything back, and so it shows.
      input = { watermark: MIN_TIMESTAMP, idle: false };
      this.#inputs.set(channel, input);
    }
    return input;
  }
}
