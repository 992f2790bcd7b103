/**
 * The broadcast side of a process function: one subtask's copy of the broadcast state, and the turns that belong to no
 * key: broadcast elements, and without key all elements.
 *
 * How long a function object lives is said by `functions.ts`; `close` is never called. A visit of keyed state changes the instances of the key groups, so
 * that it is part of their histories; its sends are this turn's.
 */
import type {
  BroadcastProcessFunction,
  Collector,
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedStateFunction,
  OpenContext,
  OutputTag,
  ReadOnlyBroadcastContext,
  ReadOnlyBroadcastState,
  Timestamp,
} from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, OperatorSpec } from '../../core/job/spec.ts';
import type { MapDescriptor, MapState, StateDescriptor } from '../../core/job/states.ts';
import { outputOf, sideOutputsOf, type Emit } from './chain.ts';
import { compareTexts } from './key-order.ts';
import type { Functions } from './functions.ts';
import { secondInput, type Key } from './keyed.ts';
import { ProcessInstance } from './process.ts';
import { mapHandle } from './states.ts';
import { storedType, type StoredTypes } from './migrate.ts';
import { Store, storeOf } from './store.ts';
import { CallTime } from './ttl.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type { Handover, ModelBroadcast, ModelInstance, ModelTurn, Place, Tape } from './types.ts';

/** The turns of either kind of function. */
interface Calls<F> {
  element(fn: F, value: unknown, ctx: ReadOnlyBroadcastContext, out: Collector<unknown>): void;
  broadcast(fn: F, value: unknown, ctx: KeyedBroadcastContext, out: Collector<unknown>): void;
}
interface BroadcastHead<F extends UserFunction> extends Calls<F> {
  readonly uid: string;
  readonly functions: Functions<F>;
  /** Edges of the broadcast input. */
  readonly broadcastEdges: ReadonlySet<number>;
  readonly states: StoredTypes;
  readonly main: Emit;
  readonly sides: ReadonlyMap<string, Emit>;
}
interface UserFunction {
  open?(ctx: OpenContext): void;
}
interface Current {
  readonly turn: TurnLog;
  readonly tape: TapeReader;
  /** Of all visits of keyed state. */
  readonly time: CallTime;
  readonly timestamp: Timestamp | undefined;
  readonly groups: () => readonly ModelInstance[];
}

type BroadcastSpec = Extract<OperatorSpec, { readonly kind: 'keyedBroadcast' | 'broadcast' }>;

/** Without key: all turns are the broadcast side's. */
export function plainSide(
  job: JobSpec,
  node: NodeSpec,
  spec: BroadcastSpec,
  functions: Functions<BroadcastProcessFunction<unknown, unknown, unknown>>,
): (from?: Handover) => ModelBroadcast {
  return sides(job, node, spec, functions, {
    element: (fn, value, ctx, out) => fn.processElement(value, ctx, out),
    broadcast: (fn, value, ctx, out) => fn.processBroadcastElement(value, ctx, out),
  });
}

/** The broadcast side of a keyed function. */
export function keyedSide(
  job: JobSpec,
  node: NodeSpec,
  spec: BroadcastSpec,
  functions: Functions<KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>>,
): (from?: Handover) => ModelBroadcast {
  return sides(job, node, spec, functions, {
    element: () => {
      throw new Error(`an element of '${node.uid}' has a key`);
    },
    broadcast: (fn, value, ctx, out) => fn.processBroadcastElement(value, ctx, out),
  });
}

function sides<F extends UserFunction>(
  job: JobSpec,
  node: NodeSpec,
  spec: BroadcastSpec,
  functions: Functions<F>,
  calls: Calls<F>,
): (from?: Handover) => ModelBroadcast {
  const head: BroadcastHead<F> = {
    ...calls,
    uid: node.uid,
    functions,
    broadcastEdges: new Set(secondInput(job, node)),
    states: new Map(spec.states.map((state) => [state.name, storedType(state)])),
    main: outputOf(job, node, undefined),
    sides: sideOutputsOf(job, node),
  };
  return (from) => {
    const store = storeOf(from);
    for (const [state, type] of head.states) store.use(state, type);
    return new BroadcastInstance(head, store);
  };
}

