/**
 * For tests of laws and marks: histories written by hand.
 *
 * A `Script` is an honest little cluster in one thread: it runs a job with the model's own turns and writes down what an
 * engine would state and what the services would hold. A bad history is a good one with one step changed, dropped,
 * repeated or added (`change`, `drop`, `repeat`, `insertAfter`), so that it breaks one clause only.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import type { JobSpec } from '../../core/api/spec.ts';
import type { CheckpointImage, SubtaskImage } from '../../core/checkpoint/reader.ts';
import type { ChannelId, FactKind, Facts, TaskId } from '../../core/facts.ts';
import type { TransactionInfo } from '../../core/ports.ts';
import { toBytes } from '../../core/state/serializers.ts';
import { createModel } from '../model/model.ts';
import type { ModelBroadcast, ModelInstance, ModelTurn, ModelVertex, Tape } from '../model/types.ts';
import type { Violation } from '../outcome.ts';
import type { Topics } from '../plan/plan.ts';
import type { ListedCheckpoint } from '../witness/checkpoints.ts';
import { createLaws } from './index.ts';
import type { CommittedRecord, WorldView } from './law.ts';

// ---- histories

type FactStep = { [K in FactKind]: { readonly step: 'fact'; readonly kind: K; readonly fact: Facts[K] } }[FactKind];
export type Step =
  | FactStep
  | { readonly step: 'listed'; readonly listed: ListedCheckpoint; readonly image: CheckpointImage | { readonly undecodable: string } }
  | { readonly step: 'list-damaged' }
  /** The files of a checkpoint are deleted. */
  | { readonly step: 'deleted'; readonly metadata: string }
  | { readonly step: 'committed'; readonly record: CommittedRecord }
  | { readonly step: 'transactions'; readonly transactions: readonly TransactionInfo[] }
  | { readonly step: 'killed'; readonly process: string }
  | { readonly step: 'time'; readonly us: number }
  | { readonly step: 'settled' }
  | { readonly step: 'not-settled' };
export interface History {
  readonly job: JobSpec;
  readonly input: Topics;
  readonly steps: readonly Step[];
}

export function fact<K extends FactKind>(kind: K, value: Facts[K]): Step {
  return { step: 'fact', kind, fact: value } as Step;
}

type Matches<K extends FactKind> = (fact: Facts[K]) => boolean;

function indexOf<K extends FactKind>({ steps }: History, kind: K, matches: Matches<K>): number {
  const index = steps.findIndex((step) => step.step === 'fact' && step.kind === kind && matches(step.fact as Facts[K]));
  if (index < 0) throw new Error(`the history has no such ${kind}`);
  return index;
}
function spliced(history: History, at: number, count: number, ...steps: readonly Step[]): History {
  return { ...history, steps: history.steps.toSpliced(at, count, ...steps) };
}
/** The first fact of this kind that matches, with some fields changed. */
export function change<K extends FactKind>(history: History, kind: K, matches: Matches<K>, fields: (fact: Facts[K]) => Partial<Facts[K]>): History {
  const at = indexOf(history, kind, matches);
  const step = history.steps[at];
  if (step?.step !== 'fact') throw new Error('unreachable');
  const before = step.fact as Facts[K];
  return spliced(history, at, 1, fact(kind, { ...before, ...fields(before) }));
}
export function drop<K extends FactKind>(history: History, kind: K, matches: Matches<K>): History {
  return spliced(history, indexOf(history, kind, matches), 1);
}
export function repeat<K extends FactKind>(history: History, kind: K, matches: Matches<K>): History {
  const at = indexOf(history, kind, matches);
  return spliced(history, at, 0, ...history.steps.slice(at, at + 1));
}
export function insertAfter<K extends FactKind>(history: History, kind: K, matches: Matches<K>, make: (fact: Facts[K]) => Step): History {
  const at = indexOf(history, kind, matches);
  const step = history.steps[at];
  if (step?.step !== 'fact') throw new Error('unreachable');
  return spliced(history, at + 1, 0, make(step.fact as Facts[K]));
}
/** Moves the first matching fact to just behind (or before) the first match of another. */
export function move<K extends FactKind, L extends FactKind>(history: History, kind: K, matches: Matches<K>, where: 'after' | 'before', other: L, matchesOther: Matches<L>): History {
  const at = indexOf(history, kind, matches);
  const moved = history.steps.slice(at, at + 1);
  const without = spliced(history, at, 1);
  return spliced(without, indexOf(without, other, matchesOther) + (where === 'after' ? 1 : 0), 0, ...moved);
}
/** Each step that is no fact, rewritten; undefined drops it. */
export function mapSteps(history: History, map: (step: Step) => Step | undefined): History {
  return { ...history, steps: history.steps.map(map).filter((step) => step !== undefined) };
}
/** The image of a checkpoint, changed. */
export function changeImage(history: History, checkpoint: number, edit: (image: CheckpointImage) => CheckpointImage | { readonly undecodable: string }): History {
  return mapSteps(history, (step) =>
    step.step === 'listed' && step.listed.checkpoint === checkpoint && !('undecodable' in step.image)
      ? { ...step, image: edit(step.image) }
      : step,
  );
}
export function changeSubtasks(image: CheckpointImage, uid: string, edit: (subtask: SubtaskImage, index: number) => SubtaskImage): CheckpointImage {
  return {
    ...image,
    vertices: image.vertices.map((vertex) => (vertex.uid === uid ? { ...vertex, subtasks: vertex.subtasks.map(edit) } : vertex)),
  };
}

