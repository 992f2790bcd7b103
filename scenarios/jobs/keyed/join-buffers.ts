/**
 * Two keyed inputs, each buffered until its partners have come or can come no more: a join by hand.
 *
 * ```
 *   orders   --hash--> join -> joined topic              within +- withinMs of event time
 *   payments --hash--' map   orders, payments            by number
 *                      timer                             when no partner can come: the element leaves
 *                      '--side--> unmatched topic        and is said, if none has
 * ```
 *
 * A pair comes once, when its second element does. Without late elements and without time to live that is every pair
 * within the bounds, in any order of arrival, and what is unmatched is a function of the input, too. All is removed by timers.
 * Left out: outer joins of one side only.
 */
import {
  boolean,
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedCoProcessFunction,
  logSink,
  logSource,
  type MapDescriptor,
  mapState,
  type OnTimerContext,
  outputTag,
  record,
  type StateOptions,
  string,
  type TypeOf,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import { planDraws } from '../../../properties/plan/draws.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Topics } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { neverLate } from '../../lateness.ts';
import { parameterTable } from '../../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../../time-to-live.ts';

/** `n` tells the elements of a side apart. */
const item = record({ key: string, n: int32, ts: int64 });
type Item = TypeOf<typeof item>;
const held = record({ ts: int64, matched: boolean });
type Held = TypeOf<typeof held>;
const pair = record({ key: string, order: int32, payment: int32, at: int64 });
type Pair = TypeOf<typeof pair>;
interface Sources {
  readonly orders: Item;
  readonly payments: Item;
}

const unmatched = outputTag('unmatched', item);

const parameters = parameterTable({
  /** Distinct keys. */
  keys: [1, 20, 8],
  /** Elements of both sides match if they lie no further apart. */
  withinMs: [1, 200, 60],
  disorderMs: [0, 200, 30],
  delayMs: [0, 200, 30],
  /** A payment for so many orders. */
  orders: [1, 5, 1],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

class Join implements KeyedCoProcessFunction<string, Item, Item, Pair> {
  readonly #withinMs: number;
  readonly #orders;
  readonly #payments;

  constructor(withinMs: number, options: StateOptions) {
    this.#withinMs = withinMs;
    this.#orders = mapState('orders', int32, held, options);
    this.#payments = mapState('payments', int32, held, options);
  }

  processElement1(order: Item, ctx: KeyedContext<string>, out: Collector<Pair>): void {
    this.#take(order, [this.#orders, this.#payments], ctx, (payment, at) => {
      out.collect({ key: order.key, order: order.n, payment, at });
    });
  }

  processElement2(payment: Item, ctx: KeyedContext<string>, out: Collector<Pair>): void {
    this.#take(payment, [this.#payments, this.#orders], ctx, (order, at) => {
      out.collect({ key: payment.key, order, payment: payment.n, at });
    });
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>): void {
    for (const [side, descriptor] of [this.#orders, this.#payments].entries()) {
      const state = ctx.getState(descriptor);
      for (const [n, { ts, matched }] of state.entries()) {
        if (ts + this.#withinMs > timestamp) continue;
        state.remove(n);
        if (!matched) ctx.output(unmatched, { key: ctx.currentKey, n: side === 0 ? n : -n, ts });
      }
    }
  }

  #take(
    { n, ts }: Item,
    [own, other]: readonly [MapDescriptor<number, Held>, MapDescriptor<number, Held>],
    ctx: KeyedContext<string>,
    emit: (partner: number, at: number) => void,
  ): void {
    let matched = false;
    const partners = ctx.getState(other);
    for (const [partner, { ts: at }] of partners.entries()) {
      if (Math.abs(at - ts) > this.#withinMs) continue;
      partners.put(partner, { ts: at, matched: true });
      matched = true;
      emit(partner, Math.max(at, ts));
    }
    ctx.getState(own).put(n, { ts, matched });
    ctx.timerService.registerEventTimeTimer(ts + this.#withinMs);
  }
}

function jobOf(numbers: Numbers): JobSpec {
  const { withinMs, delayMs } = numbers;
  return defineJob('join-buffers', (env) => {
    const from = (topic: 'orders' | 'payments') =>
      env
        .fromSource(logSource({ topic, type: item }), {
          uid: topic,
          watermarks: watermarkPerRecord({ timestamp: ({ ts }: Item) => ts, delayMs }),
        })
        .keyBy(({ key }) => key, string);
    const joined = from('orders')
      .connect(from('payments'))
      .process(() => new Join(withinMs, ttlOptions(numbers)), pair, { uid: 'join', sideOutputs: [unmatched] });
    joined.sinkTo(logSink({ topic: 'joined', type: pair }), { uid: 'joined' });
    joined.getSideOutput(unmatched).sinkTo(logSink({ topic: 'unmatched', type: item }), { uid: 'unmatched' });
  });
}

/** Numbers begin at 1, so that those of payments can be told by their sign. */
function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { keys, disorderMs, orders: perPayment } = parameters.from(all);
  const draws = planDraws(seed)('join-buffers');
  const orders: Item[] = [];
  const payments: Item[] = [];
  for (let i = 0; i < count; i++) {
    const side = draws.below(perPayment + 1) === 0 ? payments : orders;
    const ts = Math.max(0, 10 * i - draws.below(disorderMs + 1));
    side.push({ key: `k${draws.below(keys)}`, n: i + 1, ts });
  }
  return { orders: [orders], payments: [payments] };
}

export const joinBuffers: Scenario<Sources> = {
  id: 'join-buffers',
  states: 'Two keyed inputs, buffered in map state until matched or expired by a timer, or by time to live.',
  parameters: parameters.list,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(joinBuffers, plan);
    const all = Object.values(topics) as readonly (readonly (readonly Item[])[])[];
    const numbered = all.every((partitions) => {
      const items = partitions.flat();
      return new Set(items.map(({ n }) => n)).size === items.length;
    });
    const onTime = all.every((partitions) => neverLate(partitions, ({ ts }) => ts, numbers.delayMs));
    return { job: jobOf(numbers), topics, confluent: numbers.ttlMs <= 0 && numbered && onTime };
  },
  expects: { stateEndsEmpty: true },
  has: ['time-to-live', 'batch'],
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { key: fc.nat(19).map((n) => `k${n}`), n: fc.integer({ min: 1, max: 1_000 }), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
