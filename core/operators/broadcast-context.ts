/**
 * What a broadcast process function without key sees of its turn, on either side of it (Flink:
 * `BroadcastProcessFunction.Context`). Elements may read broadcast state, broadcast elements may write it; the store
 * itself knows which of them is at work.
 */
import type { BroadcastContext as ApiBroadcastContext, BroadcastState, Timestamp } from '../job/functions.ts';
import type { MapDescriptor } from '../job/states.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import type { TurnHost } from './operator.ts';
import { OutputContext } from './output-context.ts';

export class BroadcastContext extends OutputContext implements ApiBroadcastContext {
  readonly #host: TurnHost;
  readonly #store: BroadcastStore;

  constructor(host: TurnHost, store: BroadcastStore) {
    super(host);
    this.#host = host;
    this.#store = store;
  }

  currentProcessingTime(): Timestamp {
    return this.#host.now();
  }

  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V> {
    return this.#store.state(descriptor);
  }
}
