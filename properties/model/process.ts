/**
 * A keyed process function, of one input, of two, or with a broadcast side (its keyed part; the other is `broadcast.ts`):
 * its turns, its contexts, its state and its timers (SEMANTICS T1 to T3).
 *
 * How long a function object and its context live is said by `functions.ts`: mostly a call, so state that hides in the
 * function is soon different from the engine's. `close` is never called.
 * State handles and contexts mean the current key at each call, as in Flink, so a function may keep them.
 */
import type {
  Collector,
  KeyedBroadcastProcessFunction,
  KeyedOnTimerContext,
  OpenContext,
  OutputTag,
  ReadOnlyBroadcastState,
  StateAccess,
  TimerService,
  Timestamp,
} from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, OperatorSpec } from '../../core/job/spec.ts';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import type { MapDescriptor, StateDescriptor } from '../../core/job/states.ts';
import { AskedStates } from './asked.ts';
import type { Cursor, StateUser } from './cursor.ts';
import { Functions } from './functions.ts';
import { KeyedInstance, type KeyedTurn } from './instance.ts';
import { keyText } from './key-order.ts';
import { keyedHead, keyOf, secondInput, type Key, type KeyedHead } from './keyed.ts';
import { stateAccess, stateHandle } from './states.ts';
import type { StoredTypes } from './migrate.ts';
import { type Store, type StoredTimer, storeOf } from './store.ts';
import { CallTime, hasExpired } from './ttl.ts';
import type { TurnLog } from './turn.ts';
import type {
  DroppedState,
  FunctionLife,
  Handover,
  ModelInstance,
  ModelTimerFiring,
  Place,
  SievedState,
} from './types.ts';

/** A user function of any of the three kinds. */
interface UserFunction {
  open?(ctx: OpenContext): void;
  onTimer?(timestamp: Timestamp, ctx: KeyedOnTimerContext, out: Collector<unknown>): void;
}
interface ProcessHead<F extends UserFunction> extends KeyedHead {
  readonly functions: Functions<F>;
  element(fn: F, edge: number, value: unknown, ctx: KeyedOnTimerContext, out: Collector<unknown>): void;
  /** Of functions that live as long as their task: so do their contexts. */
  readonly users: WeakMap<F, User<F>>;
  readonly asked: AskedStates;
  /** What they have asked for with a time to live, by name. */
  readonly ageing: Map<string, AgeingDescriptor>;
}
type AgeingDescriptor = StateDescriptor & { readonly ttl: StateTtl };
/** What a context reads: one call of the function, at an element or a timer. */
class Call implements Cursor {
  readonly at: KeyedTurn;
  readonly store: Store;
  readonly key: Key;
  readonly timestamp: Timestamp | undefined;
  readonly domain: 'event' | 'processing';
  readonly hasOnTimer: boolean;
  #time: CallTime | undefined = undefined;

  constructor(
    at: KeyedTurn,
    store: Store,
    key: Key,
    timestamp: Timestamp | undefined,
    domain: 'event' | 'processing',
    hasOnTimer: boolean,
  ) {
    this.at = at;
    this.store = store;
    this.key = key;
    this.timestamp = timestamp;
    this.domain = domain;
    this.hasOnTimer = hasOnTimer;
  }

