/**
 * What the instances of a key group have in common, whatever their operator is: one store of state and timers, and how a turn is
 * made. Here nothing has a time to live, no timer of processing time is set, and a state is asked for when the instance is made:
 * an operator that differs says so (`process.ts`).
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import type { KeyedHead } from './keyed.ts';
import type { StoredTypes } from './migrate.ts';
import { Store, type StoredTimer } from './store.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type {
  DroppedState,
  Handover,
  ModelBroadcast,
  ModelContent,
  ModelInstance,
  ModelTimerFiring,
  ModelTurn,
  Place,
  SievedState,
  Tape,
} from './types.ts';

const NOTHING: ReadonlySet<string> = new Set();

/** What all that happens in a turn of a key group has in common. */
export class KeyedTurn {
  readonly log: TurnLog;
  readonly reader: TapeReader;
  readonly tape: Tape;
  readonly eff: Timestamp;
  /** Of the subtask that the turn is at, if the vertex has broadcast state. */
  readonly broadcast: ModelBroadcast | undefined;

  constructor(uid: string, eff: Timestamp, tape: Tape, broadcast: ModelBroadcast | undefined) {
    this.log = new TurnLog(uid, tape.strict);
    this.reader = new TapeReader(this.log, tape);
    this.tape = tape;
    this.eff = eff;
    this.broadcast = broadcast;
  }
}

export abstract class KeyedInstance<Head extends KeyedHead> implements ModelInstance {
  protected readonly head: Head;
  protected readonly store: Store;

  constructor(head: Head, store = new Store()) {
    this.head = head;
    this.store = store;
  }

  abstract fork(): ModelInstance;
  /** What an element does. */
  protected abstract element(at: KeyedTurn, edge: number, value: unknown, timestamp: Timestamp | undefined): void;
  /** What a timer does that is due, the least one of its domain: it has to be removed, too. */
  protected abstract timer(at: KeyedTurn, due: StoredTimer): void;
  /** Of the states that have been asked for. */
  protected abstract types(): StoredTypes;

  record(
    edge: number,
    value: unknown,
    timestamp: Timestamp | undefined,
    eff: Timestamp,
    tape: Tape,
    broadcast?: ModelBroadcast,
  ): ModelTurn {
    const at = new KeyedTurn(this.head.uid, eff, tape, broadcast);
    try {
      this.settle(tape.place);
      this.element(at, edge, value, timestamp);
    } catch (thrown) {
      at.log.fail(thrown);
    }
    return this.#end(at);
  }

  /** The timers up to `eff`, the least first, also those that are registered meanwhile. */
  advance(eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn {
    const at = new KeyedTurn(this.head.uid, eff, tape, broadcast);
    try {
      this.settle(tape.place);
      for (let due = this.#due(eff); due !== undefined; due = this.#due(eff)) this.timer(at, due);
    } catch (thrown) {
      at.log.fail(thrown);
    }
    return this.#end(at);
  }
  #due(eff: Timestamp): StoredTimer | undefined {
    const least = this.store.timers('event').least();
    return least === undefined || least.firing.timestamp > eff ? undefined : least;
  }

  processingTimer(timer: ModelTimerFiring, eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn {
    const at = new KeyedTurn(this.head.uid, eff, tape, broadcast);
    try {
      this.settle(tape.place);
      this.timer(at, this.processingDue(at, timer));
    } catch (thrown) {
      at.log.fail(thrown);
    }
    return this.#end(at);
  }
  /** The timer of processing time that fires as this one. Throws if there is none. */
  protected processingDue(at: KeyedTurn, { timestamp }: ModelTimerFiring): StoredTimer {
    throw at.log.refuse(`has no timers of processing time, yet one fired at ${timestamp}`);
  }

  #end({ log, reader }: KeyedTurn): ModelTurn {
    reader.finish();
    this.ended();
    return log;
  }
  /** A turn ends, by an error or not. */
  protected ended(): void {
    // Nothing that functions may keep means a turn.
  }

  closeTimers(): void {
    this.store.dropsTimers = true;
  }
  nextEventTimer(): Timestamp | undefined {
    return this.store.timers('event').least()?.firing.timestamp;
  }
  nextProcessingTimer(): Timestamp | undefined {
    return this.store.timers('processing').least()?.firing.timestamp;
  }
  content(): ModelContent {
    return this.store.content(this.types());
  }
  handOver(): Handover {
    return { states: this.store.handedOver(this.types()) };
  }
  settle(_place: Place): void {
    // Nothing is asked for later.
  }
  sieve(_states: readonly SievedState[], _now: Timestamp): void {
    // Nothing expires.
  }
  drop(_dropped: DroppedState, _now: Timestamp): boolean {
    return false;
  }
  toSieve(_place: Place): readonly SievedState[] {
    return [];
  }
  /** What is its operator's own nobody may ask for. */
  asked(_place: Place): ReadonlySet<string> {
    return NOTHING;
  }
  ttlOf(_state: string): StateTtl | undefined {
    return undefined;
  }
}
