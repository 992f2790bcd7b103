/**
 * What one turn does, as it is written down while the turn runs, and the reading of its tape.
 * A mismatch ends the turn: what was written down before it stands, and the instance is of no further use.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { type Lost, lostOf } from './lost.ts';
import { isOfType } from './of-type.ts';
import type { Cleaned, ModelPair, ModelRequest, ModelSend, ModelTimerFiring, ModelTurn, Tape } from './types.ts';

/** A function that registers timers in the past without end would never end its turn. */
const FIRINGS_PER_TURN_MAX = 100_000;

// Most turns have no firing, pane or late element: they share these. Frozen, so that a slip shows at once.
const NO_SENDS: ModelSend[] = [];
const NO_WRITES: { readonly sink: string; readonly value: unknown }[] = [];
const NO_FIRINGS: ModelTimerFiring[] = [];
const NO_WINDOWS: TimeWindow[] = [];
const NO_PANES: { readonly key: unknown; readonly window: TimeWindow }[] = [];
const NO_PAIRS: ModelPair[] = [];
const NO_REQUESTS: ModelRequest[] = [];
for (const list of [NO_SENDS, NO_WRITES, NO_FIRINGS, NO_WINDOWS, NO_PANES, NO_PAIRS, NO_REQUESTS]) Object.freeze(list);

export class TurnLog implements ModelTurn {
  sends = NO_SENDS;
  sinkWrites = NO_WRITES;
  fired = NO_FIRINGS;
  late: ModelTurn['late'] = 'no';
  unassigned = false;
  added = NO_WINDOWS;
  panes = NO_PANES;
  pairs = NO_PAIRS;
  requests = NO_REQUESTS;
  mismatch: string | undefined = undefined;
  threw = false;
  lost: Lost | undefined = undefined;
  /** uid of the operator whose function runs: what a thrown error is blamed on. */
  operator: string;
  /** What the function hands over is checked: the turn has failed in the engine, and whose mistake that is has to be told. */
  readonly strict: boolean;

  constructor(operator: string, strict = false) {
    this.operator = operator;
    this.strict = strict;
  }

  /** The function hands over a value. @throws Error if it is not of the type, in a strict turn. */
  takes(type: TypeInfo, value: unknown): void {
    if (this.strict && !isOfType(type, value)) throw this.wrong(`handed over a value that is no ${type.kind}`);
    this.lost ??= lostOf(type, value);
  }
  /** The function does what it must not: it counts as thrown, also if the function swallows the error. */
  wrong(what: string): Error {
    const error = this.refuse(what);
    this.threw = true;
    return error;
  }

  send(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const send = { edge, value, timestamp };
    if (this.sends === NO_SENDS) this.sends = [send];
    else this.sends.push(send);
  }
  write(sink: string, value: unknown): void {
    const write = { sink, value };
    if (this.sinkWrites === NO_WRITES) this.sinkWrites = [write];
    else this.sinkWrites.push(write);
  }
  fire(timer: ModelTimerFiring): void {
    if (this.fired === NO_FIRINGS) this.fired = [timer];
    else if (this.fired.push(timer) > FIRINGS_PER_TURN_MAX) {
      throw this.refuse(`fired more than ${FIRINGS_PER_TURN_MAX} timers in one turn`);
    }
  }
  add(window: TimeWindow): void {
    if (this.added === NO_WINDOWS) this.added = [window];
    else this.added.push(window);
  }
  pane(key: unknown, window: TimeWindow): void {
    const pane = { key, window };
    if (this.panes === NO_PANES) this.panes = [pane];
    else this.panes.push(pane);
  }

  pair(pair: ModelPair): void {
    if (this.pairs === NO_PAIRS) this.pairs = [pair];
    else this.pairs.push(pair);
  }

  request(element: number, request: unknown): void {
    this.requests = [...this.requests, { element, request }];
  }

  /** Notes the mismatch, also if a user function swallows the error that is returned to be thrown. The first one counts. */
  refuse(what: string): Error {
    const message = `operator '${this.operator}' ${what}`;
    this.mismatch ??= message;
    return new Error(message);
  }
  /** Something was thrown and has ended the turn. */
  fail(thrown: unknown): void {
    if (this.mismatch !== undefined) return;
    this.threw = true;
    this.mismatch = `operator '${this.operator}' threw ${textOf(thrown)}`;
  }
}

export class SourceTurn extends TurnLog {
  timestamp: Timestamp;
  counts = true;
  constructor(operator: string, timestamp: Timestamp) {
    super(operator);
    this.timestamp = timestamp;
  }
}

/** Reads a turn's tape from its start; every entry has to be read, in order, and no more than there are. */
export class TapeReader {
  readonly #turn: TurnLog;
  readonly #tape: Tape;
  #clockReads = 0;
  #draws = 0;
  #cleaned = 0;

  constructor(turn: TurnLog, tape: Tape) {
    this.#turn = turn;
    this.#tape = tape;
  }

  now(): Timestamp {
    const now = this.#tape.clock[this.#clockReads];
    if (now === undefined) {
      throw this.#turn.refuse(`reads the clock more often than the ${this.#tape.clock.length} times on the tape`);
    }
    this.#clockReads += 1;
    return now;
  }

  random(n: number): number {
    const draw = this.#tape.random[this.#draws];
    if (draw === undefined) {
      throw this.#turn.refuse(`draws random numbers more often than the ${this.#tape.random.length} times on the tape`);
    }
    if (draw.n !== n) throw this.#turn.refuse(`draws below ${n} where the tape holds a draw below ${draw.n}`);
    this.#draws += 1;
    return draw.value;
  }

  /** The next of the clean-ups that followed the call that has just returned. */
  nextCleaned(): Cleaned | undefined {
    const next = this.#tape.cleaned[this.#cleaned];
    if (next?.after !== this.#clockReads) return undefined;
    this.#cleaned += 1;
    return next;
  }

  /** At the end of a turn: nothing may be left. */
  finish(): void {
    const { clock, random, cleaned } = this.#tape;
    if (this.#turn.mismatch !== undefined) return;
    if (this.#clockReads < clock.length) {
      this.#turn.refuse(`reads the clock ${this.#clockReads} times, ${clock.length} are on the tape`);
    } else if (this.#draws < random.length) {
      this.#turn.refuse(`draws random numbers ${this.#draws} times, ${random.length} are on the tape`);
    } else if (this.#cleaned < cleaned.length) {
      this.#turn.refuse(`cleaned up the state '${cleaned[this.#cleaned]?.state}' behind no call that used it`);
    }
  }
}

/** A user's function may throw what has no text, or whose text throws. */
function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'a value that cannot be shown as text';
  }
}
