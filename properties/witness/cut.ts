/**
 * Every task's part of one checkpoint of one attempt: its histories, and where it stood in each of its channels.
 */
import { type ChannelRecord, type DataElement, type Position, START } from './channel.ts';
import { tally, TALLY } from './history.ts';
import { VertexCut, type VertexRecord } from './vertex.ts';

/** Where the two ends of a channel stood; undefined: that task's part is not here. */
export class ChannelCut {
  readonly channel: ChannelRecord;
  received: Position | undefined;
  sent: Position | undefined;

  constructor(channel: ChannelRecord) {
    this.channel = channel;
  }

  /** Sent before the sender's cut, not received before the receiver's. */
  inFlight(): readonly DataElement[] {
    const { received, sent } = this;
    if (received === undefined || sent === undefined) return [];
    if (received.records === sent.records && received.controls === sent.controls) return [];
    return [...this.channel.between(received, sent)];
  }

  /** Records that were received before the receiver's cut and sent behind the sender's. */
  get surplus(): number {
    return Math.max(0, (this.received ?? START).records - (this.sent ?? this.received ?? START).records);
  }
}

const NOTHING: ReadonlyMap<number, readonly number[]> = new Map();

export class Cut {
  readonly checkpoint: number;
  readonly attempt: number;
  readonly vertices = new Map<string, VertexCut>();
  /** By `Channel.key`: those of the attempt. */
  readonly channels = new Map<string, ChannelCut>();
  /** Parallelism of each vertex in the attempt. */
  readonly parallelism = new Map<string, number>();
  /** Number of key groups of each keyed vertex in the attempt. */
  readonly maxParallelism = new Map<string, number>();
  /** By edge, a tally of sends that are in no history: in flight at the cut from which this version of the job was started. */
  carried: ReadonlyMap<number, readonly number[]>;
  readonly #base: Cut | undefined;
  #surplus: ReadonlyMap<number, readonly number[]> | undefined;

  constructor(checkpoint: number, attempt: number, base: Cut | undefined, vertices: Iterable<VertexRecord>) {
    this.checkpoint = checkpoint;
    this.attempt = attempt;
    this.#base = base;
    this.carried = base?.carried ?? NOTHING;
    for (const { uid, kind, parallelism, maxParallelism } of vertices) {
      this.vertices.set(uid, new VertexCut(base?.vertices.get(uid)));
      this.parallelism.set(uid, parallelism);
      if (kind === 'keyed') this.maxParallelism.set(uid, maxParallelism);
    }
  }

  /** How many key groups a vertex has left in it; undefined: it was not keyed, or all its subtasks had finished, which leave none. */
  keyGroupsOf(uid: string): number | undefined {
    const finished = this.vertices.get(uid)?.finished.size ?? 0;
    return finished === this.parallelism.get(uid) ? undefined : this.maxParallelism.get(uid);
  }

  channel(channel: ChannelRecord): ChannelCut {
    let cut = this.channels.get(channel.key);
    if (cut === undefined) {
      cut = new ChannelCut(channel);
      this.channels.set(channel.key, cut);
    }
    return cut;
  }

  /**
   * By edge, a tally of the receptions in the receivers' histories whose sends are in no history any more: at least once,
   * a task may have taken records from behind a barrier, which their sender sends again under other ids. Known once the
   * cut is complete.
   */
  get surplus(): ReadonlyMap<number, readonly number[]> {
    if (this.#surplus !== undefined) return this.#surplus;
    const sums = new Map<number, number[]>();
    for (const [edge, lanes] of this.#base?.surplus ?? []) sums.set(edge, [...lanes]);
    for (const cut of this.channels.values()) {
      const { channel, received, sent } = cut;
      if (cut.surplus === 0 || received === undefined || sent === undefined) continue;
      let lanes = sums.get(channel.edge);
      if (lanes === undefined) {
        lanes = new Array<number>(TALLY).fill(0);
        sums.set(channel.edge, lanes);
      }
      for (let seq = sent.records; seq < received.records; seq++) tally(lanes, 0, channel, seq);
    }
    this.#surplus = sums;
    return sums;
  }
}
