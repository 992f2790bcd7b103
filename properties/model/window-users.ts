/**
 * The author's own part of a window operator: triggers and window functions, with their contexts. An object of theirs lives as
 * long as `functions.ts` says, and its context as long as it does.
 */
import type {
  Collector,
  OpenContext,
  OutputTag,
  StateAccess,
  TimeWindow,
  Timestamp,
} from '../../core/job/functions.ts';
import type { StateDescriptor } from '../../core/job/states.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type {
  OnMergeContext,
  ProcessWindowContext,
  ProcessWindowFunction,
  Trigger,
} from '../../core/job/window-functions.ts';
import type { AskedStates } from './asked.ts';
import { Functions } from './functions.ts';
import type { KeyedTurn } from './instance.ts';
import type { KeyedHead, Key } from './keyed.ts';
import { cellOf, type Cursor, type StateUser } from './cursor.ts';
import { stateAccess } from './states.ts';
import type { Store } from './store.ts';
import { maxTimestamp } from './time.ts';
import { CallTime } from './ttl.ts';
import type { TurnLog } from './turn.ts';
import type { FunctionLife, Place } from './types.ts';
import type { OwnTrigger, PaneMemory, TriggerModel } from './window-triggers.ts';

/** Before the names of states, by whose they are. */
const TRIGGER = 'trigger:';
const WINDOW = 'window:';
const KEY = 'key:';

/** One element, or one timer: the wall clock is read when somebody asks, and once. */
export class Moment {
  readonly of: KeyedTurn;
  readonly store: Store;
  readonly key: Key;
  readonly asked: AskedStates;
  #now: Timestamp | undefined = undefined;
  #time: CallTime | undefined = undefined;

  constructor(of: KeyedTurn, store: Store, key: Key, asked: AskedStates) {
    this.of = of;
    this.store = store;
    this.key = key;
    this.asked = asked;
  }

  get turn(): TurnLog {
    return this.of.log;
  }
  get eff(): Timestamp {
    return this.of.eff;
  }
  get place(): Place {
    return this.of.tape.place;
  }
  get time(): CallTime {
    return (this.#time ??= new CallTime(this.of.reader));
  }
  now(): Timestamp {
    return (this.#now ??= this.of.reader.now());
  }
  random(n: number): number {
    return this.of.reader.random(n);
  }

  /** A function or a trigger asks for a state. What goes when its window goes has no time of its own to go (SEMANTICS J5). */
  asks(prefix: string, descriptor: StateDescriptor): void {
    if (descriptor.ttl !== undefined)
      throw new Error(`a window operator has no state with a time to live, such as '${descriptor.name}'`);
    this.asked.ask(prefix + descriptor.name, descriptor, this.store, this.place);
  }
}

/** A window of a key at a moment, as triggers see it. */
export class Pane implements PaneMemory {
  readonly at: Moment;
  readonly window: TimeWindow;
  #cell: string | undefined = undefined;

  constructor(at: Moment, window: TimeWindow) {
    this.at = at;
    this.window = window;
  }

  /** Where a state holds what is of this key and window. */
  get cell(): string {
    return (this.#cell ??= cellOf(this.at.key.text, this.window));
  }

  get last(): Timestamp {
    return maxTimestamp(this.window);
  }
  get eff(): Timestamp {
    return this.at.eff;
  }
  now(): Timestamp {
    return this.at.now();
  }
  read(name: string): unknown {
    return this.at.store.read(TRIGGER + name, 'value', this.cell);
  }
  holds(name: string, type: TypeInfo): void {
    this.at.asks(TRIGGER, { kind: 'value', name, type });
  }
  write(name: string, value: unknown): void {
    const { store, key } = this.at;
    if (value === undefined) store.remove(TRIGGER + name, 'value', this.cell);
    else store.write(TRIGGER + name, 'value', this.cell, { key: key.value, namespace: this.window, value });
  }
  register(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { store, key } = this.at;
    store.registerTimer(domain, timestamp, key, this.window);
  }
  cancel(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { store, key } = this.at;
    store.ownTimers(domain).delete(timestamp, key.text, this.window);
  }
}

// ---- triggers

class TriggerContext implements OnMergeContext, StateUser {
  pane: Pane | undefined = undefined;
  old: readonly PaneMemory[] = [];
  readonly getState: StateAccess['getState'];

  constructor() {
    this.getState = stateAccess(this);
  }

  asks(descriptor: StateDescriptor): void {
    this.#now().at.asks(TRIGGER, descriptor);
  }
  cursor(): Cursor {
    return this.#cursorAt(this.#now().window);
  }

  currentWatermark(): Timestamp {
    return this.#now().eff;
  }
  currentProcessingTime(): Timestamp {
    return this.#now().now();
  }
  registerEventTimeTimer(timestamp: Timestamp): void {
    this.#register('event', timestamp);
  }
  registerProcessingTimeTimer(timestamp: Timestamp): void {
    this.#register('processing', timestamp);
  }
  #register(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const pane = this.#now();
    const { turn } = pane.at;
    if (turn.strict && !Number.isSafeInteger(timestamp)) throw turn.wrong('set a timer that cannot be');
    pane.register(domain, timestamp);
  }
  deleteEventTimeTimer(timestamp: Timestamp): void {
    this.#now().cancel('event', timestamp);
  }
  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    this.#now().cancel('processing', timestamp);
  }

  mergeState(descriptor: StateDescriptor): void {
    const into = this.#now().window;
    for (const { window } of this.old) this.#move(descriptor, window, into);
  }

  #move(descriptor: StateDescriptor, from: TimeWindow, into: TimeWindow): void {
    const [source, target] = [from, into].map((window) => slotAt(descriptor, this.#cursorAt(window)));
    this.#now().at.asks(TRIGGER, descriptor);
    const moved = source?.read();
    if (source === undefined || target === undefined || moved === undefined) return;
    source.remove();
    const there = target.read();
    target.write(there === undefined ? moved : bothOf(descriptor, there, moved));
  }

  #cursorAt(window: TimeWindow): Cursor {
    const { store, key, time, turn } = this.#now().at;
    return { store, key, time, turn, prefix: TRIGGER, window };
  }
  #now(): Pane {
    if (this.pane === undefined) throw new Error('a context is only of use during a call');
    return this.pane;
  }
}

