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
  OpenContext,
  ReadOnlyBroadcastState,
  StateDescriptor,
  Timestamp,
  ValueDescriptor,
  ValueState,
} from '../api/functions.ts';
import type { KeyedStateBackend, TimerEntry } from '../state/backend.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import { stateAccess } from '../state/state-access.ts';
import { BroadcastContext, ReadOnlyStates } from './broadcast-context.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';
import { refuseThenable } from './user-function.ts';

type UserFunction = KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>;

export class KeyedBroadcastOperator implements KeyedOperator {
  private readonly fn: UserFunction;
  private readonly uid: string;
  private readonly elementSide: ElementSide;
  private readonly broadcastSide: BroadcastSide;

  /** `create` comes from the job's spec; it is called once. */
  constructor(create: () => UserFunction, host: OperatorHost, store: BroadcastStore) {
    this.fn = create();
    this.uid = host.task.vertex;
    this.elementSide = new ElementSide(host, store);
    this.broadcastSide = new BroadcastSide(host, store);
  }

  open(ctx: OpenContext): void {
    refuseThenable(this.fn.open?.(ctx), this.uid, 'open');
  }

  close(): void {
    refuseThenable(this.fn.close?.(), this.uid, 'close');
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    const { elementSide } = this;
    elementSide.timestamp = timestamp;
    refuseThenable(this.fn.processElement(value, elementSide, elementSide), this.uid, 'processElement');
  }

  /** Of no key. */
  processBroadcastElement(value: unknown, timestamp: Timestamp | undefined): void {
    const { broadcastSide } = this;
    broadcastSide.timestamp = timestamp;
    refuseThenable(this.fn.processBroadcastElement(value, broadcastSide, broadcastSide), this.uid, 'processBroadcastElement');
  }

  onEventTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'processing');
  }

  private onTimer(timer: TimerEntry, domain: 'event' | 'processing'): void {
    const { elementSide } = this;
    elementSide.timestamp = timer.timestamp;
    elementSide.timeDomain = domain;
    refuseThenable(this.fn.onTimer?.(timer.timestamp, elementSide, elementSide), this.uid, 'onTimer');
  }
}

class ElementSide extends TurnContext implements KeyedOnTimerContext {
  private readonly states: ReadOnlyStates;

  constructor(host: OperatorHost, store: BroadcastStore) {
    super(host);
    this.states = new ReadOnlyStates(host.task.vertex, store);
  }

  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.states.of(descriptor);
  }
}

class BroadcastSide extends BroadcastContext implements KeyedBroadcastContext {
  private readonly backend: KeyedStateBackend;
  private readonly uid: string;

  constructor(host: OperatorHost, store: BroadcastStore) {
    super(host, store);
    this.backend = host.backend;
    this.uid = host.task.vertex;
  }

  applyToKeyedState<T>(descriptor: ValueDescriptor<T>, visitor: KeyedStateFunction<unknown, ValueState<T>>): void;
  applyToKeyedState<T>(descriptor: ListDescriptor<T>, visitor: KeyedStateFunction<unknown, ListState<T>>): void;
  applyToKeyedState<K, V>(descriptor: MapDescriptor<K, V>, visitor: KeyedStateFunction<unknown, MapState<K, V>>): void;
  applyToKeyedState(descriptor: StateDescriptor, visitor: KeyedStateFunction<unknown, unknown>): void {
    const keys = this.backend.keysOf(descriptor.name);
    if (keys.length === 0) return;
    const state = this.stateOf(descriptor);
    for (const key of keys) {
      this.backend.setCurrentKey(key);
      refuseThenable(visitor.process(key, state), this.uid, 'the visitor of applyToKeyedState');
    }
  }

  private stateOf(descriptor: StateDescriptor): ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown> {
    const access = stateAccess(this.backend);
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
