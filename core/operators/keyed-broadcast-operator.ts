/**
 * Runs a user's `KeyedBroadcastProcessFunction` (Flink: `CoBroadcastWithKeyedOperator`): keyed elements and timers that
 * read broadcast state, and broadcast elements, which belong to no key, that write it.
 *
 * A broadcast element may visit the keyed state of all keys of the subtask. The keys are listed before the first visit,
 * in the order of their bytes, so that what a visit removes or adds changes nothing about whom is visited.
 */
import type {
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedOnTimerContext,
  KeyedStateFunction,
  ListDescriptor,
  ListState,
  MapDescriptor,
  MapState,
  ReadOnlyBroadcastState,
  StateDescriptor,
  Timestamp,
  ValueDescriptor,
  ValueState,
} from '../job/functions.ts';
import type { KeyedStateBackend } from '../state/backend.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import { stateAccess } from '../state/state-access.ts';
import { BroadcastContext } from './broadcast-context.ts';
import { FunctionOperator } from './function-operator.ts';
import type { OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';
import type { UserCalls } from './user-calls.ts';

type UserFunction = KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>;

export class KeyedBroadcastOperator extends FunctionOperator<UserFunction, ElementSide> {
  readonly #store: BroadcastStore;
  readonly #broadcastSide: BroadcastSide;

  constructor(create: () => UserFunction, host: OperatorHost, store: BroadcastStore) {
    super(create, ['processElement', 'processBroadcastElement'], host.calls, new ElementSide(host, store));
    this.#store = store;
    this.#broadcastSide = new BroadcastSide(host, store);
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    const { context } = this;
    context.atElement(timestamp);
    this.call('processElement', (fn) => fn.processElement(value, context, context));
  }

  /** A broadcast element belongs to no key, so no current key is set. */
  processBroadcastElement(value: unknown, timestamp: Timestamp | undefined): void {
    const broadcastSide = this.#broadcastSide;
    broadcastSide.timestamp = timestamp;
    this.#store.write(() => {
      this.call('processBroadcastElement', (fn) => fn.processBroadcastElement(value, broadcastSide, broadcastSide));
    });
  }
}

class ElementSide extends TurnContext implements KeyedOnTimerContext {
  readonly #store: BroadcastStore;

  constructor(host: OperatorHost, store: BroadcastStore) {
    super(host);
    this.#store = store;
  }

  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.#store.state(descriptor);
  }
}

class BroadcastSide extends BroadcastContext implements KeyedBroadcastContext {
  readonly #backend: KeyedStateBackend;
  readonly #calls: UserCalls;

  constructor(host: OperatorHost, store: BroadcastStore) {
    super(host, store);
    this.#backend = host.backend;
    this.#calls = host.calls;
  }

  applyToKeyedState<T>(descriptor: ValueDescriptor<T>, visitor: KeyedStateFunction<unknown, ValueState<T>>): void;
  applyToKeyedState<T>(descriptor: ListDescriptor<T>, visitor: KeyedStateFunction<unknown, ListState<T>>): void;
  applyToKeyedState<K, V>(descriptor: MapDescriptor<K, V>, visitor: KeyedStateFunction<unknown, MapState<K, V>>): void;
  applyToKeyedState(descriptor: StateDescriptor, visitor: KeyedStateFunction<unknown, unknown>): void {
    const keys = this.#backend.keysOf(descriptor.name);
    if (keys.length === 0) return;
    const state = this.#stateOf(descriptor);
    for (const key of keys) {
      this.#backend.setCurrentKey(key);
      this.#calls.nothing(visitor.process(key, state), 'the visitor of applyToKeyedState');
    }
  }

  #stateOf(descriptor: StateDescriptor): ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown> {
    const access = stateAccess(this.#backend, this.#calls.user);
    switch (descriptor.kind) {
      case 'value':
        return access.getState(descriptor);
      case 'list':
        return access.getState(descriptor);
      case 'map':
        return access.getState(descriptor);
    }
  }
}