/** Every law listens; returns what they report, in order. */
export function judge(history: History, trace = false): readonly Violation[] {
  const violations: Violation[] = [];
  const onCommitted: ((record: CommittedRecord) => void)[] = [];
  const committed: CommittedRecord[] = [];
  let listed: readonly ListedCheckpoint[] | { readonly undecodable: string } = [];
  const images = new Map<string, CheckpointImage | { readonly undecodable: string }>();
  let transactions: readonly TransactionInfo[] = [];
  let nowUs = 0;
  const world: WorldView = {
    job: history.job,
    input: history.input,
    nowUs: () => nowUs,
    onCommitted: (listener) => void onCommitted.push(listener),
    committed: (topic) => committed.filter((record) => record.topic === topic),
    object: () => undefined,
    objectNames: () => [],
    haValue: () => undefined,
    transactions: () => transactions,
    onKilled: () => undefined,
    currentProcess: () => undefined,
    violated: (violation) => void violations.push({ ...violation, atUs: 0 }),
  };
  const laws = createLaws(world, createModel(history.job), {
    trace,
    checkpoints: {
      completed: () => listed,
      image: ({ metadata }) => images.get(metadata) ?? { undecodable: 'there is no such object' },
    },
  });
  for (const step of history.steps) {
    switch (step.step) {
      case 'fact':
        (laws.probe[step.kind] as ((fact: unknown) => void) | undefined)?.(step.fact);
        break;
      case 'listed':
        images.set(step.listed.metadata, step.image);
        listed = 'undecodable' in listed ? [step.listed] : [...listed, step.listed];
        break;
      case 'deleted':
        images.delete(step.metadata);
        break;
      case 'list-damaged':
        listed = { undecodable: 'damaged' };
        break;
      case 'committed':
        committed.push(step.record);
        for (const listener of onCommitted) listener(step.record);
        break;
      case 'transactions':
        transactions = step.transactions;
        break;
      case 'killed':
        break;
      case 'time':
        nowUs = step.us;
        break;
      case 'settled':
        laws.settled();
        break;
      case 'not-settled':
        laws.notSettled(['window[0] waits for barrier 7']);
    }
  }
  return violations;
}

// ---- the little cluster

type Element =
  | { readonly kind: 'record'; readonly value: unknown; readonly timestamp: Timestamp | undefined; readonly seq: number }
  | { readonly kind: 'watermark'; readonly watermark: Timestamp }
  | { readonly kind: 'barrier'; readonly checkpoint: number }
  | { readonly kind: 'end' };
interface Line {
  readonly id: ChannelId;
  readonly queue: Element[];
  sent: number;
  watermark: Timestamp;
  barrier: number;
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
  readonly inputs: Line[];
  readonly outputs: Line[];
  readonly range: { readonly start: number; readonly end: number } | undefined;
  readonly instances: Map<number, ModelInstance>;
  readonly broadcast: ModelBroadcast | undefined;
  readonly floors: Map<number, Timestamp>;
  readonly splits: Split[];
  watermark: Timestamp;
  watermarkSent: Timestamp;
  snapshot: number;
  turns: number;
  open: { readonly sink: string; readonly value: unknown }[];
  transactions: number;
  pending: { readonly id: string; readonly checkpoint: number; readonly sink: string; readonly values: readonly { readonly sink: string; readonly value: unknown }[] }[];
}
interface Snapshot {
  readonly attempt: number;
  readonly image: CheckpointImage;
  readonly instances: ReadonlyMap<string, ModelInstance>;
  /** By "uid/subtask". */
  readonly broadcasts: ReadonlyMap<string, ModelBroadcast>;
  readonly pending: readonly Member['pending'][number][];
}

