/**
 * Streams of a job under construction: plain, keyed, windowed, broadcast, and two connected ones. They make one another,
 * so they live in one file.
 *
 *     keyed.connect(keyed)             one keyed state and its timers, fed from both sides
 *     keyed.connect(broadcastStream)   keyed state beside broadcast state
 *     stream.connect(broadcastStream)  broadcast state alone
 *
 * Either side may be a union of several streams.
 */
import type {
  AggregateFunction,
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  MapDescriptor,
  OutputTag,
  ReduceFunction,
  WindowResult,
} from '../job/functions.ts';
import { requireSink } from '../connectors/check.ts';
import type { Committable, Sink } from '../connectors/sink.ts';
import type { OperatorSpec, PartitionSpec, WindowSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import { requireWhole } from '../job/watermarks.ts';
import type { WindowAssigner } from '../job/windows.ts';
import { type DraftNode, type OperatorOptions, sameType, type Upstream } from './recorder.ts';

/** @internal */
export function requireName(node: DraftNode, name: string): void {
  if (name === '') throw node.recorder.error(node, 'needs a topic; name the one that it reads or writes');
}

function forward(node: DraftNode, tag?: string): Upstream {
  return { node, tag, partition: { kind: 'forward' } };
}

/** Records of one type, from one or several outputs. */
export class DataStream<T> {
  protected readonly upstreams: readonly [Upstream, ...Upstream[]];
  /** Type of the records. */
  readonly type: TypeInfo<T>;

  /** @internal streams are made by the environment and by each other. */
  constructor(upstreams: readonly [Upstream, ...Upstream[]], type: TypeInfo<T>) {
    this.upstreams = upstreams;
    this.type = type;
  }

  /**
   * One record out for each record in.
   *
   * @param fn a function of the record alone, without effects.
   * @param outType of what it returns.
   * @example
   * ```ts
   * const job = defineJob('doubled', (env) => {
   *   env
   *     .fromSource(logSource({ topic: 'in', type: int32 }), { uid: 'in', watermarks: noWatermarks({ timestamp: () => 0 }) })
   *     .map((n) => 2 * n, int64)
   *     .sinkTo(logSink({ topic: 'out', type: int64 }))
   *     .uid('out');
   * });
   * ```
   */
  map<O>(fn: (value: T) => O, outType: TypeInfo<O>, options?: OperatorOptions): OperatorStream<O> {
    return this.#follow({ kind: 'map', fn }, outType, options);
  }

  /** None, one or many records out for each record in, in the order of the iterable, which must end. */
  flatMap<O>(fn: (value: T) => Iterable<O>, outType: TypeInfo<O>, options?: OperatorOptions): OperatorStream<O> {
    return this.#follow({ kind: 'flatMap', fn }, outType, options);
  }

  /** Keeps the records for which `fn` returns true. */
  filter(fn: (value: T) => boolean, options?: OperatorOptions): OperatorStream<T> {
    return this.#follow({ kind: 'filter', fn }, this.type, options);
  }

  /** The records of all the streams, in no order between them. @throws JobError if their types differ. */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    for (const other of others)
      requireSameType(other.upstreams[0].node, 'union: the streams have different types', this.type, other.type);
    return new DataStream([...this.upstreams, ...others.flatMap((other) => other.upstreams)], this.type);
  }

  /** Distributes the records round robin to all subtasks of what follows. */
  rebalance(): DataStream<T> {
    return this.#partitioned({ kind: 'rebalance' });
  }

  /**
   * Distributes the records round robin to some subtasks of what follows: those that belong to the sending subtask, so that
   * few channels are needed (2 senders and 4 receivers: 0 to 0 and 1, 1 to 2 and 3).
   */
  rescale(): DataStream<T> {
    return this.#partitioned({ kind: 'rescale' });
  }

  /** Each record goes to any subtask of what follows, by a draw. */
  shuffle(): DataStream<T> {
    return this.#partitioned({ kind: 'shuffle' });
  }

  /**
   * Each record goes to the subtask that `partition` names, a whole number in [0, receivers). It must be a function of its
   * arguments alone: records in flight are distributed again by it when the job is rescaled.
   */
  partitionCustom(partition: (value: T, receivers: number) => number): DataStream<T> {
    return this.#partitioned({ kind: 'custom', partition });
  }

  /** Each record goes to every subtask of what follows. */
  broadcast(): DataStream<T>;
  /** The same, for an operator that keeps what it learns in broadcast state: to be connected to another stream. */
  broadcast(
    state: MapDescriptor<unknown, unknown>,
    ...more: readonly MapDescriptor<unknown, unknown>[]
  ): BroadcastStream<T>;
  broadcast(...states: readonly MapDescriptor<unknown, unknown>[]): DataStream<T> | BroadcastStream<T> {
    const all = this.#partitioned({ kind: 'broadcast' });
    return states.length === 0 ? all : new BroadcastStream(all.upstreams, this.type, states);
  }

  /** Elements of this stream beside a broadcast one; `process` makes the operator. */
  connect<B>(broadcast: BroadcastStream<B>): ConnectedBroadcast<T, B> {
    return new ConnectedBroadcast(connection(this.upstreams, broadcast.upstreams), broadcast.states);
  }

  #partitioned(partition: PartitionSpec): DataStream<T> {
    const [first, ...rest] = this.upstreams;
    const moved = (upstream: Upstream): Upstream => ({ ...upstream, partition });
    return new DataStream([moved(first), ...rest.map(moved)], this.type);
  }

  /**
   * Partitions by key: all records of a key go to one subtask, which holds the key's state.
   *
   * @param key a function of the value alone: it is called again on other machines and in other attempts.
   * @param keyType no `json`; where a key lives depends on it (as Java's hashCode does).
   */
  keyBy<K>(key: (value: T) => K, keyType: TypeInfo<K>): KeyedStream<K, T> {
    const [first, ...rest] = this.upstreams;
    const hashed = (upstream: Upstream): Upstream => ({ ...upstream, partition: { kind: 'hash', key, keyType } });
    return new KeyedStream([hashed(first), ...rest.map(hashed)], this.type, keyType);
  }

  /** Ends the stream in a sink. Its uid is required, because its transactions are state. @throws JobError if the sink's type is not the stream's. */
  sinkTo<C extends Committable>(sink: Sink<T, C>, options?: OperatorOptions): Operator {
    const node = this.#add({ kind: 'sink', sink }, this.type, options);
    requireSameType(node, "the sink's type is not the stream's", sink.type, this.type);
    requireName(node, sink.output);
    requireSink(node.uid ?? 'sink', sink);
    return new Operator(node);
  }

  #follow<O>(
    operator: DraftNode['operator'],
    outType: TypeInfo<O>,
    options: OperatorOptions | undefined,
  ): OperatorStream<O> {
    return new OperatorStream(this.#add(operator, outType, options), outType);
  }

  #add(operator: DraftNode['operator'], outType: TypeInfo, options: OperatorOptions | undefined): DraftNode {
    const { recorder } = this.upstreams[0].node;
    return recorder.add({ operator, inputs: this.upstreams, outType, options });
  }
}

