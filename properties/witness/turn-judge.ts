/**
 * What the end of a turn means: the model runs it again, the laws judge the two, and it enters the history of the logical
 * instance that it belongs to. An advance of the watermark is a turn of each key group of the task that does something.
 */
import type { JobFaultData, JobFaultKind } from '../../core/job-fault.ts';
import type { Facts } from '../../core/facts.ts';
import type { FactContext } from './relay.ts';
import type { Model, ModelAsync, ModelBroadcast, ModelInstance, ModelTurn, Tape } from '../model/types.ts';
import type { Cause, Origin } from './cause.ts';
import type { ChannelRecord } from './channel.ts';
import { tally } from './history.ts';
import type { Instance } from './instance.ts';
import type { TaskRecord } from './task.ts';
import { EffectBuffer, TurnBuffer } from './turn.ts';
import type { TurnInput, TurnNode, WindowEffects } from './turn-log.ts';
import { tell } from './heard.ts';

/** Mistakes in what a function hands over. */
const HANDED_OVER: ReadonlySet<JobFaultKind> = new Set(['not-of-type', 'timer']);

const NO_TURN: ModelTurn = {
  sends: [],
  sinkWrites: [],
  fired: [],
  late: 'no',
  unassigned: false,
  added: [],
  panes: [],
  pairs: [],
  requests: [],
  mismatch: undefined,
  threw: false,
};
const NO_PAIRS: TurnNode['pairs'] = [];
/** A timer fired, and the effective watermark of its key group had not risen, or to none: it cannot be repeated. */
const NOTHING_DUE: ModelTurn = { ...NO_TURN, mismatch: 'fired a timer at an advance where none is due' };

export interface TurnContext extends FactContext {
  readonly model: Model;
  /** Keep the chains of causes. */
  readonly trace: boolean;
}

/** What the model does in a turn, and in which history. */
interface Modelled {
  readonly instance: Instance;
  readonly keyGroup: number | undefined;
  readonly expected: ModelTurn;
}

export class TurnJudge {
  /** The turn that runs now, or the last one. */
  readonly turn = new TurnBuffer();
  readonly #context: TurnContext;
  #turns = 0;

  constructor(context: TurnContext) {
    this.#context = context;
  }

  /** The turn that runs now has ended. */
  end(task: TaskRecord): void {
    this.turn.open = false;
    task.inTurn = false;
    switch (this.turn.kind) {
      case 'source':
        return this.#endSource(task);
      case 'record':
        return this.#endRecord(task);
      case 'timer':
        return this.#endTimer(task);
      case 'advance':
        return this.#endAdvance(task);
      case 'resumed':
      case 'completed':
        return this.#endAsync(task);
    }
  }

  /**
   * Whether the model repeats such a mistake in the turn that runs now: what a function throws in all of them, what it hands
   * over in those of a key.
   */
  repeats({ kind, ofValue, operator }: JobFaultData, { vertex }: TaskRecord): boolean {
    // What a sink throws is its connector's, of which the model has none.
    if (kind === 'threw')
      return this.#context.model.job.nodes.every((node) => node.uid !== operator || node.operator.kind !== 'sink');
    if ((!HANDED_OVER.has(kind) && ofValue !== true) || vertex.kind !== 'keyed') return false;
    const { kind: turn, channel } = this.turn;
    return turn !== 'record' || (channel !== undefined && !vertex.model.isBroadcastTurn(channel.edge));
  }

  /** Whether the functions of the operator run in turns of the task. */
  runs({ vertex }: TaskRecord, operator: string): boolean {
    const { nodes } = this.#context.model.job;
    return vertex.model.nodes.some((id) => nodes[id]?.uid === operator);
  }

  /**
   * A failure has ended the turn that runs now: what the model does in it, given the same input and the state of the
   * history. It enters no history. Undefined: it is no turn of the model.
   */
  failed(task: TaskRecord): ModelTurn | undefined {
    this.turn.fails();
    task.inTurn = false;
    try {
      return this.#failedTurn(task);
    } catch {
      // The key function of the input threw, here as it did there: the turn is none of the model.
      return undefined;
    }
  }

