/**
 * Streams of a job under construction: plain, keyed, windowed, broadcast, and two connected ones. They make one another,
 * so they live in one file.
 *
 *     keyed.connect(keyed)             one keyed state and its timers, fed from both sides
 *     keyed.connect(broadcastStream)   keyed state beside broadcast state
 *     stream.connect(broadcastStream)  broadcast state alone
 *     stream.connect(stream)           one operator without key, fed from both sides
 *     stream.join(stream)              pairs of elements in one window; `coGroup`: all elements of both in it
 *     keyed.intervalJoin(keyed)        pairs of elements whose times lie within bounds
 *     stream.asyncWait(service)        an external service is asked about each element
 *
 * Either side may be a union of several streams.
 */
import type { AggregateFunction, ReduceFunction } from '../job/aggregation.ts';
import type { AsyncFunction, ServiceSpec } from '../job/async-functions.ts';
import type {
  KeyedBroadcastProcessFunction,
  KeyedContext,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  OutputTag,
  WindowResult,
} from '../job/functions.ts';
import { requireSink } from '../connectors/check.ts';
import type { Committable, Sink } from '../connectors/sink.ts';
import type { ProcessJoinFunction } from '../job/join-functions.ts';
import type { BroadcastProcessFunction, CoProcessFunction, ProcessFunction } from '../job/operator-states.ts';
import type { OperatorSpec, PartitionSpec } from '../job/spec.ts';
import type { MapDescriptor } from '../job/states.ts';
import { int32, list, type TypeInfo } from '../job/types.ts';
import { requireWhole } from '../job/watermarks.ts';
import type { WindowEvictor, WindowTrigger } from '../job/triggers.ts';
import type { ProcessWindowFunction } from '../job/window-functions.ts';
import type { WindowAssigner } from '../job/windows.ts';
import { asyncWaitSpec, type AsyncWaitOptions } from './async-settings.ts';
import { BroadcastStream } from './broadcast-stream.ts';
import { describe } from '../values/refusal.ts';
import { isConnector, requireFunction } from './requirements.ts';
import {
  coGrouping,
  type CoGroupFunction,
  type EqualTo,
  type IntervalSettings,
  intervalSettings,
  intervalSpec,
} from './join-settings.ts';
import { coProcessing, type Sided, sidedType } from './sided.ts';
import { forward, Operator, type ProcessOptions, requireName, requireSameType } from './operator.ts';
import type { DraftNode, OperatorOptions, Upstream } from './recorder.ts';
import { type PaneMaker, windowSettings, type WindowSettings, windowSpec } from './window-settings.ts';

type Upstreams = readonly [Upstream, ...Upstream[]];

/** What a function of one record sees of its key: state, and no timers, since it has nothing that they could call. */
export type KeyedFunctionContext<K> = Omit<KeyedContext<K>, 'timerService' | 'output'>;

/** Records of one type, from one or several outputs. */
export class DataStream<T> {
  protected readonly upstreams: Upstreams;
  /** Type of the records. */
  readonly type: TypeInfo<T>;

  /** @internal streams are made by the environment and by each other. */
  constructor(upstreams: Upstreams, type: TypeInfo<T>) {
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
    return follow(this.upstreams, { kind: 'map', fn }, outType, options);
  }

  /** None, one or many records out for each record in, in the order of the iterable, which must end. */
  flatMap<O>(fn: (value: T) => Iterable<O>, outType: TypeInfo<O>, options?: OperatorOptions): OperatorStream<O> {
    return follow(this.upstreams, { kind: 'flatMap', fn }, outType, options);
  }

  /** Keeps the records for which `fn` returns true. */
  filter(fn: (value: T) => boolean, options?: OperatorOptions): OperatorStream<T> {
    return follow(this.upstreams, { kind: 'filter', fn }, this.type, options);
  }

  /**
   * A function with operator state: lists and broadcast state of its subtasks, no keys and no timers. Its uid is required.
   *
   * @param create makes a function for each subtask: no object is shared between two of them.
   * @param outType of what the function emits.
   * @param options.sideOutputs every tag that the function writes to.
   * @throws JobError when the job is recorded, if a tag is declared twice.
   */
  process<O>(create: () => ProcessFunction<T, O>, outType: TypeInfo<O>, options?: ProcessOptions): OperatorStream<O> {
    return follow(this.upstreams, { kind: 'plainProcess', create }, outType, options);
  }