/** One operator that reads both, the first before the second. */
function connection(first: readonly [Upstream, ...Upstream[]], second: readonly Upstream[]): Connection {
  const { recorder } = first[0].node;
  const inputs = [...first, ...second];
  return {
    firstInputs: first.length,
    follow: (operator, outType, { sideOutputs = [], ...options } = {}) =>
      new OperatorStream(recorder.add({ operator, inputs, outType, sideOutputs, options }), outType),
  };
}

function requireSameType(node: DraftNode, what: string, a: TypeInfo, b: TypeInfo): void {
  if (!sameType(a, b)) {
    throw node.recorder.error(
      node,
      `${what} (${JSON.stringify(a)} and ${JSON.stringify(b)}); map one of them to the other's type`,
    );
  }
}

/** An operator whose settings may still be given; each method returns the same operator, so that they chain. */
export class Operator {
  readonly #node: DraftNode;

  /** @internal */
  constructor(node: DraftNode) {
    this.#node = node;
  }

  /** Names the operator in snapshots: never change it, or its state is lost. Letters, digits, ".", "_" and "-". */
  uid(uid: string): this {
    this.#node.uid = uid;
    return this;
  }

  /** Names the operator in reports; its uid by default. */
  name(name: string): this {
    this.#node.name = name;
    return this;
  }

