/**
 * What belongs to a subtask and to no key: its copy of the broadcast state, its lists, and the turns that belong to no key:
 * broadcast elements, and without key all elements.
 *
 * How long a function object lives is said by `functions.ts`; `close` is never called. `open` registers states and may change
 * them, which counts once, when the task opens; to a function object that is made anew later it shows what there was then, and
 * what it changes is forgotten. A visit of keyed state changes the instances of the key groups, so that it is part of their
 * histories; its sends are this turn's.
 */
import type {
  Collector,
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedStateFunction,
  OpenContext,
  OutputTag,
  ReadOnlyBroadcastState,
  Timestamp,
} from '../../core/job/functions.ts';
import type {
  BroadcastProcessFunction,
  OperatorListDescriptor,
  OperatorOpenContext,
  OperatorStateAccess,
  ProcessFunction,
} from '../../core/job/operator-states.ts';
import type { JobSpec, NodeSpec, OperatorSpec } from '../../core/job/spec.ts';
import type { ListState, MapDescriptor, MapState, StateDescriptor } from '../../core/job/states.ts';
import { outputOf, sideOutputsOf, type Emit } from './chain.ts';
import { compareTexts } from './key-order.ts';
import { Functions } from './functions.ts';
import { secondInput, type Key } from './keyed.ts';
import { ProcessInstance } from './process.ts';
import { listHandle, Lists, owned, restoredLists, type OwnedList, type TypedList } from './operator-state.ts';
import { type AtMaps, MapHandle, ReadOnlyMapHandle } from './map-handles.ts';
import { storedType, type StoredTypes } from './migrate.ts';
import { Store } from './store.ts';
import { CallTime } from './ttl.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type {
  FunctionLife,
  Handover,
  ModelBroadcast,
  ModelInstance,
  ModelTurn,
  ModelVertex,
  Place,
  Tape,
} from './types.ts';

/** The turns of any kind of function. */
interface Calls<F> {
  element(fn: F, value: unknown, ctx: BroadcastTurn, out: Collector<unknown>): void;
  broadcast(fn: F, value: unknown, ctx: BroadcastTurn, out: Collector<unknown>): void;
  /** An element writes broadcast state, too: no stream is broadcast to the function. */
  readonly elementWrites: boolean;
  /** `open` is a part of the history: the function is not keyed. */
  readonly opens: boolean;
}
type BroadcastTurn = KeyedBroadcastContext & OperatorStateAccess;
interface BroadcastHead<F extends UserFunction> {
  readonly calls: Calls<F>;
  readonly uid: string;
  readonly functions: Functions<F>;
  /** Edges of the broadcast input. */
  readonly broadcastEdges: ReadonlySet<number>;
  /** Undefined: those that `open` asks for. */
  readonly states: StoredTypes | undefined;
  readonly main: Emit;
  readonly sides: ReadonlyMap<string, Emit>;
}
interface UserFunction {
  open?(ctx: OperatorOpenContext): void;
}
interface Current {
  readonly turn: TurnLog;
  readonly tape: TapeReader;
  /** Of all visits of keyed state. */
  readonly time: CallTime;
  readonly place: Place;
  readonly timestamp: Timestamp | undefined;
  readonly groups: () => readonly ModelInstance[];
}

type Spec<K extends OperatorSpec['kind']> = Extract<OperatorSpec, { readonly kind: K }>;
type Sides = Pick<ModelVertex, 'broadcast' | 'handOver'>;

/** Without key, beside a broadcast stream: all turns are the subtask's. */
export function besideBroadcast(job: JobSpec, node: NodeSpec, spec: Spec<'broadcast'>, life: FunctionLife): Sides {
  const functions = new Functions<BroadcastProcessFunction<unknown, unknown, unknown>>(
    node.uid,
    () => spec.create(),
    life,
    openWithState,
  );
  return sides(job, node, spec.states, functions, {
    element: (fn, value, ctx, out) => fn.processElement(value, ctx, out),
    broadcast: (fn, value, ctx, out) => fn.processBroadcastElement(value, ctx, out),
    elementWrites: false,
    opens: true,
  });
}

