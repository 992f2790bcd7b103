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
  const known = new Map<number, 1 | 2>();
  return (edge) => {
    let input = known.get(edge);
    if (input === undefined) known.set(edge, (input = inputIn(job, edge)));
    return input;
  };
}

function inputIn(job: JobSpec, edge: number): 1 | 2 {
  const to = job.edges[edge]?.to;
  const operator = to === undefined ? undefined : job.nodes[to]?.operator;
  if (operator === undefined || !('firstInputs' in operator)) return 1;
  const ofNode = job.edges.filter((other) => other.to === to).map(({ id }) => id);
  return ofNode.slice(0, operator.firstInputs).includes(edge) ? 1 : 2;
}

/** The greatest watermark of those that have not come to the end of event time; undefined: all of them have. */
function greatestUnfinished(voices: readonly Voice[]): Timestamp | undefined {
  let greatest: Timestamp | undefined;
  for (const { watermark } of voices) {
    if (watermark === MAX_TIMESTAMP) continue;
    if (greatest === undefined || watermark > greatest) greatest = watermark;
  }
  return greatest;
}
/** The least watermark from `from` on of those that are not idle, and not at the end; undefined: there is none. */
function leastActive(voices: readonly Voice[], from = -Infinity): Timestamp | undefined {
  let least: Timestamp | undefined;
  for (const { watermark, idle } of voices) {
    if (idle || watermark === MAX_TIMESTAMP || watermark < from) continue;
    if (least === undefined || watermark < least) least = watermark;
  }
  return least;
}

/** A valve over channels: what it says is its voice. */
class NaiveInput {
  readonly voice = silent();
  readonly channels: Voice[] = [];

  /** Steps in the order in which they are said. */
  derive(said: () => void): void {
    const { channels, voice } = this;
    const greatest = greatestUnfinished(channels);
    if (greatest === undefined) {
      voice.idle = false;
      voice.watermark = MAX_TIMESTAMP;
      said();
    } else if (leastActive(channels) === undefined) {
      // The last active channel went idle: what is known of all of them is flushed, once.
      if (!voice.idle) voice.watermark = Math.max(voice.watermark, greatest);
      said();
      voice.idle = true;
      said();
    } else {
      voice.idle = false;
      said();
      const aligned = leastActive(channels, voice.watermark);
      if (aligned === undefined) return;
      voice.watermark = Math.max(voice.watermark, aligned);
      said();
    }
  }
}

class ChannelVoice implements Voice {
  watermark: Timestamp = MIN_TIMESTAMP;
  idle = false;
  readonly input: NaiveInput;

  constructor(input: NaiveInput) {
    this.input = input;
  }
}

export class NaiveValve {
  /** The combined watermark so far. */
  output: Timestamp = MIN_TIMESTAMP;
  /** The advances that the last element causes, in order. */
  dues: Timestamp[] = [];
  readonly #inputOf: (edge: number) => 1 | 2;
  readonly #inputs = new Map<1 | 2, NaiveInput>();
  /** Those of the inputs. */
  readonly #voices: Voice[] = [];
  readonly #channels = new Map<ChannelRecord, ChannelVoice>();
  /** By old channel. */
  readonly #virtual = new Map<ChannelRecord, Voice & { readonly physical: ChannelRecord }>();
  /** Physical channels that stand at MIN during the replay. */
  readonly #unknown = new Set<ChannelRecord>();
  #idle = false;
  readonly #said = (): void => {
    this.#combine();
  };

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
      if (physical !== undefined) this.#virtual.set(old, { watermark: MIN_TIMESTAMP, idle: false, physical });
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
    this.#forgetDues();
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
    this.#forgetDues();
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
    this.#forgetDues();
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
    voice.input.derive(this.#said);
  }

  #setStatus(channel: ChannelRecord, idle: boolean): void {
    const voice = this.#voiceOf(channel);
    if (voice.watermark === MAX_TIMESTAMP || voice.idle === idle) return;
    voice.idle = idle;
    voice.input.derive(this.#said);
  }

  watermarkOf(channel: ChannelRecord): Timestamp {
    return this.#voiceOf(channel).watermark;
  }

  #forgetDues(): void {
    if (this.dues.length > 0) this.dues = [];
  }

  /** Over the inputs that have not come to the end of event time. */
  #combine(): void {
    const greatest = greatestUnfinished(this.#voices);
    const least = leastActive(this.#voices);
    const watermark = least ?? greatest ?? MAX_TIMESTAMP;
    this.#idle = greatest !== undefined && least === undefined;
    if (watermark <= this.output) return;
    this.output = watermark;
    this.dues.push(watermark);
  }

  /** A channel that the job graph does not have is one as well: it holds everything back, and so it shows. */
  #voiceOf(channel: ChannelRecord): ChannelVoice {
    let voice = this.#channels.get(channel);
    if (voice === undefined) {
      const input = this.#input(this.#inputOf(channel.edge));
      voice = new ChannelVoice(input);
      this.#channels.set(channel, voice);
      input.channels.push(voice);
    }
    return voice;
  }

  #input(number: 1 | 2): NaiveInput {
    let input = this.#inputs.get(number);
    if (input === undefined) {
      input = new NaiveInput();
      this.#inputs.set(number, input);
      this.#voices.push(input.voice);
    }
    return input;
  }
}
