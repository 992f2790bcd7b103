/**
 * Sessions of users, kept by hand in keyed state: a session goes on while its user does something within the gap.
 *
 * ```
 *   clicks --hash--> sessions -> sessions topic
 *               value  open    from, to and clicks of the session that is open
 *               map    pages   how often it has seen each page
 *               list   recent  the newest pages, in order of arrival
 *               timer          at the end of the session, as far as it is known
 * ```
 *
 * All state of a user is cleared by the timer of its session, so none is left in the end. With time to live parts of a
 * session may be lost before: that is what it says. Left out: windows, which do the same by themselves.
 */
import {
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  listState,
  logSink,
  logSource,
  mapState,
  type OnTimerContext,
  record,
  type StateOptions,
  string,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import { planDraws } from '../../../properties/plan/draws.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Topics } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { parameterTable } from '../../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../../time-to-live.ts';

const click = record({ user: string, page: string, ts: int64 });
type Click = TypeOf<typeof click>;
const session = record({ user: string, from: int64, to: int64, clicks: int32, pages: int32, last: string });
type Session = TypeOf<typeof session>;
interface Sources {
  readonly clicks: Click;
}

const PARTITIONS = 2;
const RECENT_MAX = 3;

const parameters = parameterTable({
  /** Distinct users. */
  users: [1, 12, 4],
  /** A session ends after so much event time without a click. */
  gapMs: [1, 300, 60],
  /** A click lies at most this far behind an earlier one. */
  disorderMs: [0, 300, 40],
  delayMs: [0, 300, 40],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

const openType = record({ from: int64, to: int64, clicks: int32 });

class Sessions implements KeyedProcessFunction<string, Click, Session> {
  readonly #gapMs: number;
  readonly #open;
  readonly #pages;
  readonly #recent;

  constructor(gapMs: number, options: StateOptions) {
    this.#gapMs = gapMs;
    this.#open = valueState('open', openType, options);
    this.#pages = mapState('pages', string, int32, options);
    this.#recent = listState('recent', string, options);
  }

  processElement({ page, ts }: Click, ctx: KeyedContext<string>): void {
    const open = ctx.getState(this.#open);
    const before = open.value() ?? { from: ts, to: ts, clicks: 0 };
    const after = { from: Math.min(before.from, ts), to: Math.max(before.to, ts), clicks: before.clicks + 1 };
    open.update(after);
    const pages = ctx.getState(this.#pages);
    pages.put(page, (pages.get(page) ?? 0) + 1);
    const recent = ctx.getState(this.#recent);
    recent.add(page);
    const seen = recent.get();
    if (seen.length > RECENT_MAX) recent.update(seen.slice(1));
    ctx.timerService.registerEventTimeTimer(after.to + this.#gapMs);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Session>): void {
    const open = ctx.getState(this.#open);
    const now = open.value();
    // The session went on: a later timer ends it.
    if (now !== undefined && now.to + this.#gapMs > timestamp) return;
    const pages = ctx.getState(this.#pages);
    const recent = ctx.getState(this.#recent);
    if (now !== undefined) {
      const [last = ''] = recent.get().slice(-1);
      out.collect({ user: ctx.currentKey, ...now, pages: pages.keys().length, last });
    }
    open.clear();
    pages.clear();
    recent.clear();
  }
}

function jobOf(numbers: Numbers): JobSpec {
  const { gapMs, delayMs } = numbers;
  return defineJob('sessions', (env) => {
    env
      .fromSource(logSource({ topic: 'clicks', type: click }), {
        uid: 'clicks',
        watermarks: watermarkPerRecord({ timestamp: ({ ts }: Click) => ts, delayMs }),
      })
      .keyBy(({ user }) => user, string)
      .process(() => new Sessions(gapMs, ttlOptions(numbers)), session, { uid: 'sessions' })
      .sinkTo(logSink({ topic: 'sessions', type: session }), { uid: 'out' });
  });
}

/** Event time goes 10 ms a record, with pauses in which sessions end. */
function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { users, disorderMs, gapMs } = parameters.from(all);
  const draws = planDraws(seed)('sessions');
  const clicks: Click[][] = Array.from({ length: PARTITIONS }, () => []);
  let time = 0;
  for (let i = 0; i < count; i++) {
    time += draws.chance(60) ? 2 * gapMs : 10;
    clicks[draws.below(PARTITIONS)]?.push({
      user: `u${draws.below(users)}`,
      page: draws.pick(['home', 'list', 'item', 'cart']),
      ts: Math.max(0, time - draws.below(disorderMs + 1)),
    });
  }
  return { clicks };
}

export const sessions: Scenario<Sources> = {
  id: 'sessions',
  states:
    'Sessions of users in value, map and list state, ended by timers; with time to live, and nothing is left in the end.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({ job: jobOf(parameters.of(plan)), topics: topicsOf(sessions, plan), confluent: false }),
  expects: { stateEndsEmpty: true },
  has: ['time-to-live'],
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        user: fc.nat(11).map((n) => `u${n}`),
        page: fc.constantFrom('home', 'list', 'item', 'cart'),
        ts: fc.nat(10_000),
      },
      { noNullPrototype: true },
    ),
};