/** Without key and alone. */
export function plainSubtasks(job: JobSpec, node: NodeSpec, spec: Spec<'plainProcess'>, life: FunctionLife): Sides {
  const functions = new Functions<ProcessFunction<unknown, unknown>>(
    node.uid,
    () => spec.create(),
    life,
    openWithState,
  );
  const call: Calls<ProcessFunction<unknown, unknown>>['element'] = (fn, value, ctx, out) =>
    fn.processElement(value, ctx, out);
  return sides(job, node, undefined, functions, { element: call, broadcast: call, elementWrites: true, opens: true });
}

/** The broadcast side of a keyed function. */
export function keyedSide(
  job: JobSpec,
  node: NodeSpec,
  spec: Spec<'keyedBroadcast'>,
  functions: Functions<KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>>,
): Sides {
  return sides(job, node, spec.states, functions, {
    element: () => {
      throw new Error(`an element of '${node.uid}' has a key`);
    },
    broadcast: (fn, value, ctx, out) => fn.processBroadcastElement(value, ctx, out),
    elementWrites: false,
    opens: false,
  });
}

function openWithState(fn: UserFunction, ctx: OpenContext, owner: unknown): void {
  if (owner instanceof SubtaskInstance) owner.runOpen(fn, ctx);
}

function sides<F extends UserFunction>(
  job: JobSpec,
  node: NodeSpec,
  states: readonly MapDescriptor<unknown, unknown>[] | undefined,
  functions: Functions<F>,
  calls: Calls<F>,
): Sides {
  const head: BroadcastHead<F> = {
    calls,
    uid: node.uid,
    functions,
    broadcastEdges: new Set(states === undefined ? [] : secondInput(job, node)),
    states: states === undefined ? undefined : new Map(states.map((state) => [state.name, storedType(state)])),
    main: outputOf(job, node, undefined),
    sides: sideOutputsOf(job, node),
  };
  return {
    broadcast: (from) => {
      const held = heldIn(from);
      for (const [state, type] of head.states ?? []) held.store.use(state, type);
      return new SubtaskInstance(head, held);
    },
    handOver(old, subtask, parallelism) {
      const left = old.filter((instance) => instance instanceof SubtaskInstance);
      const lists = restoredLists(
        old.map((instance) => (instance instanceof SubtaskInstance ? instance.left() : undefined)),
        subtask,
        parallelism,
      );
      return new SubtaskInstance(head, {
        store: left[subtask % left.length]?.storeFork() ?? new Store(),
        lists: Lists.of(lists),
      });
    },
  };
}

/** All broadcast states lie in one store at one key. */
const HERE: Key = { value: undefined, text: '' };

/** The user's function with its two contexts. */
interface User<F> {
  readonly fn: F;
  readonly place: Place;
  readonly elementSide: BroadcastTurn;
  readonly broadcastSide: BroadcastTurn;
  readonly out: Collector<unknown>;
}

/** What the states of a subtask hold. */
interface Held {
  readonly store: Store;
  readonly lists: Lists;
}

class SubtaskInstance<F extends UserFunction> implements ModelBroadcast {
  readonly #head: BroadcastHead<F>;
  readonly #held: Held;
  /** Where handles read and write now: another place only while a function object is made anew. */
  #at: Held;
  /** As it was when the task opened; undefined before. */
  #before: Held | undefined;
  /** Broadcast states that `open` has asked for. */
  readonly #declared: Set<string>;
  #place: Place | undefined;
  #isInOpen = false;
  #user: User<F> | undefined;
  #current: Current | undefined;

  constructor(
    head: BroadcastHead<F>,
    held: Held = { store: new Store(), lists: new Lists() },
    opened?: { readonly before: Held; readonly place: Place | undefined; readonly declared: ReadonlySet<string> },
  ) {
    this.#head = head;
    this.#held = this.#at = held;
    this.#before = opened?.before;
    this.#place = opened?.place;
    this.#declared = new Set(opened?.declared);
  }

