/**
 * The works of `Script`: tasks that process records, watermarks and in-flight data with the model's own turns, and write
 * down what an engine would state of it.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { type CheckpointingConfig, DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import type { ChannelId, FactKind, Facts, TaskId } from '../../core/facts.ts';
import { createModel } from '../model/model.ts';
import { NO_TAPE } from '../model/testing/turns.ts';
import type { ModelBroadcast, ModelInstance, ModelTurn, ModelVertex, Place, Tape } from '../model/types.ts';
import type { Topics } from '../plan/plan.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import { fact, type History, type Step } from './listen.ts';

export type Data =
  | {
      readonly kind: 'record';
      readonly value: unknown;
      readonly timestamp: Timestamp | undefined;
      readonly seq: number;
    }
  | { readonly kind: 'watermark'; readonly timestamp: Timestamp }
  | { readonly kind: 'status'; readonly idle: boolean };
export type Element =
  | Data
  | { readonly kind: 'barrier'; readonly checkpoint: number; readonly overtakes: boolean }
  | { readonly kind: 'cancel'; readonly checkpoint: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'end-of-partition' };
export interface Line {
  readonly id: ChannelId;
  queue: Element[];
  /** Everything that was sent, and how much of it was taken. */
  readonly data: Data[];
  taken: number;
  sent: number;
  watermark: Timestamp;
  /** The barriers that have come. */
  readonly barriers: Set<number>;
  /** The task waits at this one. */
  blockedFor: number;
  endSent: boolean;
  ended: boolean;
  closed: boolean;
}
export interface Replayed {
  readonly id: ChannelId;
  readonly physical: Line;
  readonly elements: Data[];
  readonly isOwn: (value: unknown) => boolean;
  watermark: Timestamp;
}
export interface Split {
  readonly partition: number;
  offset: number;
  maxTimestamp: Timestamp;
  lastWatermark: Timestamp;
  finished: boolean;
  idle: boolean;
}
export interface Member {
  readonly id: TaskId;
  readonly vertex: ModelVertex;
  readonly place: Place;
  /** All subtasks of its vertex had finished in the restored checkpoint. */
  readonly finishedOnRestore: boolean;
  readonly inputs: Line[];
  readonly outputs: Line[];
  readonly range: { readonly start: number; readonly end: number } | undefined;
  readonly instances: Map<number, ModelInstance>;
  readonly broadcast: ModelBroadcast | undefined;
  readonly floors: Map<number, Timestamp>;
  readonly splits: Split[];
  watermark: Timestamp;
  watermarkSent: Timestamp;
  /** Newest. */
  snapshot: number;
  /** The newest checkpoint that was begun here and is not over. */
  pending: number;
  replays: Replayed[];
  finished: boolean;
  turns: number;
  open: { readonly sink: string; readonly value: unknown }[];
  transactions: number;
  prepared: {
    readonly id: string;
    readonly checkpoint: number;
    readonly sink: string;
    readonly values: readonly { readonly sink: string; readonly value: unknown }[];
  }[];
}
/** In-flight data of one channel at a cut. */
export interface InFlight {
  readonly id: ChannelId;
  readonly elements: readonly Data[];
}
export interface Snapshot {
  readonly attempt: number;
  readonly image: WitnessedImage;
  readonly instances: ReadonlyMap<string, ModelInstance>;
  /** By "uid/subtask". */
  readonly broadcasts: ReadonlyMap<string, ModelBroadcast>;
  readonly places: ReadonlyMap<Line, { readonly received?: number; readonly sent?: number }>;
  readonly inFlight: readonly InFlight[];
  readonly pending: readonly Member['prepared'][number][];
}

/** What a turn reads from outside. */
type Reads = Pick<Tape, 'clock' | 'random'> & Partial<Pick<Tape, 'cleaned'>>;

export interface ScriptOptions {
  readonly job: JobSpec;
  readonly input: Topics;
  /** By uid; default 1. */
  readonly parallelism: Readonly<Record<string, number>>;
  /** What each turn with a context reads. */
  readonly tape?: Reads | ((task: TaskId) => Reads);
  /** The clock at each snapshot, or at that of a checkpoint. */
  readonly snapshotsAt?: Timestamp | ((checkpoint: number) => Timestamp);
  readonly checkpointing?: Partial<CheckpointingConfig>;
}