  get turn(): TurnLog {
    return this.at.log;
  }
  get time(): CallTime {
    return (this.#time ??= new CallTime(this.at.reader));
  }
}

type KeyedSpec = Extract<OperatorSpec, { readonly kind: 'process' | 'coProcess' }>;

/** Makes the instances of a process function of one or two inputs. */
export function processInstances(
  job: JobSpec,
  node: NodeSpec,
  spec: KeyedSpec,
  life: FunctionLife,
): readonly [(from?: Handover) => ModelInstance, Functions<UserFunction>] {
  if (spec.kind === 'process') {
    const functions = new Functions(
      node.uid,
      () => spec.create(),
      life,
      (fn, ctx) => fn.open?.(ctx),
    );
    const element: ProcessHead<ReturnType<typeof spec.create>>['element'] = (fn, _edge, value, ctx, out) =>
      fn.processElement(value, ctx, out);
    return [instances(job, node, functions, element), functions];
  }
  const second = new Set(secondInput(job, node));
  const functions = new Functions(
    node.uid,
    () => spec.create(),
    life,
    (fn, ctx) => fn.open?.(ctx),
  );
  const element: ProcessHead<ReturnType<typeof spec.create>>['element'] = (fn, edge, value, ctx, out) => {
    if (second.has(edge)) fn.processElement2(value, ctx, out);
    else fn.processElement1(value, ctx, out);
  };
  return [instances(job, node, functions, element), functions];
}

type WithBroadcast = KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>;

/** The keyed part of a function with a broadcast side: both sides are of one object. */
export function keyedBroadcastInstances(
  job: JobSpec,
  node: NodeSpec,
  functions: Functions<WithBroadcast>,
): (from?: Handover) => ModelInstance {
  return instances<WithBroadcast>(job, node, functions, (fn, _edge, value, ctx, out) =>
    fn.processElement(value, ctx, out),
  );
}

function instances<F extends UserFunction>(
  job: JobSpec,
  node: NodeSpec,
  functions: Functions<F>,
  element: ProcessHead<F>['element'],
): (from?: Handover) => ModelInstance {
  const { uid, inputs, main, sides } = keyedHead(job, node);
  const head: ProcessHead<F> = {
    uid,
    inputs,
    main,
    sides,
    functions,
    element,
    users: new WeakMap(),
    asked: new AskedStates(),
    ageing: new Map(),
  };
  return (from) => new ProcessInstance(head, storeOf(from));
}

/** A user's function with its context, which is its collector, too. */
class User<F extends UserFunction> implements KeyedOnTimerContext, Collector<unknown>, StateUser {
  readonly fn: F;
  readonly place: Place;
  current: Call | undefined = undefined;
  readonly timerService: TimerService;
  readonly getState: StateAccess['getState'];
  readonly #head: ProcessHead<F>;

  constructor(head: ProcessHead<F>, fn: F, place: Place) {
    this.#head = head;
    this.fn = fn;
    this.place = place;
    this.timerService = new Timers(this);
    this.getState = stateAccess(this);
  }

  /** In the engine it is then asked for in all key groups of its subtask at once. */
  asks(descriptor: StateDescriptor): void {
    if (this.current === undefined) return;
    const { turn, store, at } = this.current;
    const { place, clock } = at.tape;
    const isFirst = this.#head.asked.ask(descriptor.name, descriptor, store, place);
    rememberAgeing(this.#head, descriptor);
    const touch = isFirst ? place.touches?.get(descriptor.name) : undefined;
    // A call sees one time, and mostly reads it for what it does with the state.
    if (touch !== undefined && clock.length > 0 && !clock.includes(touch))
      throw turn.refuse(
        `gave the values of the state '${descriptor.name}' the last touch ${touch}, where the clock is at ${clock.join(', ')}`,
      );
  }

  cursor(): Call {
    if (this.current === undefined) throw new Error('a context is only of use during a turn');
    return this.current;
  }

  get timestamp(): Timestamp | undefined {
    return this.cursor().timestamp;
  }
  get currentKey(): unknown {
    return this.cursor().key.value;
  }
  get timeDomain(): 'event' | 'processing' {
    return this.cursor().domain;
  }
  collect(value: unknown): void {
    const { turn, timestamp, domain } = this.cursor();
    // Of processing time the main output knows no event time; a side output has the timer's, as in Flink.
    this.#head.main(turn, value, domain === 'processing' ? undefined : timestamp);
    turn.operator = this.#head.uid;
  }
  output<T>(tag: OutputTag<T>, value: T): void {
    const { turn, timestamp } = this.cursor();
    this.#head.sides.get(tag.tag)?.(turn, value, timestamp);
    turn.operator = this.#head.uid;
  }
  random(n: number): number {
    return this.cursor().at.reader.random(n);
  }
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    const { broadcast } = this.cursor().at;
    if (broadcast === undefined) throw new Error(`operator '${this.#head.uid}' has no broadcast state`);
    return broadcast.readOnly(descriptor);
  }
}

/** The timers of the current key. */
class Timers implements TimerService {
  readonly #user: { cursor(): Call };