  open(place: Place): void {
    if (!this.#head.calls.opens || this.#before !== undefined) return;
    try {
      this.#openAt(place);
    } catch {
      // It throws again, and is heard, in the first turn.
    }
  }

  #openAt(place: Place): void {
    this.#place = place;
    const before = forked(this.#held);
    const { functions } = this.#head;
    const fn = functions.life === 'task' ? functions.opened(place, this) : functions.make(place, this);
    this.#before = before;
    this.#user = this.#userOf(fn, place);
  }

  /** Once for the task; for every further object on what there was then, and what it does is forgotten. */
  runOpen(fn: UserFunction, place: OpenContext): void {
    this.#at = this.#before === undefined ? this.#held : forked(this.#before);
    this.#isInOpen = true;
    try {
      const { uid, subtask, parallelism } = place;
      const [getState, getBroadcastState] = [this.#getState, this.#getInOpen];
      fn.open?.({ uid, subtask, parallelism, getState, getBroadcastState });
    } finally {
      this.#isInOpen = false;
      this.#at = this.#held;
    }
  }

  record(
    edge: number,
    value: unknown,
    timestamp: Timestamp | undefined,
    tape: Tape,
    groups: () => readonly ModelInstance[],
  ): ModelTurn {
    const turn = new TurnLog(this.#head.uid);
    const reader = new TapeReader(turn, tape);
    try {
      const { calls, broadcastEdges } = this.#head;
      if (calls.opens && this.#before === undefined) this.#openAt(tape.place);
      const { fn, elementSide, broadcastSide, out } = this.#userAt(tape.place);
      this.#current = { turn, tape: reader, time: new CallTime(reader), place: tape.place, timestamp, groups };
      if (broadcastEdges.has(edge)) calls.broadcast(fn, value, broadcastSide, out);
      else calls.element(fn, value, calls.elementWrites ? broadcastSide : elementSide, out);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    this.#current = undefined;
    return turn;
  }

  readOnly<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.#refusing(descriptor);
  }

  #refusing<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  #refusing(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
    return new ReadOnlyMapHandle(descriptor, this.#mapsHere(descriptor));
  }

  content(): ReturnType<ModelBroadcast['content']> {
    return this.#held.store
      .content(this.#head.states)
      .entries.map(({ state, value }) => ({ state, entries: value as readonly (readonly [unknown, unknown])[] }));
  }

  lists(): readonly OwnedList[] {
    return this.left().map(owned);
  }

  /** What a snapshot holds, as the functions have it. */
  left(): readonly TypedList[] {
    const { subtask, parallelism } = this.#place ?? { subtask: 0, parallelism: 1 };
    return this.#held.lists.content(subtask, parallelism);
  }

  storeFork(): Store {
    return this.#held.store.fork();
  }

  fork(): ModelBroadcast {
    const before = this.#before;
    const opened = before && { before, place: this.#place, declared: this.#declared };
    return new SubtaskInstance(this.#head, forked(this.#held), opened);
  }
  handOver(): Handover {
    // As a snapshot holds them: who takes them over does not know where this subtask stood.
    const lists = Lists.of(this.left());
    return { states: { store: this.#held.store.handedOver(this.#head.states ?? new Map()), lists } };
  }

  #userAt(place: Place): User<F> {
    const fn = this.#head.functions.next(place, this.#user, this);
    if (this.#user?.fn === fn) return this.#user;
    this.#user = this.#userOf(fn, place);
    return this.#user;
  }

  #userOf(fn: F, place: Place): User<F> {
    const out = { collect: (value: unknown) => this.#emit(undefined, value) };
    return { fn, place, elementSide: this.#elementSide(), broadcastSide: this.#broadcastSide(), out };
  }

  readonly #getState: OperatorStateAccess['getState'] = <T>(descriptor: OperatorListDescriptor<T>) =>
    this.#list(descriptor);

  #list<T>(descriptor: OperatorListDescriptor<T>): ListState<T>;
  #list(descriptor: OperatorListDescriptor): ListState<unknown> {
    const { name, type } = descriptor;
    const { lists } = this.#at;
    if (this.#isInOpen) lists.register(descriptor);
    else if (!lists.isRegistered(name)) throw new Error(`state '${name}' of '${this.#head.uid}' is registered late`);
    return listHandle(
      name,
      () => this.#at.lists,
      (value) => this.#current?.turn.takes(type, value),
    );
  }

  readonly #getInOpen: OperatorOpenContext['getBroadcastState'] = <K, V>(descriptor: MapDescriptor<K, V>) => {
    if (this.#head.states === undefined) this.#declared.add(descriptor.name);
    const state = this.#state(descriptor);
    return this.#head.calls.elementWrites ? state : this.#refusing(descriptor);
  };

  #state<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  #state(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
    return new MapHandle(descriptor, this.#mapsHere(descriptor));
  }
  #mapsHere({ name }: MapDescriptor<unknown, unknown>): AtMaps {
    if (!(this.#head.states ?? this.#declared).has(name))
      throw new Error(`operator '${this.#head.uid}' has no broadcast state '${name}'`);
    return { cursor: () => ({ store: this.#at.store, key: HERE }) };
  }

  #now(): Current {
    if (this.#current === undefined) throw new Error('a context is only of use during a turn');
    return this.#current;
  }

  #emit(tag: string | undefined, value: unknown): void {
    const { turn, timestamp } = this.#now();
    const output = tag === undefined ? this.#head.main : this.#head.sides.get(tag);
    output?.(turn, value, timestamp);
    turn.operator = this.#head.uid;
  }

  /** The keys of all key groups are listed before the first visit, and visited in the order of their bytes. */
  #visit(descriptor: StateDescriptor, visitor: KeyedStateFunction<unknown, unknown>): void {
    const found: { readonly instance: Pick<ProcessInstance<object>, 'stateAt'>; readonly key: Key }[] = [];
    for (const instance of this.#now().groups()) {
      if (!(instance instanceof ProcessInstance)) continue;
      for (const key of instance.keysOf(descriptor.name)) found.push({ instance, key });
    }
    found.sort((a, b) => compareTexts(a.key.text, b.key.text));
    const { time, place } = this.#now();
    for (const { instance, key } of found) visitor.process(key.value, instance.stateAt(descriptor, key, time, place));
  }

  #base(): SideContext {
    return new SideContext(() => this.#now(), {
      output: <T>(tag: OutputTag<T>, value: T) => this.#emit(tag.tag, value),
      getState: this.#getState,
      applyToKeyedState: <S>(descriptor: StateDescriptor<S>, visitor: KeyedStateFunction<unknown, S>) =>
        this.#visit(descriptor, visitor),
    });
  }

  #elementSide(): BroadcastTurn {
    return Object.assign(this.#base(), {
      getBroadcastState: <K, V>(descriptor: MapDescriptor<K, V>) => this.#refusing(descriptor),
    });
  }

  #broadcastSide(): BroadcastTurn {
    return Object.assign(this.#base(), {
      getBroadcastState: <K, V>(descriptor: MapDescriptor<K, V>) => this.#state(descriptor),
    });
  }
}

type Doing = Pick<BroadcastTurn, 'output' | 'getState' | 'applyToKeyedState'>;

/** What both sides may do. */
class SideContext implements Omit<BroadcastTurn, 'getBroadcastState'> {
  readonly #now: () => Current;
  readonly output: Doing['output'];
  readonly getState: Doing['getState'];
  readonly applyToKeyedState: Doing['applyToKeyedState'];

  constructor(now: () => Current, { output, getState, applyToKeyedState }: Doing) {
    this.#now = now;
    this.output = output;
    this.getState = getState;
    this.applyToKeyedState = applyToKeyedState;
  }

  get timestamp(): Timestamp | undefined {
    return this.#now().timestamp;
  }
  currentProcessingTime(): Timestamp {
    return this.#now().tape.now();
  }
  random(n: number): number {
    return this.#now().tape.random(n);
  }
}

/** What another version of the job has handed over; nothing if it has not. */
function heldIn(from: Handover | undefined): Held {
  const states = from?.states;
  const has = states !== undefined && 'store' in states && 'lists' in states;
  if (!has || !(states.store instanceof Store) || !(states.lists instanceof Lists))
    return { store: new Store(), lists: new Lists() };
  return forked({ store: states.store, lists: states.lists });
}

function forked({ store, lists }: Held): Held {
  return { store: store.fork(), lists: lists.fork() };
}