/** What a state of a window holds, as it is stored. */
function slotAt({ name, kind }: StateDescriptor, { store, key, prefix = '', window }: Cursor) {
  if (kind === 'map' || kind === 'value' || window === undefined)
    throw new Error(`the state '${name}' is a ${kind} state and cannot be merged`);
  const cell = cellOf(key.text, window);
  return {
    read: () => store.read(prefix + name, kind, cell),
    remove: () => store.remove(prefix + name, kind, cell),
    write: (value: unknown) => store.write(prefix + name, kind, cell, { key: key.value, namespace: window, value }),
  };
}

function bothOf(descriptor: StateDescriptor, a: unknown, b: unknown): unknown {
  switch (descriptor.kind) {
    case 'list':
      return [...(a as readonly unknown[]), ...(b as readonly unknown[])];
    case 'reducing':
      return descriptor.reduce(a, b);
    case 'aggregating':
      if (descriptor.aggregate.merge !== undefined) return descriptor.aggregate.merge(a, b);
      break;
    case 'value':
    case 'map':
  }
  throw new Error(`the state '${descriptor.name}' cannot be merged`);
}

type AnyTrigger = Trigger<unknown> & { open?(ctx: OpenContext): void };

/** A trigger of the author's. Panes that it is asked about are `Pane`s. */
export function ownTrigger(
  uid: string,
  spec: OwnTrigger,
  life: FunctionLife,
): readonly [TriggerModel, Functions<AnyTrigger>] {
  const functions = new Functions<AnyTrigger>(
    uid,
    () => spec.create(),
    life,
    () => undefined,
  );
  const contexts = new WeakMap<AnyTrigger, TriggerContext>();
  const asked = <R>(pane: PaneMemory, ask: (trigger: AnyTrigger, ctx: TriggerContext) => R, old = NO_PANES): R => {
    if (!(pane instanceof Pane)) throw new Error('a trigger is asked about a pane of the model');
    pane.at.turn.operator = uid;
    const trigger = functions.next(pane.at.place, undefined);
    const ctx = contexts.get(trigger) ?? new TriggerContext();
    contexts.set(trigger, ctx);
    ctx.pane = pane;
    ctx.old = old;
    const said = ask(trigger, ctx);
    ctx.pane = undefined;
    return said;
  };
  const model: TriggerModel = {
    element: (pane, value, timestamp) =>
      asked(pane, (trigger, ctx) => trigger.onElement(value, timestamp, pane.window, ctx)),
    timer: (pane, domain, timestamp) =>
      asked(pane, (trigger, ctx) =>
        domain === 'event'
          ? trigger.onEventTime(timestamp, pane.window, ctx)
          : trigger.onProcessingTime(timestamp, pane.window, ctx),
      ),
    merge: (pane, old) => asked(pane, (trigger, ctx) => trigger.onMerge?.(pane.window, ctx), old),
    clear: (pane) => asked(pane, (trigger, ctx) => trigger.clear(pane.window, ctx)),
  };
  return [model, functions];
}
const NO_PANES: readonly PaneMemory[] = [];

