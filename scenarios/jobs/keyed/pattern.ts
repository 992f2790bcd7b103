/**
 * A pattern over the events of a user, as complex event processing finds it: so many failed logins, then one that succeeds,
 * all within a time. Failures that nothing follows time out.
 *
 * ```
 *   logins --hash--> pattern -> alerts topic
 *               map    waiting   events in front of the watermark, by their time: they are looked at in order
 *               list   failures  times of the failures that may still become a match
 *               timer            at the time of an event, and when the oldest failure is too old
 *               '--side--> timeouts topic, '--side--> late topic
 * ```
 *
 * Events are taken in order of event time, so without late ones, and without time to live, the output is a function of the
 * input. All is cleared by timers. Left out: matches that overlap (a failure is part of one match).
 */
import {
  boolean,
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  list,
  listState,
  type ListState,
  logSink,
  logSource,
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

const login = record({ user: string, succeeds: boolean, ts: int64 });
type Login = TypeOf<typeof login>;
const alert = record({ user: string, failures: int32, from: int64, at: int64 });
type Alert = TypeOf<typeof alert>;
interface Sources {
  readonly logins: Login;
}

const timeouts = outputTag('timeouts', alert);
const late = outputTag('late', login);
const PARTITIONS = 2;

const parameters = parameterTable({
  /** Distinct users. */
  users: [1, 8, 3],
  /** Failures that make a match. */
  failures: [1, 4, 2],
  /** A match lies within so much event time. */
  withinMs: [1, 400, 120],
  disorderMs: [0, 200, 30],
  delayMs: [0, 200, 30],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

class Pattern implements KeyedProcessFunction<string, Login, Alert> {
  readonly #failures: number;
  readonly #withinMs: number;
  readonly #waiting;
  readonly #failed;

  constructor({ failures, withinMs }: Numbers, options: StateOptions) {
    this.#failures = failures;
    this.#withinMs = withinMs;
    this.#waiting = mapState('waiting', int64, list(boolean), options);
    this.#failed = listState('failures', int64, options);
  }

  processElement(value: Login, ctx: KeyedContext<string>): void {
    const { succeeds, ts } = value;
    if (ts <= ctx.timerService.currentWatermark()) {
      ctx.output(late, value);
      return;
    }
    const waiting = ctx.getState(this.#waiting);
    waiting.put(ts, [...(waiting.get(ts) ?? []), succeeds]);
    ctx.timerService.registerEventTimeTimer(ts);
  }

  onTimer(now: number, ctx: OnTimerContext<string>, out: Collector<Alert>): void {
    const failed = ctx.getState(this.#failed);
    this.#timeOut(now, failed, ctx);
    const waiting = ctx.getState(this.#waiting);
    // Of one time: failures first, so that the order of arrival does not show.
    const events = [...(waiting.get(now) ?? [])].sort((a, b) => Number(a) - Number(b));
    waiting.remove(now);
    for (const succeeds of events) {
      if (!succeeds) {
        failed.add(now);
        ctx.timerService.registerEventTimeTimer(now + this.#withinMs);
        continue;
      }
      const times = failed.get();
      if (times.length >= this.#failures) {
        out.collect({ user: ctx.currentKey, failures: times.length, from: times[0] ?? now, at: now });
      }
      failed.clear();
    }
  }

  /** Failures that are too old leave; so many of them that a success would have made a match are said. */
  #timeOut(now: number, failed: ListState<number>, ctx: OnTimerContext<string>): void {
    const times = failed.get();
    const left = times.filter((time) => time + this.#withinMs > now);
    if (left.length === times.length) return;
    if (times.length >= this.#failures) {
      ctx.output(timeouts, { user: ctx.currentKey, failures: times.length, from: times[0] ?? now, at: now });
    }
    failed.update(left);
  }
}

function jobOf(numbers: Numbers): JobSpec {
  return defineJob('pattern', (env) => {
    const found = env
      .fromSource(logSource({ topic: 'logins', type: login }), {
        uid: 'logins',
        watermarks: watermarkPerRecord({ timestamp: ({ ts }: Login) => ts, delayMs: numbers.delayMs }),
      })
      .keyBy(({ user }) => user, string)
      .process(() => new Pattern(numbers, ttlOptions(numbers)), alert, {
        uid: 'pattern',
        sideOutputs: [timeouts, late],
      });
    found.sinkTo(logSink({ topic: 'alerts', type: alert }), { uid: 'alerts' });
    found.getSideOutput(timeouts).sinkTo(logSink({ topic: 'timeouts', type: alert }), { uid: 'timeouts' });
    found.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: login }), { uid: 'late' });
  });
}

function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { users, disorderMs } = parameters.from(all);
  const draws = planDraws(seed)('pattern');
  const logins: Login[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    logins[draws.below(PARTITIONS)]?.push({
      user: `u${draws.below(users)}`,
      succeeds: draws.chance(250),
      ts: Math.max(0, 10 * i - draws.below(disorderMs + 1)),
    });
  }
  return { logins };
}

export const pattern: Scenario<Sources> = {
  id: 'pattern',
  states:
    'Failed logins, then a success within a time, found in event-time order by buffered events and timers, with time-outs.',
  parameters: parameters.list,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(pattern, plan);
    const confluent = numbers.ttlMs <= 0 && neverLate(topics.logins ?? [], ({ ts }) => ts, numbers.delayMs);
    return { job: jobOf(numbers), topics, confluent };
  },
  expects: { stateEndsEmpty: true },
  has: ['time-to-live', 'timers-due-at-once'],
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { user: fc.nat(7).map((n) => `u${n}`), succeeds: fc.boolean(), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