  /** Number of subtasks, in [1, max parallelism]; the job's by default. An input that was forward becomes rebalance if it differs. */
  setParallelism(parallelism: number): this {
    this.#node.recorder.setParallelism(this.#node, parallelism);
    return this;
  }

  /** Number of key groups, in [1, 32768]; fixed for the life of the operator's state. */
  setMaxParallelism(maxParallelism: number): this {
    this.#node.recorder.setMaxParallelism(this.#node, maxParallelism);
    return this;
  }
}

/** The main output of an operator, and the operator itself. */
export class OperatorStream<T> extends DataStream<T> {
  readonly #node: DraftNode;
  readonly #operator: Operator;

  /** @internal */
  constructor(node: DraftNode, type: TypeInfo<T>) {
    super([forward(node)], type);
    this.#node = node;
    this.#operator = new Operator(node);
  }

  /** See `Operator.uid`. */
  uid(uid: string): this {
    this.#operator.uid(uid);
    return this;
  }

  /** See `Operator.name`. */
  name(name: string): this {
    this.#operator.name(name);
    return this;
  }

  /** See `Operator.setParallelism`. */
  setParallelism(parallelism: number): this {
    this.#operator.setParallelism(parallelism);
    return this;
  }

  /** See `Operator.setMaxParallelism`. */
  setMaxParallelism(maxParallelism: number): this {
    this.#operator.setMaxParallelism(maxParallelism);
    return this;
  }