export class Cluster {
  readonly steps: Step[] = [];
  protected readonly options: ScriptOptions;
  protected readonly model: ReturnType<typeof createModel>;
  protected parallelism: Map<string, number>;
  protected attempt = 0;
  protected members: Member[] = [];
  protected lines = new Map<string, Line>();
  protected snapshots = new Map<number, Map<Member, Snapshot>>();
  protected completed = new Map<number, Snapshot>();
  protected readonly checkpointing: CheckpointingConfig;
  protected readonly kinds = new Map<number, CheckpointKind>();
  protected visible = 0;

  constructor(options: ScriptOptions) {
    this.options = options;
    this.checkpointing = { ...DEFAULT_JOB_CONFIG.checkpointing, ...options.checkpointing };
    this.model = createModel(options.job);
    this.parallelism = new Map(this.model.vertices.map(({ uid }) => [uid, options.parallelism[uid] ?? 1]));
  }

  get history(): History {
    return { job: this.options.job, input: this.options.input, checkpointing: this.checkpointing, steps: this.steps };
  }

  // ---- in-flight data of the restored checkpoint

  protected assignInFlight({ id, elements }: InFlight, base: Snapshot | undefined): void {
    const partition = this.options.job.edges[id.edge]?.partition.kind;
    const vertex = this.model.receiver(id.edge);
    const parallelism = this.subtasks(vertex.uid);
    const max = this.maxParallelism(vertex.uid);
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.parallelism ?? parallelism;
    for (const member of this.members) {
      if (member.vertex !== vertex) continue;
      const owner = (value: unknown): number =>
        this.model.ownerOf(vertex.keyGroupOf(id.edge, value, max), parallelism, max);
      const overlaps = [...Array(max).keys()].some(
        (group) =>
          this.model.ownerOf(group, before, max) === id.receiver &&
          this.model.ownerOf(group, parallelism, max) === member.id.subtask,
      );
      if (partition === 'hash' ? !overlaps : id.receiver % parallelism !== member.id.subtask) continue;
      const ofEdge = member.inputs.filter((line) => line.id.edge === id.edge);
      const physical = ofEdge[id.sender % ofEdge.length];
      if (physical === undefined) continue;
      const isOwn =
        partition === 'hash' ? (value: unknown): boolean => owner(value) === member.id.subtask : (): boolean => true;
      member.replays.push({ id, physical, elements: [...elements], isOwn, watermark: MIN_TIMESTAMP });
    }
  }

  protected replayAll(member: Member): void {
    while (member.replays.length > 0) this.replayOne(member);
  }

  protected replayOne(member: Member): void {
    const replayed = member.replays.find(({ elements }) => elements.length > 0);
    const element = replayed?.elements.shift();
    if (
      replayed !== undefined &&
      element !== undefined &&
      (element.kind !== 'record' || replayed.isOwn(element.value))
    ) {
      this.data(member, replayed.id, element, (watermark) => {
        replayed.watermark = watermark;
        const together = member.replays.filter(({ physical }) => physical === replayed.physical);
        replayed.physical.watermark = Math.max(
          replayed.physical.watermark,
          Math.min(...together.map((one) => one.watermark)),
        );
      });
    }
    if (member.replays.length === 0 || member.replays.some(({ elements }) => elements.length > 0)) return;
    member.replays = [];
    for (const line of member.inputs) line.watermark = Math.min(line.watermark, member.watermark);
    this.state('replayEnded', { task: member.id });
  }

  protected record(member: Member, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const { vertex, broadcast } = member;
    if (broadcast !== undefined && vertex.isBroadcastTurn(edge)) {
      this.effects(
        member,
        broadcast.record(edge, value, timestamp, this.tape(member), () => [...member.instances.values()]),
      );
      return;
    }
    if (vertex.kind !== 'keyed') {
      this.effects(member, vertex.record(edge, value, timestamp));
      return;
    }
    const keyGroup = vertex.keyGroupOf(edge, value, this.maxParallelism(vertex.uid));
    const eff = this.eff(member, keyGroup);
    this.effects(
      member,
      this.instance(member, keyGroup).record(edge, value, timestamp, eff, this.tape(member), broadcast),
      keyGroup,
    );
  }

  protected advance(member: Member, watermark: Timestamp): void {
    if (watermark <= member.watermark) return;
    this.state('watermarkAdvanced', { task: member.id, watermark });
    const before = member.watermark;
    member.watermark = watermark;
    this.fireDue(member, before);
    this.state('turnEnded', { task: member.id });
    const async = member.broadcast?.async;
    async?.advance(watermark);
    if (async !== undefined) {
      this.sendWatermark(member, async.forwarded);
      return;
    }
    const floors = [...Array(this.maxParallelism(member.vertex.uid)).keys()]
      .filter((group) => member.range !== undefined && group >= member.range.start && group <= member.range.end)
      .map((group) => member.floors.get(group) ?? MIN_TIMESTAMP);
    this.sendWatermark(member, Math.max(watermark, floors.length === 0 ? MIN_TIMESTAMP : Math.min(...floors)));
  }

