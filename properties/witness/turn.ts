/**
 * One turn as the facts describe it, next to what the model says of it: what laws judge.
 *
 * The witness has one `TurnBuffer` and fills it anew for every turn; laws must not keep it.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { Facts } from '../../core/facts.ts';
import type { Cleaned, ModelTurn, Place } from '../model/types.ts';
import type { ChannelRecord } from './channel.ts';
import type { Cause } from './cause.ts';
import type { Instance } from './instance.ts';
import type { TaskRecord } from './task.ts';

export type TurnKind = 'source' | 'record' | 'timer' | 'advance' | 'resumed' | 'completed';

/** What the engine did in a turn of one logical instance. */
export interface Effects {
  readonly sends: readonly Facts['sent'][];
  readonly writes: readonly Facts['sinkWritten'][];
  readonly fired: readonly Facts['eventTimerFired'][];
  readonly late: readonly Facts['recordLate'][];
  readonly unassigned: readonly Facts['recordUnassigned'][];
  readonly added: readonly Facts['windowAdded'][];
  readonly panes: readonly Facts['paneFired'][];
  readonly pairs: readonly Facts['pairJoined'][];
  readonly requests: readonly Facts['asyncRequested'][];
  readonly clock: readonly number[];
  readonly random: readonly { readonly n: number; readonly value: number }[];
  readonly cleaned: readonly Cleaned[];
  /** Of the task that did it. */
  readonly place: Place;
}

/** A turn of one logical instance, judged after it has ended and before it enters the history. */
export interface JudgedTurn {
  readonly kind: TurnKind;
  readonly task: TaskRecord;
  /** Undefined without a keyed head. */
  readonly keyGroup: number | undefined;
  /** The history before this turn. */
  readonly instance: Instance;
  /** The effective watermark before and in the turn; MIN without a keyed head. */
  readonly effBefore: Timestamp;
  readonly eff: Timestamp;
  readonly effects: Effects;
  readonly expected: ModelTurn;
  readonly source: Facts['sourceRecord'] | undefined;
  /** What the model says is the event time of `source`. */
  readonly sourceTimestamp: Timestamp | undefined;
  readonly record: Facts['recordProcessed'] | undefined;
  readonly timer: Facts['processingTimerFired'] | undefined;
  /** Of an element for which a service is asked. */
  readonly resumed: Facts['asyncResumed'] | undefined;
  readonly completed: Facts['asyncCompleted'] | undefined;
  readonly cause: Cause | undefined;
}

const NOWHERE: Place = { attempt: 0, subtask: 0, parallelism: 1 };

/** The effects of the running turn, and where each event-time timer's part of them begins. */
export class EffectBuffer implements Effects {
  readonly sends: Facts['sent'][] = [];
  readonly writes: Facts['sinkWritten'][] = [];
  readonly fired: Facts['eventTimerFired'][] = [];
  readonly late: Facts['recordLate'][] = [];
  readonly unassigned: Facts['recordUnassigned'][] = [];
  readonly added: Facts['windowAdded'][] = [];
  readonly panes: Facts['paneFired'][] = [];
  readonly pairs: Facts['pairJoined'][] = [];
  readonly requests: Facts['asyncRequested'][] = [];
  readonly clock: number[] = [];
  readonly random: { readonly n: number; readonly value: number }[] = [];
  readonly cleaned: Cleaned[] = [];
  place: Place;
  /** The turn has failed: the model checks what the function hands over in it. */
  strict = false;

  constructor(place: Place) {
    this.place = place;
  }

  get isEmpty(): boolean {
    return (
      this.sends.length === 0 &&
      this.writes.length === 0 &&
      this.fired.length === 0 &&
      this.late.length === 0 &&
      this.unassigned.length === 0 &&
      this.added.length === 0 &&
      this.panes.length === 0 &&
      this.pairs.length === 0 &&
      this.requests.length === 0 &&
      this.clock.length === 0 &&
      this.random.length === 0 &&
      this.cleaned.length === 0
    );
  }

