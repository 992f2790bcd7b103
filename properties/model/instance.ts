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
  ModelContent,
  ModelInstance,
  ModelTimerFiring,
  ModelTurn,
  Place,
  SievedState,
  Tape,
} from './types.ts';

const NOTHING: ReadonlySet<string> = new Set();

export abstract class KeyedInstance<Head extends KeyedHead> implements ModelInstance {
  protected readonly head: Head;
  protected readonly store: Store;

  constructor(head: Head, store = new Store()) {
    this.head = head;
    this.store = store;
  }

  abstract record(...turn: Parameters<ModelInstance['record']>): ModelTurn;
  abstract advance(...turn: Parameters<ModelInstance['advance']>): ModelTurn;
  abstract fork(): ModelInstance;
  /** Of the states that have been asked for. */
  protected abstract types(): StoredTypes;

  processingTimer({ timestamp }: ModelTimerFiring, _eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, (turn) => {
      throw turn.refuse(`has no timers of processing time, yet one fired at ${timestamp}`);
    });
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

  protected turn(tape: Tape, body: (turn: TurnLog, reader: TapeReader) => void): ModelTurn {
    const turn = new TurnLog(this.head.uid, tape.strict);
    const reader = new TapeReader(turn, tape);
    try {
      body(turn, reader);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    return turn;
  }

  /** The least event-time timer, if it is due at `eff`. */
  protected due(eff: Timestamp): StoredTimer | undefined {
    const least = this.store.timers('event').least();
    return least === undefined || least.firing.timestamp > eff ? undefined : least;
  }
}