  /** The firings of all key groups in order of time; the effects of a group follow its last firing. */
  protected fireDue(member: Member, before: Timestamp): void {
    const { watermark } = member;
    const due: {
      readonly keyGroup: number;
      readonly turn: ModelTurn;
      readonly index: number;
      readonly timestamp: Timestamp;
    }[] = [];
    for (const [keyGroup, instance] of member.instances) {
      const floor = member.floors.get(keyGroup) ?? MIN_TIMESTAMP;
      const next = instance.nextEventTimer();
      if (Math.max(before, floor) >= Math.max(watermark, floor) || next === undefined || next > watermark) continue;
      const turn = instance.advance(watermark, { ...NO_TAPE, place: member.place }, member.broadcast);
      for (const [index, { timestamp }] of turn.fired.entries()) due.push({ keyGroup, turn, index, timestamp });
    }
    for (const { keyGroup, turn, index, timestamp } of due.sort((a, b) => a.timestamp - b.timestamp)) {
      const { key, namespace } = turn.fired[index] ?? {};
      this.state('eventTimerFired', { task: member.id, timestamp, key, keyGroup, namespace });
      if (index === turn.fired.length - 1) this.effects(member, turn, keyGroup);
    }
  }

  protected effects(member: Member, turn: ModelTurn, keyGroup?: number): void {
    const { id: task } = member;
    const watermark = keyGroup === undefined ? MIN_TIMESTAMP : this.eff(member, keyGroup);
    const key = turn.panes[0]?.key;
    const added = { task, key, watermark, closesAt: 0, rescued: false };
    for (const window of turn.added) this.state('windowAdded', { ...added, window });
    if (turn.late !== 'no') this.state('recordLate', { task, key, timestamp: 0, watermark, output: turn.late });
    if (turn.unassigned) this.state('recordUnassigned', { task, key, timestamp: 0, watermark });
    const fired = { task, watermark, by: turn.fired.length > 0 ? 'event' : 'element', purges: false } as const;
    for (const pane of turn.panes) this.state('paneFired', { ...fired, key: pane.key, window: pane.window });
    for (const pair of turn.pairs) this.state('pairJoined', { task, key, by: 'left', lowerMs: 0, upperMs: 0, ...pair });
    for (const { element, request } of turn.requests) {
      this.state('asyncRequested', { task, element, request });
      this.state('asyncSent', { task, element, nth: 1 });
    }
    for (const { edge, value, timestamp } of turn.sends) {
      const receivers = this.subtasks(this.model.receiver(edge).uid);
      const named = this.model.receiverOf(
        edge,
        value,
        task.subtask,
        receivers,
        this.maxParallelism(this.model.receiver(edge).uid),
      );
      const joined = [...Array(receivers).keys()].filter((receiver) => this.joins(edge, task.subtask, receiver));
      const to = named === 'all' ? joined : [named ?? joined[member.turns % joined.length] ?? 0];
      for (const receiver of to) {
        const line = this.line({ edge, attempt: this.attempt, sender: task.subtask, receiver });
        const seq = line.sent++;
        this.state('sent', { task, channel: line.id, seq, value, timestamp });
        push(line, { kind: 'record', value, timestamp, seq });
      }
    }
    for (const { sink, value } of turn.sinkWrites) {
      this.state('sinkWritten', { task, sink, value });
      member.open.push({ sink, value });
    }
    member.turns++;
  }

  // ---- sources

  protected generate(member: Member, split: Split): void {
    const head = this.options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    // A periodic generator may emit at any moment: here after each record, too.
    if (head?.kind !== 'source' || !('delayMs' in head.watermarks.generator)) return;
    const watermark = split.maxTimestamp - head.watermarks.generator.delayMs - 1;
    if (watermark <= split.lastWatermark) return;
    split.lastWatermark = watermark;
    this.state('watermarkGenerated', { task: member.id, split: this.splitName(member, split.partition), watermark });
    this.sendWatermark(member, this.combined(member));
  }

  /** The least over the splits that are not idle, or the largest over all. */
  protected combined({ splits }: Member): Timestamp {
    const active = splits.filter(({ idle }) => !idle);
    const all = splits.map(({ lastWatermark }) => lastWatermark);
    return active.length === 0 ? Math.max(...all) : Math.min(...active.map(({ lastWatermark }) => lastWatermark));
  }

