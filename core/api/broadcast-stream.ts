import type { MapDescriptor } from '../job/states.ts';
import type { TypeInfo } from '../job/types.ts';
import type { Upstream } from './recorder.ts';

/** A stream that every subtask of the operator behind it sees whole, and the states in which it keeps what it learns. */
export class BroadcastStream<T> {
  /** @internal */
  readonly upstreams: readonly Upstream[];
  /** Type of the elements. */
  readonly type: TypeInfo<T>;
  /** Broadcast states of the operator behind it. */
  readonly states: readonly MapDescriptor<unknown, unknown>[];

  /** @internal */
  constructor(upstreams: readonly Upstream[], type: TypeInfo<T>, states: readonly MapDescriptor<unknown, unknown>[]) {
    this.upstreams = upstreams;
    this.type = type;
    this.states = states;
  }
}
