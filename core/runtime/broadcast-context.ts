/**
 * What a broadcast process function sees of its turn, on either side of it (Flink: `BroadcastProcessFunction.Context`).
 * Elements may read broadcast state, broadcast elements may write it.
 */
import type {
  BroadcastContext as ApiBroadcastContext,
  BroadcastState,
  Collector,
  MapDescriptor,
  MapState,
  OutputTag,
  ReadOnlyBroadcastContext,
  ReadOnlyBroadcastState,
  Timestamp,
} from '../api/functions.ts';
import { JobError } from '../errors.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import type { TurnHost } from './operator.ts';
import { refuseThenable } from './user-function.ts';

/** Context and collector, without the state: the two sides give different access to it. */
class BaseContext implements Collector<unknown> {
  timestamp: Timestamp | undefined = undefined;
  private readonly host: TurnHost;

  constructor(host: TurnHost) {
    this.host = host;
  }

  collect(value: unknown): void {
    refuseThenable(value, this.host.task.vertex, 'collect');
    this.host.emit(value, this.timestamp);
  }

  output<T>(tag: OutputTag<T>, value: T): void {
    refuseThenable(value, this.host.task.vertex, 'output');
    this.host.emitSide(tag.tag, value, this.timestamp);
  }

  currentProcessingTime(): Timestamp {
    return this.host.now();
  }

  random(n: number): number {
    return this.host.random(n);
  }
}

/** Of an element without key. */
export class ElementContext extends BaseContext implements ReadOnlyBroadcastContext {
  private readonly states: ReadOnlyStates;

  constructor(host: TurnHost, store: BroadcastStore) {
    super(host);
    this.states = new ReadOnlyStates(host.task.vertex, store);
  }

  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.states.of(descriptor);
  }
}

/** Of a broadcast element. */
export class BroadcastContext extends BaseContext implements ApiBroadcastContext {
  private readonly store: BroadcastStore;

  constructor(host: TurnHost, store: BroadcastStore) {
    super(host);
    this.store = store;
  }

  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V> {
    return this.store.state(descriptor);
  }
}

/** Views that read, and say what to do to whoever writes (a cast gets that far). */
export class ReadOnlyStates {
  private readonly uid: string;
  private readonly store: BroadcastStore;

  constructor(uid: string, store: BroadcastStore) {
    this.uid = uid;
    this.store = store;
  }

  of<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V> {
    const state = this.store.state(descriptor);
    const refuse = (): never => {
      throw new JobError(
        `operator ${this.uid}: the broadcast state "${descriptor.name}" is read-only for elements and timers, since each subtask ` +
          'would write to its own copy; write to it in processBroadcastElement',
      );
    };
    return {
      get: (key) => state.get(key),
      has: (key) => state.has(key),
      entries: () => state.entries(),
      put: refuse,
      remove: refuse,
      clear: refuse,
    };
  }
}