  /**
   * Asks an external service about each element, without waiting for the answers; see `AsyncFunction`. Its uid is required.
   * Where the results have to be those of one key in order, send each key to one subtask first (`partitionCustom`).
   *
   * @param service what is asked; made by `externalService`.
   * @param create makes a function for each subtask: no object is shared between two of them.
   * @param outType of what the function emits.
   * @param options.mode whether results come in the order of the inputs, or as the answers come.
   * @param options.capacity elements that may wait at a subtask.
   * @param options.timeoutMs how long one waits, over all its retries.
   * @throws JobError if one of these is out of its range.
   */
  asyncWait<Q, R, O>(
    service: ServiceSpec<Q, R>,
    create: () => AsyncFunction<T, Q, R, O>,
    outType: TypeInfo<O>,
    options: AsyncWaitOptions,
  ): OperatorStream<O> {
    const { mode, capacity, timeoutMs, retry, ...own } = options;
    const settings = { mode, capacity, timeoutMs, ...(retry === undefined ? {} : { retry }) };
    return follow(this.upstreams, asyncWaitSpec(service, create, this.type, settings), outType, own);
  }

  /** The records of all the streams, in no order between them. @throws JobError if their types differ. */
  union(...others: readonly DataStream<T>[]): DataStream<T> {
    for (const other of others) {
      requireStream(this.upstreams, 'union', 'streams without key', other, DataStream);
      requireSameType(other.upstreams[0].node, 'union: the streams have different types', this.type, other.type);
    }
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

  /**
   * Elements of this stream beside a broadcast one, or beside another of any type; `process`, and without broadcast state `map` and
   * `flatMap`, make the operator. How each of the two is distributed says each for itself (`rebalance()`, ...).
   */
  connect<B>(broadcast: BroadcastStream<B>): ConnectedBroadcast<T, B>;
  connect<B>(other: DataStream<B>): ConnectedStreams<T, B>;
  connect<B>(other: BroadcastStream<B> | DataStream<B>): ConnectedBroadcast<T, B> | ConnectedStreams<T, B> {
    if (other instanceof BroadcastStream) return new ConnectedBroadcast(this.upstreams, other);
    requireStream(this.upstreams, 'connect', 'a stream without key, or a broadcast one', other, DataStream);
    return new ConnectedStreams(bothOf(this, other));
  }

  /**
   * Each pair of an element of this stream, the left one, and one of another that have equal keys and lie in one window.
   * `where`, `equalTo`, `window` and `apply` make the operator. A pair comes when its window fires, with the window's end - 1 as
   * its timestamp; what has no partner in its window is left out, and what is late is dropped.
   *
   * @example
   * ```ts
   * const click = record({ user: string, page: string, at: int64 });
   * const seen = record({ page: string, city: string });
   * const user = record({ name: string, city: string, at: int64 });
   * const job = defineJob('pages-by-city', (env) => {
   *   const clicks = env.fromSource(logSource({ topic: 'clicks', type: click }), {
   *     uid: 'clicks',
   *     watermarks: watermarkPerRecord({ timestamp: (c) => c.at, delayMs: 1_000 }),
   *   });
   *   const logins = env.fromSource(logSource({ topic: 'logins', type: user }), {
   *     uid: 'logins',
   *     watermarks: watermarkPerRecord({ timestamp: (u) => u.at, delayMs: 1_000 }),
   *   });
   *   clicks
   *     .join(logins)
   *     .where((c) => c.user, string)
   *     .equalTo((u) => u.name)
   *     .window(tumblingEventTime(60_000))
   *     .apply((c, u) => ({ page: c.page, city: u.city }), seen)
   *     .uid('seen')
   *     .sinkTo(logSink({ topic: 'seen', type: seen }))
   *     .uid('out');
   * });
   * ```
   */
  join<R>(other: DataStream<R>): JoinedStreams<T, R> {
    requireStream(this.upstreams, 'join', 'a stream without key: where and equalTo give the keys', other, DataStream);
    return new JoinedStreams(this, other);
  }

  /**
   * All elements of this stream, the left one, and of another that have equal keys and lie in one window, also if one of the
   * sides has none: outer joins are made of it (`examples/outer-join`). See `join`.
   */
  coGroup<R>(other: DataStream<R>): CoGroupedStreams<T, R> {
    requireStream(
      this.upstreams,
      'coGroup',
      'a stream without key: where and equalTo give the keys',
      other,
      DataStream,
    );
    return new CoGroupedStreams(this, other);
  }