  clear(): void {
    this.strict = false;
    empty(this.sends);
    empty(this.writes);
    empty(this.fired);
    empty(this.late);
    empty(this.unassigned);
    empty(this.added);
    empty(this.panes);
    empty(this.pairs);
    empty(this.requests);
    empty(this.clock);
    empty(this.random);
    empty(this.cleaned);
  }
}

/** Keeps the room of the list for the next turn, which `length = 0` would give away. */
function empty(list: unknown[]): void {
  while (list.length > 0) list.pop();
}

/** The turn that runs now. Turns of different tasks never overlap: a turn is a part of one atomic step. */
export class TurnBuffer implements JudgedTurn {
  kind: TurnKind = 'source';
  open = false;
  #task: TaskRecord | undefined;
  #instance: Instance | undefined;
  #expected: ModelTurn | undefined;
  keyGroup: number | undefined;
  effBefore = 0;
  eff = 0;
  /** Where effects go now: `own`, or the part of the key group whose timer fired. */
  effects = new EffectBuffer(NOWHERE);
  source: Facts['sourceRecord'] | undefined;
  sourceTimestamp: Timestamp | undefined;
  record: Facts['recordProcessed'] | undefined;
  channel: ChannelRecord | undefined;
  timer: Facts['processingTimerFired'] | undefined;
  resumed: Facts['asyncResumed'] | undefined;
  completed: Facts['asyncCompleted'] | undefined;
  /** The rise of the task's watermark that this turn is about: from, to. */
  watermarkBefore = 0;
  watermark = 0;
  /** `advance`, in batch: event time ends for a key of this group, and for no other. */
  endsKeyOf: number | undefined;
  /** `advance`: the order of all firings of the task, and the effects of each key group that had one. */
  readonly firings: Facts['eventTimerFired'][] = [];
  readonly byGroup = new Map<number, EffectBuffer>();
  cause: Cause | undefined;
  readonly #own = this.effects;

  begin(kind: TurnKind, task: TaskRecord): void {
    this.kind = kind;
    this.open = true;
    this.#task = task;
    this.#instance = undefined;
    this.#expected = undefined;
    this.keyGroup = undefined;
    this.source = undefined;
    this.sourceTimestamp = undefined;
    this.record = undefined;
    this.channel = undefined;
    this.timer = undefined;
    this.endsKeyOf = undefined;
    this.resumed = undefined;
    this.completed = undefined;
    this.cause = undefined;
    this.effects = this.#own;
    this.#own.clear();
    this.#own.place = task.place;
    if (this.firings.length > 0) {
      empty(this.firings);
      this.byGroup.clear();
    }
  }

  /** An event-time timer of a key group fires: what follows is its doing. */
  fire(fact: Facts['eventTimerFired']): void {
    this.firings.push(fact);
    let part = this.byGroup.get(fact.keyGroup);
    if (part === undefined) {
      part = new EffectBuffer(this.#own.place);
      this.byGroup.set(fact.keyGroup, part);
    }
    part.fired.push(fact);
    this.effects = part;
  }

  /** The turn has failed. */
  fails(): void {
    this.open = false;
    this.#own.strict = true;
    for (const part of this.byGroup.values()) part.strict = true;
  }

  /** What was done before the first firing. */
  get stray(): EffectBuffer {
    return this.#own;
  }

  get isOpenFor(): TaskRecord | undefined {
    return this.open ? this.#task : undefined;
  }

  get task(): TaskRecord {
    if (this.#task === undefined) throw new Error('no turn has begun');
    return this.#task;
  }
  get instance(): Instance {
    if (this.#instance === undefined) throw new Error('the turn belongs to no instance yet');
    return this.#instance;
  }
  get expected(): ModelTurn {
    if (this.#expected === undefined) throw new Error('the model has not run this turn');
    return this.#expected;
  }
  judged(instance: Instance, keyGroup: number | undefined, expected: ModelTurn): void {
    this.#instance = instance;
    this.keyGroup = keyGroup;
    this.#expected = expected;
  }
}
