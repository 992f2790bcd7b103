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
  ReadOnlyBroadcastState,
  Timestamp,
} from '../job/functions.ts';
import type { MapDescriptor, StateDescriptor } from '../job/states.ts';
import type { KeyedStateBackend } from '../state/backend.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
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
    this.#broadcastSide = new BroadcastSide(host, store, this.context);
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    const { context } = this;
    context.atElement(timestamp);
    this.callAtKey('processElement', (fn) => fn.processElement(value, context, context));
  }

  /** A broadcast element belongs to no key, so no current key is set. */
  processBroadcastElement(value: unknown, timestamp: Timestamp | undefined): void {
    const broadcastSide = this.#broadcastSide;
    this.context.scope.atNoKey();
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
  readonly #elementSide: ElementSide;

  /** Both sides know the same states. */
  constructor(host: OperatorHost, store: BroadcastStore, elementSide: ElementSide) {
    super(host, store);
    this.#backend = host.backend;
    this.#calls = host.calls;
    this.#elementSide = elementSide;
  }

  applyToKeyedState<S>(descriptor: StateDescriptor<S>, visitor: KeyedStateFunction<unknown, S>): void {
    const { user } = this.#calls;
    const running = user.pause();
    const keys = this.#backend.keysOf(descriptor.name);
    user.resume(running);
    if (keys.length === 0) return;
    const { scope, getState } = this.#elementSide;
    const state = getState(descriptor);
    scope.hasKey = true;
    try {
      for (const key of keys) {
        this.#backend.setCurrentKey(key);
        this.#calls.nothing(visitor.process(key, state), 'the visitor of applyToKeyedState');
      }
    } finally {
      scope.hasKey = false;
    }
  }
}
