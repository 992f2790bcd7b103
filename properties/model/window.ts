/**
 * Windows of the keys of one key group (SEMANTICS L1 to L14): which panes there are, when each fires and with what.
 *
 *     element   its windows (sessions: the component of the live ones that it falls into). Not late: it is in, the trigger is asked
 *               in none: late, if its own time is; else unassigned
 *     timer     of a live window: the trigger is asked; at the clean-up time nothing is left of the window
 *     fires     with what it holds; nothing if it holds nothing. Purged: it holds nothing any more
 *
 * `time.ts` has the formulas, `window-folds.ts` what a pane holds, `window-triggers.ts` what triggers say, `window-users.ts` what
 * authors add. What follows from a whole history, without state or timers, says `event-time.ts`.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, WindowSpec } from '../../core/job/spec.ts';
import type { TriggerResult } from '../../core/job/window-functions.ts';
import { AskedStates } from './asked.ts';
import type { Functions } from './functions.ts';
import { KeyedInstance } from './instance.ts';
import { keyText } from './key-order.ts';
import { keyedHead, keyOf, type Key, type KeyedHead } from './keyed.ts';
import { cellOf } from './states.ts';
import type { StoredTypes } from './migrate.ts';
import { type StoredTimer, storeWith } from './store.ts';
import {
  cleanupTime,
  components,
  elementIsLate,
  holds,
  isOfEventTime,
  isSameWindow,
  LATEST,
  maxTimestamp,
  merges,
  windowsOf,
} from './time.ts';
import type { TapeReader, TurnLog } from './turn.ts';
import type { FunctionLife, Handover, ModelInstance, ModelTimerFiring, ModelTurn, Place, Tape } from './types.ts';
import { foldOf, type PaneFold } from './window-folds.ts';
import { triggerOf, type TriggerModel } from './window-triggers.ts';
import { Moment, ownTrigger, Pane, WindowFunctions } from './window-users.ts';

const CONTENTS = 'window-contents';
const MERGING = 'window-merging';

interface WindowHead extends KeyedHead {
  readonly spec: WindowSpec;
  readonly fold: PaneFold;
  readonly trigger: TriggerModel;
  /** Undefined: results go out, as they are or through `emit`. */
  readonly functions: WindowFunctions | undefined;
  /** What functions and triggers have asked for. */
  readonly asked: AskedStates;
  /** A task opens: what lives as long as it does is made. */
  opened(place: Place): void;
}

/** A live window, and the one under whose name its contents are. */
interface Live {
  readonly window: TimeWindow;
  readonly home: TimeWindow;
}
/** [start, end, home's start, home's end] */
type Row = readonly [number, number, number, number];

export function windowHead(job: JobSpec, node: NodeSpec, spec: WindowSpec, life: FunctionLife): WindowHead {
  const head = keyedHead(job, node);
  const made: Pick<Functions<object>, 'opened'>[] = [];
  const trigger = triggerOf(spec.trigger, (own) => {
    const [model, functions] = ownTrigger(node.uid, own, life);
    made.push(functions);
    return model;
  });
  const functions =
    spec.create === undefined
      ? undefined
      : new WindowFunctions(head, () => createdBy(spec), merges(spec.assigner), life);
  if (functions !== undefined) made.push(functions.functions);
  const opened = (place: Place): void => {
    for (const one of made) one.opened(place);
  };
  return { ...head, spec, fold: foldOf(spec), trigger, functions, opened, asked: new AskedStates() };
}

function createdBy({ create }: WindowSpec) {
  if (create === undefined) throw new Error('the window has no function');
  return create();
}

/** What a window holds the operator asks for at once. */
function contentsOf({ spec }: WindowHead): StoredTypes {
  return new Map([[CONTENTS, { kind: 'value', keyType: undefined, type: spec.accumulatorType }]]);
}

/** The windows of the keys of one key group. */
export class WindowInstance extends KeyedInstance<WindowHead> {
  /** With the state of another version of the job. */
  static from(head: WindowHead, handover: Handover | undefined): WindowInstance {
    return new WindowInstance(head, storeWith(contentsOf(head), handover));
  }