  protected addSplits(member: Member, base: Snapshot | undefined): void {
    const restored =
      base?.image.vertices.find(({ uid }) => uid === member.vertex.uid)?.subtasks.flatMap(({ splits }) => splits) ?? [];
    for (const partition of this.records(member).keys()) {
      if (partition % this.subtasks(member.vertex.uid) !== member.id.subtask) continue;
      const name = this.splitName(member, partition);
      const state = restored.find(({ split }) => split === name);
      // A finished reader had read it to its end.
      if (base !== undefined && state === undefined) continue;
      const split: Split = {
        partition,
        offset: state?.offset ?? 0,
        maxTimestamp: state?.maxTimestamp ?? MIN_TIMESTAMP,
        lastWatermark: state?.lastWatermark ?? MIN_TIMESTAMP,
        finished: false,
        idle: false,
      };
      member.splits.push(split);
      this.state('splitAdded', { task: member.id, split: name, offset: split.offset, restored: state !== undefined });
      if (split.lastWatermark > MIN_TIMESTAMP) {
        this.state('watermarkGenerated', { task: member.id, split: name, watermark: split.lastWatermark });
      }
    }
    if (member.splits.length > 0) this.sendWatermark(member, this.combined(member));
  }

  protected sendWatermark(member: Member, watermark: Timestamp): void {
    if (watermark <= member.watermarkSent) return;
    member.watermarkSent = watermark;
    this.state('watermarkSent', { task: member.id, watermark });
    for (const line of member.outputs) push(line, { kind: 'watermark', timestamp: watermark });
  }

  // ---- structure

  protected member(vertex: ModelVertex, subtask: number, base: Snapshot | undefined): Member {
    const id: TaskId = { vertex: vertex.uid, subtask, attempt: this.attempt };
    const maxParallelism = this.maxParallelism(vertex.uid);
    const groups = [...Array(maxParallelism).keys()].filter(
      (group) =>
        vertex.kind === 'keyed' && this.model.ownerOf(group, this.subtasks(vertex.uid), maxParallelism) === subtask,
    );
    const floors = new Map(
      base?.image.vertices
        .find(({ uid }) => uid === vertex.uid)
        ?.subtasks.flatMap(({ keyGroups }) =>
          keyGroups.flatMap(({ first, last, floor }) =>
            Array.from({ length: last - first + 1 }, (_, i) => [first + i, floor] as const),
          ),
        ),
    );
    const instances = new Map<number, ModelInstance>();
    for (const group of groups) {
      const instance = base?.instances.get(`${vertex.uid}/${group}`);
      if (instance !== undefined) instances.set(group, instance.fork());
    }
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.subtasks;
    const lines = (edges: readonly number[], side: 'in' | 'out'): Line[] =>
      edges.flatMap((edge) => {
        const others = this.subtasks(side === 'in' ? this.model.sender(edge).uid : this.model.receiver(edge).uid);
        return Array.from({ length: others }, (_, other) =>
          side === 'in' ? ([other, subtask] as const) : ([subtask, other] as const),
        )
          .filter(([sender, receiver]) => this.joins(edge, sender, receiver))
          .map(([sender, receiver]) => this.line({ edge, attempt: this.attempt, sender, receiver }));
      });
    return {
      id,
      vertex,
      place: { attempt: this.attempt, subtask, parallelism: this.subtasks(vertex.uid) },
      finishedOnRestore: before !== undefined && before.every(({ finished }) => finished),
      inputs: lines(vertex.inEdges, 'in'),
      outputs: lines(vertex.outEdges, 'out'),
      range: vertex.kind === 'keyed' ? { start: groups[0] ?? 0, end: groups.at(-1) ?? -1 } : undefined,
      instances,
      broadcast: this.broadcast(vertex, subtask, base),
      floors,
      splits: [],
      watermark: MIN_TIMESTAMP,
      watermarkSent: MIN_TIMESTAMP,
      snapshot: 0,
      pending: 0,
      replays: [],
      finished: false,
      turns: 0,
      open: [],
      transactions: 0,
      prepared: [],
    };
  }

  protected broadcast(vertex: ModelVertex, subtask: number, base: Snapshot | undefined): ModelBroadcast | undefined {
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.parallelism ?? 0;
    const old = Array.from({ length: before }, (_, i) => base?.broadcasts.get(`${vertex.uid}/${i}`));
    if (old.every((one) => one === undefined)) return vertex.broadcast?.();
    return vertex.handOver(old, subtask, this.subtasks(vertex.uid));
  }

