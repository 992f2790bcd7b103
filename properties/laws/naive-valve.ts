/**
 * The reference for the watermark valve of one task: everything is derived again from all channels after each element
 * (SEMANTICS "Watermarks and idleness"). Written without a look at the engine's.
 *
 * While in-flight data is replayed each old channel is a virtual one with its own watermark and status (SEMANTICS W7): that of
 * old sender s belongs to the physical channel of the same edge from sender s mod senders, which stands at the least of its
 * virtual ones, and is idle while all of them are; at MIN and active, if an old sender of it has nothing in flight here. At the end of the replay the new senders begin active, and no channel keeps
 * more than the output: a new sender's split may lag behind what its channel has replayed.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { Channel } from '../witness/channel.ts';
import type { ReplayedChannel } from '../witness/replayed-channel.ts';

interface Input {
  watermark: Timestamp;
  idle: boolean;
}

export class NaiveValve {
  /** The combined watermark so far. */
  output: Timestamp = MIN_TIMESTAMP;
  readonly #inputs = new Map<Channel, Input>();
  /** By old channel. */
  readonly #virtual = new Map<Channel, Input & { readonly physical: Channel }>();
  /** Physical channels that stand at MIN during the replay. */
  readonly #unknown = new Set<Channel>();
  #idle = false;

  constructor(channels: readonly Channel[], replays: readonly ReplayedChannel[] = []) {
    for (const channel of channels) this.#inputs.set(channel, { watermark: MIN_TIMESTAMP, idle: false });
    for (const { channel: old, senders } of replays) {
      const ofEdge = channels.filter(({ edge }) => edge === old.edge);
      const physical = ofEdge[old.sender % ofEdge.length];
      if (physical !== undefined) this.#virtual.set(old, { physical, watermark: MIN_TIMESTAMP, idle: false });
      // An old sender of this place with nothing in flight: what it last said is unknown, so the place knows nothing.
      for (
        let sender = old.sender % ofEdge.length;
        physical !== undefined && sender < senders;
        sender += ofEdge.length
      ) {
        if (!replays.some(({ channel }) => channel.edge === old.edge && channel.sender === sender))
          this.#unknown.add(physical);
      }
    }
  }

  /** Whether the task is idle towards its receivers. */
  get idle(): boolean {
    return this.#idle;
  }

  /** All in-flight data is processed. Idempotent. */
  endReplay(): void {
    if (this.#virtual.size === 0) return;
    this.#virtual.clear();
    for (const input of this.#inputs.values()) input.watermark = Math.min(input.watermark, this.output);
    for (const channel of [...this.#inputs.keys()]) this.#setStatus(channel, false);
  }

  endReplayIf(isDone: boolean): void {
    if (isDone) this.endReplay();
  }

  watermark(channel: Channel, watermark: Timestamp): void {
    const virtual = this.#virtual.get(channel);
    if (virtual === undefined) {
      this.#rise(channel, watermark);
      return;
    }
    virtual.watermark = Math.max(virtual.watermark, watermark);
    if (this.#unknown.has(virtual.physical)) return;
    this.#rise(virtual.physical, Math.min(...this.#virtualsOf(virtual.physical).map((one) => one.watermark)));
  }

  status(channel: Channel, idle: boolean): void {
    const virtual = this.#virtual.get(channel);
    if (virtual === undefined) {
      this.#setStatus(channel, idle);
      return;
    }
    virtual.idle = idle;
    if (this.#unknown.has(virtual.physical)) return;
    this.#setStatus(
      virtual.physical,
      this.#virtualsOf(virtual.physical).every((one) => one.idle),
    );
  }

  #virtualsOf(physical: Channel): readonly Input[] {
    return [...this.#virtual.values()].filter((one) => one.physical === physical);
  }

  #rise(channel: Channel, watermark: Timestamp): void {
    const input = this.#input(channel);
    // An idle channel's watermarks do not count; only the end of its time does.
    if (watermark <= input.watermark || (input.idle && watermark !== MAX_TIMESTAMP)) return;
    input.watermark = watermark;
    this.#derive();
  }

  #setStatus(channel: Channel, idle: boolean): void {
    const input = this.#input(channel);
    if (input.watermark === MAX_TIMESTAMP || input.idle === idle) return;
    input.idle = idle;
    this.#derive();
  }

  watermarkOf(channel: Channel): Timestamp {
    return this.#input(channel).watermark;
  }

  #derive(): void {
    const inputs = [...this.#inputs.values()];
    const unfinished = inputs.filter((input) => input.watermark !== MAX_TIMESTAMP);
    if (unfinished.length === 0) {
      this.output = MAX_TIMESTAMP;
      this.#idle = false;
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