  record(edge: number, value: unknown, timestamp: Timestamp | undefined, eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      if (timestamp === undefined && isOfEventTime(this.head.spec.assigner))
        throw turn.refuse('got an element without a timestamp');
      const key = keyOf(this.head, edge, value);
      this.#element(this.#moment(key, eff, turn, reader, tape.place), value, timestamp);
    });
  }

  advance(eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      for (let due = this.due(eff); due !== undefined; due = this.due(eff))
        this.#fireLeast(due, eff, turn, reader, tape.place);
    });
  }

  override processingTimer(timer: ModelTimerFiring, eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      const due = this.store.timers('processing').least();
      if (due === undefined) throw turn.refuse(`has no processing-time timer, yet one fired at ${timer.timestamp}`);
      if (!this.#isTimer(due, timer))
        throw turn.refuse(
          `fired a processing-time timer at ${timer.timestamp} where the next one is at ${due.firing.timestamp}, of another key, window or time`,
        );
      this.#fireLeast(due, eff, turn, reader, tape.place);
    });
  }

  fork(): ModelInstance {
    return new WindowInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    return new Map([...contentsOf(this.head), ...this.head.asked.types]);
  }
  override settle(place: Place): void {
    this.head.asked.settle(this.store, place);
  }
  #moment(key: Key, eff: Timestamp, turn: TurnLog, reader: TapeReader, place: Place): Moment {
    return new Moment({ store: this.store, asked: this.head.asked }, key, eff, turn, reader, place);
  }
  #turn(tape: Tape, body: (turn: TurnLog, reader: TapeReader) => void): ModelTurn {
    return this.turn(tape, (turn, reader) => {
      this.settle(tape.place);
      body(turn, reader);
    });
  }

  #isTimer({ firing, keyText: text }: StoredTimer, { timestamp, key, namespace }: ModelTimerFiring): boolean {
    if (firing.namespace === undefined || namespace === undefined) return false;
    if (firing.timestamp !== timestamp || !isSameWindow(firing.namespace, namespace)) return false;
    // All hash edges into one node have the same key type.
    for (const input of this.head.inputs.values()) return text === keyText(input.keyType, key);
    return false;
  }

  // ---- an element

  #element(at: Moment, value: unknown, timestamp: Timestamp | undefined): void {
    const { assigner, allowedLatenessMs, lateTag } = this.head.spec;
    const ofEventTime = isOfEventTime(assigner);
    const time = ofEventTime ? (timestamp ?? 0) : assigner.kind === 'global' ? 0 : at.now();
    const takers = windowsOf(assigner, value, time).filter((own) => this.#into(at, own, value, timestamp));
    if (takers.length > 0) return;
    if (!ofEventTime || timestamp === undefined || !elementIsLate(timestamp, allowedLatenessMs, at.eff)) {
      at.turn.unassigned = true;
      return;
    }
    at.turn.late = lateTag === undefined ? 'dropped' : 'late-output';
    if (lateTag !== undefined) this.head.sides.get(lateTag)?.(at.turn, value, timestamp);
  }

  /** Into one of its windows, unless that takes nothing any more. */
  #into(at: Moment, own: TimeWindow, value: unknown, timestamp: Timestamp | undefined): boolean {
    const { window, home, absorbed } = this.#componentOf(at, own);
    if (isOfEventTime(this.head.spec.assigner) && this.#end(window) <= at.eff) return false;
    if (merges(this.head.spec.assigner)) this.#merge(at, { window, home }, absorbed);
    this.#put(at, home, this.head.fold.add(this.#contents(at, home), value, timestamp));
    at.turn.add(window);
    const pane = new Pane(at, window);
    this.#obey(pane, home, this.head.trigger.element(pane, value, timestamp));
    if (this.#end(window) !== LATEST) pane.register(this.#domain, this.#end(window));
    return true;
  }

  /** The live windows that become one with it; none if it is alone, or if a live one is as it was. */
  #componentOf(at: Moment, own: TimeWindow): Live & { readonly absorbed: readonly Live[] } {
    const alone = { window: own, home: own, absorbed: [] };
    if (!merges(this.head.spec.assigner)) return alone;
    const live = this.#live(at);
    const window = components([own, ...live.map((one) => one.window)]).find((one) => holds(one, own)) ?? own;
    const absorbed = live.filter((one) => holds(window, one.window));
    const [first] = absorbed;
    if (first === undefined) return alone;
    return isSameWindow(first.window, window) ? { ...first, absorbed: [] } : { window, home: first.home, absorbed };
  }

  #merge(at: Moment, joined: Live, absorbed: readonly Live[]): void {
    const others = this.#live(at).filter(({ window }) => !holds(joined.window, window));
    this.#setLive(at, [...others, joined]);
    if (absorbed.length === 0) return;
    const old = absorbed.map(({ window }) => new Pane(at, window));
    this.head.trigger.merge(new Pane(at, joined.window), old);
    for (const pane of old) {
      this.head.trigger.clear(pane);
      pane.cancel(this.#domain, this.#end(pane.window));
    }
    for (const { home } of absorbed.slice(1)) {
      const [before, more] = [this.#contents(at, joined.home), this.#contents(at, home)];
      this.#put(at, home, undefined);
      if (more !== undefined)
        this.#put(at, joined.home, before === undefined ? more : this.head.fold.both(before, more));
    }
  }

  // ---- a timer

  #fireLeast(
    { firing, keyText: text }: StoredTimer,
    eff: Timestamp,
    turn: TurnLog,
    tape: TapeReader,
    place: Place,
  ): void {
    const { domain, timestamp, key, namespace: window } = firing;
    if (window === undefined) throw new Error('a timer of a window operator has no window');
    this.store.ownTimers(domain).removeLeast();
    turn.fire(firing);
    const at = this.#moment({ value: key, text }, eff, turn, tape, place);
    const home = this.#homeOf(at, window);
    if (home === undefined) return;
    const pane = new Pane(at, window);
    this.#obey(pane, home, this.head.trigger.timer(pane, domain, timestamp));
    if (domain !== this.#domain || timestamp !== this.#end(window) || this.head.spec.assigner.kind === 'global') return;
    this.#put(at, home, undefined);
    this.head.trigger.clear(pane);
    this.head.functions?.clear(pane);
    if (merges(this.head.spec.assigner)) {
      this.#setLive(
        at,
        this.#live(at).filter((one) => !isSameWindow(one.window, window)),
      );
    }
  }

  // ---- a pane

  #obey(pane: Pane, home: TimeWindow, said: TriggerResult): void {
    const contents = this.#contents(pane.at, home);
    const fires = said === 'fire' || said === 'fireAndPurge';
    if (fires && contents !== undefined) this.#fire(pane, home, contents);
    if (said === 'purge' || said === 'fireAndPurge') this.#put(pane.at, home, undefined);
  }

  #fire(pane: Pane, home: TimeWindow, contents: unknown): void {
    const { turn, key } = pane.at;
    const { uid, spec, fold, functions, main } = this.head;
    turn.operator = uid; // an earlier pane of this turn may have gone through the chain
    turn.pane(key.value, pane.window);
    const [result, left] = fold.fire(contents);
    if (functions !== undefined) {
      if (spec.fold.kind === 'list') functions.process(pane, result as readonly unknown[]);
      else if (result !== undefined) functions.process(pane, [result]);
    } else if (result !== undefined) {
      const { emit } = spec;
      main(turn, emit === undefined ? result : emit({ key: key.value, window: pane.window, result }), pane.last);
    }
    if (left !== contents) this.#put(pane.at, home, left);
  }

  /** The clock by which windows are cleaned up. */
  get #domain(): 'event' | 'processing' {
    return isOfEventTime(this.head.spec.assigner) ? 'event' : 'processing';
  }
  /** When they are. */
  #end(window: TimeWindow): Timestamp {
    return this.#domain === 'event' ? cleanupTime(window, this.head.spec.allowedLatenessMs) : maxTimestamp(window);
  }

  #contents({ key }: Moment, home: TimeWindow): unknown {
    return this.store.read(CONTENTS, 'value', cellOf(key.text, home));
  }
  #put({ key, turn }: Moment, home: TimeWindow, value: unknown): void {
    if (value !== undefined) turn.takes(this.head.spec.accumulatorType, value);
    const cell = cellOf(key.text, home);
    if (value === undefined) this.store.remove(CONTENTS, 'value', cell);
    else this.store.write(CONTENTS, 'value', cell, { key: key.value, namespace: home, value });
  }

  // ---- windows that merge

  /** Undefined: there is no such window any more. */
  #homeOf(at: Moment, window: TimeWindow): TimeWindow | undefined {
    if (!merges(this.head.spec.assigner)) return window;
    return this.#live(at).find((one) => isSameWindow(one.window, window))?.home;
  }
  /** By start. */
  #live({ key }: Moment): readonly Live[] {
    const rows = (this.store.read(MERGING, 'value', key.text) ?? []) as readonly Row[];
    return rows.map(([start, end, homeStart, homeEnd]) => ({
      window: { start, end },
      home: { start: homeStart, end: homeEnd },
    }));
  }
  #setLive({ key }: Moment, live: readonly Live[]): void {
    if (live.length === 0) return this.store.remove(MERGING, 'value', key.text);
    const rows = live
      .map(({ window, home }): Row => [window.start, window.end, home.start, home.end])
      .sort((a, b) => a[0] - b[0]);
    this.store.write(MERGING, 'value', key.text, { key: key.value, namespace: undefined, value: rows });
  }
}
