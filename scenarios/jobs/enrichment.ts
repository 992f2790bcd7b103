/**
 * Clicks, each of which gets the name of its user from an external service that is slow, fails, throttles, and answers late, twice
 * or never:
 *
 * ```
 *   clicks --rebalance--> named, asks service `users` --hash--> count by name and window -> counts topic
 *                           '-> named topic
 * ```
 *
 * Results come in order or as the answers come, by plan; where no answer comes in time the function makes do without (`fallback`),
 * or the task fails and asks again. Behind the service windows of event time show that no result crosses a watermark. Left out:
 * answers that change from request to request.
 */
import {
  type AggregateFunction,
  type AsyncFunction,
  boolean,
  type Collector,
  defineJob,
  externalService,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

/** `n` tells the clicks apart. */
const click = record({ user: int32, n: int32, at: int64 });
type Click = TypeOf<typeof click>;
/** `known`: the service has said so. */
const named = record({ name: string, n: int32, at: int64, known: boolean });
type Named = TypeOf<typeof named>;
const windowCount = record({ name: string, start: int64, count: int32 });
interface Sources {
  readonly clicks: Click;
}
const SPLITS = 3;

const parameters = parameterTable({
  users: [1, 12, 5],
  ordered: [0, 1, 0, 'even'],
  /** 1: where no answer comes in time the function makes do without. */
  fallback: [0, 1, 0, 'even'],
  capacity: [1, 24, 6],
  timeoutMs: [40, 1_000, 250],
  retries: [0, 6, 4],
  retryDelayMs: [1, 30, 5],
  /** Tenths: each delay is so many times the one before. */
  multiplierTenths: [10, 30, 20],
  disorderMs: [0, 200, 30],
  delayMs: [0, 200, 30],
  windowMs: [10, 400, 100],
});
type Numbers = ReturnType<typeof parameters.from>;

const users = externalService({ name: 'users', requestType: int32, responseType: string });

function nameOf(user: number): string {
  return `user-${(7 * user) % 5}`;
}

class Naming implements AsyncFunction<Click, number, string, Named> {
  request({ user }: Click): number {
    return user;
  }

  answer({ n, at }: Click, name: string, out: Collector<Named>): void {
    out.collect({ name, n, at, known: true });
  }
}

class NamingAnyway extends Naming {
  timeout({ n, at }: Click, out: Collector<Named>): void {
    out.collect({ name: 'somebody', n, at, known: false });
  }
}

const counting: AggregateFunction<Named, number, number> = {
  createAccumulator: () => 0,
  add: (_named, count) => count + 1,
  getResult: (count) => count,
};

function jobOf(numbers: Numbers): JobSpec {
  const { ordered, fallback, capacity, timeoutMs, retries, retryDelayMs, multiplierTenths, delayMs, windowMs } =
    numbers;
  const retry = { retries, delayMs: retryDelayMs, multiplier: multiplierTenths / 10, delayMaxMs: 100 };
  return defineJob('enrichment', (env) => {
    const enriched = env
      .fromSource(logSource({ topic: 'clicks', type: click }), {
        uid: 'clicks',
        watermarks: watermarkPerRecord({ timestamp: ({ at }: Click) => at, delayMs }),
      })
      .rebalance()
      .asyncWait<number, string, Named>(users, () => (fallback === 1 ? new NamingAnyway() : new Naming()), named, {
        uid: 'named',
        mode: ordered === 1 ? 'ordered' : 'unordered',
        capacity,
        timeoutMs,
        ...(retries === 0 ? {} : { retry }),
      });
    enriched.sinkTo(logSink({ topic: 'named', type: named }), { uid: 'named-out' });
    enriched
      .keyBy(({ name }) => name, string)
      .window(tumblingEventTime(windowMs))
      .aggregate(counting, int32, windowCount, ({ key, window, result }) => ({
        name: key,
        start: window.start,
        count: result,
      }))
      .uid('count')
      .sinkTo(logSink({ topic: 'counts', type: windowCount }), { uid: 'counts' });
  });
}

function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { users: most, disorderMs } = parameters.from(all);
  const draws = planDraws(seed)('enrichment');
  const clicks: Click[][] = Array.from({ length: SPLITS }, () => []);
  for (let n = 0; n < count; n++)
    clicks[draws.below(SPLITS)]?.push({ user: draws.below(most), n, at: 10 * n - draws.below(disorderMs + 1) });
  return { clicks };
}

/** A click that has a name has the right one. */
function isRight(_state: null, { name, known }: Named): null {
  const right = known ? /^user-[0-4]$/.test(name) : name === 'somebody';
  if (!right) throw new Error(`a click is named ${name}`);
  return null;
}

export const enrichment: Scenario<Sources> = {
  id: 'enrichment',
  states: 'An external service is asked about each record, in order or not; windows behind it; it is slow and unkind.',
  parameters: parameters.list,
  has: ['services'],
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(enrichment, plan);
    const onTime = neverLate(topics.clicks, ({ at }) => at, numbers.delayMs);
    return {
      job: jobOf(numbers),
      topics,
      services: { users: (user) => nameOf(Number(user)) },
      confluent: onTime && numbers.fallback === 0,
    };
  },
  expects: { invariant: { named: { init: null, step: isRight } }, stateEndsEmpty: true },
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { user: fc.nat(11), n: fc.nat(1_000), at: fc.integer({ min: -200, max: 2_000 }) },
      { noNullPrototype: true },
    ),
};
