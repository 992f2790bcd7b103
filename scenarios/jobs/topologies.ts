/**
 * Shapes of a job graph that a chain of operators does not have. The plan chooses one:
 *
 * ```
 *   0 pair       fast --.                                      two sources of very different speed, one key space
 *                extra -'union--hash--> pair <--hash-- slow
 *   1 diamond    fast -+- dear -> dearer --hash--> pair        one source, two ways of different length
 *                      '- cheap (spread) --hash---'
 *   2 rules      fast --hash--> apply <--broadcast-- slow      keyed elements and rules that change
 *   3 lookup     fast --------> look up <--broadcast-- slow    the same without key
 *   4 stages     fast -> a -> b -> c                           stateless stages that are vertices of their own, by the
 *                                                              chosen partitioning, with records in flight between them
 *   5 uneven     like 0, `extra` is empty and `slow` ends early
 * ```
 *
 * All results go through one chain with two sinks, each with its transactions. Records are small and values are
 * folded by sums, so that the shapes without broadcast emit the same for any order of the input. What makes an
 * operator slow is the world's (knobs), not the job's. Left out: windows and late data, savepoints.
 */
import {
  type BroadcastContext,
  type BroadcastProcessFunction,
  type Collector,
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  type KeyedBroadcastContext,
  type KeyedBroadcastProcessFunction,
  type KeyedContext,
  type KeyedCoProcessFunction,
  type KeyedOnTimerContext,
  type KeyedReadOnlyContext,
  logSink,
  logSource,
  type MapDescriptor,
  mapState,
  type OnTimerContext,
  type OperatorStream,
  type ReadOnlyBroadcastContext,
  record,
  string,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

const event = record({ key: string, n: int32, ts: int64 });
type Event = TypeOf<typeof event>;
/** Records of each source topic. */
interface Sources {
  readonly fast: Event;
  readonly extra: Event;
  readonly slow: Event;
}

const SHAPES = ['pair', 'diamond', 'rules', 'lookup', 'stages', 'uneven'] as const;
type Shape = (typeof SHAPES)[number];
const SPREADS = ['forward', 'rebalance', 'rescale', 'shuffle', 'custom', 'broadcast'] as const;
type Spread = (typeof SPREADS)[number];

const FAST_PARTITIONS = 2;
const RULES = 3;
const FORGET = 7;

const parameters = parameterTable({
  /** The shape: 0: pair, 1: diamond, 2: rules, 3: lookup, 4: stages, 5: uneven; and so many further on, so that none is rare. */
  shape: [0, SHAPES.length - 1, 0],
  turn: [0, SHAPES.length - 1, 0],
  /**
   * How records are distributed where the shape leaves it open: 0 forward, 1 rebalance, 2 rescale, 3 shuffle, 4 custom,
   * 5 broadcast.
   */
  spread: [0, SPREADS.length - 1, 0],
  /** And behind the first such place. */
  spreadAfter: [0, SPREADS.length - 1, 1],
  /** Subtasks of the first stage and of the last one; 0: as many as the job has. */
  firstParallelism: [0, 4, 0],
  lastParallelism: [0, 4, 0],
  /** Distinct keys. */
  keys: [1, 8, 3],
  /** Event-time timers are set for multiples of this. */
  tickMs: [1, 500, 100],
  /** The slow input has one record for so many of the fast one. */
  slowness: [1, 30, 8],
});
type Numbers = ReturnType<typeof parameters.from>;

/** Sums both sides of a key, and puts the sums out once at the end of a tick. All that it says is a sum over the tick. */
class Pair implements KeyedCoProcessFunction<string, Event, Event, Event> {
  readonly #left = mapState('left', int64, int32);
  readonly #right = mapState('right', int64, int32);
  readonly #tickMs: number;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  processElement1(value: Event, ctx: KeyedContext<string>): void {
    this.#add(this.#left, value, ctx);
  }

  processElement2(value: Event, ctx: KeyedContext<string>): void {
    this.#add(this.#right, value, ctx);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Event>): void {
    const left = ctx.getState(this.#left);
    const right = ctx.getState(this.#right);
    out.collect({
      key: ctx.currentKey,
      n: (left.get(timestamp) ?? 0) - 1_000 * (right.get(timestamp) ?? 0),
      ts: timestamp,
    });
    left.remove(timestamp);
    right.remove(timestamp);
  }

  #add(side: MapDescriptor<number, number>, value: Event, ctx: KeyedContext<string>): void {
    const tick = (Math.floor(value.ts / this.#tickMs) + 1) * this.#tickMs;
    const sums = ctx.getState(side);
    sums.put(tick, (sums.get(tick) ?? 0) + value.n);
    ctx.timerService.registerEventTimeTimer(tick);
  }
}

const rules = mapState('rules', int32, event);
const sums = valueState('sum', int64);

/** A rule says what its records are multiplied by; the newest one counts, in any order of arrival. */
function setRule(rule: Event, ctx: BroadcastContext): void {
  const state = ctx.getBroadcastState(rules);
  const slot = rule.n % RULES;
  const before = state.get(slot);
  if (before !== undefined && (before.ts > rule.ts || (before.ts === rule.ts && before.n >= rule.n))) return;
  state.put(slot, rule);
}

class Apply implements KeyedBroadcastProcessFunction<string, Event, Event, Event> {
  readonly #tickMs: number;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  processElement(value: Event, ctx: KeyedReadOnlyContext<string>): void {
    const sum = ctx.getState(sums);
    const rule = ctx.getBroadcastState(rules).get(value.n % RULES);
    sum.update((sum.value() ?? 0) + value.n * (rule?.n ?? 1));
    ctx.timerService.registerEventTimeTimer((Math.floor(value.ts / this.#tickMs) + 1) * this.#tickMs);
  }

  /** Each rule is applied to every key; some make all keys forget. */
  processBroadcastElement(rule: Event, ctx: KeyedBroadcastContext<string>, out: Collector<Event>): void {
    setRule(rule, ctx);
    ctx.applyToKeyedState(sums, {
      process: (key, sum) => {
        out.collect({ key, n: (sum.value() ?? 0) % 1_000_003, ts: rule.ts });
        if (rule.n % FORGET === 0) sum.clear();
        else sum.update((sum.value() ?? 0) + 1);
      },
    });
  }

  onTimer(timestamp: number, ctx: KeyedOnTimerContext<string>, out: Collector<Event>): void {
    const known = ctx.getBroadcastState(rules).entries().length;
    out.collect({ key: ctx.currentKey, n: ((ctx.getState(sums).value() ?? 0) % 1_000_003) + known, ts: timestamp });
  }
}

class LookUp implements BroadcastProcessFunction<Event, Event, Event> {
  processElement(value: Event, ctx: ReadOnlyBroadcastContext, out: Collector<Event>): void {
    const rule = ctx.getBroadcastState(rules).get(value.n % RULES);
    out.collect({ ...value, n: value.n * (rule?.n ?? 1) });
  }

  processBroadcastElement(rule: Event, ctx: BroadcastContext, out: Collector<Event>): void {
    setRule(rule, ctx);
    out.collect({ ...rule, key: `${rule.key}-rule` });
  }
}

/** Two sinks in one chain, behind an operator of that chain. */
function twoSinks(stream: OperatorStream<Event>): void {
  const all = stream.map((e) => e, event, { uid: 'all' });
  all.sinkTo(logSink({ topic: 'all', type: event }), { uid: 'all-out' });
  all
    .filter((e) => e.n % 2 === 0, { uid: 'even' })
    .sinkTo(logSink({ topic: 'even', type: event }), { uid: 'even-out' });
}

function spreadOver(stream: DataStream<Event>, spread: Spread): DataStream<Event> {
  switch (spread) {
    case 'forward':
      return stream;
    case 'rebalance':
      return stream.rebalance();
    case 'rescale':
      return stream.rescale();
    case 'shuffle':
      return stream.shuffle();
    case 'custom':
      return stream.partitionCustom((e, receivers) => (e.n + e.key.length) % receivers);
    case 'broadcast':
      return stream.broadcast();
  }
}

function at(stream: OperatorStream<Event>, parallelism: number): OperatorStream<Event> {
  return parallelism === 0 ? stream : stream.setParallelism(parallelism);
}

function spreadOf(index: number): Spread {
  return SPREADS[index] ?? 'forward';
}

function topologiesJob(shape: Shape, numbers: Numbers): JobSpec {
  const { tickMs, firstParallelism, lastParallelism } = numbers;
  const [first, after] = [spreadOf(numbers.spread), spreadOf(numbers.spreadAfter)];
  const byKey = (e: Event): string => e.key;
  const pair = (left: DataStream<Event>, right: DataStream<Event>): OperatorStream<Event> =>
    left
      .keyBy(byKey, string)
      .connect(right.keyBy(byKey, string))
      .process(() => new Pair(tickMs), event, { uid: 'pair' });
  return defineJob('topologies', (env) => {
    const from = (topic: string): OperatorStream<Event> => sourceOf(env, topic);
    const fast = from('fast');
    switch (shape) {
      case 'pair':
      case 'uneven':
        twoSinks(pair(fast.union(from('extra')), from('slow')));
        return;
      case 'diamond': {
        // The long way first: in batch its second stage has finished when the short one finds that what both read is gone.
        const dear = at(
          spreadOver(fast, after).map((e): Event => ({ ...e, n: e.n + 1 }), event, { uid: 'dear' }),
          lastParallelism,
        );
        const dearer = spreadOver(dear, first).filter((e) => e.n % 3 !== 0, { uid: 'dearer' });
        const cheap = at(
          spreadOver(fast, first).map((e) => e, event, { uid: 'cheap' }),
          firstParallelism,
        );
        twoSinks(pair(cheap, dearer));
        return;
      }
      case 'rules': {
        const broadcast = from('slow').broadcast(rules);
        twoSinks(
          fast
            .keyBy(byKey, string)
            .connect(broadcast)
            .process(() => new Apply(tickMs), event, { uid: 'apply' }),
        );
        return;
      }
      case 'lookup': {
        const broadcast = from('slow').broadcast(rules);
        twoSinks(
          at(
            spreadOver(fast, first)
              .connect(broadcast)
              .process(() => new LookUp(), event, { uid: 'look-up' }),
            firstParallelism,
          ),
        );
        return;
      }
      case 'stages': {
        const a = at(
          spreadOver(fast, first).map((e): Event => ({ ...e, n: e.n + 1 }), event, { uid: 'a' }),
          firstParallelism,
        );
        const b = spreadOver(a, after).flatMap((e) => (e.n % 5 === 0 ? [] : [e]), event, { uid: 'b' });
        twoSinks(
          at(
            spreadOver(b, first).map((e): Event => ({ ...e, n: 2 * e.n }), event, { uid: 'c' }),
            lastParallelism,
          ),
        );
      }
    }
  });
}

function sourceOf(env: JobEnvironment, topic: string): OperatorStream<Event> {
  const watermarks = watermarkPerRecord({ timestamp: (e: Event) => e.ts, delayMs: 0 });
  return env.fromSource(logSource({ topic, type: event }), { uid: topic, watermarks });
}

/** Event time never goes back within a partition, so that no timer is set for the past. */
function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const numbers = parameters.from(all);
  const { keys, slowness } = numbers;
  const shape = shapeOf(numbers);
  const draws = planDraws(seed)('topologies');
  const fast: Event[][] = Array.from({ length: FAST_PARTITIONS }, () => []);
  const extra: Event[] = [];
  const slow: Event[] = [];
  for (let i = 0; i < count; i++) {
    const made: Event = { key: `k${draws.below(keys)}`, n: draws.between(1, 40), ts: 10 * i };
    const ended = shape === 'uneven' && i > count / 4;
    if (hasSlow(shape) && !ended && draws.below(slowness + 1) === 0) slow.push(made);
    else if (shape === 'pair' && draws.chance(250)) extra.push(made);
    else fast[draws.below(FAST_PARTITIONS)]?.push(made);
  }
  return { fast, extra: [extra], slow: [slow] };
}

function shapeOf({ shape, turn }: Numbers): Shape {
  return SHAPES[(shape + turn) % SHAPES.length] ?? 'pair';
}

function hasSlow(shape: Shape): boolean {
  return shape !== 'diamond' && shape !== 'stages';
}

/**
 * Without broadcast state: sums over ticks, and elements that are only distributed. A broadcast multiplies by the
 * parallelism, which may change; a record behind the watermark makes its tick fire twice.
 */
function isConfluent(shape: Shape, numbers: Numbers, topics: Topics<Sources>): boolean {
  if (shape === 'rules' || shape === 'lookup') return false;
  const spreads = shape === 'pair' || shape === 'uneven' ? [] : [numbers.spread, numbers.spreadAfter].map(spreadOf);
  return (
    !spreads.includes('broadcast') && Object.values(topics).every((partitions) => neverLate(partitions, (e) => e.ts, 0))
  );
}

export const topologies: Scenario<Sources> = {
  id: 'topologies',
  has: ['batch'],
  states:
    'Two-input and broadcast operators, unions, diamonds, every partitioning, empty and short sources, two sinks in a chain.',
  parameters: parameters.list,
  weight: 3,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const shape = shapeOf(numbers);
    const topics = topicsOf(topologies, plan);
    return { job: topologiesJob(shape, numbers), topics, confluent: isConfluent(shape, numbers, topics) };
  },
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { key: fc.nat(7).map((n) => `k${n}`), n: fc.integer({ min: 1, max: 40 }), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
