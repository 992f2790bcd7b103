/**
 * A job in three versions, each of which restores what the ones before it have written:
 *
 * ```
 *   1   visits -> prepare --rebalance--> recent --hash--> profile --rescale--> out
 *   2   visits --rebalance--> clean -> prepare --rebalance--> recent --hash--> profile --hash--> pages -> out
 *   3   visits -> prepare --rebalance--> recent --hash--> profile --rescale--> out
 * ```
 *
 * | state of `profile` | 1                        | 2                                        | 3                                   |
 * |--------------------|--------------------------|------------------------------------------|-------------------------------------|
 * | profile, a value   | visits int32, page, kind | visits int64, other order, page nullable, device added, kind with a member more | visits float64, without kind |
 * | trail, a list      | `stamp` 1: one byte      | `stamp` 2: two bytes                     | `stamp` 3, from 1 and from 2        |
 * | pages, a map       | n int32                  | n int64, last added                      | n float64, last int64               |
 * | first, a value     | page int32, kind         | not declared: carried                    | page int64, label added             |
 * | last, a value      | union page, user         | a case more, in front                    | page int64                          |
 *
 * | lists of `recent`  | 1                        | 2                                        | 3                                   |
 * |--------------------|--------------------------|------------------------------------------|-------------------------------------|
 * | pages              | page int32, `stamp` 1    | page int64, `stamp` 2, n added           | page nullable, without stamp        |
 * | opened, a union    | int32                    | not declared: carried                    | float64                             |
 *
 * With a time to live it is switched on and off: `trail` has it in the versions 1 and 3, `profile` and `pages` in 2.
 *
 * With windows, `recent --hash--> panes -> panes-out` is there beside it, in all versions:
 *
 * | state of `panes`         | 1                 | 2                                              | 3                            |
 * |--------------------------|-------------------|------------------------------------------------|------------------------------|
 * | what a window holds      | n int32, last     | other order, n and last int64, first added     | n float64, first, without last |
 * | seen, of the trigger     | int32             | int64                                          | float64                      |
 * | firings, of a window     | int32             | not declared: carried                          | float64                      |
 * | known, of a key          | n int32           | n int64, label added; of some keys not asked for | n float64, other default   |
 * | stamps, a list of a key  | `stamp` 1         | `stamp` 2                                      | `stamp` 3                    |
 *
 * States of windows have no time to live (SEMANTICS J5), so no version switches theirs.
 *
 * So an upgrade splits a chain, adds an operator with state in the middle and chains the sink to it, and the next one removes
 * what was added. What joins the sink in the versions 1 and 3 never has data in flight. Left out: broadcast state.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  customTrigger,
  type DataStream,
  defineJob,
  defineType,
  enumOf,
  float64,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  type ListDescriptor,
  type ListState,
  listState,
  logSink,
  logSource,
  type MapDescriptor,
  mapState,
  nullable,
  type OpenContext,
  type ProcessFunction,
  type ProcessWindowFunction,
  record,
  type ReducingDescriptor,
  reducingState,
  type StateOptions,
  string,
  type TimeWindow,
  type Trigger,
  type TriggerContext,
  type TriggerResult,
  tumblingEventTime,
  type TypeInfo,
  type TypeOf,
  union,
  unionListState,
  type ValueDescriptor,
  valueState,
  type WindowedStream,
  withDefault,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { parameterTable } from '../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../time-to-live.ts';

const visit = record({ user: string, page: int32, ts: int64 });
type Visit = TypeOf<typeof visit>;
interface Sources {
  readonly visits: Visit;
}
/** The same in all versions, as what is in flight must be. */
const line = record({ user: string, page: int32, text: string, n: float64 });
type Line = TypeOf<typeof line>;

const PARTITIONS = 2;
const PAGES = 6;
const TRAIL_MAX = 3;