export interface ScriptOptions {
  readonly job: JobSpec;
  readonly input: Topics;
  /** By uid; default 1. */
  readonly parallelism: Readonly<Record<string, number>>;
  /** What each turn with a context reads. */
  readonly tape?: Tape | ((task: TaskId) => Tape);
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
  #visible = 0;

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#model = createModel(options.job);
    this.#parallelism = new Map(this.#model.vertices.map(({ uid }) => [uid, options.parallelism[uid] ?? 1]));
  }

  get history(): History {
    return { job: this.#options.job, input: this.#options.input, steps: this.steps };
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
    for (const member of this.#members) {
      this.#state('taskOpened', {
        task: member.id,
        parallelism: this.#subtasks(member.vertex.uid),
        keyGroups: member.range,
        restoredFrom,
        finishedOnRestore: false,
      });
      if (member.vertex.kind === 'source') this.#addSplits(member, base);
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
  drain(): this {
    for (let moved = true; moved; ) {
      moved = false;
      for (const member of this.#members) {
        for (const line of member.inputs) while (this.#take(member, line)) moved = true;
      }
    }
    return this;
  }

  /** Barriers leave the sources; the rest comes with `drain`. */
  trigger(checkpoint: number): this {
    this.#state('checkpointTriggered', { attempt: this.#attempt, checkpoint, kind: 'checkpoint', finished: [] });
    for (const member of this.#members) if (member.inputs.length === 0) this.#snapshot(member, checkpoint);
    return this;
  }

  /** The HA store lists it. */
  complete(checkpoint: number): this {
    const parts = this.#snapshots.get(checkpoint) ?? new Map<Member, Snapshot>();
    const image: CheckpointImage = {
      checkpoint,
      attempt: this.#attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: this.#model.vertices.map(({ uid }) => ({
        uid,
        parallelism: this.#subtasks(uid),
        maxParallelism: this.#maxParallelism(uid),
        subtasks: this.#members
          .filter((member) => member.vertex.uid === uid)
          .map((member) => parts.get(member)?.image.vertices[0]?.subtasks[0] ?? { keyGroups: [], splits: [], pending: [], channelState: [], broadcast: null, finished: false }),
      })),
      enumerators: this.#model.vertices
        .filter((vertex) => vertex.kind === 'source')
        .map((vertex) => ({ source: vertex.uid, discovered: 2, unassigned: [] })),
    };
    const instances = new Map([...parts.values()].flatMap((part) => [...part.instances]));
    const broadcasts = new Map([...parts.values()].flatMap((part) => [...part.broadcasts]));
    const pending = [...parts.values()].flatMap((part) => part.pending);
    this.#completed.set(checkpoint, { attempt: this.#attempt, image, instances, broadcasts, pending });
    const listed = { checkpoint, attempt: this.#attempt, metadata: `${this.#attempt}-${checkpoint}` };
    this.steps.push({ step: 'listed', listed, image });
    this.#state('checkpointCompleted', { attempt: this.#attempt, checkpoint, kind: 'checkpoint', metadata: listed.metadata });
    return this;
  }

  /** The tasks hear of the completion and commit. */
  notify(checkpoint: number): this {
    for (const member of this.#members) {
      this.#state('notifiedComplete', { task: member.id, checkpoint });
      const due = member.pending.filter((pending) => pending.checkpoint <= checkpoint);
      member.pending = member.pending.filter((pending) => pending.checkpoint > checkpoint);
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
      for (const split of member.splits) {
        while (split.offset < (this.#records(member)[split.partition]?.length ?? 0)) this.read(split.partition);
      }
    }
    return this.end().drain().checkpoint(checkpoint).settle();
  }

  /** The sources come to the end of their input. */
  end(): this {
    for (const member of this.#members) {
      if (member.vertex.kind !== 'source') continue;
      for (const split of member.splits) {
        split.finished = true;
        this.#state('splitFinished', { task: member.id, split: this.#splitName(member, split.partition), offset: split.offset });
      }
      this.#sendWatermark(member, MAX_TIMESTAMP);
      for (const line of member.outputs) line.queue.push({ kind: 'end' });
    }
    return this;
  }

  settle(): this {
    for (const member of this.#members) this.#state('taskFinished', { task: member.id });
    this.steps.push({ step: 'settled' });
    return this;
  }

  /** A processing-time timer fires. */
  /** Virtual time from here on; 0 before. */
  at(us: number): this {
    this.steps.push({ step: 'time', us });
    return this;
  }

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
    if (line.barrier > member.snapshot) return false;
    const element = line.queue.shift();
    if (element === undefined) return false;
    const { id: task } = member;
    switch (element.kind) {
      case 'record':
        this.#state('recordProcessed', { task, channel: line.id, seq: element.seq, value: element.value, timestamp: element.timestamp });
        this.#record(member, line, element.value, element.timestamp);
        this.#state('turnEnded', { task });
        break;
      case 'watermark':
        this.#state('watermarkReceived', { task, channel: line.id, watermark: element.watermark });
        line.watermark = element.watermark;
        this.#advance(member, Math.min(...member.inputs.map((input) => input.watermark)));
        break;
      case 'barrier':
        this.#state('barrierReceived', { task, channel: line.id, checkpoint: element.checkpoint, overtook: false });
        line.barrier = element.checkpoint;
        if (member.inputs.every((input) => input.barrier === element.checkpoint)) this.#snapshot(member, element.checkpoint);
        else this.#state('channelBlocked', { task, channel: line.id, checkpoint: element.checkpoint });
        break;
      case 'end':
        this.#state('inputEnded', { task, channel: line.id });
        if (line === member.inputs.at(-1)) for (const output of member.outputs) output.queue.push({ kind: 'end' });
    }
    return true;
  }

  #record(member: Member, line: Line, value: unknown, timestamp: Timestamp | undefined): void {
    const { vertex, broadcast } = member;
    if (broadcast !== undefined && vertex.isBroadcastTurn(line.id.edge)) {
      this.#effects(member, broadcast.record(line.id.edge, value, timestamp, this.#tape(member), () => [...member.instances.values()]));
      return;
    }
    if (vertex.kind !== 'keyed') {
      this.#effects(member, vertex.record(line.id.edge, value, timestamp));
      return;
    }
    const keyGroup = vertex.keyGroupOf(line.id.edge, value, this.#maxParallelism(vertex.uid));
    const eff = this.#eff(member, keyGroup);
    this.#effects(member, this.#instance(member, keyGroup).record(line.id.edge, value, timestamp, eff, this.#tape(member), broadcast), keyGroup);
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
        line.queue.push({ kind: 'record', value, timestamp, seq });
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
    for (const line of member.outputs) line.queue.push({ kind: 'watermark', watermark });
  }

  // ---- checkpoints

  #snapshot(member: Member, checkpoint: number): void {
    const { id: task, vertex } = member;
    for (const sink of vertex.sinks) {
      const values = member.open.filter((write) => write.sink === sink);
      if (values.length === 0) continue;
      const id = `${this.#options.job.name}/${sink}/${task.subtask}/${task.attempt}/${member.transactions++}`;
      member.pending.push({ id, sink, checkpoint, values });
      this.#state('transactionPrepared', { task, sink, checkpoint, transaction: id });
    }
    member.open = [];
    for (const line of member.outputs) line.queue.push({ kind: 'barrier', checkpoint });
    this.#state('barrierSent', {
      task,
      checkpoint,
      kind: 'checkpoint',
      edges: member.vertex.outEdges.map((edge) => ({ edge, alignment: 'aligned', timeoutMs: 0 })),
    });
    this.#state('snapshotTaken', { task, checkpoint, unaligned: false });
    member.snapshot = checkpoint;
    let parts = this.#snapshots.get(checkpoint);
    if (parts === undefined) {
      parts = new Map();
      this.#snapshots.set(checkpoint, parts);
    }
    parts.set(member, this.#part(member, checkpoint));
    this.#state('acknowledged', { task, checkpoint });
  }

  #part(member: Member, checkpoint: number): Snapshot {
    const { vertex, range } = member;
    const groups = range === undefined ? [] : [...Array(range.end - range.start + 1).keys()].map((i) => i + range.start);
    const subtask: SubtaskImage = {
      keyGroups: groups.map((keyGroup) => ({
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
      pending: member.pending.map(({ id, sink, checkpoint: at }) => ({ sink, transaction: id, checkpoint: at })),
      channelState: [],
      broadcast: member.broadcast?.content() ?? null,
      finished: false,
    };
    const image: CheckpointImage = {
      checkpoint,
      attempt: this.#attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: [{ uid: vertex.uid, parallelism: 1, maxParallelism: 1, subtasks: [subtask] }],
      enumerators: [],
    };
    const instances = new Map([...member.instances].map(([group, instance]) => [`${vertex.uid}/${group}`, instance.fork()]));
    const broadcasts = new Map(member.broadcast === undefined ? [] : [[`${vertex.uid}/${member.id.subtask}`, member.broadcast.fork()] as const]);
    return { attempt: this.#attempt, image, instances, broadcasts, pending: [...member.pending] };
  }

  #commitOne(pending: Member['pending'][number], member: Member | undefined, recovered: boolean): void {
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
      turns: 0,
      open: [],
      transactions: 0,
      pending: [],
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
      line = { id, queue: [], sent: 0, watermark: MIN_TIMESTAMP, barrier: 0 };
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