  constructor(user: { cursor(): Call }) {
    this.#user = user;
  }

  currentProcessingTime(): Timestamp {
    return this.#user.cursor().at.reader.now();
  }
  currentWatermark(): Timestamp {
    return this.#user.cursor().at.eff;
  }
  registerEventTimeTimer(timestamp: Timestamp): void {
    this.#register('event', timestamp);
  }
  deleteEventTimeTimer(timestamp: Timestamp): void {
    this.#delete('event', timestamp);
  }
  registerProcessingTimeTimer(timestamp: Timestamp): void {
    this.#register('processing', timestamp);
  }
  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    this.#delete('processing', timestamp);
  }

  #register(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { store, key, turn, hasOnTimer } = this.#user.cursor();
    if (turn.strict && !(Number.isSafeInteger(timestamp) && hasOnTimer)) throw turn.wrong('set a timer that cannot be');
    store.registerTimer(domain, timestamp, key, undefined);
  }
  #delete(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { store, key } = this.#user.cursor();
    store.ownTimers(domain).delete(timestamp, key.text, undefined);
  }
}

function rememberAgeing<F extends UserFunction>({ ageing }: ProcessHead<F>, descriptor: StateDescriptor): void {
  if (hasTtl(descriptor) && !ageing.has(descriptor.name)) ageing.set(descriptor.name, descriptor);
}
function hasTtl(descriptor: StateDescriptor): descriptor is AgeingDescriptor {
  return descriptor.ttl !== undefined;
}

/** A process function at the keys of one key group. */
export class ProcessInstance<F extends UserFunction> extends KeyedInstance<ProcessHead<F>> {
  #user: User<F> | undefined;

  protected element(at: KeyedTurn, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const key = keyOf(this.head, edge, value);
    const user = this.#userAt(at.tape.place);
    const call = new Call(at, this.store, key, timestamp, 'event', user.fn.onTimer !== undefined);
    user.current = call;
    this.head.element(user.fn, edge, value, user, user);
    this.#cleanUp(call);
  }

  protected timer(at: KeyedTurn, due: StoredTimer): void {
    const { timestamp, key, domain } = due.firing;
    this.store.ownTimers(domain).removeLeast();
    at.log.fire(due.firing);
    at.log.operator = this.head.uid; // an earlier timer of this turn may have gone through the chain
    const user = this.#userAt(at.tape.place);
    const call = new Call(at, this.store, { value: key, text: due.keyText }, timestamp, domain, true);
    user.current = call;
    user.fn.onTimer?.(timestamp, user, user);
    this.#cleanUp(call);
  }

