/**
 * In-flight data of the restored checkpoint: processed before anything that the new senders send (SEMANTICS W7, "In-flight
 * data at a restore").
 *
 * Each old channel is a virtual channel with elements in order: the receiver's side, then the sender's. It belongs to the
 * physical channel of its edge from sender `old sender mod senders`; a physical channel stands where the least of its
 * virtual ones does (at MIN if an old sender of it has none here, for that one may lag behind all others), and is idle while all of them are. Old channels take turns, one element at a time. At another
 * parallelism several new receivers replay one old channel: each takes the records that are its own, and every control element.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { ChannelId } from '../facts.ts';
import type { StreamElement } from '../channels/elements.ts';

export interface ReplayedChannel {
  readonly id: ChannelId;
  /** Position of the physical channel in the gate. */
  readonly physical: number;
  readonly elements: readonly StreamElement[];
  /** Every old sender of the physical channel has in-flight data here; otherwise its watermark stays at MIN. */
  readonly isWhole: boolean;
  /** Whether a record is this task's. */
  readonly isOwn: (value: unknown) => boolean;
}

interface Virtual extends ReplayedChannel {
  at: number;
  watermark: Timestamp;
  idle: boolean;
}

export interface ReplayedElement {
  readonly id: ChannelId;
  readonly physical: number;
  readonly element: StreamElement;
}

export class Replay {
  readonly #channels: readonly Virtual[];
  #next = 0;

  constructor(channels: readonly ReplayedChannel[]) {
    this.#channels = channels.map(({ id, physical, elements, isWhole, isOwn }) => ({
      id,
      physical,
      elements,
      isWhole,
      isOwn,
      at: 0,
      watermark: MIN_TIMESTAMP,
      idle: false,
    }));
  }

  get channels(): readonly ChannelId[] {
    return this.#channels.map(({ id }) => id);
  }

  /** The next element that is this task's; undefined at the end. */
  next(): ReplayedElement | undefined {
    const count = this.#channels.length;
    for (let i = 0; i < count; i++) {
      const channel = this.#channels[(this.#next + i) % count];
      const element = channel === undefined ? undefined : nextOwn(channel);
      if (channel === undefined || element === undefined) continue;
      this.#next = (this.#next + i + 1) % count;
      return { id: channel.id, physical: channel.physical, element };
    }
    return undefined;
  }

  /** The old channel's watermark rose: what the physical one has now. */
  watermark({ id, physical }: ReplayedElement, watermark: Timestamp): Timestamp {
    let least = Infinity;
    for (const channel of this.#channels) {
      if (channel.id === id) channel.watermark = Math.max(channel.watermark, watermark);
      if (channel.physical === physical) least = Math.min(least, channel.isWhole ? channel.watermark : MIN_TIMESTAMP);
    }
    return least;
  }

  /** The old channel's status changed: whether the physical one is idle now. */
  status({ id, physical }: ReplayedElement, idle: boolean): boolean {
    let allIdle = true;
    for (const channel of this.#channels) {
      if (channel.id === id) channel.idle = idle;
      if (channel.physical === physical) allIdle &&= channel.isWhole && channel.idle;
    }
    return allIdle;
  }
}

function nextOwn(channel: Virtual): StreamElement | undefined {
  for (;;) {
    const element = channel.elements[channel.at];
    if (element === undefined) return undefined;
    channel.at++;
    if (element.kind !== 'record' || channel.isOwn(element.value)) return element;
  }
}