  protected joins(edge: number, sender: number, receiver: number): boolean {
    const senders = this.subtasks(this.model.sender(edge).uid);
    return this.model.joins(edge, sender, senders, receiver, this.subtasks(this.model.receiver(edge).uid));
  }

  protected line(id: ChannelId): Line {
    const key = `${id.edge}/${id.sender}/${id.receiver}`;
    let line = this.lines.get(key);
    if (line === undefined) {
      line = {
        id,
        queue: [],
        data: [],
        taken: 0,
        sent: 0,
        watermark: MIN_TIMESTAMP,
        barriers: new Set(),
        blockedFor: 0,
        endSent: false,
        ended: false,
        closed: false,
      };
      this.lines.set(key, line);
    }
    return line;
  }

  protected instance(member: Member, keyGroup: number): ModelInstance {
    let instance = member.instances.get(keyGroup);
    if (instance === undefined) {
      instance = member.vertex.instance();
      member.instances.set(keyGroup, instance);
    }
    return instance;
  }
  protected eff(member: Member, keyGroup: number): Timestamp {
    return Math.max(member.watermark, member.floors.get(keyGroup) ?? MIN_TIMESTAMP);
  }
  protected tape(member: Member): Tape {
    const { tape: given = NO_TAPE } = this.options;
    const tape = typeof given === 'function' ? given(member.id) : given;
    for (const now of tape.clock) this.state('clockRead', { task: member.id, now });
    for (const draw of tape.random) this.state('randomDrawn', { task: member.id, ...draw });
    const { cleaned = [] } = tape;
    for (const { state, key } of cleaned) this.state('stateCleaned', { task: member.id, state, key });
    return { ...tape, cleaned, place: member.place };
  }
  protected memberAt(uid: string, subtask: number): Member {
    const member = this.members.find(({ id }) => id.vertex === uid && id.subtask === subtask);
    if (member === undefined) throw new Error(`there is no ${uid}[${subtask}]`);
    return member;
  }
  protected owner(uid: string, keyGroup: number): Member {
    const member = this.members.find(
      ({ vertex, range }) =>
        vertex.uid === uid && range !== undefined && keyGroup >= range.start && keyGroup <= range.end,
    );
    if (member === undefined) throw new Error(`no member owns key group ${keyGroup} of ${uid}`);
    return member;
  }
  protected reader(partition: number): { readonly member: Member; readonly split: Split } {
    for (const member of this.members) {
      const split = member.splits.find((candidate) => candidate.partition === partition);
      if (split !== undefined) return { member, split };
    }
    throw new Error(`no member reads partition ${partition}`);
  }
  protected records(member: Member): readonly (readonly unknown[])[] {
    const head = this.options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    return head?.kind === 'source' ? (this.options.input[head.source.input] ?? []) : [];
  }
  protected splitName(member: Member, partition: number): string {
    const head = this.options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    return head?.kind === 'source' ? `${head.source.input}-${partition}` : '';
  }
  protected subtasks(uid: string): number {
    return this.parallelism.get(uid) ?? 1;
  }
  protected maxParallelism(uid: string): number {
    return this.model.vertex(uid).maxParallelism(this.subtasks(uid));
  }

  protected state<K extends FactKind>(kind: K, value: Facts[K]): void {
    this.steps.push(fact(kind, value));
  }

  protected endOutputs(member: Member): void {
    for (const line of member.outputs) {
      line.endSent = true;
      line.queue.push({ kind: 'end' });
    }
  }

  protected data(member: Member, id: ChannelId, element: Data, rise: (watermark: Timestamp) => void): void {
    const { id: task } = member;
    switch (element.kind) {
      case 'record':
        this.state('recordProcessed', {
          task,
          channel: id,
          seq: element.seq,
          value: element.value,
          timestamp: element.timestamp,
        });
        this.record(member, id.edge, element.value, element.timestamp);
        this.state('turnEnded', { task });
        return;
      case 'watermark':
        this.state('watermarkReceived', { task, channel: id, watermark: element.timestamp });
        rise(element.timestamp);
        if (!member.finishedOnRestore) this.advance(member, Math.min(...member.inputs.map((input) => input.watermark)));
        return;
      case 'status':
        this.state('statusReceived', { task, channel: id, idle: element.idle });
    }
  }
}

export function push(line: Line, element: Data): void {
  line.data.push(element);
  line.queue.push(element);
}