  #failedTurn(task: TaskRecord): ModelTurn | undefined {
    const { turn } = this;
    switch (turn.kind) {
      case 'source':
        return turn.source === undefined ? undefined : task.vertex.model.sourceRecord(turn.source.value, turn.effects);
      case 'record':
        return this.#recordTurn(task)?.expected;
      case 'timer':
        return this.#timerTurn(task)?.expected;
      case 'advance':
        return this.#failedAdvance(task);
      case 'resumed':
      case 'completed':
        return this.#asyncTurn(task)?.expected;
    }
  }

  irregular(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void {
    tell(this.#context.heard.irregular, task, anomaly, what);
  }

  timerCause(task: TaskRecord, keyGroup: number, timestamp: number): Cause {
    const group = task.vertex.groups[keyGroup];
    const origin = { place: `${task.vertex.uid}/${keyGroup}`, turn: group?.turns ?? 0 };
    return causeAt(task, group?.lastCause, ` timer ${timestamp}`, origin);
  }

  /** Of a turn of a subtask that asks an external service. */
  resultCause(task: TaskRecord, doing: string): Cause {
    const { lastCause } = task.vertex.subtask(task.subtask);
    return causeAt(task, lastCause, ` ${doing}`);
  }

  #endSource(task: TaskRecord): void {
    const { turn } = this;
    const fact = turn.source;
    if (fact === undefined) return;
    const instance = task.vertex.ownSplit(fact.split);
    const expected = task.vertex.model.sourceRecord(fact.value, turn.effects);
    turn.sourceTimestamp = expected.timestamp;
    this.#judge(task, instance, undefined, expected);
    instance.offset = fact.offset + 1;
    if (!expected.counts) return;
    instance.maxTimestamp = Math.max(instance.maxTimestamp, fact.timestamp);
    const { generator } = task.vertex.model;
    instance.generator = generator?.next(instance.generator, fact.value, fact.timestamp);
  }

  #endRecord(task: TaskRecord): void {
    const { record, channel } = this.turn;
    const modelled = this.#recordTurn(task);
    if (record === undefined || channel === undefined || modelled === undefined) return;
    const { instance, keyGroup, expected } = modelled;
    this.#judge(task, instance, keyGroup, expected);
    const at = task.vertex.receptionTally[channel.edge];
    if (at !== undefined) tally(instance.tallies, at, channel, record.seq);
    if (this.#context.trace) instance.receptions = { channel, seq: record.seq, before: instance.receptions };
  }

  #recordTurn(task: TaskRecord): Modelled | undefined {
    const { turn } = this;
    const { record, channel } = turn;
    if (record === undefined || channel === undefined) return undefined;
    const { vertex } = task;
    if (vertex.kind === 'keyed' && !vertex.model.isBroadcastTurn(channel.edge)) {
      const keyGroup = vertex.model.keyGroupOf(channel.edge, record.value, vertex.maxParallelism);
      const instance = vertex.ownGroup(keyGroup);
      turn.effBefore = turn.eff = task.effective(keyGroup);
      if (turn.cause !== undefined) turn.cause.origin = { place: `${vertex.uid}/${keyGroup}`, turn: instance.turns };
      const expected =
        instance.model?.record(
          channel.edge,
          record.value,
          record.timestamp,
          turn.eff,
          turn.effects,
          this.#broadcastAt(task),
        ) ?? NO_TURN;
      return { instance, keyGroup, expected };
    }
    return this.#subtaskTurn(task, record, channel);
  }

  /** A record of a subtask without key, or a broadcast one. */
  #subtaskTurn(task: TaskRecord, record: Facts['recordProcessed'], channel: ChannelRecord): Modelled {
    const { turn } = this;
    const { vertex } = task;
    const instance = vertex.ownSubtask(task.subtask);
    const expected =
      instance.broadcast?.record(channel.edge, record.value, record.timestamp, turn.effects, () =>
        this.#ownGroups(task),
      ) ?? vertex.model.record(channel.edge, record.value, record.timestamp);
    return { instance, keyGroup: undefined, expected };
  }

  /** The broadcast state that a turn of a key group reads: that of the subtask at which it is. */
  #broadcastAt({ vertex, subtask }: TaskRecord): ModelBroadcast | undefined {
    return vertex.model.broadcast === undefined ? undefined : vertex.subtask(subtask).broadcast;
  }

  /** For a broadcast element that visits keyed state, and so takes part in the histories of the key groups. */
  #ownGroups({ vertex, firstGroup, lastGroup }: TaskRecord): readonly ModelInstance[] {
    const instances: ModelInstance[] = [];
    for (let group = firstGroup; group <= lastGroup; group++) {
      const model = vertex.groups[group] === undefined ? undefined : vertex.ownGroup(group).model;
      if (model !== undefined) instances.push(model);
    }
    return instances;
  }

  #endTimer(task: TaskRecord): void {
    const modelled = this.#timerTurn(task);
    if (modelled !== undefined) this.#judge(task, modelled.instance, modelled.keyGroup, modelled.expected);
  }

  #timerTurn(task: TaskRecord): Modelled | undefined {
    const { turn } = this;
    const { timer } = turn;
    if (timer === undefined || task.vertex.kind !== 'keyed') return undefined;
    const instance = task.vertex.ownGroup(timer.keyGroup);
    turn.effBefore = turn.eff = task.effective(timer.keyGroup);
    const { timestamp, key, namespace } = timer;
    const firing = { domain: 'processing', timestamp, key, namespace } as const;
    const expected =
      instance.model?.processingTimer(firing, turn.eff, turn.effects, this.#broadcastAt(task)) ?? NO_TURN;
    return { instance, keyGroup: timer.keyGroup, expected };
  }

  #endAsync(task: TaskRecord): void {
    const modelled = this.#asyncTurn(task);
    if (modelled !== undefined) this.#judge(task, modelled.instance, modelled.keyGroup, modelled.expected);
  }

  /** Of a subtask that asks an external service; undefined: it is none. */
  #asyncTurn(task: TaskRecord): Modelled | undefined {
    const { resumed, completed, effects } = this.turn;
    const async = asyncAt(task);
    if (async === undefined) return undefined;
    const expected =
      resumed === undefined
        ? completed && async.completed(completed.element, completed.by, effects)
        : async.resumed(resumed.value, resumed.timestamp, effects);
    const instance = task.vertex.ownSubtask(task.subtask);
    return expected && { instance, keyGroup: undefined, expected };
  }

  /** One judged turn for each key group whose effective watermark rose over a timer, or that did something. */
  #endAdvance(task: TaskRecord): void {
    const { turn } = this;
    if (!turn.stray.isEmpty) {
      this.irregular(task, 'stray-effect', 'an advance of the watermark had an effect before any timer fired');
    }
    asyncAt(task)?.advance(turn.watermark);
    const { groups } = task.vertex;
    const { byGroup } = turn;
    const { first, last } = this.#advanced(task);
    for (let group = first; group <= last; group++) {
      if (groups[group] !== undefined || (byGroup.size > 0 && byGroup.has(group))) this.#advanceGroup(task, group);
    }
    tell(this.#context.heard.fired, task, turn.firings);
    for (const group of byGroup.keys()) {
      if (group >= first && group <= last) continue;
      this.irregular(
        task,
        'stray-effect',
        `a timer of key group ${group}, which the task does not own, or not now, fired`,
      );
    }
  }

  /** The key groups for which event time goes on in this turn. */
  #advanced({ firstGroup, lastGroup }: TaskRecord): { readonly first: number; readonly last: number } {
    const { endsKeyOf } = this.turn;
    return endsKeyOf === undefined ? { first: firstGroup, last: lastGroup } : { first: endsKeyOf, last: endsKeyOf };
  }

  /** The key group at which the function failed, if the model finds one; groups that the engine did not come to count too. */
  #failedAdvance(task: TaskRecord): ModelTurn | undefined {
    let last: ModelTurn | undefined;
    const { first, last: end } = this.#advanced(task);
    for (let group = first; group <= end && last?.threw !== true; group++) {
      if (task.vertex.groups[group] !== undefined) last = this.#groupTurn(task, group)?.expected ?? last;
    }
    return last;
  }

  #advanceGroup(task: TaskRecord, group: number): void {
    const modelled = this.#groupTurn(task, group);
    if (modelled !== undefined) this.#judge(task, modelled.instance, modelled.keyGroup, modelled.expected);
  }

  /** Undefined: nothing is due, and nothing was done. */
  #groupTurn(task: TaskRecord, group: number): Modelled | undefined {
    const { turn } = this;
    const { vertex } = task;
    const done = turn.byGroup.get(group);
    const known = vertex.groups[group];
    const floor = vertex.floorOf(group);
    turn.effBefore = Math.max(turn.watermarkBefore, floor);
    turn.eff = Math.max(turn.watermark, floor);
    const next = turn.eff > turn.effBefore ? known?.model?.nextEventTimer() : undefined;
    const due = next !== undefined && next <= turn.eff;
    if (done === undefined && !due) return undefined;
    const instance = vertex.ownGroup(group);
    turn.effects = done ?? new EffectBuffer(task.place);
    if (this.#context.trace) turn.cause = this.timerCause(task, group, turn.eff);
    const expected = due ? instance.model?.advance(turn.eff, turn.effects, this.#broadcastAt(task)) : undefined;
    return { instance, keyGroup: group, expected: expected ?? (due ? NO_TURN : NOTHING_DUE) };
  }

  /**
   * Keeps the turn, and gives the model new functions after the turns 1, 2, 4, 8, ...: seldom enough to cost nothing, and
   * at once in a plan that has been shrunk.
   */
  #log(task: TaskRecord, instance: Instance): void {
    const { model } = this.#context;
    const order = ++this.#turns;
    if ((order & (order - 1)) === 0) model.renew();
    if (!model.forgets) return;
    const { turn } = this;
    const input = task.vertex.model.broadcast === undefined ? inputOf(task, turn) : undefined;
    if (input === undefined) return;
    const { eff, effects, expected: done } = turn;
    const windows = windowsOf(effects);
    const pairs = effects.pairs.length === 0 ? NO_PAIRS : effects.pairs.slice();
    instance.log = { order, input, eff, tape: kept(task, effects), done, windows, pairs, before: instance.log };
  }

  /** The laws judge the turn, then it enters the history. */
  #judge(task: TaskRecord, instance: Instance, keyGroup: number | undefined, expected: ModelTurn): void {
    const { turn } = this;
    task.vertex.lost ??= expected.lost;
    turn.judged(instance, keyGroup, expected);
    if (!instance.diverged) tell(this.#context.heard.turn, turn);
    const { sends, writes, late } = turn.effects;
    for (const sent of sends) {
      const at = task.vertex.sendTally[sent.channel.edge];
      const channel = this.#context.attempt?.channel(sent.channel);
      if (at === undefined || channel === undefined) continue;
      tally(instance.tallies, at, channel, sent.seq);
      if (this.#context.trace) instance.sends = { channel, seq: sent.seq, before: instance.sends };
    }
    for (const { sink, value } of writes) {
      instance.writes = { sink, value, cause: turn.cause, before: instance.writes };
    }
    for (const { key, timestamp } of late) {
      instance.late = { value: turn.record?.value, key, timestamp, before: instance.late };
    }
    this.#log(task, instance);
    instance.turns++;
    instance.eff = turn.eff;
    if (turn.eff > instance.highest) instance.highest = turn.eff;
    if (this.#context.trace) instance.lastCause = turn.cause;
  }
}

/** Mostly nothing was read, and the buffer is used again. */
function kept(task: TaskRecord, { clock, random, cleaned, place }: EffectBuffer): Tape {
  if (clock.length === 0 && random.length === 0) return task.emptyTape;
  return { clock: clock.slice(), random: random.slice(), cleaned: cleaned.slice(), place };
}

function windowsOf({ panes, late, unassigned }: EffectBuffer): WindowEffects | undefined {
  if (panes.length === 0 && late.length === 0 && unassigned.length === 0) return undefined;
  const fate = late.length > 0 ? 'late' : unassigned.length > 0 ? 'unassigned' : undefined;
  return { panes: panes.map(({ key, window }) => ({ key, window })), fate };
}

const ADVANCE: TurnInput = { kind: 'advance' };
const ADVANCE_OF_KEY: TurnInput = { kind: 'advance', endsKey: true };

function inputOf({ endsKey }: TaskRecord, { kind, source, record, channel, timer }: TurnBuffer): TurnInput | undefined {
  switch (kind) {
    case 'source':
      return source && { kind, value: source.value };
    case 'record':
      return record && channel && { kind, edge: channel.edge, value: record.value, timestamp: record.timestamp };
    case 'timer': {
      if (timer === undefined) return undefined;
      const { timestamp, key, namespace } = timer;
      return { kind, firing: { domain: 'processing', timestamp, key, namespace }, ...(endsKey ? { endsKey } : {}) };
    }
    case 'advance':
      return endsKey ? ADVANCE_OF_KEY : ADVANCE;
    // Their vertices keep no log.
    case 'resumed':
    case 'completed':
      return undefined;
  }
}

/** What a task does because of something before it. */
export function causeAt(task: TaskRecord, because: Cause | undefined, doing: string, origin?: Origin): Cause {
  return { what: `${task.name} attempt ${task.id.attempt}${doing}`, because, origin };
}

/** What waits at a subtask for answers of an external service, to be changed; undefined: it asks none. */
export function asyncAt({ vertex, subtask }: TaskRecord): ModelAsync | undefined {
  return vertex.kind === 'stateless' && vertex.model.broadcast !== undefined
    ? vertex.ownSubtask(subtask).broadcast?.async
    : undefined;
}
