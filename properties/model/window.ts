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
import { KeyedInstance, type KeyedTurn } from './instance.ts';
import { keyText } from './key-order.ts';
import { keyedHead, keyOf, type KeyedHead } from './keyed.ts';
import { storedType, type StoredTypes } from './migrate.ts';
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
import type { FunctionLife, Handover, ModelInstance, ModelTimerFiring, Place } from './types.ts';
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
  /** What a window holds the operator asks for at once. */
  readonly contents: StoredTypes;
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
/** A window that an element comes to, where windows merge. */
interface Component extends Live {
  /** The live windows that are in it, and the others. */
  readonly absorbed: readonly Live[];
  readonly others: readonly Live[];
  /** It is a live one as it was. */
  readonly isLive: boolean;
}
/** [start, end, home's start, home's end] */
type Row = readonly [number, number, number, number];

export function windowHead(job: JobSpec, node: NodeSpec, spec: WindowSpec, life: FunctionLife): WindowHead {
  const head = keyedHead(job, node);
  const { uid, inputs, main, sides } = head;
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
  const contents = new Map([[CONTENTS, storedType({ kind: 'value', name: CONTENTS, type: spec.accumulatorType })]]);
  const [fold, asked] = [foldOf(spec), new AskedStates()];
  return { uid, inputs, main, sides, spec, fold, trigger, functions, opened, contents, asked };
}

function createdBy({ create }: WindowSpec) {
  if (create === undefined) throw new Error('the window has no function');
  return create();
}

/** The windows of the keys of one key group. */
export class WindowInstance extends KeyedInstance<WindowHead> {
  /** With the state of another version of the job. */
  static from(head: WindowHead, handover: Handover | undefined): WindowInstance {
    return new WindowInstance(head, storeWith(head.contents, handover));
  }

  protected element(at: KeyedTurn, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    if (timestamp === undefined && isOfEventTime(this.head.spec.assigner))
      throw at.log.refuse('got an element without a timestamp');
    const key = keyOf(this.head, edge, value);
    this.#element(new Moment(at, this.store, key, this.head.asked), value, timestamp);
  }

  protected override processingDue({ log }: KeyedTurn, timer: ModelTimerFiring): StoredTimer {
    const due = this.store.timers('processing').least();
    if (due === undefined) throw log.refuse(`has no processing-time timer, yet one fired at ${timer.timestamp}`);
    if (this.#isTimer(due, timer)) return due;
    throw log.refuse(
      `fired a processing-time timer at ${timer.timestamp} where the next one is at ${due.firing.timestamp}, of another key, window or time`,
    );
  }

  fork(): ModelInstance {
    return new WindowInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    const { contents, asked } = this.head;
    return asked.types.size === 0 ? contents : new Map([...contents, ...asked.types]);
  }
  override settle(place: Place): void {
    this.head.asked.settle(this.store, place);
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
    let isTaken = false;
    for (const own of windowsOf(assigner, value, time)) isTaken = this.#into(at, own, value, timestamp) || isTaken;
    if (isTaken) return;
    if (!ofEventTime || timestamp === undefined || !elementIsLate(timestamp, allowedLatenessMs, at.eff)) {
      at.turn.unassigned = true;
      return;
    }
    at.turn.late = lateTag === undefined ? 'dropped' : 'late-output';
    if (lateTag !== undefined) this.head.sides.get(lateTag)?.(at.turn, value, timestamp);
  }

  /** Into one of its windows, unless that takes nothing any more. */
  #into(at: Moment, own: TimeWindow, value: unknown, timestamp: Timestamp | undefined): boolean {
    if (!merges(this.head.spec.assigner)) {
      if (this.#isOver(own, at.eff)) return false;
      const pane = new Pane(at, own);
      this.#add(pane, pane, value, timestamp);
      return true;
    }
    const component = this.#componentOf(at, own);
    if (this.#isOver(component.window, at.eff)) return false;
    if (!component.isLive) this.#merge(at, component);
    this.#add(new Pane(at, component.window), new Pane(at, component.home), value, timestamp);
    return true;
  }
  #isOver(window: TimeWindow, eff: Timestamp): boolean {
    return isOfEventTime(this.head.spec.assigner) && this.#end(window) <= eff;
  }

  /** `home`: the pane under whose name the contents are. */
  #add(pane: Pane, home: Pane, value: unknown, timestamp: Timestamp | undefined): void {
    this.#put(home, this.head.fold.add(this.#contents(home), value, timestamp));
    pane.at.turn.add(pane.window);
    this.#obey(pane, home, this.head.trigger.element(pane, value, timestamp));
    const end = this.#end(pane.window);
    if (end !== LATEST) pane.register(this.#domain, end);
  }

  /** What it becomes one with. */
  #componentOf(at: Moment, own: TimeWindow): Component {
    const live = this.#live(at);
    const window = components([own, ...live.map((one) => one.window)]).find((one) => holds(one, own)) ?? own;
    const absorbed = live.filter((one) => holds(window, one.window));
    const others = live.filter((one) => !holds(window, one.window));
    const [first] = absorbed;
    if (first === undefined) return { window: own, home: own, absorbed, others, isLive: false };
    return { window, home: first.home, absorbed, others, isLive: isSameWindow(first.window, window) };
  }