  #partitioned(partition: PartitionSpec): DataStream<T> {
    const [first, ...rest] = this.upstreams;
    const moved = ({ node, tag }: Upstream): Upstream => ({ node, tag, partition });
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
    const hashed = ({ node, tag }: Upstream): Upstream => ({ node, tag, partition: { kind: 'hash', key, keyType } });
    return new KeyedStream([hashed(first), ...rest.map(hashed)], this.type, keyType);
  }

  /** Groups all elements into windows, in one subtask, as if they had one key, 0. @throws JobError as `keyBy(...).window(...)`. */
  windowAll(assigner: WindowAssigner): WindowedStream<number, T> {
    const [first, ...rest] = this.upstreams;
    const single: PartitionSpec = { kind: 'hash', key: () => 0, keyType: int32 };
    const moved = ({ node, tag }: Upstream): Upstream => ({ node, tag, partition: single });
    return new WindowedStream([moved(first), ...rest.map(moved)], this.type, windowSettings<T>(assigner, true));
  }

  /** Ends the stream in a sink. Its uid is required, because its transactions are state. @throws JobError if the sink's type is not the stream's. */
  sinkTo<C extends Committable>(sink: Sink<T, C>, options?: OperatorOptions): Operator {
    const { node: from } = this.upstreams[0];
    if (!isConnector(sink))
      throw from.recorder.refused(
        from,
        `sinkTo needs a sink such as logSink({ topic, type }), and got ${describe(sink)}`,
      );
    const node = from.recorder.add({
      operator: { kind: 'sink', sink },
      inputs: this.upstreams,
      outType: this.type,
      options,
    });
    requireSameType(node, "the sink's type is not the stream's", sink.type, this.type);
    requireName(node, sink.output);
    requireSink(node.uid ?? 'sink', sink);
    return new Operator(node);
  }
}

