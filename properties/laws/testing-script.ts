/**
 * For tests of laws and marks: an honest little cluster in one thread, which writes down what an engine would state and
 * what the services would hold. It runs a job with the model's own turns.
 *
 *   start, read, drain, end       attempts and data               trigger, complete, notify      checkpoints, step by step
 *   checkpoint                    all of that                     savepoint, stop, resumed       savepoints
 *   timeOut, outputTimeOut        aligned turns unaligned         abort, cancel                  a checkpoint is given up
 *   replay                        in-flight data of the restored  finishTask                     tasks finish one by one
 *
 * Each line keeps all its data, so that what is in flight at a cut is what lies between two places in it; the first half of
 * it counts as the receiver's side.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import type { JobSpec } from '../../core/api/spec.ts';
import { type CheckpointingConfig, DEFAULT_JOB_CONFIG } from '../../core/cluster/config.ts';
import type { CheckpointKind } from '../../core/checkpoint/options.ts';
import type { SubtaskImage } from '../../core/checkpoint/reader.ts';
import type { ChannelId, FactKind, Facts, TaskId } from '../../core/facts.ts';
import { toBytes } from '../../core/state/serializers.ts';
import { createModel } from '../model/model.ts';
import type { ModelBroadcast, ModelInstance, ModelTurn, ModelVertex, Tape } from '../model/types.ts';
import type { Topics } from '../plan/plan.ts';
import type { ChannelSlice } from '../witness/channel-state.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import { edgeMode, isForced, type Mode, modeOf } from './modes.ts';
import { fact, type History, type Step } from './testing.ts';

type Data =
  | { readonly kind: 'record'; readonly value: unknown; readonly timestamp: Timestamp | undefined; readonly seq: number }
  | { readonly kind: 'watermark'; readonly timestamp: Timestamp }
  | { readonly kind: 'status'; readonly idle: boolean };
type Element =
  | Data
  | { readonly kind: 'barrier'; readonly checkpoint: number; readonly overtakes: boolean }
  | { readonly kind: 'cancel'; readonly checkpoint: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'end-of-partition' };
interface Line {
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
interface Replayed {
  readonly id: ChannelId;
  readonly physical: Line;
  readonly elements: Data[];
  readonly isOwn: (value: unknown) => boolean;
  watermark: Timestamp;
}
interface Split {
  readonly partition: number;
  offset: number;
  maxTimestamp: Timestamp;
  lastWatermark: Timestamp;
  finished: boolean;
}
interface Member {
  readonly id: TaskId;
  readonly vertex: ModelVertex;
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
  prepared: { readonly id: string; readonly checkpoint: number; readonly sink: string; readonly values: readonly { readonly sink: string; readonly value: unknown }[] }[];
}
/** In-flight data of one channel at a cut. */
interface InFlight {
  readonly id: ChannelId;
  readonly elements: readonly Data[];
}
interface Snapshot {
  readonly attempt: number;
  readonly image: WitnessedImage;
  readonly instances: ReadonlyMap<string, ModelInstance>;
  /** By "uid/subtask". */
  readonly broadcasts: ReadonlyMap<string, ModelBroadcast>;
  readonly places: ReadonlyMap<Line, { readonly received?: number; readonly sent?: number }>;
  readonly inFlight: readonly InFlight[];
  readonly pending: readonly Member['prepared'][number][];
}

export interface ScriptOptions {
  readonly job: JobSpec;
  readonly input: Topics;
  /** By uid; default 1. */
  readonly parallelism: Readonly<Record<string, number>>;
  /** What each turn with a context reads. */
  readonly tape?: Tape | ((task: TaskId) => Tape);
  readonly checkpointing?: Partial<CheckpointingConfig>;
}

const NO_TAPE: Tape = { clock: [], random: [] };