  #merge(at: Moment, joined: Component): void {
    const { absorbed, others } = joined;
    this.#setLive(at, [...others, joined]);
    if (absorbed.length === 0) return;
    const old = absorbed.map(({ window }) => new Pane(at, window));
    this.head.trigger.merge(new Pane(at, joined.window), old);
    for (const pane of old) {
      this.head.trigger.clear(pane);
      pane.cancel(this.#domain, this.#end(pane.window));
    }
    const into = new Pane(at, joined.home);
    for (const one of absorbed.slice(1)) {
      const from = new Pane(at, one.home);
      const [before, more] = [this.#contents(into), this.#contents(from)];
      this.#put(from, undefined);
      if (more !== undefined) this.#put(into, before === undefined ? more : this.head.fold.both(before, more));
    }
  }

  // ---- a timer

  protected timer(turn: KeyedTurn, { firing, keyText: text }: StoredTimer): void {
    const { domain, timestamp, key, namespace: window } = firing;
    if (window === undefined) throw new Error('a timer of a window operator has no window');
    this.store.ownTimers(domain).removeLeast();
    turn.log.fire(firing);
    const at = new Moment(turn, this.store, { value: key, text }, this.head.asked);
    const pane = new Pane(at, window);
    const home = this.#homeOf(pane);
    if (home === undefined) return;
    this.#obey(pane, home, this.head.trigger.timer(pane, domain, timestamp));
    if (domain !== this.#domain || timestamp !== this.#end(window) || this.head.spec.assigner.kind === 'global') return;
    this.#put(home, undefined);
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

  #obey(pane: Pane, home: Pane, said: TriggerResult): void {
    if (said === 'continue') return;
    const contents = this.#contents(home);
    const fires = said === 'fire' || said === 'fireAndPurge';
    if (fires && contents !== undefined) this.#fire(pane, home, contents);
    if (said === 'purge' || said === 'fireAndPurge') this.#put(home, undefined);
  }

  #fire(pane: Pane, home: Pane, contents: unknown): void {
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
    if (left !== contents) this.#put(home, left);
  }

  /** The clock by which windows are cleaned up. */
  get #domain(): 'event' | 'processing' {
    return isOfEventTime(this.head.spec.assigner) ? 'event' : 'processing';
  }
  /** When they are. */
  #end(window: TimeWindow): Timestamp {
    return this.#domain === 'event' ? cleanupTime(window, this.head.spec.allowedLatenessMs) : maxTimestamp(window);
  }

  #contents(home: Pane): unknown {
    return this.store.read(CONTENTS, 'value', home.cell);
  }
  #put({ at, window, cell }: Pane, value: unknown): void {
    if (value === undefined) return this.store.remove(CONTENTS, 'value', cell);
    at.turn.takes(this.head.spec.accumulatorType, value);
    this.store.write(CONTENTS, 'value', cell, { key: at.key.value, namespace: window, value });
  }

  // ---- windows that merge

  /** Undefined: there is no such window any more. */
  #homeOf(pane: Pane): Pane | undefined {
    if (!merges(this.head.spec.assigner)) return pane;
    const { start, end } = pane.window;
    const row = this.#rows(pane.at).find((one) => one[0] === start && one[1] === end);
    return row && new Pane(pane.at, { start: row[2], end: row[3] });
  }
  /** By start. */
  #live(at: Moment): readonly Live[] {
    return this.#rows(at).map((row) => ({
      window: { start: row[0], end: row[1] },
      home: { start: row[2], end: row[3] },
    }));
  }
  #rows({ key }: Moment): readonly Row[] {
    return (this.store.read(MERGING, 'value', key.text) ?? []) as readonly Row[];
  }
  #setLive({ key }: Moment, live: readonly Live[]): void {
    if (live.length === 0) return this.store.remove(MERGING, 'value', key.text);
    const rows = live
      .map(({ window, home }): Row => [window.start, window.end, home.start, home.end])
      .sort((a, b) => a[0] - b[0]);
    this.store.write(MERGING, 'value', key.text, { key: key.value, namespace: undefined, value: rows });
  }
}