  protected override processingDue({ log }: KeyedTurn, timer: ModelTimerFiring): StoredTimer {
    const due = this.store.timers('processing').least();
    if (due === undefined) throw log.refuse(`has no processing-time timer, yet one fired at ${timer.timestamp}`);
    if (this.#isTimer(due, timer)) return due;
    throw log.refuse(
      `fired a processing-time timer at ${timer.timestamp} where the next one is at ${due.firing.timestamp}, of another key or time`,
    );
  }

  protected override ended(): void {
    if (this.#user !== undefined) this.#user.current = undefined;
  }

  override settle(place: Place): void {
    this.head.asked.settle(this.store, place);
  }
  /** The keys that have something in a state. */
  keysOf(state: string): readonly Key[] {
    return this.store.keysOf(state);
  }
  /** For a visit from outside any turn of a key. */
  stateAt(descriptor: StateDescriptor, key: Key, time: CallTime, place: Place): unknown {
    const { asked } = this.head;
    asked.declare(descriptor.name, descriptor, this.store, place);
    rememberAgeing(this.head, descriptor);
    const cursor: Cursor = { store: this.store, key, time };
    return stateHandle(descriptor, { cursor: () => cursor });
  }
  /** By the job's own times to live, as far as the function has used the state: the engine may be wrong about them. */
  override sieve(states: readonly SievedState[], now: Timestamp): void {
    for (const { state, ttlMs } of states) {
      const ttl = this.head.ageing.get(state)?.ttl ?? { ms: ttlMs, cleanup: 'full-snapshot' };
      if (ttl.cleanup === 'full-snapshot') this.store.prune(state, (value) => hasExpired(value, ttl.ms, now));
    }
  }
  override drop({ state, key, mapKey }: DroppedState, now: Timestamp): boolean {
    const descriptor = this.head.ageing.get(state);
    const at = this.#textOf(key);
    if (descriptor?.ttl.cleanup !== 'compaction' || at === undefined) return false;
    const gone = (value: unknown): boolean => hasExpired(value, descriptor.ttl.ms, now);
    if (descriptor.kind !== 'map') return this.store.prune(state, gone, at);
    return this.store.pruneEntry(state, at, keyText(descriptor.keyType, mapKey), gone);
  }
  override toSieve(place: Place): readonly SievedState[] {
    const asked = this.head.asked.in(place);
    return [...this.head.ageing.values()]
      .filter(({ name, ttl }) => ttl.cleanup === 'full-snapshot' && asked.has(name))
      .map(({ name, kind, ttl }) => ({ state: name, kind, ttlMs: ttl.ms }));
  }
  override asked(place: Place): ReadonlySet<string> {
    return new Set(this.head.asked.in(place).keys());
  }
  override ttlOf(state: string): StateTtl | undefined {
    return this.head.ageing.get(state)?.ttl;
  }
  fork(): ModelInstance {
    return new ProcessInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    return this.head.asked.types;
  }

  #isTimer(stored: StoredTimer, timer: ModelTimerFiring): boolean {
    return (
      stored.firing.timestamp === timer.timestamp &&
      stored.keyText === this.#textOf(timer.key) &&
      timer.namespace === undefined
    );
  }
  /** All hash edges into one node have the same key type. */
  #textOf(key: unknown): string | undefined {
    for (const input of this.head.inputs.values()) return keyText(input.keyType, key);
    return undefined;
  }

  /** Which keys the engine looks at behind a call is its own matter; that what it deletes has expired is not. */
  #cleanUp(call: Call): void {
    const { turn, at } = call;
    const { reader } = at;
    for (let cleaned = reader.nextCleaned(); cleaned !== undefined; cleaned = reader.nextCleaned()) {
      const { state, key } = cleaned;
      const descriptor = call.time.used(state);
      const cleanup = descriptor?.ttl?.cleanup ?? 'incremental';
      if (descriptor?.ttl === undefined || cleanup !== 'incremental') {
        throw turn.refuse(`cleaned up the state '${state}' behind a call that gave no reason for it`);
      }
      const { ms } = descriptor.ttl;
      const now = call.time.now(descriptor);
      if (!this.store.prune(state, (value) => hasExpired(value, ms, now), this.#textOf(key))) {
        throw turn.refuse(`cleaned up the state '${state}' of a key where nothing has expired`);
      }
    }
  }

  #userAt(place: Place): User<F> {
    const { functions, users } = this.head;
    const fn = functions.next(place, this.#user);
    if (this.#user?.fn === fn) return this.#user;
    const known = functions.life === 'turn' ? undefined : users.get(fn);
    this.#user = known ?? new User(this.head, fn, place);
    if (known === undefined && functions.life !== 'turn') users.set(fn, this.#user);
    return this.#user;
  }
}