/** An operator behind these inputs, and its main output. */
function follow<O>(
  inputs: Upstreams,
  operator: OperatorSpec,
  outType: TypeInfo<O>,
  options: ProcessOptions | undefined,
  lateOutputs: readonly OutputTag[] = [],
): OperatorStream<O> {
  const { recorder } = inputs[0].node;
  const sideOutputs = [...lateOutputs, ...(options?.sideOutputs ?? [])];
  const node = recorder.add({ operator, inputs, outType, sideOutputs, options });
  return new OperatorStream(node, outType);
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
  readonly #upstreams: Upstreams;
  /** Type of the records. */
  readonly type: TypeInfo<T>;
  /** Type of the keys. */
  readonly keyType: TypeInfo<K>;

  /** @internal */
  constructor(upstreams: Upstreams, type: TypeInfo<T>, keyType: TypeInfo<K>) {
    this.#upstreams = upstreams;
    this.type = type;
    this.keyType = keyType;
  }

  /** Streams keyed by different functions of one key type. @throws JobError if types or key types differ. */
  union(...others: readonly KeyedStream<K, T>[]): KeyedStream<K, T> {
    for (const other of others) {
      requireStream(this.#upstreams, 'union', 'streams keyed as this one is', other, KeyedStream);
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
    options?: ProcessOptions,
  ): OperatorStream<O> {
    return follow(this.#upstreams, { kind: 'process', create }, outType, options);
  }

  /**
   * One record out for each record in, by a function with the state, timers excepted, of the record's key. Its uid is required.
   *
   * @param fn remembers nothing but what is in state.
   * @example
   * ```ts
   * const last = valueState('last', int64);
   * const reading = record({ sensor: string, value: int64, at: int64 });
   * const job = defineJob('changes', (env) => {
   *   env
   *     .fromSource(logSource({ topic: 'readings', type: reading }), {
   *       uid: 'readings',
   *       watermarks: noWatermarks({ timestamp: (r) => r.at }),
   *     })
   *     .keyBy((r) => r.sensor, string)
   *     .map((r, ctx) => {
   *       const before = ctx.getState(last).value() ?? r.value;
   *       ctx.getState(last).update(r.value);
   *       return r.value - before;
   *     }, int64)
   *     .uid('change')
   *     .sinkTo(logSink({ topic: 'changes', type: int64 }))
   *     .uid('out');
   * });
   * ```
   */
  map<O>(
    fn: (value: T, ctx: KeyedFunctionContext<K>) => O,
    outType: TypeInfo<O>,
    options?: OperatorOptions,
  ): OperatorStream<O> {
    requireFunction('the function of map', fn);
    return this.process<O>(
      () => ({ processElement: (value, ctx, out) => out.collect(fn(value, ctx)) }),
      outType,
      options,
    );
  }

  /** None, one or many records out for each record in, by a function with the state of the record's key. See `map`. */
  flatMap<O>(
    fn: (value: T, ctx: KeyedFunctionContext<K>) => Iterable<O>,
    outType: TypeInfo<O>,
    options?: OperatorOptions,
  ): OperatorStream<O> {
    requireFunction('the function of flatMap', fn);
    return this.process<O>(
      () => ({
        processElement(value, ctx, out) {
          for (const one of fn(value, ctx)) out.collect(one);
        },
      }),
      outType,
      options,
    );
  }

  /** Keeps the records for which `fn`, with the state of the record's key, returns true. See `map`. */
  filter(fn: (value: T, ctx: KeyedFunctionContext<K>) => boolean, options?: OperatorOptions): OperatorStream<T> {
    requireFunction('the function of filter', fn);
    return this.process<T>(
      () => ({
        processElement(value, ctx, out) {
          if (fn(value, ctx)) out.collect(value);
        },
      }),
      this.type,
      options,
    );
  }

  /** Emits, for each element, the reduction of all elements of its key so far. */
  reduce(fn: ReduceFunction<T>, options?: OperatorOptions): OperatorStream<T> {
    const { type } = this;
    return follow(this.#upstreams, { kind: 'reduce', fn, type }, type, options);
  }

  /** Another stream of the same key type, or a broadcast one, as a second input; `process` makes the operator. @throws JobError if the key types differ. */
  connect<B>(other: KeyedStream<K, B>): ConnectedKeyed<K, T, B>;
  connect<B>(other: BroadcastStream<B>): ConnectedKeyedBroadcast<K, T, B>;
  connect<B>(
    other: KeyedStream<K, B> | BroadcastStream<B>,
  ): ConnectedKeyed<K, T, B> | ConnectedKeyedBroadcast<K, T, B> {
    if (other instanceof BroadcastStream) return new ConnectedKeyedBroadcast(this.#upstreams, other);
    requireStream(this.#upstreams, 'connect', 'a keyed stream, or a broadcast one', other, KeyedStream);
    requireSameType(
      other.#upstreams[0].node,
      'connect: the streams are keyed by different key types',
      this.keyType,
      other.keyType,
    );
    return new ConnectedKeyed(this.#upstreams, other.#upstreams);
  }

  /**
   * Pairs of an element of this stream, the left one, and one of another of the same key whose timestamp lies within bounds of
   * its own; `between` gives the bounds. Each waits in state for as long as a partner in time may come.
   *
   * A pair comes once, if neither element is late (its timestamp is below the watermark). A partner that comes at the watermark
   * itself may find that the other one has just gone.
   *
   * @throws JobError if the key types differ.
   * @example
   * ```ts
   * const order = record({ id: string, at: int64 });
   * const payment = record({ order: string, at: int64, cents: int64 });
   * const job = defineJob('paid-orders', (env) => {
   *   const orders = env
   *     .fromSource(logSource({ topic: 'orders', type: order }), {
   *       uid: 'orders',
   *       watermarks: watermarkPerRecord({ timestamp: (o) => o.at, delayMs: 1_000 }),
   *     })
   *     .keyBy((o) => o.id, string);
   *   const payments = env
   *     .fromSource(logSource({ topic: 'payments', type: payment }), {
   *       uid: 'payments',
   *       watermarks: watermarkPerRecord({ timestamp: (p) => p.at, delayMs: 1_000 }),
   *     })
   *     .keyBy((p) => p.order, string);
   *   orders
   *     .intervalJoin(payments)
   *     .between(0, 3_600_000) // paid within an hour
   *     .process<TypeOf<typeof payment>>(
   *       () => ({ processElement: (_order, paid, _ctx, out) => out.collect(paid) }),
   *       payment,
   *     )
   *     .uid('paid')
   *     .sinkTo(logSink({ topic: 'paid', type: payment }))
   *     .uid('out');
   * });
   * ```
   */
  intervalJoin<B>(other: KeyedStream<K, B>): IntervalJoin<T, B> {
    requireStream(this.#upstreams, 'intervalJoin', 'a keyed stream', other, KeyedStream);
    const { node } = other.#upstreams[0];
    requireSameType(node, 'intervalJoin: the streams are keyed by different key types', this.keyType, other.keyType);
    return new IntervalJoin(this.#upstreams, other.#upstreams, { left: this.type, right: other.type });
  }

  /**
   * Groups the elements of each key into windows; `reduce`, `aggregate` or `process` on the result makes the operator.
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
    return new WindowedStream(this.#upstreams, this.type, windowSettings<T>(assigner, false));
  }
}

/** Windows of a keyed stream; `reduce`, `aggregate` or `process` makes the operator. */
export class WindowedStream<K, T> {
  readonly #upstreams: Upstreams;
  readonly #type: TypeInfo<T>;
  readonly #settings: WindowSettings<T>;

  /** @internal */
  constructor(upstreams: Upstreams, type: TypeInfo<T>, settings: WindowSettings<T>) {
    this.#upstreams = upstreams;
    this.#type = type;
    this.#settings = settings;
  }

  /** Decides when a pane fires, instead of the assigner's own trigger. */
  trigger(trigger: WindowTrigger): WindowedStream<K, T> {
    return this.#with({ ...this.#settings, trigger });
  }

  /**
   * Takes elements out of a pane when it fires. The state then holds the elements with their timestamps, not a fold of them. A pane
   * whose elements are all taken before the function still fires: `process` is given none, `aggregate` the accumulator of no element,
   * and `reduce` emits nothing.
   */
  evictor(evictor: WindowEvictor): WindowedStream<K, T> {
    return this.#with({ ...this.#settings, evictor });
  }

  /** How long after its end a window still takes elements, in event time: whole milliseconds >= 0. @throws JobError otherwise. */
  allowedLateness(allowedLatenessMs: number): WindowedStream<K, T> {
    requireWhole('allowedLateness', allowedLatenessMs, 0);
    return this.#with({ ...this.#settings, allowedLatenessMs });
  }

  /** Sends late elements to a side output; without it they are dropped and counted. @throws JobError if the tag's type is not the elements'. */
  sideOutputLateData(lateOutput: OutputTag<T>): WindowedStream<K, T> {
    requireSameType(
      this.#upstreams[0].node,
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
    return this.#made({ fold: { kind: 'reduce', fn }, contents: this.#type, emit }, outType);
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
    return this.#made({ fold: { kind: 'aggregate', fn }, contents: accumulatorType, emit }, outType);
  }

  /**
   * A function that is given all elements of a pane, in order of arrival (after a merge, in order of the windows' starts), and may
   * emit any number of values. The state holds the elements; where a fold is enough, `reduceAndProcess` and `aggregateAndProcess`
   * hold one value.
   *
   * @param create makes a function for each subtask: no object is shared between two of them.
   */
  process<O>(
    create: () => ProcessWindowFunction<K, T, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    return this.#made({ fold: { kind: 'list' }, contents: list(this.#type), create }, outType, options);
  }

  /** The same, given the reduction of the elements alone. */
  reduceAndProcess<O>(
    fn: ReduceFunction<T>,
    create: () => ProcessWindowFunction<K, T, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    return this.#made({ fold: { kind: 'reduce', fn }, contents: this.#type, create }, outType, options);
  }

  /** The same, given the aggregate of the elements alone. */
  aggregateAndProcess<A, R, O>(
    fn: AggregateFunction<T, A, R>,
    accumulatorType: TypeInfo<A>,
    create: () => ProcessWindowFunction<K, R, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    return this.#made({ fold: { kind: 'aggregate', fn }, contents: accumulatorType, create }, outType, options);
  }

  #with(settings: WindowSettings<T>): WindowedStream<K, T> {
    return new WindowedStream(this.#upstreams, this.#type, settings);
  }

  #made<O>(made: PaneMaker, outType: TypeInfo<O>, options?: ProcessOptions): OperatorStream<O> {
    const { lateOutput, isAll } = this.#settings;
    const operator = windowSpec(this.#settings, made, this.#type);
    const late = lateOutput === undefined ? [] : [lateOutput];
    const stream = follow(this.#upstreams, operator, outType, options, late);
    return isAll ? stream.setMaxParallelism(1).setParallelism(1) : stream;
  }
}

/** A job in JavaScript has no compiler that refuses another kind of stream. @throws JobError */
function requireStream<S extends DataStream<never> | KeyedStream<never, never>>(
  [{ node }]: Upstreams,
  method: string,
  needed: string,
  other: unknown,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any stream of the class
  kind: abstract new (...args: any) => S,
): void {
  if (other instanceof kind) return;
  throw node.recorder.refused(node, `${method} needs ${needed}, and got ${streamText(other)}`);
}

function streamText(other: unknown): string {
  if (other instanceof KeyedStream) return 'a keyed stream';
  if (other instanceof DataStream) return 'a stream without key; add keyBy(...)';
  if (other instanceof BroadcastStream) return 'a broadcast stream';
  return describe(other);
}

/** Both streams in one. */
function bothOf<L, R>(left: DataStream<L>, right: DataStream<R>): DataStream<Sided<L, R>> {
  const type = sidedType(left.type, right.type);
  const lefts = left.map<Sided<L, R>>((value) => ({ tag: 'left', value }), type);
  return lefts.union(right.map<Sided<L, R>>((value) => ({ tag: 'right', value }), type));
}

/** Two streams of any types, without key, that one operator reads. */
export class ConnectedStreams<A, B> {
  readonly #both: DataStream<Sided<A, B>>;

  /** @internal */
  constructor(both: DataStream<Sided<A, B>>) {
    this.#both = both;
  }

  /** One record out for each record of either side: `first` of the first one, `second` of the other. */
  map<O>(
    first: (value: A) => O,
    second: (value: B) => O,
    outType: TypeInfo<O>,
    options?: OperatorOptions,
  ): OperatorStream<O> {
    requireFunction('the first function of map', first);
    requireFunction('the second function of map', second);
    return this.#both.map((one) => (one.tag === 'left' ? first(one.value) : second(one.value)), outType, options);
  }

  /** None, one or many records out for each record of either side, in the order of the iterables, which must end. */
  flatMap<O>(
    first: (value: A) => Iterable<O>,
    second: (value: B) => Iterable<O>,
    outType: TypeInfo<O>,
    options?: OperatorOptions,
  ): OperatorStream<O> {
    requireFunction('the first function of flatMap', first);
    requireFunction('the second function of flatMap', second);
    return this.#both.flatMap((one) => (one.tag === 'left' ? first(one.value) : second(one.value)), outType, options);
  }

  /**
   * A function of both sides with operator state, as `DataStream.process`. Its uid is required.
   *
   * @param create makes a function for each subtask: no object is shared between two of them.
   */
  process<O>(
    create: () => CoProcessFunction<A, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    requireFunction('the factory of process', create);
    return this.#both.process(coProcessing(create), outType, options);
  }
}

/** Two streams whose elements are to meet in windows. */
export class CoGroupedStreams<L, R> {
  readonly #left: DataStream<L>;
  readonly #right: DataStream<R>;

  /** @internal */
  constructor(left: DataStream<L>, right: DataStream<R>) {
    this.#left = left;
    this.#right = right;
  }

  /** @param key a function of the left element alone; `keyType` is that of the keys of both sides. No `json`. */
  where<K>(key: (left: L) => K, keyType: TypeInfo<K>): EqualTo<R, K, CoGroupedWindows<K, L, R>> {
    return {
      equalTo: (rightKey) => ({
        window: (assigner) => {
          requireFunction('the key function of where', key);
          requireFunction('the key function of equalTo', rightKey);
          const keyed = bothOf(this.#left, this.#right).keyBy(
            (one) => (one.tag === 'left' ? key(one.value) : rightKey(one.value)),
            keyType,
          );
          return new CoGroupedWindows(keyed.window(assigner));
        },
      }),
    };
  }
}

/** Windows of two streams; `apply` makes the operator. */
export class CoGroupedWindows<K, L, R> {
  readonly #windows: WindowedStream<K, Sided<L, R>>;

  /** @internal */
  constructor(windows: WindowedStream<K, Sided<L, R>>) {
    this.#windows = windows;
  }

  /** See `WindowedStream.trigger`. */
  trigger(trigger: WindowTrigger): CoGroupedWindows<K, L, R> {
    return new CoGroupedWindows(this.#windows.trigger(trigger));
  }

  /** See `WindowedStream.evictor`; of both sides together. */
  evictor(evictor: WindowEvictor): CoGroupedWindows<K, L, R> {
    return new CoGroupedWindows(this.#windows.evictor(evictor));
  }

  /** See `WindowedStream.allowedLateness`. A window that fires again gives all of its elements again. */
  allowedLateness(allowedLatenessMs: number): CoGroupedWindows<K, L, R> {
    return new CoGroupedWindows(this.#windows.allowedLateness(allowedLatenessMs));
  }

  /**
   * What `fn` makes of each pane that fires. Its uid is required, because the windows are state.
   *
   * @param fn a function of the elements alone, without effects. The iterable must end.
   * @param outType of what it yields, which has the window's end - 1 as its timestamp.
   */
  apply<O>(fn: CoGroupFunction<K, L, R, O>, outType: TypeInfo<O>, options?: OperatorOptions): OperatorStream<O> {
    requireFunction('the function of apply', fn);
    return this.#windows.process(coGrouping(fn), outType, options);
  }
}

/** Two streams whose elements are to meet in windows, pair by pair. */
export class JoinedStreams<L, R> {
  readonly #grouped: CoGroupedStreams<L, R>;

  /** @internal */
  constructor(left: DataStream<L>, right: DataStream<R>) {
    this.#grouped = new CoGroupedStreams(left, right);
  }

  /** @param key a function of the left element alone; `keyType` is that of the keys of both sides. No `json`. */
  where<K>(key: (left: L) => K, keyType: TypeInfo<K>): EqualTo<R, K, JoinedWindows<K, L, R>> {
    const where = this.#grouped.where(key, keyType);
    return {
      equalTo: (rightKey) => ({
        window: (assigner) => new JoinedWindows(where.equalTo(rightKey).window(assigner)),
      }),
    };
  }
}

/** Windows of two streams; `apply` makes the operator. */
export class JoinedWindows<K, L, R> {
  readonly #windows: CoGroupedWindows<K, L, R>;

  /** @internal */
  constructor(windows: CoGroupedWindows<K, L, R>) {
    this.#windows = windows;
  }

  /** See `WindowedStream.trigger`. */
  trigger(trigger: WindowTrigger): JoinedWindows<K, L, R> {
    return new JoinedWindows(this.#windows.trigger(trigger));
  }

  /** See `WindowedStream.evictor`; of both sides together. */
  evictor(evictor: WindowEvictor): JoinedWindows<K, L, R> {
    return new JoinedWindows(this.#windows.evictor(evictor));
  }

  /** See `WindowedStream.allowedLateness`. A window that fires again gives all of its pairs again. */
  allowedLateness(allowedLatenessMs: number): JoinedWindows<K, L, R> {
    return new JoinedWindows(this.#windows.allowedLateness(allowedLatenessMs));
  }

  /**
   * One record for each pair of a pane that fires: for each left element, in order of arrival, with each right one.
   *
   * @param fn a function of the two alone, without effects.
   * @param outType of what it returns, which has the window's end - 1 as its timestamp.
   */
  apply<O>(fn: (left: L, right: R) => O, outType: TypeInfo<O>, options?: OperatorOptions): OperatorStream<O> {
    requireFunction('the function of apply', fn);
    return this.#windows.apply(
      (lefts, rights) => lefts.flatMap((left) => rights.map((right) => fn(left, right))),
      outType,
      options,
    );
  }
}

/** One operator that reads two streams, the first before the second. */
class TwoInputs {
  readonly #inputs: Upstreams;
  /** In-edges that are the first input. @internal */
  protected readonly firstInputs: number;

  /** @internal */
  constructor(first: Upstreams, second: readonly Upstream[]) {
    this.#inputs = [...first, ...second];
    this.firstInputs = first.length;
  }

  /** Puts the operator behind both. @internal */
  protected follow<O>(
    operator: OperatorSpec,
    outType: TypeInfo<O>,
    options: ProcessOptions | undefined,
    lateOutputs?: readonly OutputTag[],
  ): OperatorStream<O> {
    return follow(this.#inputs, operator, outType, options, lateOutputs);
  }
}

/** Two streams keyed by one key type: elements of a key, from either side, meet in one state. */
export class ConnectedKeyed<K, A, B> extends TwoInputs {
  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => KeyedCoProcessFunction<K, A, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs } = this;
    return this.follow({ kind: 'coProcess', create, firstInputs }, outType, options);
  }
}

interface SideTypes<L, R> {
  readonly left: TypeInfo<L>;
  readonly right: TypeInfo<R>;
}

/** Two keyed streams whose elements meet by their times; `between` says how near these must be. */
export class IntervalJoin<L, R> {
  readonly #left: Upstreams;
  readonly #right: Upstreams;
  readonly #types: SideTypes<L, R>;

  /** @internal */
  constructor(left: Upstreams, right: Upstreams, types: SideTypes<L, R>) {
    this.#left = left;
    this.#right = right;
    this.#types = types;
  }

  /**
   * Pairs with `left + lowerMs <= right <= left + upperMs`.
   *
   * @param lowerMs whole milliseconds, negative for partners that are earlier than the left element.
   * @param upperMs whole milliseconds, not below `lowerMs`.
   * @throws JobError if a bound is no whole number, or the lower one is above the upper one.
   */
  between(lowerMs: number, upperMs: number): IntervalJoined<L, R> {
    return new IntervalJoined(this.#left, this.#right, this.#types, intervalSettings(lowerMs, upperMs));
  }
}

/** An interval join with its bounds; `process` makes the operator. */
export class IntervalJoined<L, R> extends TwoInputs {
  readonly #left: Upstreams;
  readonly #right: Upstreams;
  readonly #types: SideTypes<L, R>;
  readonly #settings: IntervalSettings<L, R>;

  /** @internal */
  constructor(left: Upstreams, right: Upstreams, types: SideTypes<L, R>, settings: IntervalSettings<L, R>) {
    super(left, right);
    this.#left = left;
    this.#right = right;
    this.#types = types;
    this.#settings = settings;
  }

  /** A partner at the lower bound exactly is none. */
  lowerBoundExclusive(): IntervalJoined<L, R> {
    return this.#with({ lowerExclusive: true });
  }

  /** A partner at the upper bound exactly is none. */
  upperBoundExclusive(): IntervalJoined<L, R> {
    return this.#with({ upperExclusive: true });
  }

  /** Sends late elements of the left stream to a side output; without it they are dropped. @throws JobError if the tag's type is not theirs. */
  sideOutputLeftLateData(lateOutput: OutputTag<L>): IntervalJoined<L, R> {
    this.#requireType('sideOutputLeftLateData', this.#types.left, lateOutput);
    return this.#with({ lateLeft: lateOutput });
  }

  /** Sends late elements of the right stream to a side output; without it they are dropped. @throws JobError if the tag's type is not theirs. */
  sideOutputRightLateData(lateOutput: OutputTag<R>): IntervalJoined<L, R> {
    this.#requireType('sideOutputRightLateData', this.#types.right, lateOutput);
    return this.#with({ lateRight: lateOutput });
  }

  /**
   * Gives each pair to a function. Its uid is required, because the buffers are state.
   *
   * @param create makes a function for each subtask: no object is shared between two of them.
   * @param outType of what the function emits, with the larger timestamp of the pair.
   * @param options.sideOutputs every tag that the function writes to.
   */
  process<O>(
    create: () => ProcessJoinFunction<L, R, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { lateLeft, lateRight } = this.#settings;
    const late = [lateLeft, lateRight].filter((tag) => tag !== undefined);
    const operator = intervalSpec(this.#settings, this.#types, this.firstInputs, create);
    return this.follow(operator, outType, options, late);
  }

  #with(more: Partial<IntervalSettings<L, R>>): IntervalJoined<L, R> {
    return new IntervalJoined(this.#left, this.#right, this.#types, { ...this.#settings, ...more });
  }

  #requireType(method: string, type: TypeInfo, { tag, type: given }: OutputTag): void {
    requireSameType(this.#left[0].node, `${method}: the type of "${tag}" is not that of the elements`, type, given);
  }
}

/** A stream beside a broadcast one, whose elements are kept in the states. */
class BesideBroadcast extends TwoInputs {
  /** @internal */
  protected readonly states: readonly MapDescriptor<unknown, unknown>[];

  /** @internal */
  constructor(elements: Upstreams, { upstreams, states }: BroadcastStream<unknown>) {
    super(elements, upstreams);
    this.states = states;
  }
}

/** A keyed stream beside a broadcast one. */
export class ConnectedKeyedBroadcast<K, I, B> extends BesideBroadcast {
  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => KeyedBroadcastProcessFunction<K, I, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs, states } = this;
    return this.follow({ kind: 'keyedBroadcast', create, firstInputs, states }, outType, options);
  }
}

/** A stream without key beside a broadcast one. */
export class ConnectedBroadcast<I, B> extends BesideBroadcast {
  /** @param create makes a function for each subtask: no object is shared between two of them. */
  process<O>(
    create: () => BroadcastProcessFunction<I, B, O>,
    outType: TypeInfo<O>,
    options?: ProcessOptions,
  ): OperatorStream<O> {
    const { firstInputs, states } = this;
    return this.follow({ kind: 'broadcast', create, firstInputs, states }, outType, options);
  }
}