export class Script {
  readonly steps: Step[] = [];
  readonly #options: ScriptOptions;
  readonly #model: ReturnType<typeof createModel>;
  #parallelism: Map<string, number>;
  #attempt = 0;
  #members: Member[] = [];
  #lines = new Map<string, Line>();
  #snapshots = new Map<number, Map<Member, Snapshot>>();
  #completed = new Map<number, Snapshot>();
  readonly #checkpointing: CheckpointingConfig;
  readonly #kinds = new Map<number, CheckpointKind>();
  #visible = 0;

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#checkpointing = { ...DEFAULT_JOB_CONFIG.checkpointing, ...options.checkpointing };
    this.#model = createModel(options.job);
    this.#parallelism = new Map(this.#model.vertices.map(({ uid }) => [uid, options.parallelism[uid] ?? 1]));
  }

  get history(): History {
    return { job: this.#options.job, input: this.#options.input, checkpointing: this.#checkpointing, steps: this.steps };
  }

  /** A new attempt, from the beginning or from a completed checkpoint, perhaps at another parallelism. */
  start(restoredFrom?: number, parallelism: Readonly<Record<string, number>> = {}): this {
    const base = restoredFrom === undefined ? undefined : this.#completed.get(restoredFrom);
    this.#attempt++;
    for (const [uid, subtasks] of Object.entries(parallelism)) this.#parallelism.set(uid, subtasks);
    this.#state('attemptStarting', { attempt: this.#attempt, leaderEpoch: 1, restoredFrom, parallelism: new Map(this.#parallelism) });
    this.#lines = new Map();
    this.#snapshots = new Map();
    this.#members = this.#model.vertices.flatMap((vertex) =>
      Array.from({ length: this.#subtasks(vertex.uid) }, (_, subtask) => this.#member(vertex, subtask, base)),
    );
    for (const pending of base?.pending ?? []) this.#commitOne(pending, this.#members[0], true);
    for (const one of base?.inFlight ?? []) this.#deal(one, base);
    for (const member of this.#members) {
      this.#state('taskOpened', {
        task: member.id,
        parallelism: this.#subtasks(member.vertex.uid),
        keyGroups: member.range,
        restoredFrom,
        finishedOnRestore: member.finishedOnRestore,
      });
      if (member.replays.length > 0) this.#state('replayStarted', { task: member.id, channels: member.replays.map(({ id }) => id) });
      if (member.finishedOnRestore) {
        this.#sendWatermark(member, MAX_TIMESTAMP);
        this.#endOutputs(member);
      } else if (member.vertex.kind === 'source') this.#addSplits(member, base);
    }
    this.#state('attemptRunning', { attempt: this.#attempt });
    return this;
  }

  /** A source reads the next record of a partition. */
  read(partition: number): this {
    const { member, split } = this.#reader(partition);
    const value = this.#records(member)[partition]?.[split.offset];
    const turn = member.vertex.sourceRecord(value);
    this.#state('sourceRecord', { task: member.id, split: this.#splitName(member, partition), offset: split.offset, value, timestamp: turn.timestamp });
    this.#effects(member, turn);
    this.#state('turnEnded', { task: member.id });
    split.offset++;
    split.maxTimestamp = Math.max(split.maxTimestamp, turn.timestamp);
    this.#generate(member, split);
    return this;
  }

  /** Everything that can be processed is, channel by channel. */
  drain(...only: readonly string[]): this {
    for (let moved = true; moved; ) {
      moved = false;
      for (const member of this.#members) {
        if (only.length > 0 && !only.includes(member.vertex.uid)) continue;
        this.#replayAll(member);
        for (const line of member.inputs) while (this.#take(member, line)) moved = true;
      }
    }
    return this;
  }

  /** One task takes up to so many elements of one of its channels, in-flight data of the restored checkpoint not counted. */
  take(uid: string, subtask: number, count: number, from: { readonly edge?: number; readonly sender: number }): this {
    const member = this.#memberAt(uid, subtask);
    this.#replayAll(member);
    const line = member.inputs.find(({ id }) => id.sender === from.sender && (from.edge === undefined || id.edge === from.edge));
    for (let i = 0; line !== undefined && i < count; i++) this.#take(member, line);
    return this;
  }

  /** A task takes so many elements of the in-flight data that it has to replay. */
  replay(uid: string, subtask: number, count: number): this {
    const member = this.#memberAt(uid, subtask);
    for (let i = 0; i < count; i++) this.#replayOne(member);
    return this;
  }

  /** Barriers leave the sources, or the tasks behind finished ones; the rest comes with `drain`. */
  trigger(checkpoint: number, kind: CheckpointKind = 'checkpoint'): this {
    this.#kinds.set(checkpoint, kind);
    const finished = this.#members.filter((member) => member.finished).map(({ id }) => `${id.vertex}[${id.subtask}]`);
    this.#state('checkpointTriggered', { attempt: this.#attempt, checkpoint, kind, finished });
    for (const member of this.#members) {
      if (member.finished) continue;
      if (member.inputs.length === 0) {
        if (kind === 'drain') this.#sendWatermark(member, MAX_TIMESTAMP);
        if (kind === 'stop' || kind === 'drain') this.#endOutputs(member);
        this.#snapshot(member, checkpoint, this.#mode(checkpoint) === 'unaligned');
      } else if (member.inputs.every((line) => line.closed)) {
        this.#snapshot(member, checkpoint, false);
      }
    }
    return this;
  }

  /** The time of an aligned checkpoint is over at a task: barriers that wait in its queues overtake. */
  timeOut(uid: string, subtask: number, checkpoint: number): this {
    const member = this.#memberAt(uid, subtask);
    this.#state('alignmentTimedOut', { task: member.id, checkpoint });
    for (const line of member.inputs) this.#moveToFront(line, checkpoint);
    if (member.inputs.some((line) => line.barriers.has(checkpoint))) this.#snapshot(member, checkpoint, true);
    return this;
  }

  /** The same at the output of a task, to one receiver. */
  outputTimeOut(uid: string, subtask: number, receiver: number, checkpoint: number): this {
    const line = this.#memberAt(uid, subtask).outputs.find(({ id }) => id.receiver === receiver);
    if (line === undefined) throw new Error(`${uid}[${subtask}] has no receiver ${receiver}`);
    this.#state('outputTimedOut', { task: this.#memberAt(uid, subtask).id, channel: line.id, checkpoint });
    this.#moveToFront(line, checkpoint);
    return this;
  }

  /** The coordinator gives the checkpoint up, and these tasks hear of it: they unblock, and say so downstream. */
  abort(checkpoint: number, ...told: readonly (readonly [uid: string, subtask: number])[]): this {
    this.#state('checkpointAborted', { attempt: this.#attempt, checkpoint, kind: this.#kinds.get(checkpoint) ?? 'checkpoint', reason: 'declined' });
    for (const [uid, subtask] of told) {
      const member = this.#memberAt(uid, subtask);
      this.#state('notifiedAborted', { task: member.id, checkpoint, latestCompleted: 0 });
      this.#giveUp(member, checkpoint);
    }
    return this;
  }

  /** The HA store lists it. */
  complete(checkpoint: number): this {
    const { listed, image } = this.#finishedImage(checkpoint);
    this.steps.push({ step: 'listed', listed, image });
    this.#state('checkpointCompleted', { attempt: this.#attempt, checkpoint, kind: 'checkpoint', metadata: listed.metadata });
    return this;
  }

  /** A savepoint of the kind that it was triggered with: plain, or the end of the job. */
  completeSavepoint(checkpoint: number): this {
    const kind = this.#kinds.get(checkpoint) ?? 'savepoint';
    const { listed, image } = this.#finishedImage(checkpoint);
    if (kind === 'savepoint') this.steps.push({ step: 'stored', listed, image });
    else this.steps.push({ step: 'stopped', listed, image, drained: kind === 'drain' });
    this.#state('checkpointCompleted', { attempt: this.#attempt, checkpoint, kind, metadata: listed.metadata });
    return this;
  }

  savepoint(checkpoint: number): this {
    return this.trigger(checkpoint, 'savepoint').drain().completeSavepoint(checkpoint);
  }

  /** The job is stopped: it settles, or `start` goes on from the savepoint after `resumed`. */
  stop(checkpoint: number, kind: 'stop' | 'drain' = 'stop'): this {
    this.trigger(checkpoint, kind).drain().completeSavepoint(checkpoint).notify(checkpoint);
    for (const member of this.#members) if (!member.finished) this.#finish(member);
    this.#state('jobEnded', { attempt: this.#attempt, status: 'stopped', message: `${this.#attempt}-${checkpoint}` });
    return this;
  }
  resumed(): this {
    this.steps.push({ step: 'resumed' });
    return this;
  }

  /** A task that has processed all its input finishes. */
  finishTask(uid: string, subtask: number): this {
    this.#finish(this.#memberAt(uid, subtask));
    return this;
  }

  #finish(member: Member): void {
    for (const line of member.outputs) line.queue.push({ kind: 'end-of-partition' });
    member.finished = true;
    this.#state('taskFinished', { task: member.id });
  }

  /** The part of every task, and what was in flight between them. */
  #finishedImage(checkpoint: number): { readonly listed: { readonly checkpoint: number; readonly attempt: number; readonly metadata: string }; readonly image: WitnessedImage } {
    const parts = this.#snapshots.get(checkpoint) ?? new Map<Member, Snapshot>();
    const inFlight = this.#inFlight(parts);
    const image: WitnessedImage = {
      checkpoint,
      kind: this.#kinds.get(checkpoint) ?? 'checkpoint',
      attempt: this.#attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: this.#model.vertices.map(({ uid }) => ({
        uid,
        parallelism: this.#subtasks(uid),
        maxParallelism: this.#maxParallelism(uid),
        subtasks: this.#members
          .filter((member) => member.vertex.uid === uid)
          .map((member) => parts.get(member)?.image.vertices[0]?.subtasks[0] ?? { keyGroups: [], splits: [], pending: [], broadcast: null, channelState: [], finished: member.finished }),
      })),
      enumerators: this.#model.vertices
        .filter((vertex) => vertex.kind === 'source')
        .map((vertex) => ({ source: vertex.uid, discovered: 2, unassigned: [] })),
      channels: inFlight.flatMap((one) => this.#slices(one)),
    };
    const instances = new Map([...parts.values()].flatMap((part) => [...part.instances]));
    const broadcasts = new Map([...parts.values()].flatMap((part) => [...part.broadcasts]));
    const pending = [...parts.values()].flatMap((part) => part.pending);
    this.#completed.set(checkpoint, { attempt: this.#attempt, image, instances, broadcasts, places: new Map(), inFlight, pending });
    return { listed: { checkpoint, attempt: this.#attempt, metadata: `${this.#attempt}-${checkpoint}` }, image };
  }

  #inFlight(parts: ReadonlyMap<Member, Snapshot>): readonly InFlight[] {
    const found: InFlight[] = [];
    for (const line of this.#lines.values()) {
      let received = line.taken;
      let sent = line.data.length;
      for (const part of parts.values()) {
        const place = part.places.get(line);
        received = place?.received ?? received;
        sent = place?.sent ?? sent;
      }
      if (received < sent) found.push({ id: line.id, elements: line.data.slice(received, sent) });
    }
    return found;
  }

  #slices({ id, elements }: InFlight): readonly ChannelSlice[] {
    const { edge, sender, receiver } = id;
    const half = Math.ceil(elements.length / 2);
    const sides = [
      { side: 'input', vertex: this.#model.receiver(edge).uid, subtask: receiver, part: elements.slice(0, half) },
      { side: 'output', vertex: this.#model.sender(edge).uid, subtask: sender, part: elements.slice(half) },
    ];
    return sides
      .filter(({ part }) => part.length > 0)
      .map(({ side, vertex, subtask, part }) => ({
        vertex, subtask, side, edge, sender, receiver,
        records: part.filter(({ kind }) => kind === 'record').length,
        elements: part,
      }));
  }

  /** The tasks hear of the completion and commit. */
  notify(checkpoint: number): this {
    for (const member of this.#members) {
      if (member.finished) continue;
      this.#state('notifiedComplete', { task: member.id, checkpoint });
      const due = member.prepared.filter((pending) => pending.checkpoint <= checkpoint);
      member.prepared = member.prepared.filter((pending) => pending.checkpoint > checkpoint);
      for (const pending of due) this.#commitOne(pending, member, false);
    }
    return this;
  }

  checkpoint(checkpoint: number): this {
    return this.trigger(checkpoint).drain().complete(checkpoint).notify(checkpoint);
  }

  /** Reads everything, ends the input, takes the final checkpoint, and settles. */
  finish(checkpoint: number): this {
    for (const member of this.#members) {
      if (member.finished) continue;
      for (const split of member.splits) {
        while (split.offset < (this.#records(member)[split.partition]?.length ?? 0)) this.read(split.partition);
      }
    }
    return this.end().drain().checkpoint(checkpoint).settle();
  }

  /** The sources, or one subtask of one, come to the end of their input. */
  end(uid?: string, subtask?: number): this {
    for (const member of this.#members) {
      if (member.vertex.kind !== 'source' || member.finished || member.finishedOnRestore) continue;
      if (uid !== undefined && (member.vertex.uid !== uid || member.id.subtask !== subtask)) continue;
      if (member.outputs.some((line) => line.endSent)) continue;
      for (const split of member.splits) {
        split.finished = true;
        this.#state('splitFinished', { task: member.id, split: this.#splitName(member, split.partition), offset: split.offset });
      }
      this.#sendWatermark(member, MAX_TIMESTAMP);
      this.#endOutputs(member);
    }
    return this;
  }

  #endOutputs(member: Member): void {
    for (const line of member.outputs) {
      line.endSent = true;
      line.queue.push({ kind: 'end' });
    }
  }

  settle(): this {
    for (const member of this.#members) if (!member.finished) this.#finish(member);
    this.steps.push({ step: 'settled' });
    return this;
  }

  /** Virtual time from here on; 0 before. */
  at(us: number): this {
    this.steps.push({ step: 'time', us });
    return this;
  }

  /** A processing-time timer fires. */
  fireProcessing(uid: string, key: unknown, keyGroup: number, timestamp: Timestamp, now: Timestamp): this {
    const member = this.#owner(uid, keyGroup);
    this.#state('processingTimerFired', { task: member.id, timestamp, now, key, keyGroup, namespace: undefined });
    const timer = { domain: 'processing', timestamp, key, namespace: undefined } as const;
    this.#effects(member, this.#instance(member, keyGroup).processingTimer(timer, this.#eff(member, keyGroup), this.#tape(member)), keyGroup);
    this.#state('turnEnded', { task: member.id });
    return this;
  }

  keyGroupOf(edge: number, value: unknown): number {
    const vertex = this.#model.receiver(edge);
    return vertex.keyGroupOf(edge, value, this.#maxParallelism(vertex.uid));
  }

  // ---- one element

  #take(member: Member, line: Line): boolean {
    const [next] = line.queue;
    if (next === undefined || member.finished || member.replays.length > 0) return false;
    if (line.blockedFor > 0 && !(next.kind === 'barrier' && next.overtakes)) return false;
    line.queue.shift();
    const { id: task } = member;
    switch (next.kind) {
      case 'record':
      case 'watermark':
      case 'status':
        line.taken++;
        this.#data(member, line.id, next, (watermark) => {
          line.watermark = watermark;
        });
        break;
      case 'barrier':
        this.#state('barrierReceived', { task, channel: line.id, checkpoint: next.checkpoint, overtook: next.overtakes });
        line.barriers.add(next.checkpoint);
        this.#onBarrier(member, line, next.checkpoint, next.overtakes);
        break;
      case 'cancel':
        this.#state('cancelReceived', { task, channel: line.id, checkpoint: next.checkpoint });
        this.#giveUp(member, next.checkpoint);
        break;
      case 'end':
        this.#state('inputEnded', { task, channel: line.id });
        line.ended = true;
        if (member.inputs.every((input) => input.ended) && !member.outputs.some((output) => output.endSent)) this.#endOutputs(member);
        break;
      case 'end-of-partition':
        this.#state('partitionEnded', { task, channel: line.id });
        line.closed = true;
        if (member.pending > 0) this.#aligned(member, member.pending);
    }
    return true;
  }

  #data(member: Member, id: ChannelId, element: Data, rise: (watermark: Timestamp) => void): void {
    const { id: task } = member;
    switch (element.kind) {
      case 'record':
        this.#state('recordProcessed', { task, channel: id, seq: element.seq, value: element.value, timestamp: element.timestamp });
        this.#record(member, id.edge, element.value, element.timestamp);
        this.#state('turnEnded', { task });
        return;
      case 'watermark':
        this.#state('watermarkReceived', { task, channel: id, watermark: element.timestamp });
        rise(element.timestamp);
        if (!member.finishedOnRestore) this.#advance(member, Math.min(...member.inputs.map((input) => input.watermark)));
        return;
      case 'status':
        this.#state('statusReceived', { task, channel: id, idle: element.idle });
    }
  }

  // ---- in-flight data of the restored checkpoint

  #deal({ id, elements }: InFlight, base: Snapshot | undefined): void {
    const partition = this.#options.job.edges[id.edge]?.partition.kind;
    const vertex = this.#model.receiver(id.edge);
    const parallelism = this.#subtasks(vertex.uid);
    const max = this.#maxParallelism(vertex.uid);
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.parallelism ?? parallelism;
    for (const member of this.#members) {
      if (member.vertex !== vertex) continue;
      const owner = (value: unknown): number => this.#model.ownerOf(vertex.keyGroupOf(id.edge, value, max), parallelism, max);
      const overlaps = [...Array(max).keys()].some(
        (group) => this.#model.ownerOf(group, before, max) === id.receiver && this.#model.ownerOf(group, parallelism, max) === member.id.subtask,
      );
      if (partition === 'hash' ? !overlaps : id.receiver % parallelism !== member.id.subtask) continue;
      const ofEdge = member.inputs.filter((line) => line.id.edge === id.edge);
      const physical = ofEdge[id.sender % ofEdge.length];
      if (physical === undefined) continue;
      const isOwn = partition === 'hash' ? (value: unknown): boolean => owner(value) === member.id.subtask : (): boolean => true;
      member.replays.push({ id, physical, elements: [...elements], isOwn, watermark: MIN_TIMESTAMP });
    }
  }

  #replayAll(member: Member): void {
    while (member.replays.length > 0) this.#replayOne(member);
  }

  #replayOne(member: Member): void {
    const replayed = member.replays.find(({ elements }) => elements.length > 0);
    const element = replayed?.elements.shift();
    if (replayed !== undefined && element !== undefined && (element.kind !== 'record' || replayed.isOwn(element.value))) {
      this.#data(member, replayed.id, element, (watermark) => {
        replayed.watermark = watermark;
        const together = member.replays.filter(({ physical }) => physical === replayed.physical);
        replayed.physical.watermark = Math.max(replayed.physical.watermark, Math.min(...together.map((one) => one.watermark)));
      });
    }
    if (member.replays.length === 0 || member.replays.some(({ elements }) => elements.length > 0)) return;
    member.replays = [];
    for (const line of member.inputs) line.watermark = Math.min(line.watermark, member.watermark);
    this.#state('replayEnded', { task: member.id });
  }

  #record(member: Member, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const { vertex, broadcast } = member;
    if (broadcast !== undefined && vertex.isBroadcastTurn(edge)) {
      this.#effects(member, broadcast.record(edge, value, timestamp, this.#tape(member), () => [...member.instances.values()]));
      return;
    }
    if (vertex.kind !== 'keyed') {
      this.#effects(member, vertex.record(edge, value, timestamp));
      return;
    }
    const keyGroup = vertex.keyGroupOf(edge, value, this.#maxParallelism(vertex.uid));
    const eff = this.#eff(member, keyGroup);
    this.#effects(member, this.#instance(member, keyGroup).record(edge, value, timestamp, eff, this.#tape(member), broadcast), keyGroup);
  }

  #advance(member: Member, watermark: Timestamp): void {
    if (watermark <= member.watermark) return;
    this.#state('watermarkAdvanced', { task: member.id, watermark });
    const before = member.watermark;
    member.watermark = watermark;
    this.#fireDue(member, before);
    this.#state('turnEnded', { task: member.id });
    const floors = [...Array(this.#maxParallelism(member.vertex.uid)).keys()]
      .filter((group) => member.range !== undefined && group >= member.range.start && group <= member.range.end)
      .map((group) => member.floors.get(group) ?? MIN_TIMESTAMP);
    this.#sendWatermark(member, Math.max(watermark, floors.length === 0 ? MIN_TIMESTAMP : Math.min(...floors)));
  }

  /** The firings of all key groups in order of time; the effects of a group follow its last firing. */
  #fireDue(member: Member, before: Timestamp): void {
    const { watermark } = member;
    const due: { readonly keyGroup: number; readonly turn: ModelTurn; readonly index: number; readonly timestamp: Timestamp }[] = [];
    for (const [keyGroup, instance] of member.instances) {
      const floor = member.floors.get(keyGroup) ?? MIN_TIMESTAMP;
      const next = instance.nextEventTimer();
      if (Math.max(before, floor) >= Math.max(watermark, floor) || next === undefined || next > watermark) continue;
      const turn = instance.advance(watermark, NO_TAPE, member.broadcast);
      for (const [index, { timestamp }] of turn.fired.entries()) due.push({ keyGroup, turn, index, timestamp });
    }
    for (const { keyGroup, turn, index, timestamp } of due.sort((a, b) => a.timestamp - b.timestamp)) {
      const { key, namespace } = turn.fired[index] ?? {};
      this.#state('eventTimerFired', { task: member.id, timestamp, key, keyGroup, namespace });
      if (index === turn.fired.length - 1) this.#effects(member, turn, keyGroup);
    }
  }

  #effects(member: Member, turn: ModelTurn, keyGroup?: number): void {
    const { id: task } = member;
    const watermark = keyGroup === undefined ? MIN_TIMESTAMP : this.#eff(member, keyGroup);
    const key = turn.panes[0]?.key;
    for (const window of turn.added) this.#state('windowAdded', { task, key, window, watermark });
    if (turn.late !== 'no') this.#state('recordLate', { task, key, timestamp: 0, watermark, output: turn.late });
    for (const pane of turn.panes) this.#state('paneFired', { task, key: pane.key, window: pane.window, watermark });
    for (const { edge, value, timestamp } of turn.sends) {
      const receivers = this.#subtasks(this.#model.receiver(edge).uid);
      const named = this.#model.receiverOf(edge, value, task.subtask, receivers, this.#maxParallelism(this.#model.receiver(edge).uid));
      const joined = [...Array(receivers).keys()].filter((receiver) => this.#joins(edge, task.subtask, receiver));
      const to = named === 'all' ? joined : [named ?? joined[member.turns % joined.length] ?? 0];
      for (const receiver of to) {
        const line = this.#line({ edge, attempt: this.#attempt, sender: task.subtask, receiver });
        const seq = line.sent++;
        this.#state('sent', { task, channel: line.id, seq, value, timestamp });
        push(line, { kind: 'record', value, timestamp, seq });
      }
    }
    for (const { sink, value } of turn.sinkWrites) {
      this.#state('sinkWritten', { task, sink, value });
      member.open.push({ sink, value });
    }
    member.turns++;
  }

  // ---- sources

  #generate(member: Member, split: Split): void {
    const head = this.#options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    // A periodic generator may put out at any moment: here after each record, too.
    if (head?.kind !== 'source' || head.watermarks.generator.kind === 'none') return;
    const watermark = split.maxTimestamp - head.watermarks.generator.delayMs - 1;
    if (watermark <= split.lastWatermark) return;
    split.lastWatermark = watermark;
    this.#state('watermarkGenerated', { task: member.id, split: this.#splitName(member, split.partition), watermark });
    this.#sendWatermark(member, Math.min(...member.splits.map((other) => other.lastWatermark)));
  }

  #addSplits(member: Member, base: Snapshot | undefined): void {
    const restored = base?.image.vertices.find(({ uid }) => uid === member.vertex.uid)?.subtasks.flatMap(({ splits }) => splits) ?? [];
    for (const partition of this.#records(member).keys()) {
      if (partition % this.#subtasks(member.vertex.uid) !== member.id.subtask) continue;
      const name = this.#splitName(member, partition);
      const state = restored.find(({ split }) => split === name);
      // A finished reader had read it to its end.
      if (base !== undefined && state === undefined) continue;
      const split: Split = {
        partition,
        offset: state?.offset ?? 0,
        maxTimestamp: state?.maxTimestamp ?? MIN_TIMESTAMP,
        lastWatermark: state?.lastWatermark ?? MIN_TIMESTAMP,
        finished: false,
      };
      member.splits.push(split);
      this.#state('splitAdded', { task: member.id, split: name, offset: split.offset, restored: state !== undefined });
      if (split.lastWatermark > MIN_TIMESTAMP) {
        this.#state('watermarkGenerated', { task: member.id, split: name, watermark: split.lastWatermark });
      }
    }
    if (member.splits.length > 0) this.#sendWatermark(member, Math.min(...member.splits.map((split) => split.lastWatermark)));
  }

  #sendWatermark(member: Member, watermark: Timestamp): void {
    if (watermark <= member.watermarkSent) return;
    member.watermarkSent = watermark;
    this.#state('watermarkSent', { task: member.id, watermark });
    for (const line of member.outputs) push(line, { kind: 'watermark', timestamp: watermark });
  }

  // ---- checkpoints

  #mode(checkpoint: number): Mode {
    return modeOf(this.#checkpointing, this.#kinds.get(checkpoint) ?? 'checkpoint');
  }

  #onBarrier(member: Member, line: Line, checkpoint: number, overtook: boolean): void {
    const { id: task } = member;
    if (checkpoint < member.pending || (checkpoint <= member.snapshot && checkpoint !== member.pending)) {
      this.#state('barrierObsolete', { task, channel: line.id, checkpoint });
      return;
    }
    if (this.#mode(checkpoint) !== 'at-least-once') {
      if (member.pending > 0 && member.pending < checkpoint) this.#giveUp(member, member.pending);
      member.pending = checkpoint;
    }
    if (overtook) {
      this.#snapshot(member, checkpoint, true);
    } else if (this.#mode(checkpoint) !== 'at-least-once' && !this.#isAligned(member, checkpoint)) {
      line.blockedFor = checkpoint;
      this.#state('channelBlocked', { task, channel: line.id, checkpoint });
    }
    this.#aligned(member, checkpoint);
  }

  #isAligned(member: Member, checkpoint: number): boolean {
    return member.inputs.every((input) => input.closed || input.barriers.has(checkpoint));
  }

  #aligned(member: Member, checkpoint: number): void {
    if (!this.#isAligned(member, checkpoint)) return;
    this.#snapshot(member, checkpoint, false);
    if (member.pending === checkpoint) member.pending = 0;
    this.#unblock(member);
  }

  #unblock(member: Member): void {
    for (const line of member.inputs) {
      if (line.blockedFor > 0) this.#state('channelUnblocked', { task: member.id, channel: line.id, checkpoint: line.blockedFor });
      line.blockedFor = 0;
    }
  }

  /** The checkpoint ends at this task; downstream hears it if it has not begun there by it. */
  #giveUp(member: Member, checkpoint: number): void {
    if (checkpoint <= member.snapshot) {
      if (member.pending === checkpoint) member.pending = 0;
      return;
    }
    for (const line of member.outputs) line.queue.push({ kind: 'cancel', checkpoint });
    this.#state('cancelSent', { task: member.id, checkpoint });
    member.snapshot = checkpoint;
    if (member.pending <= checkpoint) {
      member.pending = 0;
      this.#unblock(member);
    }
  }

  #moveToFront(line: Line, checkpoint: number): void {
    const waits = line.queue.find((element) => element.kind === 'barrier' && element.checkpoint === checkpoint);
    if (waits === undefined) return;
    line.queue = [{ kind: 'barrier', checkpoint, overtakes: true }, ...line.queue.filter((element) => element !== waits)];
  }

  #snapshot(member: Member, checkpoint: number, unaligned: boolean): void {
    if (checkpoint <= member.snapshot) return;
    const { id: task, vertex } = member;
    for (const sink of vertex.sinks) {
      const values = member.open.filter((write) => write.sink === sink);
      if (values.length === 0) continue;
      const id = `${this.#options.job.name}/${sink}/${task.subtask}/${task.attempt}/${member.transactions++}`;
      member.prepared.push({ id, sink, checkpoint, values });
      this.#state('transactionPrepared', { task, sink, checkpoint, transaction: id });
    }
    member.open = [];
    const mode = this.#mode(checkpoint);
    const edges = vertex.outEdges.map((edge) => ({ edge, ...edgeMode(this.#checkpointing, mode, this.#options.job, this.#model.receiver(edge), unaligned) }));
    for (const line of member.outputs) {
      const overtakes = edges.find(({ edge }) => edge === line.id.edge)?.alignment === 'unaligned';
      if (overtakes) line.queue.unshift({ kind: 'barrier', checkpoint, overtakes });
      else line.queue.push({ kind: 'barrier', checkpoint, overtakes });
    }
    this.#state('barrierSent', {
      task,
      checkpoint,
      kind: this.#kinds.get(checkpoint) ?? 'checkpoint',
      edges: edges.map(({ edge, alignment, timeoutMs }) => ({ edge, alignment, timeoutMs })),
    });
    this.#state('snapshotTaken', { task, checkpoint, unaligned: unaligned && !isForced(this.#options.job, vertex) });
    member.snapshot = checkpoint;
    let parts = this.#snapshots.get(checkpoint);
    if (parts === undefined) {
      parts = new Map();
      this.#snapshots.set(checkpoint, parts);
    }
    parts.set(member, this.#part(member, checkpoint));
    this.#state('acknowledged', { task, checkpoint });
    this.#state('checkpointAcknowledged', { task, checkpoint });
  }

  #part(member: Member, checkpoint: number): Snapshot {
    const { vertex, range } = member;
    const groups = range === undefined ? [] : [...Array(range.end - range.start + 1).keys()].map((i) => i + range.start);
    const subtask: SubtaskImage = {
      keyGroups: (member.finishedOnRestore ? [] : groups).map((keyGroup) => ({
        keyGroup,
        floor: this.#eff(member, keyGroup),
        ...(member.instances.get(keyGroup)?.content() ?? { entries: [], timers: [] }),
      })),
      splits: member.splits.map((split) => ({
        split: this.#splitName(member, split.partition),
        offset: split.offset,
        maxTimestamp: split.maxTimestamp,
        lastWatermark: split.lastWatermark,
      })),
      pending: member.prepared.map(({ id, sink, checkpoint: at }) => ({ sink, transaction: id, checkpoint: at })),
      broadcast: member.finishedOnRestore ? null : (member.broadcast?.content() ?? null),
      channelState: [],
      finished: member.finishedOnRestore,
    };
    const image: WitnessedImage = {
      checkpoint,
      kind: 'checkpoint',
      attempt: this.#attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: [{ uid: vertex.uid, parallelism: 1, maxParallelism: 1, subtasks: [subtask] }],
      enumerators: [],
      channels: [],
    };
    const places = new Map<Line, { received?: number; sent?: number }>();
    for (const line of member.inputs) places.set(line, { received: line.taken });
    for (const line of member.outputs) places.set(line, { sent: line.data.length });
    const instances = new Map([...member.instances].map(([group, instance]) => [`${vertex.uid}/${group}`, instance.fork()]));
    const broadcasts = new Map(member.broadcast === undefined ? [] : [[`${vertex.uid}/${member.id.subtask}`, member.broadcast.fork()] as const]);
    return { attempt: this.#attempt, image, instances, broadcasts, places, inFlight: [], pending: [...member.prepared] };
  }

  #commitOne(pending: Member['prepared'][number], member: Member | undefined, recovered: boolean): void {
    const already = this.steps.some((step) => step.step === 'committed' && step.record.transaction === pending.id);
    for (const { sink, value } of already ? [] : pending.values) {
      const operator = this.#options.job.nodes.find(({ uid }) => uid === sink)?.operator;
      if (operator?.kind !== 'sink') throw new Error(`${sink} is no sink`);
      const { topic, type } = operator.sink;
      const record = { topic, partition: 0, offset: this.#visible++, bytes: toBytes(type, value), transaction: pending.id };
      this.steps.push({ step: 'committed', record });
    }
    if (member !== undefined) {
      this.#state('transactionCommitted', { task: member.id, sink: pending.sink, transaction: pending.id, recovered });
    }
  }

  // ---- structure

  #member(vertex: ModelVertex, subtask: number, base: Snapshot | undefined): Member {
    const id: TaskId = { vertex: vertex.uid, subtask, attempt: this.#attempt };
    const maxParallelism = this.#maxParallelism(vertex.uid);
    const groups = [...Array(maxParallelism).keys()].filter(
      (group) => vertex.kind === 'keyed' && this.#model.ownerOf(group, this.#subtasks(vertex.uid), maxParallelism) === subtask,
    );
    const floors = new Map(
      base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.subtasks.flatMap(({ keyGroups }) => keyGroups.map(({ keyGroup, floor }) => [keyGroup, floor] as const)),
    );
    const instances = new Map<number, ModelInstance>();
    for (const group of groups) {
      const instance = base?.instances.get(`${vertex.uid}/${group}`);
      if (instance !== undefined) instances.set(group, instance.fork());
    }
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.subtasks;
    const lines = (edges: readonly number[], side: 'in' | 'out'): Line[] =>
      edges.flatMap((edge) => {
        const others = this.#subtasks(side === 'in' ? this.#model.sender(edge).uid : this.#model.receiver(edge).uid);
        return Array.from({ length: others }, (_, other) => (side === 'in' ? ([other, subtask] as const) : ([subtask, other] as const)))
          .filter(([sender, receiver]) => this.#joins(edge, sender, receiver))
          .map(([sender, receiver]) => this.#line({ edge, attempt: this.#attempt, sender, receiver }));
      });
    return {
      id,
      vertex,
      finishedOnRestore: before !== undefined && before.every(({ finished }) => finished),
      inputs: lines(vertex.inEdges, 'in'),
      outputs: lines(vertex.outEdges, 'out'),
      range: vertex.kind === 'keyed' ? { start: groups[0] ?? 0, end: groups.at(-1) ?? -1 } : undefined,
      instances,
      broadcast: this.#broadcast(vertex, subtask, base),
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

  #broadcast(vertex: ModelVertex, subtask: number, base: Snapshot | undefined): ModelBroadcast | undefined {
    const before = base?.image.vertices.find(({ uid }) => uid === vertex.uid)?.parallelism ?? 1;
    return base?.broadcasts.get(`${vertex.uid}/${subtask % before}`)?.fork() ?? vertex.broadcast?.();
  }

  #joins(edge: number, sender: number, receiver: number): boolean {
    const senders = this.#subtasks(this.#model.sender(edge).uid);
    return this.#model.joins(edge, sender, senders, receiver, this.#subtasks(this.#model.receiver(edge).uid));
  }

  #line(id: ChannelId): Line {
    const key = `${id.edge}/${id.sender}/${id.receiver}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { id, queue: [], data: [], taken: 0, sent: 0, watermark: MIN_TIMESTAMP, barriers: new Set(), blockedFor: 0, endSent: false, ended: false, closed: false };
      this.#lines.set(key, line);
    }
    return line;
  }

  #instance(member: Member, keyGroup: number): ModelInstance {
    let instance = member.instances.get(keyGroup);
    if (instance === undefined) {
      instance = member.vertex.instance();
      member.instances.set(keyGroup, instance);
    }
    return instance;
  }
  #eff(member: Member, keyGroup: number): Timestamp {
    return Math.max(member.watermark, member.floors.get(keyGroup) ?? MIN_TIMESTAMP);
  }
  #tape(member: Member): Tape {
    const { tape: given = NO_TAPE } = this.#options;
    const tape = typeof given === 'function' ? given(member.id) : given;
    for (const now of tape.clock) this.#state('clockRead', { task: member.id, now });
    for (const draw of tape.random) this.#state('randomDrawn', { task: member.id, ...draw });
    return tape;
  }
  #memberAt(uid: string, subtask: number): Member {
    const member = this.#members.find(({ id }) => id.vertex === uid && id.subtask === subtask);
    if (member === undefined) throw new Error(`there is no ${uid}[${subtask}]`);
    return member;
  }
  #owner(uid: string, keyGroup: number): Member {
    const member = this.#members.find(({ vertex, range }) => vertex.uid === uid && range !== undefined && keyGroup >= range.start && keyGroup <= range.end);
    if (member === undefined) throw new Error(`nobody owns key group ${keyGroup} of ${uid}`);
    return member;
  }
  #reader(partition: number): { readonly member: Member; readonly split: Split } {
    for (const member of this.#members) {
      const split = member.splits.find((candidate) => candidate.partition === partition);
      if (split !== undefined) return { member, split };
    }
    throw new Error(`nobody reads partition ${partition}`);
  }
  #records(member: Member): readonly (readonly unknown[])[] {
    const head = this.#options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    return head?.kind === 'source' ? (this.#options.input[head.source.topic] ?? []) : [];
  }
  #splitName(member: Member, partition: number): string {
    const head = this.#options.job.nodes[member.vertex.nodes[0] ?? -1]?.operator;
    return head?.kind === 'source' ? `${head.source.topic}-${partition}` : '';
  }
  #subtasks(uid: string): number {
    return this.#parallelism.get(uid) ?? 1;
  }
  #maxParallelism(uid: string): number {
    return this.#model.vertex(uid).maxParallelism(this.#subtasks(uid));
  }

  #state<K extends FactKind>(kind: K, value: Facts[K]): void {
    this.steps.push(fact(kind, value));
  }
}

function push(line: Line, element: Data): void {
  line.data.push(element);
  line.queue.push(element);
}
