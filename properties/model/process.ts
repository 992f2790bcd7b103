/**
 * A keyed process function: its turns, its contexts, its state and its timers (SEMANTICS "Timers").
 *
 * The function object is made when an instance has its first turn that needs it, and again for each fork, so state that
 * hides in the function is soon different from the engine's. A logical instance has no subtask: `open` is told subtask 0
 * of 1, and a job whose output depends on that is not a function of keys. `close` is never called.
 * State handles and contexts mean the current key at each call, as in Flink, so a function may keep them.
 */
import type {
  Collector,
  KeyedProcessFunction,
  ListDescriptor,
  ListState,
  MapDescriptor,
  MapState,
  OnTimerContext,
  OutputTag,
  StateDescriptor,
  Timestamp,
  ValueDescriptor,
  ValueState,
} from '../../core/api/functions.ts';
import type { JobSpec, NodeSpec, OperatorSpec } from '../../core/api/spec.ts';
import { keyText } from './key-order.ts';
import { keyedHead, keyOf, type Key, type KeyedHead } from './keyed.ts';
import { Store, type StoredTimer } from './store.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type { ModelContent, ModelInstance, ModelTimerFiring, ModelTurn, Tape } from './types.ts';

type UserFunction = KeyedProcessFunction<unknown, unknown, unknown>;
interface ProcessHead extends KeyedHead {
  readonly create: () => UserFunction;
}
interface User {
  readonly fn: UserFunction;
  readonly context: OnTimerContext;
  readonly out: Collector<unknown>;
}
/** What a context reads: the turn, and the element or timer that it is at. */
interface Current {
  readonly turn: TurnLog;
  readonly tape: TapeReader;
  readonly eff: Timestamp;
  readonly key: Key;
  readonly timestamp: Timestamp | undefined;
  readonly domain: 'event' | 'processing';
}

export function processHead(
  job: JobSpec,
  node: NodeSpec,
  spec: Extract<OperatorSpec, { readonly kind: 'process' }>,
): ProcessHead {
  return { ...keyedHead(job, node), create: spec.create };
}

/** A process function at the keys of one key group. */
export class ProcessInstance implements ModelInstance {
  private readonly head: ProcessHead;
  private readonly store: Store;
  private user: User | undefined;
  private current: Current | undefined;

  constructor(head: ProcessHead, store = new Store()) {
    this.head = head;
    this.store = store;
  }

  record(edge: number, value: unknown, timestamp: Timestamp | undefined, eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, (turn, reader) => {
      const key = keyOf(this.head, edge, value);
      const { fn, context, out } = this.userFunction();
      this.current = { turn, tape: reader, eff, key, timestamp, domain: 'event' };
      fn.processElement(value, context, out);
    });
  }

  advance(eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, (turn, reader) => {
      // Timers that the function registers meanwhile, at or below eff, fire in this same loop.
      for (let due = this.store.timers('event').least(); due !== undefined; due = this.store.timers('event').least()) {
        if (due.firing.timestamp > eff) return;
        this.fireLeast(turn, reader, due, eff);
      }
    });
  }

  processingTimer(timer: ModelTimerFiring, eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, (turn, reader) => {
      const due = this.store.timers('processing').least();
      if (due === undefined) throw turn.refuse(`has no processing-time timer, yet one fired at ${timer.timestamp}`);
      if (!this.isTimer(due, timer)) {
        throw turn.refuse(
          `fired a processing-time timer at ${timer.timestamp} where the next one is at ${due.firing.timestamp}, of another key or time`,
        );
      }
      this.fireLeast(turn, reader, due, eff);
    });
  }

  nextEventTimer(): Timestamp | undefined {
    return this.store.timers('event').least()?.firing.timestamp;
  }
  nextProcessingTimer(): Timestamp | undefined {
    return this.store.timers('processing').least()?.firing.timestamp;
  }
  content(): ModelContent {
    return this.store.content();
  }
  fork(): ModelInstance {
    return new ProcessInstance(this.head, this.store.fork());
  }

  private turn(tape: Tape, body: (turn: TurnLog, reader: TapeReader) => void): ModelTurn {
    const turn = new TurnLog(this.head.uid);
    const reader = new TapeReader(turn, tape);
    try {
      body(turn, reader);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    this.current = undefined;
    return turn;
  }

  private isTimer(stored: StoredTimer, timer: ModelTimerFiring): boolean {
    return (
      stored.firing.timestamp === timer.timestamp &&
      stored.keyText === this.textOf(timer.key) &&
      timer.namespace === undefined
    );
  }
  /** All hash edges into one node have the same key type. */
  private textOf(key: unknown): string | undefined {
    for (const input of this.head.inputs.values()) return keyText(input.keyType, key);
    return undefined;
  }

  private fireLeast(turn: TurnLog, tape: TapeReader, timer: StoredTimer, eff: Timestamp): void {
    const { timestamp, key, domain } = timer.firing;
    this.store.ownTimers(domain).removeLeast();
    turn.fire(timer.firing);
    turn.operator = this.head.uid; // an earlier timer of this turn may have gone through the chain
    const { fn, context, out } = this.userFunction();
    this.current = { turn, tape, eff, key: { value: key, text: timer.keyText }, timestamp, domain };
    fn.onTimer?.(timestamp, context, out);
  }

  private userFunction(): User {
    if (this.user !== undefined) return this.user;
    const fn = this.head.create();
    fn.open?.({ uid: this.head.uid, subtask: 0, parallelism: 1 });
    this.user = { fn, context: this.context(), out: { collect: (value) => this.emit(undefined, value) } };
    return this.user;
  }

  private now(): Current {
    if (this.current === undefined) throw new Error('a context is only of use during a turn');
    return this.current;
  }

  private emit(tag: string | undefined, value: unknown): void {
    const { turn, timestamp } = this.now();
    const output = tag === undefined ? this.head.main : this.head.sides.get(tag);
    output?.(turn, value, timestamp);
    turn.operator = this.head.uid;
  }

  private context(): OnTimerContext {
    const now = () => this.now();
    const register = (domain: 'event' | 'processing') => (timestamp: Timestamp) => {
      const { key } = now();
      this.store.ownTimers(domain).register(timestamp, key.value, key.text, undefined);
    };
    const remove = (domain: 'event' | 'processing') => (timestamp: Timestamp) => {
      this.store.ownTimers(domain).delete(timestamp, now().key.text, undefined);
    };
    return {
      get timestamp() {
        return now().timestamp;
      },
      get currentKey() {
        return now().key.value;
      },
      get timeDomain() {
        return now().domain;
      },
      timerService: {
        currentProcessingTime: () => now().tape.now(),
        currentWatermark: () => now().eff,
        registerEventTimeTimer: register('event'),
        deleteEventTimeTimer: remove('event'),
        registerProcessingTimeTimer: register('processing'),
        deleteProcessingTimeTimer: remove('processing'),
      },
      output: <T>(tag: OutputTag<T>, value: T) => this.emit(tag.tag, value),
      random: (n) => now().tape.random(n),
      getState: stateAccess(this.store, () => now().key),
    };
  }
}

