/**
 * The reference for the watermark valves of one task: everything is derived again from all channels after each element
 * (SEMANTICS V4 to V6). Written without a look at the engine's.
 *
 * The channels of an input go through its own valve; a task of two inputs is the least over those that are not idle. What an
 * input says first (its flush, when its last channel goes idle) counts before what it says next (that it is idle), so one
 * element may cause two advances: `dues` holds them in order.
 *
 * While in-flight data is replayed each old channel is a virtual one with its own watermark and status (SEMANTICS W7): that of
 * old sender s belongs to the physical channel of the same edge from sender s mod senders, which stands at the least of its
 * virtual ones, and is idle while all of them are; at MIN and active, if an old sender of it has nothing in flight here. At the
 * end of the replay the new senders begin active, and no channel keeps more than what its input has said: a new sender's split
 * may lag behind what its channel has replayed.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { ChannelRecord } from '../witness/channel.ts';
import type { ReplayedChannel } from '../witness/replayed-channel.ts';

/** What a channel, or an input, says at present. */
interface Voice {
  watermark: Timestamp;
  idle: boolean;
}
const silent = (): Voice => ({ watermark: MIN_TIMESTAMP, idle: false });

/** The input of its operator to which an edge belongs. */
export function inputOf(job: JobSpec): (edge: number) => 1 | 2 {
  return (edge) => {
    const to = job.edges[edge]?.to;
    const operator = to === undefined ? undefined : job.nodes[to]?.operator;
    if (operator === undefined || !('firstInputs' in operator)) return 1;
    const ofNode = job.edges.filter((other) => other.to === to).map(({ id }) => id);
    return ofNode.slice(0, operator.firstInputs).includes(edge) ? 1 : 2;
  };
}

/** A valve over channels: what it says is its voice. */
class NaiveInput {
  readonly voice = silent();
  readonly channels: Voice[] = [];

  /** Steps in the order in which they are said. */
  derive(said: () => void): void {
    const unfinished = this.channels.filter((channel) => channel.watermark !== MAX_TIMESTAMP);
    const active = unfinished.filter((channel) => !channel.idle);
    const { voice } = this;
    if (unfinished.length === 0) {
      voice.idle = false;
      voice.watermark = MAX_TIMESTAMP;
      said();
    } else if (active.length === 0) {
      // The last active channel went idle: what is known of all of them is flushed, once.
      if (!voice.idle) voice.watermark = Math.max(voice.watermark, ...unfinished.map((channel) => channel.watermark));
      said();
      voice.idle = true;
      said();
    } else {
      voice.idle = false;
      said();
      const aligned = active.filter((channel) => channel.watermark >= voice.watermark);
      if (aligned.length === 0) return;
      voice.watermark = Math.max(voice.watermark, Math.min(...aligned.map((channel) => channel.watermark)));
      said();
    }
  }
}

export class NaiveValve {
  /** The combined watermark so far. */
  output: Timestamp = MIN_TIMESTAMP;
  /** The advances that the last element causes, in order. */
  dues: Timestamp[] = [];
  readonly #inputOf: (edge: number) => 1 | 2;
  readonly #inputs = new Map<1 | 2, NaiveInput>();
  readonly #channels = new Map<ChannelRecord, Voice>();
  /** By old channel. */
  readonly #virtual = new Map<ChannelRecord, Voice & { readonly physical: ChannelRecord }>();
  /** Physical channels that stand at MIN during the replay. */
  readonly #unknown = new Set<ChannelRecord>();
  #idle = false;

  constructor(
    channels: readonly ChannelRecord[],
    replays: readonly ReplayedChannel[] = [],
    inputOf: (edge: number) => 1 | 2 = () => 1,
  ) {
    this.#inputOf = inputOf;
    for (const channel of channels) this.#voiceOf(channel);
    for (const { channel: old, senders } of replays) {
      const ofEdge = channels.filter(({ edge }) => edge === old.edge);
      const physical = ofEdge[old.sender % ofEdge.length];
      if (physical !== undefined) this.#virtual.set(old, { physical, ...silent() });
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
    this.dues = [];
    this.#virtual.clear();
    for (const { voice, channels } of this.#inputs.values()) {
      for (const channel of channels) channel.watermark = Math.min(channel.watermark, voice.watermark);
    }
    for (const channel of [...this.#channels.keys()]) this.#setStatus(channel, false);
  }

  endReplayIf(isDone: boolean): void {
    if (isDone) this.endReplay();
  }

  watermark(channel: ChannelRecord, watermark: Timestamp): void {
    this.dues = [];
    const virtual = this.#virtual.get(channel);
    if (virtual === undefined) {
      this.#rise(channel, watermark);
      return;
    }
    virtual.watermark = Math.max(virtual.watermark, watermark);
    if (this.#unknown.has(virtual.physical)) return;
    this.#rise(virtual.physical, Math.min(...this.#virtualsOf(virtual.physical).map((one) => one.watermark)));
  }

  status(channel: ChannelRecord, idle: boolean): void {
    this.dues = [];
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

  #virtualsOf(physical: ChannelRecord): readonly Voice[] {
    return [...this.#virtual.values()].filter((one) => one.physical === physical);
  }

  #rise(channel: ChannelRecord, watermark: Timestamp): void {
    const voice = this.#voiceOf(channel);
    // An idle channel's watermarks do not count; only the end of its time does.
    if (watermark <= voice.watermark || (voice.idle && watermark !== MAX_TIMESTAMP)) return;
    voice.watermark = watermark;
    this.#derive(channel);
  }

  #setStatus(channel: ChannelRecord, idle: boolean): void {
    const voice = this.#voiceOf(channel);
    if (voice.watermark === MAX_TIMESTAMP || voice.idle === idle) return;
    voice.idle = idle;
    this.#derive(channel);
  }

  watermarkOf(channel: ChannelRecord): Timestamp {
    return this.#voiceOf(channel).watermark;
  }

  #derive({ edge }: ChannelRecord): void {
    this.#inputs.get(this.#inputOf(edge))?.derive(() => {
      this.#combine();
    });
  }

  /** Over the inputs that have not come to the end of event time. */
  #combine(): void {
    const voices = [...this.#inputs.values()].map(({ voice }) => voice);
    const unfinished = voices.filter((voice) => voice.watermark !== MAX_TIMESTAMP);
    const active = unfinished.filter((voice) => !voice.idle);
    let watermark: Timestamp = MAX_TIMESTAMP;
    if (active.length > 0) watermark = Math.min(...active.map((voice) => voice.watermark));
    else if (unfinished.length > 0) watermark = Math.max(...unfinished.map((voice) => voice.watermark));
    this.#idle = unfinished.length > 0 && active.length === 0;
    if (watermark <= this.output) return;
    this.output = watermark;
    this.dues.push(watermark);
  }

  /** A channel that the job graph does not have is one as well: it holds everything back, and so it shows. */
  #voiceOf(channel: ChannelRecord): Voice {
    let voice = this.#channels.get(channel);
    if (voice === undefined) {
      voice = silent();
      this.#channels.set(channel, voice);
      const number = this.#inputOf(channel.edge);
      const input = this.#inputs.get(number) ?? new NaiveInput();
      this.#inputs.set(number, input);
      input.channels.push(voice);
    }
    return voice;
  }
}