// ---- window functions

class PaneContext implements ProcessWindowContext, Collector<unknown> {
  pane: Pane | undefined = undefined;
  readonly windowState: StateAccess;
  readonly globalState: StateAccess;
  readonly #head: KeyedHead;

  constructor(head: KeyedHead, merges: boolean) {
    this.#head = head;
    const now = (): Pane => this.#now();
    this.globalState = { getState: stateAccess(new PaneStates(now, KEY)) };
    this.windowState = { getState: merges ? noStates : stateAccess(new PaneStates(now, WINDOW)) };
  }

  get window(): TimeWindow {
    return this.#now().window;
  }
  get currentKey(): unknown {
    return this.#now().at.key.value;
  }
  currentWatermark(): Timestamp {
    return this.#now().eff;
  }
  currentProcessingTime(): Timestamp {
    return this.#now().now();
  }
  random(n: number): number {
    return this.#now().at.random(n);
  }
  collect(value: unknown): void {
    const { at, last } = this.#now();
    this.#head.main(at.turn, value, last);
    at.turn.operator = this.#head.uid;
  }
  output<T>(tag: OutputTag<T>, value: T): void {
    const { at, last } = this.#now();
    this.#head.sides.get(tag.tag)?.(at.turn, value, last);
    at.turn.operator = this.#head.uid;
  }

  #now(): Pane {
    if (this.pane === undefined) throw new Error('a context is only of use during a call');
    return this.pane;
  }
}

/** The states of a pane's key, or of its window. */
class PaneStates implements StateUser {
  readonly #now: () => Pane;
  readonly #prefix: typeof KEY | typeof WINDOW;

  constructor(now: () => Pane, prefix: typeof KEY | typeof WINDOW) {
    this.#now = now;
    this.#prefix = prefix;
  }

  asks(descriptor: StateDescriptor): void {
    this.#now().at.asks(this.#prefix, descriptor);
  }
  cursor(): Cursor {
    const { at, window } = this.#now();
    const { store, key, time, turn } = at;
    return { store, key, time, turn, prefix: this.#prefix, window: this.#prefix === WINDOW ? window : undefined };
  }
}

const noStates: StateAccess['getState'] = ({ name }: StateDescriptor) => {
  throw new Error(`windows that merge have no state of their own, such as '${name}'`);
};

type AnyFunction = ProcessWindowFunction<unknown, unknown, unknown>;

/** A window function of the author's. */
export class WindowFunctions {
  readonly functions: Functions<AnyFunction>;
  readonly #head: KeyedHead;
  readonly #merges: boolean;
  readonly #contexts = new WeakMap<AnyFunction, PaneContext>();

  constructor(head: KeyedHead, create: () => AnyFunction, merges: boolean, life: FunctionLife) {
    this.#head = head;
    this.#merges = merges;
    this.functions = new Functions(head.uid, create, life, (fn, ctx) => fn.open?.(ctx));
  }

  process(pane: Pane, elements: readonly unknown[]): void {
    this.#call(pane, (fn, ctx) => fn.process(elements, ctx, ctx));
  }
  clear(pane: Pane): void {
    this.#call(pane, (fn, ctx) => fn.clear?.(ctx));
  }

  #call(pane: Pane, body: (fn: AnyFunction, ctx: PaneContext) => void): void {
    pane.at.turn.operator = this.#head.uid;
    const fn = this.functions.next(pane.at.place, undefined);
    const ctx = this.#contexts.get(fn) ?? new PaneContext(this.#head, this.#merges);
    this.#contexts.set(fn, ctx);
    ctx.pane = pane;
    body(fn, ctx);
    ctx.pane = undefined;
  }
}