/** `ctx.getState` on a store, always at the key that is current when a handle is used. */
function stateAccess(store: Store, key: () => Key): OnTimerContext['getState'] {
  function getState<T>(descriptor: ValueDescriptor<T>): ValueState<T>;
  function getState<T>(descriptor: ListDescriptor<T>): ListState<T>;
  function getState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  function getState(descriptor: StateDescriptor): ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown> {
    switch (descriptor.kind) {
      case 'value':
        return valueHandle(store, descriptor.name, key);
      case 'list':
        return listHandle(store, descriptor.name, key);
      case 'map':
        return mapHandle(store, descriptor, key);
    }
  }
  return getState;
}

/** An undefined value is no value. */
function valueHandle(store: Store, name: string, key: () => Key): ValueState<unknown> {
  const clear = () => store.remove(name, 'value', key().text);
  return {
    value: () => store.read(name, 'value', key().text),
    update: (value) => {
      if (value === undefined) clear();
      else store.write(name, 'value', key().text, { key: key().value, namespace: undefined, value });
    },
    clear,
  };
}

/** A list is replaced, never changed, so what `get` returned stays as it was. An empty list is no list. */
function listHandle(store: Store, name: string, key: () => Key): ListState<unknown> {
  const get = (): readonly unknown[] => (store.read(name, 'list', key().text) as readonly unknown[] | undefined) ?? [];
  const clear = () => store.remove(name, 'list', key().text);
  const set = (value: readonly unknown[]) => {
    if (value.length === 0) clear();
    else store.write(name, 'list', key().text, { key: key().value, namespace: undefined, value });
  };
  return { get, add: (value) => set([...get(), value]), update: (values) => set([...values]), clear };
}

/** An undefined value is no entry. */
function mapHandle(store: Store, descriptor: MapDescriptor<unknown, unknown>, key: () => Key): MapState<unknown, unknown> {
  const { name, keyType } = descriptor;
  const remove = (entryKey: unknown) =>
    store.removeMapEntry(name, key().text, key().value, keyText(keyType, entryKey));
  return {
    get: (entryKey) => store.mapEntry(name, key().text, keyText(keyType, entryKey))?.[1],
    has: (entryKey) => store.mapEntry(name, key().text, keyText(keyType, entryKey)) !== undefined,
    put: (entryKey, value) => {
      if (value === undefined) remove(entryKey);
      else store.putMapEntry(name, key().text, key().value, keyText(keyType, entryKey), [entryKey, value]);
    },
    remove,
    entries: () => store.mapEntries(name, key().text),
    clear: () => store.clearMap(name, key().text),
  };
}