const parameters = parameterTable({
  users: [1, 12, 5],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 300, 50],
  /** Event-time timers are set for the multiples of this. */
  tickMs: [1, 400, 90],
  ...TTL_PARAMETERS,
  /** The size of the windows, and for how long they take late visits; 0 or less: there are none. */
  paneMs: [-100, 400, 0],
});

type Profiling = KeyedProcessFunction<string, Visit, Line>;

/** What all versions have in common: a timer at the next tick says how many pages are known. */
abstract class Profile implements Profiling {
  readonly #tickMs: number;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  processElement(value: Visit, ctx: KeyedContext<string>, out: Collector<Line>): void {
    const { user, page, ts } = value;
    for (const [text, n] of this.count(value, ctx)) out.collect({ user, page, text, n });
    ctx.timerService.registerEventTimeTimer((Math.floor(ts / this.#tickMs) + 1) * this.#tickMs);
  }

  onTimer(timestamp: number, ctx: KeyedContext<string>, out: Collector<Line>): void {
    out.collect({ user: ctx.currentKey, page: 0, text: `pages at ${timestamp}`, n: this.pages(ctx) });
  }

  protected abstract count(value: Visit, ctx: KeyedContext<string>): Iterable<readonly [string, number]>;
  protected abstract pages(ctx: KeyedContext<string>): number;
}

/** Pages modulo 200, in one byte. */
const stamp1 = defineType<number>({
  name: 'stamp',
  version: 1,
  write: (n) => Uint8Array.of(n % 200),
  read: ([n = 0]) => n,
});
const kinds1 = enumOf('new', 'known');
const profile1 = valueState('profile', record({ visits: int32, page: int32, kind: kinds1 }));
const pages1 = mapState('pages', int32, record({ n: int32 }));
const first1 = valueState('first', record({ page: int32, kind: kinds1 }));
const last1 = valueState('last', union({ page: int32, user: string }));

class Profile1 extends Profile {
  readonly #trail: ListDescriptor<number>;

  constructor(tickMs: number, live: StateOptions) {
    super(tickMs);
    this.#trail = listState('trail', stamp1, live);
  }

  *count({ user, page }: Visit, ctx: KeyedContext<string>): Iterable<readonly [string, number]> {
    const profile = ctx.getState(profile1);
    const before = profile.value();
    const kind = before === undefined ? 'new' : 'known';
    const visits = (before?.visits ?? 0) + 1;
    profile.update({ visits, page, kind });
    if (before === undefined) ctx.getState(first1).update({ page, kind });
    const trail = ctx.getState(this.#trail);
    trail.add(page);
    if (trail.get().length > TRAIL_MAX) trail.update(trail.get().slice(1));
    const pages = ctx.getState(pages1);
    pages.put(page, { n: (pages.get(page)?.n ?? 0) + 1 });
    ctx.getState(last1).update(visits % 2 === 0 ? { tag: 'user', value: user } : { tag: 'page', value: page });
    yield [`1 ${kind}`, visits];
  }
  pages(ctx: KeyedContext<string>): number {
    return ctx.getState(pages1).entries().length;
  }
}

const stamp2 = defineType<number>({
  name: 'stamp',
  version: 2,
  write: (n) => Uint8Array.of(n >> 8, n & 255),
  read: ([high = 0, low = 0]) => high * 256 + low,
  migrate: ([n = 0]) => 1000 + n,
});
const profileType2 = record({
  visits: int64,
  kind: enumOf('known', 'new', 'regular'),
  page: nullable(int32),
  device: withDefault(string, 'unknown'),
});
const pageType2 = record({ n: int64, last: withDefault(nullable(int32), null) });
const trail2 = listState('trail', stamp2);
const last2 = valueState('last', union({ device: string, page: int32, user: string }));

class Profile2 extends Profile {
  readonly #profile: ValueDescriptor<TypeOf<typeof profileType2>>;
  readonly #pages: MapDescriptor<number, TypeOf<typeof pageType2>>;

  constructor(tickMs: number, live: StateOptions) {
    super(tickMs);
    this.#profile = valueState('profile', profileType2, live);
    this.#pages = mapState('pages', int32, pageType2, live);
  }

  *count({ user, page }: Visit, ctx: KeyedContext<string>): Iterable<readonly [string, number]> {
    const profile = ctx.getState(this.#profile);
    const { visits = 0, device = 'new', kind = 'new' } = profile.value() ?? {};
    const known = visits > 5 ? 'regular' : kind;
    profile.update({ visits: visits + 1, kind: known, page: page % 3 === 0 ? null : page, device });
    const pages = ctx.getState(this.#pages);
    const at = pages.get(page);
    pages.put(page, { n: (at?.n ?? 0) + 2 ** 33, last: at === undefined ? null : page });
    yield [`2 ${device} ${known}`, visits + 1];
    // Of some keys the trail and the last visit are not asked for: where no key of a subtask asks, they are carried.
    if (user.endsWith('1')) return;
    const trail = ctx.getState(trail2);
    yield ['2 trail', trail.get().reduce((a, b) => a + b, 0)];
    trail.add(300 + page);
    if (trail.get().length > TRAIL_MAX) trail.update(trail.get().slice(1));
    const last = ctx.getState(last2);
    yield [`2 last ${last.value()?.tag ?? 'none'}`, 0];
    if (page % 2 === 0) last.update({ tag: 'device', value: device });
  }
  pages(ctx: KeyedContext<string>): number {
    return ctx
      .getState(this.#pages)
      .entries()
      .reduce((sum, [, { n }]) => sum + n, 0);
  }
}

const stamp3 = defineType<string>({
  name: 'stamp',
  version: 3,
  write: (text) => Uint8Array.from(text, (char) => char.charCodeAt(0)),
  read: (bytes) => String.fromCharCode(...bytes),
  migrate: (bytes, version) => `${version}:${bytes.join('.')}`,
});
const profile3 = valueState(
  'profile',
  record({ device: withDefault(string, 'late'), visits: float64, page: nullable(int64) }),
);
const pages3 = mapState('pages', int32, record({ last: withDefault(nullable(int64), 0), n: float64 }));
const first3 = valueState('first', record({ page: int64, label: withDefault(string, 'none') }));
const last3 = valueState('last', union({ page: int64, user: string, device: string }));

class Profile3 extends Profile {
  readonly #trail: ListDescriptor<string>;

  constructor(tickMs: number, live: StateOptions) {
    super(tickMs);
    this.#trail = listState('trail', stamp3, live);
  }

  *count({ page }: Visit, ctx: KeyedContext<string>): Iterable<readonly [string, number]> {
    const profile = ctx.getState(profile3);
    const { visits = 0, device = 'new' } = profile.value() ?? {};
    profile.update({ visits: visits + 0.5, device, page });
    yield [`3 ${device}`, visits];
    const first = ctx.getState(first3).value();
    yield [`3 first ${first?.label ?? 'unknown'}`, first?.page ?? -1];
    const trail = ctx.getState(this.#trail);
    yield [`3 trail ${trail.get().join(' ')}`, trail.get().length];
    trail.add('x');
    if (trail.get().length > TRAIL_MAX) trail.update(trail.get().slice(1));
    yield [`3 last ${ctx.getState(last3).value()?.tag ?? 'none'}`, 0];
    const pages = ctx.getState(pages3);
    const { n = 0, last = null } = pages.get(page) ?? {};
    pages.put(page, { n: n + 0.25, last });
  }
  pages(ctx: KeyedContext<string>): number {
    return ctx
      .getState(pages3)
      .entries()
      .reduce((sum, [, { n, last }]) => sum + n + (last ?? 0), 0);
  }
}

/** Visits of a page, in version 2 only. */
const count = valueState('count', int64);
const countPages = (): KeyedProcessFunction<number, Line, Line> => ({
  processElement(value, ctx, out) {
    const state = ctx.getState(count);
    const n = (state.value() ?? 0) + 1;
    state.update(n);
    out.collect({ ...value, text: `${value.text} #${n}` });
  },
});

// ---- windows

/** Fires at every third visit, at the end of the window, and at each late visit. */
class EveryThird implements Trigger<Visit> {
  readonly #seen: ReducingDescriptor<number>;

  constructor(type: TypeInfo<number>) {
    this.#seen = reducingState('seen', type, (a, b) => a + b);
  }

  onElement(_visit: Visit, _timestamp: number | undefined, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    const seen = ctx.getState(this.#seen);
    seen.add(1);
    if (window.end - 1 <= ctx.currentWatermark()) return 'fire';
    ctx.registerEventTimeTimer(window.end - 1);
    return (seen.get() ?? 0) % 3 === 0 ? 'fire' : 'continue';
  }
  onEventTime(timestamp: number, window: TimeWindow): TriggerResult {
    return timestamp === window.end - 1 ? 'fire' : 'continue';
  }
  onProcessingTime(): TriggerResult {
    return 'continue';
  }
  clear(_window: TimeWindow, ctx: TriggerContext): void {
    ctx.getState(this.#seen).clear();
  }
}

interface Counted {
  readonly n: number;
  readonly page: number;
}
type PaneFunction = ProcessWindowFunction<string, Counted, Line>;
type Windows = WindowedStream<string, Visit>;

const counted1 = record({ n: int32, last: int32 });
const counting1: AggregateFunction<Visit, TypeOf<typeof counted1>, Counted> = {
  createAccumulator: () => ({ n: 0, last: 0 }),
  add: ({ page }, { n }) => ({ n: n + 1, last: page }),
  getResult: ({ n, last }) => ({ n, page: last }),
};
const known1 = valueState('known', record({ n: int32 }));
const firings1 = valueState('firings', int32);
const stamps1 = listState('stamps', stamp1);
const panes1 = (): PaneFunction => ({
  process([counted], ctx, out) {
    const known = ctx.globalState.getState(known1);
    known.update({ n: (known.value()?.n ?? 0) + 1 });
    const firings = ctx.windowState.getState(firings1);
    firings.update((firings.value() ?? 0) + 1);
    const stamps = ctx.globalState.getState(stamps1);
    stamps.update([...stamps.get(), counted?.page ?? 0].slice(-TRAIL_MAX));
    const text = `1 pane ${ctx.window.start} ${known.value()?.n} ${firings.value()}`;
    out.collect({ user: ctx.currentKey, page: counted?.page ?? 0, text, n: counted?.n ?? 0 });
  },
  clear: (ctx) => {
    ctx.windowState.getState(firings1).clear();
  },
});

const counted2 = record({ last: int64, first: withDefault(nullable(int32), null), n: int64 });
const counting2: AggregateFunction<Visit, TypeOf<typeof counted2>, Counted> = {
  createAccumulator: () => ({ last: 0, first: 0, n: 0 }),
  add: ({ page }, { n, first }) => ({ last: 2 ** 33 + page, first: n === 0 ? page : first, n: n + 1 }),
  getResult: ({ n, first }) => ({ n, page: first ?? -1 }),
};
const known2 = valueState('known', record({ n: int64, label: withDefault(string, 'second') }));
const stamps2 = listState('stamps', stamp2);
const panes2 = (): PaneFunction => ({
  process([counted], ctx, out) {
    const line = { user: ctx.currentKey, page: counted?.page ?? 0, n: counted?.n ?? 0 };
    // Of some keys nothing is asked for: where no key of a subtask asks, all of it is carried.
    if (ctx.currentKey.endsWith('1')) return out.collect({ ...line, text: `2 pane ${ctx.window.start}` });
    const known = ctx.globalState.getState(known2);
    const { n = 0, label = 'new' } = known.value() ?? {};
    known.update({ n: n + 2 ** 32, label });
    const stamps = ctx.globalState.getState(stamps2);
    stamps.update([...stamps.get(), 300 + line.page].slice(-TRAIL_MAX));
    const sum = stamps.get().reduce((a, b) => a + b, 0);
    out.collect({ ...line, text: `2 pane ${ctx.window.start} ${label} ${n} ${sum}` });
  },
});

const counted3 = record({ n: float64, first: withDefault(nullable(int64), null) });
const counting3: AggregateFunction<Visit, TypeOf<typeof counted3>, Counted> = {
  createAccumulator: () => ({ n: 0, first: null }),
  add: ({ page }, { n, first }) => ({ n: n + 0.5, first: first ?? page }),
  getResult: ({ n, first }) => ({ n, page: (first ?? -1) % PAGES }),
};
const known3 = valueState('known', record({ label: withDefault(string, 'third'), n: float64 }));
const firings3 = valueState('firings', float64);
const stamps3 = listState('stamps', stamp3);
const panes3 = (): PaneFunction => ({
  process([counted], ctx, out) {
    const known = ctx.globalState.getState(known3);
    const { n = 0, label = 'new' } = known.value() ?? {};
    known.update({ n: n + 0.5, label });
    const firings = ctx.windowState.getState(firings3);
    firings.update((firings.value() ?? 0) + 0.25);
    const stamps = ctx.globalState.getState(stamps3);
    stamps.update([...stamps.get(), 'x'].slice(-TRAIL_MAX));
    const text = `3 pane ${ctx.window.start} ${label} ${n} ${firings.value()} ${stamps.get().join(' ')}`;
    out.collect({ user: ctx.currentKey, page: counted?.page ?? 0, text, n: counted?.n ?? 0 });
  },
  clear: (ctx) => {
    ctx.windowState.getState(firings3).clear();
  },
});

function panesOf(version: number, windows: Windows): DataStream<Line> {
  const triggered = (type: TypeInfo<number>): Windows => windows.trigger(customTrigger(() => new EveryThird(type)));
  const uid = { uid: 'panes' };
  switch (version) {
    case 1:
      return triggered(int32).aggregateAndProcess(counting1, counted1, panes1, line, uid);
    case 2:
      return triggered(int64).aggregateAndProcess(counting2, counted2, panes2, line, uid);
    default:
      return triggered(float64).aggregateAndProcess(counting3, counted3, panes3, line, uid);
  }
}

// ---- states without key

const RECENT_MAX = 4;
const recent1 = listState('pages', record({ page: int32, stamp: stamp1 }));
const opened1 = unionListState('opened', int32);
const recent2 = listState('pages', record({ n: withDefault(float64, 7), stamp: stamp2, page: int64 }));
const recent3 = listState('pages', record({ page: nullable(int64), n: withDefault(float64, 9) }));
const opened3 = unionListState('opened', float64);

/** Everyone has all of it: each writes its own share back. */
function noteOpened({ subtask, parallelism }: OpenContext, opened: ListState<number>): void {
  const share = opened.get().filter((_, i) => i % parallelism === subtask);
  opened.update([...share, subtask].slice(-RECENT_MAX));
}

/** Passes visits on, of another page where its lists say so. */
function recentPages(version: number): ProcessFunction<Visit, Visit> {
  switch (version) {
    case 1:
      return {
        open: (ctx) => {
          ctx.getState(recent1);
          noteOpened(ctx, ctx.getState(opened1));
        },
        processElement(value, ctx, out) {
          const recent = ctx.getState(recent1);
          recent.update([...recent.get(), { page: value.page, stamp: value.page }].slice(-RECENT_MAX));
          out.collect({ ...value, page: (value.page + ctx.getState(opened1).get().length) % PAGES });
        },
      };
    case 2:
      return {
        open: (ctx) => {
          ctx.getState(recent2);
        },
        processElement(value, ctx, out) {
          const recent = ctx.getState(recent2);
          const sum = recent.get().reduce((total, { n, stamp, page }) => total + n + stamp + page, 0);
          recent.update([...recent.get(), { page: 2 ** 33, stamp: 300, n: 0.5 }].slice(-RECENT_MAX));
          out.collect({ ...value, page: Math.floor(sum + value.page) % PAGES });
        },
      };
    default:
      return {
        open: (ctx) => {
          ctx.getState(recent3);
          noteOpened(ctx, ctx.getState(opened3));
        },
        processElement(value, ctx, out) {
          const recent = ctx.getState(recent3);
          const sum = recent.get().reduce((total, { n, page }) => total + n + (page ?? 1), 0);
          recent.update([...recent.get(), { page: null, n: 1.5 }].slice(-RECENT_MAX));
          const opened = ctx.getState(opened3).get().length;
          out.collect({ ...value, page: Math.floor(sum + opened + value.page) % PAGES });
        },
      };
  }
}

function evolvingJob(
  version: number,
  {
    disorderMs,
    tickMs,
    paneMs,
    ...timeToLive
  }: Readonly<Record<'disorderMs' | 'tickMs' | 'paneMs' | 'ttlMs' | 'ttlKind', number>>,
): JobSpec {
  const live = ttlOptions(timeToLive);
  return defineJob('evolving', (env) => {
    const visits = env.fromSource(logSource({ topic: 'visits', type: visit }), {
      uid: 'visits',
      watermarks: boundedOutOfOrderness({ timestamp: (v: Visit) => v.ts, delayMs: disorderMs, periodMs: 5 }),
    });
    const clean = (v: Visit): Visit => ({ ...v, page: v.page % PAGES });
    const cleaned = version === 2 ? visits.rebalance().map(clean, visit, { uid: 'clean' }) : visits;
    const byUser = cleaned
      .map(version === 2 ? (v) => v : clean, visit, { uid: 'prepare' })
      .rebalance()
      .process(() => recentPages(version), visit, { uid: 'recent' })
      .keyBy((v) => v.user, string);
    const profiles = byUser.process(
      () =>
        version === 1
          ? new Profile1(tickMs, live)
          : version === 2
            ? new Profile2(tickMs, live)
            : new Profile3(tickMs, live),
      line,
      { uid: 'profile' },
    );
    const out =
      version === 2
        ? profiles.keyBy((l) => l.page, int32).process(countPages, line, { uid: 'pages' })
        : profiles.rescale();
    out.sinkTo(logSink({ topic: 'lines', type: line }), { uid: 'out' });
    if (paneMs <= 0) return;
    panesOf(version, byUser.window(tumblingEventTime(paneMs)).allowedLateness(paneMs)).sinkTo(
      logSink({ topic: 'panes', type: line }),
      { uid: 'panes-out' },
    );
  });
}

/** Event time goes 10 ms a record. */
function generate(seed: string, count: number, numbers: Readonly<Record<string, number>>): Topics<Sources> {
  const { users, disorderMs } = parameters.from(numbers);
  const draws = planDraws(seed)('evolving');
  const visits: Visit[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    visits[draws.below(PARTITIONS)]?.push({
      user: `user-${draws.below(users)}`,
      page: draws.below(2 * PAGES),
      ts: Math.max(0, 10 * i - draws.below(disorderMs + 1)),
    });
  }
  return { visits };
}

export const evolving: Scenario<Sources> = {
  id: 'evolving',
  states:
    'Three versions of a job: state that is migrated, carried and dropped, operators that are added, removed, split and merged.',
  parameters: parameters.list,
  versions: 3,
  has: ['time-to-live', 'time-to-live-by-version', 'windows-by-version'],
  generate,
  build: (plan, version = 1) => ({
    job: evolvingJob(version, parameters.of(plan)),
    topics: topicsOf(evolving, plan),
    confluent: false,
    // What version 2 has counted of pages is given up.
    allowNonRestoredState: version === 3,
  }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { user: fc.nat(11).map((n) => `user-${n}`), page: fc.nat(2 * PAGES - 1), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
