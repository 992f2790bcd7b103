/**
 * Two streams as the inputs of one operator: `a.connect(b).process(...)`. What `job.ts` is for one stream, this is for
 * two; the streams themselves are made there.
 *
 *     keyed.connect(keyed)             one keyed state and its timers, fed from both sides
 *     keyed.connect(broadcastStream)   keyed state beside broadcast state
 *     stream.connect(broadcastStream)  broadcast state alone
 *
 * Either side may be a union of several streams.
 */
import type {
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  MapDescriptor,
  OutputTag,
} from './functions.ts';
import type { OperatorStream } from './job.ts';
import type { OperatorOptions, Upstream } from './recorder.ts';
import type { OperatorSpec } from './spec.ts';
import type { TypeInfo } from './types.ts';

export type ProcessOptions = OperatorOptions & { readonly sideOutputs?: readonly OutputTag[] };

/** How an operator is put behind both inputs. */
export interface Connection {
  /** In-edges that are the first input. */
  readonly firstInputs: number;
  readonly follow: <O>(
    operator: OperatorSpec,
    outType: TypeInfo<O>,
    options: ProcessOptions | undefined,
  ) => OperatorStream<O>;
}

/** A stream that every subtask of the operator behind it sees whole, and the states in which it keeps what it is told. */
export class BroadcastStream<T> {
  readonly upstreams: readonly Upstream[];
  readonly type: TypeInfo<T>;
  readonly states: readonly MapDescriptor<unknown, unknown>[];

  constructor(upstreams: readonly Upstream[], type: TypeInfo<T>, states: readonly MapDescriptor<unknown, unknown>[]) {
    this.upstreams = upstreams;
    this.type = type;
    this.states = states;
  }
}

export class ConnectedKeyed<K, A, B> {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => KeyedCoProcessFunction<K, A, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs, follow } = this.#connection;
    return follow({ kind: 'coProcess', create, firstInputs }, outType, options);
  }
}

export class ConnectedKeyedBroadcast<K, I, B> {
  readonly #connection: Connection;
  readonly #states: BroadcastStream<B>['states'];

  constructor(connection: Connection, states: BroadcastStream<B>['states']) {
    this.#connection = connection;
    this.#states = states;
  }

  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => KeyedBroadcastProcessFunction<K, I, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs, follow } = this.#connection;
    return follow({ kind: 'keyedBroadcast', create, firstInputs, states: this.#states }, outType, options);
  }
}

export class ConnectedBroadcast<I, B> {
  readonly #connection: Connection;
  readonly #states: BroadcastStream<B>['states'];

  constructor(connection: Connection, states: BroadcastStream<B>['states']) {
    this.#connection = connection;
    this.#states = states;
  }

  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => BroadcastProcessFunction<I, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs, follow } = this.#connection;
    return follow({ kind: 'broadcast', create, firstInputs, states: this.#states }, outType, options);
  }
}