  /** A second output. @throws JobError if the operator does not declare it, or with another type. */
  getSideOutput<S>(tag: OutputTag<S>): DataStream<S> {
    const declared = this.#node.sideOutputs.find((output) => output.tag === tag.tag);
    if (declared === undefined) {
      const names = this.#node.sideOutputs.map((output) => `"${output.tag}"`).join(', ');
      throw this.#node.recorder.error(
        this.#node,
        `has no side output "${tag.tag}" (it has ${names === '' ? 'none' : names}); list the tag in sideOutputs, or as sideOutputLateData of a window`,
      );
    }
    requireSameType(this.#node, `the side output "${tag.tag}" is declared with another type`, declared.type, tag.type);
    return new DataStream([forward(this.#node, tag.tag)], tag.type);
  }
}

/** Records partitioned by key: what keyed state and windows need. */
export class KeyedStream<K, T> {
  readonly #upstreams: readonly [Upstream, ...Upstream[]];
  /** Type of the records. */
  readonly type: TypeInfo<T>;
  /** Type of the keys. */
  readonly keyType: TypeInfo<K>;

  /** @internal */
  constructor(upstreams: readonly [Upstream, ...Upstream[]], type: TypeInfo<T>, keyType: TypeInfo<K>) {
    this.#upstreams = upstreams;
    this.type = type;
    this.keyType = keyType;
  }

  /** Streams keyed by different functions of one key type. @throws JobError if types or key types differ. */
  union(...others: readonly KeyedStream<K, T>[]): KeyedStream<K, T> {
    for (const other of others) {
      const { node } = other.#upstreams[0];
      requireSameType(node, 'union: the streams have different types', this.type, other.type);
      requireSameType(node, 'union: the streams are keyed by different key types', this.keyType, other.keyType);
    }
    return new KeyedStream(
      [...this.#upstreams, ...others.flatMap((other) => other.#upstreams)],
      this.type,
      this.keyType,
    );
  }

  /**
   * A function with keyed state and timers. Its uid is required.
   *
   * @param create makes a function for each subtask: no object is shared between two of them.
   * @param outType of what the function emits.
   * @param options.sideOutputs every tag that the function writes to.
   * @throws JobError when the job is recorded, if a tag is declared twice.
   */
  process<O>(
    create: () => KeyedProcessFunction<K, T, O>,
    outType: TypeInfo<O>,
    options?: OperatorOptions & { readonly sideOutputs?: readonly OutputTag[] },
  ): OperatorStream<O> {
    return this.#follow({ kind: 'process', create }, outType, options?.sideOutputs ?? [], options);
  }

  /** Emits, for each element, the reduction of all elements of its key so far. */
  reduce(fn: ReduceFunction<T>, options?: OperatorOptions): OperatorStream<T> {
    const { type } = this;
    return this.#follow({ kind: 'reduce', fn, type }, type, [], options);
  }

  /** Another stream of the same key type, or a broadcast one, as a second input; `process` makes the operator. @throws JobError if the key types differ. */
  connect<B>(other: KeyedStream<K, B>): ConnectedKeyed<K, T, B>;
  connect<B>(other: BroadcastStream<B>): ConnectedKeyedBroadcast<K, T, B>;
  connect<B>(
    other: KeyedStream<K, B> | BroadcastStream<B>,
  ): ConnectedKeyed<K, T, B> | ConnectedKeyedBroadcast<K, T, B> {
    if (other instanceof BroadcastStream) {
      return new ConnectedKeyedBroadcast(connection(this.#upstreams, other.upstreams), other.states);
    }
    requireSameType(
      other.#upstreams[0].node,
      'connect: the streams are keyed by different key types',
      this.keyType,
      other.keyType,
    );
    return new ConnectedKeyed(connection(this.#upstreams, other.#upstreams));
  }

  /**
   * Groups the elements of each key into windows; `reduce` or `aggregate` on the result makes the operator.
   *
   * @example
   * ```ts
   * const click = record({ page: string, at: int64, n: int32 });
   * const job = defineJob('clicks', (env) => {
   *   env
   *     .fromSource(logSource({ topic: 'clicks', type: click }), {
   *       uid: 'clicks',
   *       watermarks: watermarkPerRecord({ timestamp: (c) => c.at, delayMs: 1_000 }),
   *     })
   *     .keyBy((c) => c.page, string)
   *     .window(tumblingEventTime(60_000))
   *     .allowedLateness(5_000)
   *     .reduce((a, b) => ({ ...a, n: a.n + b.n }))
   *     .uid('per-minute')
   *     .sinkTo(logSink({ topic: 'per-minute', type: click }))
   *     .uid('out');
   * });
   * ```
   */
  window(assigner: WindowAssigner): WindowedStream<K, T> {
    const follow: Follow = (operator, outType, sideOutputs) => this.#follow(operator, outType, sideOutputs, undefined);
    return new WindowedStream(follow, this.#upstreams[0].node, this.type, {
      assigner,
      allowedLatenessMs: 0,
      lateOutput: undefined,
    });
  }

  #follow<O>(
    operator: DraftNode['operator'],
    outType: TypeInfo<O>,
    sideOutputs: readonly OutputTag[],
    options: OperatorOptions | undefined,
  ): OperatorStream<O> {
    const { recorder } = this.#upstreams[0].node;
    const node = recorder.add({ operator, inputs: this.#upstreams, outType, sideOutputs, options });
    return new OperatorStream(node, outType);
  }
}

type Follow = <O>(operator: WindowSpec, outType: TypeInfo<O>, sideOutputs: readonly OutputTag[]) => OperatorStream<O>;

interface WindowSettings<T> {
  readonly assigner: WindowAssigner;
  readonly allowedLatenessMs: number;
  readonly lateOutput: OutputTag<T> | undefined;
}

/** Windows of a keyed stream; `reduce` or `aggregate` makes the operator. */
export class WindowedStream<K, T> {
  readonly #follow: Follow;
  readonly #input: DraftNode;
  readonly #type: TypeInfo<T>;
  readonly #settings: WindowSettings<T>;

  /** @internal */
  constructor(follow: Follow, input: DraftNode, type: TypeInfo<T>, settings: WindowSettings<T>) {
    this.#follow = follow;
    this.#input = input;
    this.#type = type;
    this.#settings = settings;
  }

  /** How long after its end a window still takes elements, in event time: whole milliseconds >= 0. @throws JobError otherwise. */
  allowedLateness(allowedLatenessMs: number): WindowedStream<K, T> {
    requireWhole('allowedLateness', allowedLatenessMs, 0);
    return this.#with({ ...this.#settings, allowedLatenessMs });
  }

  /** Sends late elements to a side output; without it they are dropped and counted. @throws JobError if the tag's type is not the elements'. */
  sideOutputLateData(lateOutput: OutputTag<T>): WindowedStream<K, T> {
    requireSameType(
      this.#input,
      `sideOutputLateData: the type of "${lateOutput.tag}" is not that of the elements`,
      this.#type,
      lateOutput.type,
    );
    return this.#with({ ...this.#settings, lateOutput });
  }

  /** One value a pane: the reduction of its elements, or what `emit` makes of it. */
  reduce(fn: ReduceFunction<T>): OperatorStream<T>;
  reduce<R>(fn: ReduceFunction<T>, emit: (pane: WindowResult<K, T>) => R, outType: TypeInfo<R>): OperatorStream<R>;
  reduce(
    fn: ReduceFunction<T>,
    emit?: (pane: WindowResult<K, T>) => unknown,
    outType: TypeInfo = this.#type,
  ): OperatorStream<unknown> {
    return this.#fold({ kind: 'reduce', fn }, this.#type, emit, outType);
  }

  /** One value a pane: the aggregate of its elements, or what `emit` makes of it. `outType` is of what goes out. */
  aggregate<A, R>(
    fn: AggregateFunction<T, A, R>,
    accumulatorType: TypeInfo<A>,
    outType: TypeInfo<R>,
  ): OperatorStream<R>;
  aggregate<A, O, R>(
    fn: AggregateFunction<T, A, O>,
    accumulatorType: TypeInfo<A>,
    outType: TypeInfo<R>,
    emit: (pane: WindowResult<K, O>) => R,
  ): OperatorStream<R>;
  aggregate<A, O>(
    fn: AggregateFunction<T, A, O>,
    accumulatorType: TypeInfo<A>,
    outType: TypeInfo,
    emit?: (pane: WindowResult<K, O>) => unknown,
  ): OperatorStream<unknown> {
    return this.#fold({ kind: 'aggregate', fn }, accumulatorType, emit, outType);
  }

  #with(settings: WindowSettings<T>): WindowedStream<K, T> {
    return new WindowedStream(this.#follow, this.#input, this.#type, settings);
  }

  #fold(
    fold: WindowSpec['fold'],
    accumulatorType: TypeInfo,
    emit: WindowSpec['emit'],
    outType: TypeInfo,
  ): OperatorStream<unknown> {
    const { assigner, allowedLatenessMs, lateOutput } = this.#settings;
    const operator: WindowSpec = {
      kind: 'window',
      assigner,
      allowedLatenessMs,
      lateTag: lateOutput?.tag,
      fold,
      accumulatorType,
      emit,
    };
    return this.#follow(operator, outType, lateOutput === undefined ? [] : [lateOutput]);
  }
}

// ---- connected streams

/** Options of an operator with two inputs. */
export type ProcessOptions = OperatorOptions & { readonly sideOutputs?: readonly OutputTag[] };

/** How an operator is put behind both inputs. @internal */
export interface Connection {
  /** In-edges that are the first input. */
  readonly firstInputs: number;
  /** Adds the operator. */
  readonly follow: <O>(
    operator: OperatorSpec,
    outType: TypeInfo<O>,
    options: ProcessOptions | undefined,
  ) => OperatorStream<O>;
}

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

/** Two streams keyed by one key type: elements of a key, from either side, meet in one state. */
export class ConnectedKeyed<K, A, B> {
  readonly #connection: Connection;

  /** @internal */
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

/** A keyed stream beside a broadcast one. */
export class ConnectedKeyedBroadcast<K, I, B> {
  readonly #connection: Connection;
  readonly #states: BroadcastStream<B>['states'];

  /** @internal */
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

/** A stream without key beside a broadcast one. */
export class ConnectedBroadcast<I, B> {
  readonly #connection: Connection;
  readonly #states: BroadcastStream<B>['states'];

  /** @internal */
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
