/**
 * Timers in every way in which they meet each other and the watermark:
 *
 * ```
 *   ticks (2 partitions) -+--hash--> alarm -> alarms topic
 *   marks (1 partition) --'
 * ```
 *
 * `alarm` sets event-time timers at multiples of a tick, so that many keys have the same one, some far behind the watermark,
 * some at exactly the watermark; it deletes some, and those that fire set others, which may be due at once, or delete them. Its
 * processing-time timers delete, follow and set timers of the other kind. How they are restored, rescaled, taken along with records in flight, and
 * what clocks that are wrong make of them is the plan's business. Left out: windows, time to live.
 */
import {
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  type OnTimerContext,
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
import { timeOrBoundary } from '../event-times.ts';
import { parameterTable } from '../parameters.ts';

const tick = record({ key: string, n: int32, ts: int64 });
type Tick = TypeOf<typeof tick>;
const alarm = record({ key: string, what: string, at: int64, watermark: int64, n: int32 });
type Alarmed = TypeOf<typeof alarm>;
/** Records of each source topic. */
interface Sources {
  readonly ticks: Tick;
  readonly marks: Tick;
}

const PARTITIONS = 2;
/** A timer that fires sets another one so often. */
const CHAIN_MAX = 4;

const parameters = parameterTable({
  /** Distinct keys. */
  keys: [1, 12, 4],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 300, 50],
  /** Delay of the watermarks. */
  delayMs: [0, 200, 20],
  /** Timers are set for multiples of this. */
  tickMs: [1, 200, 40],
  /** A timer that fires sets one so much later. */
  chainMs: [0, 60, 5],
  /** Processing-time timers are set for so much later. */
  holdMs: [1, 300, 15],
  /** Records per 1000 whose time is at a boundary. */
  boundaryPer1000: [0, 600, 200],
  /** Event time of the first record. */
  startMs: [-1_000, 0, -100],
});
type Numbers = ReturnType<typeof parameters.from>;

class Alarm implements KeyedProcessFunction<string, Tick, Alarmed> {
  readonly #chain = valueState('chain', int32);
  readonly #held = valueState('held', int64);
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  processElement({ n, ts }: Tick, ctx: KeyedContext<string>): void {
    const { tickMs } = this.#numbers;
    const { timerService } = ctx;
    const next = (Math.floor(ts / tickMs) + 1) * tickMs;
    timerService.registerEventTimeTimer(next - 1);
    if (n % 3 === 0) timerService.deleteEventTimeTimer(next - 1 + tickMs);
    if (n % 4 === 0) timerService.registerEventTimeTimer(next - 1 + tickMs);
    if (n % 5 === 0) timerService.registerEventTimeTimer(ts - 500);
    if (n % 7 === 0) ctx.getState(this.#chain).update(CHAIN_MAX);
    this.#hold(n, ctx);
  }

  #hold(n: number, ctx: KeyedContext<string>): void {
    const { timerService } = ctx;
    const held = ctx.getState(this.#held);
    const waiting = held.value();
    if (n % 6 === 0 && waiting !== undefined) {
      timerService.deleteProcessingTimeTimer(waiting);
      held.clear();
    }
    if (n % 2 !== 0) return;
    const at = timerService.currentProcessingTime() + this.#numbers.holdMs;
    timerService.registerProcessingTimeTimer(at);
    held.update(at);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Alarmed>): void {
    const { timerService } = ctx;
    const chain = ctx.getState(this.#chain);
    const left = chain.value() ?? 0;
    const watermark = timerService.currentWatermark();
    if (ctx.timeDomain === 'processing') {
      out.collect({ key: ctx.currentKey, what: 'held', at: 0, watermark, n: left });
      // At the watermark itself: it is for the next one.
      timerService.registerEventTimeTimer(watermark);
      return;
    }
    out.collect({ key: ctx.currentKey, what: 'tick', at: timestamp, watermark, n: left });
    if (left === 0) return;
    if (left === 1) chain.clear();
    else chain.update(left - 1);
    const { chainMs, tickMs } = this.#numbers;
    timerService.registerEventTimeTimer(timestamp + chainMs + 1);
    if (left % 2 === 0) timerService.deleteEventTimeTimer(timestamp + tickMs);
  }
}

function jobOf(numbers: Numbers): JobSpec {
  return defineJob('timers', (env) => {
    const from = (topic: string) =>
      env.fromSource(logSource({ topic, type: tick }), {
        uid: topic,
        watermarks: watermarkPerRecord({ timestamp: ({ ts }: Tick) => ts, delayMs: numbers.delayMs }),
      });
    from('ticks')
      .union(from('marks'))
      .keyBy(({ key }) => key, string)
      .process(() => new Alarm(numbers), alarm, { uid: 'alarm' })
      .sinkTo(logSink({ topic: 'alarms', type: alarm }), { uid: 'alarms' });
  });
}

/** A fifth of the records are marks. Event time goes 10 ms a record. */
function generate(seed: string, count: number, params: Readonly<Record<string, number>>): Topics<Sources> {
  const { keys, disorderMs, delayMs, tickMs, boundaryPer1000, startMs } = parameters.from(params);
  const draws = planDraws(seed)('timers');
  const boundaries = planDraws(seed)('timers/boundaries');
  const ticks: Tick[][] = Array.from({ length: PARTITIONS }, () => []);
  const marks: Tick[] = [];
  for (let i = 0; i < count; i++) {
    const time = startMs + 10 * i - draws.below(disorderMs + 1);
    const made: Tick = {
      key: `k${draws.below(keys)}`,
      n: draws.between(1, 60),
      ts: timeOrBoundary(time, boundaryPer1000, { sizeMs: tickMs, delayMs, latenessMs: 0 }, boundaries),
    };
    if (draws.chance(200)) marks.push(made);
    else ticks[draws.below(PARTITIONS)]?.push(made);
  }
  return { ticks, marks: [marks] };
}

export const timers: Scenario<Sources> = {
  id: 'timers',
  has: ['batch', 'timers-due-at-once'],
  states: 'Timers of both kinds: ties, deletes, at the watermark and behind it, set and deleted while others fire.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({ job: jobOf(parameters.of(plan)), topics: topicsOf(timers, plan), confluent: false }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        key: fc.nat(11).map((n) => `k${n}`),
        n: fc.integer({ min: 1, max: 60 }),
        ts: fc.integer({ min: -1_000, max: 10_000 }),
      },
      { noNullPrototype: true },
    ),
};
