/**
 * What a restored task has to process before anything else: the elements that lay between the two ends of each old channel
 * at the cut (SEMANTICS W7, "In-flight data at a restore"). Computed from the witness's own cuts and the model's
 * partitioning; the checkpoint's bytes are compared with the same cut elsewhere (law `channel-state`).
 *
 *   hash edge             every new owner of a key group of the old receiver replays the channel: its own records, all controls
 *   custom                every new receiver does, likewise
 *   rebalance, shuffle    old receiver i is replayed by new receiver i mod P, whole
 *   others                have none
 */
import type { Model } from '../model/types.ts';
import type { Cut } from './attempt.ts';
import type { Channel, ChannelElement } from './channel.ts';

/** In-flight elements of a cut, by channel; channels without any are left out. */
export function inFlightOf(cut: Cut): ReadonlyMap<Channel, readonly ChannelElement[]> {
  const found = new Map<Channel, readonly ChannelElement[]>();
  for (const [channel, to] of cut.sent) {
    const from = cut.received.get(channel);
    if (from === undefined) continue;
    const elements = channel.between(from, to);
    if (elements.length > 0) found.set(channel, elements);
  }
  return found;
}

/** One old channel at one new task. */
export class ReplayedChannel {
  readonly channel: Channel;
  /** Sender of the new channel whose virtual channel this is. */
  readonly physicalSender: number;
  readonly #elements: readonly ChannelElement[];
  readonly #isOwn: (value: unknown) => boolean;
  #at = 0;

  constructor(channel: Channel, physicalSender: number, elements: readonly ChannelElement[], isOwn: (value: unknown) => boolean) {
    this.channel = channel;
    this.physicalSender = physicalSender;
    this.#elements = elements;
    this.#isOwn = isOwn;
  }

  /** What comes next for this task; undefined at the end. */
  get next(): ChannelElement | undefined {
    for (;;) {
      const element = this.#elements[this.#at];
      if (element?.kind !== 'record' || this.#isOwn(this.channel.values[element.seq])) return element;
      this.#at++;
    }
  }

  /** Takes it. True: it was what came next. Otherwise the place is moved behind it, if it is still to come. */
  take(is: (element: ChannelElement) => boolean): boolean {
    const next = this.next;
    if (next !== undefined && is(next)) {
      this.#at++;
      return true;
    }
    const later = this.#elements.findIndex((element, at) => at >= this.#at && is(element));
    if (later >= 0) this.#at = later + 1;
    return false;
  }
}

/** The vertex and parallelism of both ends now, and of the receiver at the cut. */
export interface ReplayGraph {
  readonly model: Model;
  readonly parallelismOf: (uid: string) => number;
  readonly maxParallelismOf: (uid: string) => number;
  readonly parallelismAt: (uid: string) => number;
}

/** What subtask `receiver` of a vertex replays, by old channel. */
export function replaysOf(
  uid: string,
  receiver: number,
  inFlight: ReadonlyMap<Channel, readonly ChannelElement[]>,
  graph: ReplayGraph,
): readonly ReplayedChannel[] {
  const { model } = graph;
  const replays: ReplayedChannel[] = [];
  for (const [channel, elements] of inFlight) {
    const edge = model.job.edges[channel.edge];
    if (edge === undefined || model.receiver(channel.edge).uid !== uid) continue;
    const senders = graph.parallelismOf(model.sender(channel.edge).uid);
    const { kind } = edge.partition;
    const byValue = kind === 'hash' || kind === 'custom';
    const isDealt = byValue ? kind === 'custom' || shareGroups(uid, channel.receiver, receiver, graph) : channel.receiver % graph.parallelismOf(uid) === receiver;
    if (!isDealt) continue;
    const isOwn = (value: unknown): boolean =>
      !byValue || model.receiverOf(channel.edge, value, 0, graph.parallelismOf(uid), graph.maxParallelismOf(uid)) === receiver;
    replays.push(new ReplayedChannel(channel, channel.sender % senders, elements, isOwn));
  }
  return replays;
}

/** Whether an old and a new subtask have a key group in common. */
function shareGroups(uid: string, old: number, now: number, graph: ReplayGraph): boolean {
  const groups = graph.maxParallelismOf(uid);
  for (let group = 0; group < groups; group++) {
    if (graph.model.ownerOf(group, graph.parallelismAt(uid), groups) !== old) continue;
    if (graph.model.ownerOf(group, graph.parallelismOf(uid), groups) === now) return true;
  }
  return false;
}