/** All broadcast states lie in one store at one key. */
const HERE: Key = { value: undefined, text: '' };

/** The user's function with its two contexts. */
interface User<F> {
  readonly fn: F;
  readonly place: Place;
  readonly elementSide: ReadOnlyBroadcastContext;
  readonly broadcastSide: KeyedBroadcastContext;
  readonly out: Collector<unknown>;
}

class BroadcastInstance<F extends UserFunction> implements ModelBroadcast {
  readonly #head: BroadcastHead<F>;
  readonly #store: Store;
  #user: User<F> | undefined;
  #current: Current | undefined;

  constructor(head: BroadcastHead<F>, store = new Store()) {
    this.#head = head;
    this.#store = store;
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
      const { fn, elementSide, broadcastSide, out } = this.#userAt(tape.place);
      this.#current = { turn, tape: reader, time: new CallTime(reader), timestamp, groups };
      if (this.#head.broadcastEdges.has(edge)) this.#head.broadcast(fn, value, broadcastSide, out);
      else this.#head.element(fn, value, elementSide, out);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    this.#current = undefined;
    return turn;
  }

  readOnly<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
  readOnly(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
    const state = this.#state(descriptor);
    const refuse = (): never => {
      throw new Error(`the broadcast state '${descriptor.name}' is read-only here`);
    };
    return { ...state, put: refuse, putAll: refuse, remove: refuse, clear: refuse };
  }

  content(): ReturnType<ModelBroadcast['content']> {
    return this.#store
      .content(this.#head.states)
      .entries.map(({ state, value }) => ({ state, entries: value as readonly (readonly [unknown, unknown])[] }));
  }

  fork(): ModelBroadcast {
    return new BroadcastInstance(this.#head, this.#store.fork());
  }
  handOver(): Handover {
    return { states: this.#store.handedOver(this.#head.states) };
  }

  #userAt(place: Place): User<F> {
    const fn = this.#head.functions.next(place, this.#user);
    if (this.#user?.fn === fn) return this.#user;
    const out = { collect: (value: unknown) => this.#emit(undefined, value) };
    this.#user = { fn, place, elementSide: this.#elementSide(), broadcastSide: this.#broadcastSide(), out };
    return this.#user;
  }

  #state(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
    if (!this.#head.states.has(descriptor.name))
      throw new Error(`operator '${this.#head.uid}' has no broadcast state '${descriptor.name}'`);
    return mapHandle(descriptor, () => ({ store: this.#store, key: HERE }));
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
    const { time } = this.#now();
    for (const { instance, key } of found) visitor.process(key.value, instance.stateAt(descriptor, key, time));
  }

  #base(): Omit<ReadOnlyBroadcastContext, 'getBroadcastState'> {
    const now = () => this.#now();
    return {
      get timestamp() {
        return now().timestamp;
      },
      currentProcessingTime: () => now().tape.now(),
      output: <T>(tag: OutputTag<T>, value: T) => this.#emit(tag.tag, value),
      random: (n) => now().tape.random(n),
    };
  }

  #elementSide(): ReadOnlyBroadcastContext {
    return Object.assign(this.#base(), {
      getBroadcastState: <K, V>(descriptor: MapDescriptor<K, V>) => this.readOnly(descriptor),
    });
  }

  #broadcastSide(): KeyedBroadcastContext {
    const state = (descriptor: MapDescriptor<unknown, unknown>) => this.#state(descriptor);
    function getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
    function getBroadcastState(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
      return state(descriptor);
    }
    const applyToKeyedState = <S>(descriptor: StateDescriptor<S>, visitor: KeyedStateFunction<unknown, S>) =>
      this.#visit(descriptor, visitor);
    return Object.assign(this.#base(), { getBroadcastState, applyToKeyedState });
  }
}
