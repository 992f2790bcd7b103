/**
 * A temporal table join by `connect`: each order is priced at the rate that was valid at its time.
 *
 * ```
 *   orders --hash--> priced -> priced topic        order + the newest rate with rate.at <= order.at, when the watermark
 *   rates  --hash--'                               has passed the order's time
 * ```
 *
 * Versions of a rate are kept by event time, in any order of arrival; what no order can ask for any more goes. Of two rates of
 * one time the higher one holds. So without late records the output is a function of the input. Left out: a rate that ends.
 */
import {
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedCoProcessFunction,
  listState,
  logSink,
  logSource,
  mapState,
  nullable,
  type OnTimerContext,
  record,
  string,
  type TypeInfo,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

const order = record({ currency: string, amount: int32, at: int64 });
type Order = TypeOf<typeof order>;
const rate = record({ currency: string, rate: int32, at: int64 });
type Rate = TypeOf<typeof rate>;
/** No rate was valid yet: null. */
const priced = record({ currency: string, amount: int32, at: int64, rate: nullable(int32) });
type Priced = TypeOf<typeof priced>;
interface Sources {
  readonly orders: Order;
  readonly rates: Rate;
}

const parameters = parameterTable({
  currencies: [1, 6, 3],
  disorderMs: [0, 200, 30],
  delayMs: [0, 200, 30],
  /** So many orders for a rate. */
  orders: [1, 8, 3],
});
type Numbers = ReturnType<typeof parameters.from>;

const versions = mapState('versions', int64, int32);
const pending = listState('pending', order);

class Pricing implements KeyedCoProcessFunction<string, Order, Rate, Priced> {
  processElement1(one: Order, ctx: KeyedContext<string>): void {
    ctx.getState(pending).add(one);
    ctx.timerService.registerEventTimeTimer(one.at);
  }

  processElement2({ at, rate: value }: Rate, ctx: KeyedContext<string>): void {
    const known = ctx.getState(versions);
    known.put(at, Math.max(value, known.get(at) ?? value));
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Priced>): void {
    const orders = ctx.getState(pending);
    const known = ctx.getState(versions);
    const due = orders.get().filter(({ at }) => at <= timestamp);
    for (const one of due) {
      const valid = newest([...known.keys()].filter((at) => at <= one.at));
      out.collect({ ...one, rate: valid === undefined ? null : (known.get(valid) ?? null) });
    }
    orders.update(orders.get().filter(({ at }) => at > timestamp));
    // Orders in time are of later times: they ask for the newest of these at most.
    const past = [...known.keys()].filter((at) => at <= timestamp);
    const last = newest(past);
    for (const at of past) if (at !== last) known.remove(at);
  }
}

function newest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

function jobOf({ delayMs }: Numbers): JobSpec {
  return defineJob('table-join', (env) => {
    const from = <T extends Order | Rate>(topic: string, type: TypeInfo<T>) =>
      env
        .fromSource(logSource({ topic, type }), {
          uid: topic,
          watermarks: watermarkPerRecord<T>({ timestamp: ({ at }) => at, delayMs }),
        })
        .keyBy(({ currency }) => currency, string);
    from('orders', order)
      .connect(from('rates', rate))
      .process(() => new Pricing(), priced, { uid: 'pricing' })
      .sinkTo(logSink({ topic: 'priced', type: priced }), { uid: 'priced' });
  });
}

function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { currencies, disorderMs, orders: perRate } = parameters.from(all);
  const draws = planDraws(seed)('table-join');
  const orders: [Order[], Order[]] = [[], []];
  const rates: Rate[] = [];
  for (let i = 0; i < count; i++) {
    const at = 10 * i - 10 * draws.below(Math.floor(disorderMs / 10) + 1);
    const currency = `c${draws.below(currencies)}`;
    if (draws.below(perRate + 1) === 0) rates.push({ currency, rate: draws.between(1, 1_000), at });
    else draws.pick(orders).push({ currency, amount: i, at });
  }
  return { orders, rates: [rates] };
}

export const tableJoin: Scenario<Sources> = {
  id: 'table-join',
  has: ['batch'],
  states: 'A temporal table join: each order at the rate that was valid at its time; versions by event time.',
  parameters: parameters.list,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(tableJoin, plan);
    const { orders, rates } = topics;
    const onTime = (all: readonly (readonly { readonly at: number }[])[]): boolean =>
      neverLate(all, ({ at }) => at, numbers.delayMs);
    return { job: jobOf(numbers), topics, confluent: onTime(orders) && onTime(rates) };
  },
  recordArbitrary: (topic, fc) => {
    const [currency, number, at] = [
      fc.nat(5).map((n) => `c${n}`),
      fc.nat(1_000),
      fc.integer({ min: -200, max: 2_000 }),
    ];
    return topic === 'rates'
      ? fc.record({ currency, rate: number, at }, { noNullPrototype: true })
      : fc.record({ currency, amount: number, at }, { noNullPrototype: true });
  },
};
