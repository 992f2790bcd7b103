/**
 * One window operator in any of its kinds: events -> by key, or all at once -> windows -> panes, and what is late.
 *
 * | parameter | chooses |
 * |-----------|---------|
 * | assigner  | tumbling, sliding, sessions, global, the job's own; by event time or the clock |
 * | trigger   | the assigner's own, count, continuous, early and late, delta, one of the job's own |
 * | purging   | what fires goes |
 * | evictor   | none; count, time or delta, before or after the function |
 * | fold      | aggregate, reduce, a function of the elements, or one behind either |
 *
 * Windows are small, times may be negative, and many lie at a boundary: the end of a window, plus or minus the delay of the
 * watermark and the lateness (`event-times.ts`). Not every choice goes with every other: windows that merge have no delta trigger.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  continuousEventTimeTrigger,
  continuousProcessingTimeTrigger,
  countEvictor,
  countTrigger,
  customTrigger,
  defineJob,
  deltaEvictor,
  deltaTrigger,
  earlyAndLateTrigger,
  globalWindows,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  type OnMergeContext,
  outputTag,
  type ProcessWindowContext,
  type ProcessWindowFunction,
  purgingTrigger,
  record,
  reducingState,
  sessionEventTime,
  sessionProcessingTime,
  slidingEventTime,
  slidingProcessingTime,
  string,
  timeEvictor,
  type TimeWindow,
  type Trigger,
  type TriggerContext,
  tumblingEventTime,
  tumblingProcessingTime,
  type TypeOf,
  valueState,
  type WindowAssigner,
  windowAssigner,
  type WindowedStream,
  type WindowEvictor,
  type WindowResult,
  type WindowTrigger,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { firingLeastMs } from '../../properties/plan/costs.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import { configOf } from '../../properties/plan/knobs.ts';
import type { Plan, Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { timeOrBoundary } from '../event-times.ts';
import { neverLate, neverLateForSessions } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

const event = record({ key: string, value: int32, ts: int64 });
type Event = TypeOf<typeof event>;
/** `firing`: how often a function of the job has seen this window, if it counts. */
const pane = record({ key: string, start: int64, end: int64, n: int32, sum: int64, firing: int32 });
type Pane = TypeOf<typeof pane>;
const folded = record({ n: int32, sum: int64 });
type Folded = TypeOf<typeof folded>;
const late = outputTag('late', event);

const ASSIGNERS = [
  'tumbling',
  'sliding',
  'session',
  'session-by-value',
  'own',
  'own-merging',
  'global',
  'tumbling-clock',
  'sliding-clock',
  'session-clock',
] as const;
const TRIGGERS = ['default', 'count', 'continuous', 'continuous-clock', 'early-and-late', 'delta', 'own'] as const;
const EVICTORS = ['none', 'none', 'count', 'count-after', 'time', 'delta-after'] as const;
const FOLDS = ['aggregate', 'reduce', 'process', 'aggregate-process', 'reduce-process'] as const;

const parameters = parameterTable({
  assigner: [0, ASSIGNERS.length - 1, 0, 'even'],
  trigger: [0, TRIGGERS.length - 1, 0, 'even'],
  purging: [0, 1, 0],
  evictor: [0, EVICTORS.length - 1, 0, 'even'],
  fold: [0, FOLDS.length - 1, 0, 'even'],
  /** All events in one window stream without key. */
  all: [0, 1, 0],
  keys: [1, 6, 3],
  partitions: [1, 3, 2],
  sizeMs: [1, 60, 20],
  /** Of sliding windows: at least a tenth of the size. */
  slideMs: [1, 80, 5],
  offsetMs: [0, 10, 0],
  latenessMs: [0, 60, 20],
  /** Of continuous triggers, and early firings: each of these is a turn of each open pane, so slow universes have more. */
  everyMs: [25, 200, 50],
  /** Of count triggers and evictors, and a threshold of delta ones. */
  count: [1, 6, 2],
  startMs: [-1_000, 500, -200],
  intervalMs: [0, 30, 5],
  disorderMs: [0, 120, 40],
  delayMs: [0, 80, 20],
  /** 0: a watermark after each record. */
  periodMs: [0, 30, 0],
  boundaryPer1000: [0, 700, 300],
});
type Numbers = ReturnType<typeof parameters.from>;

// ---- the job's own parts

function assignerKind({ assigner }: Numbers): (typeof ASSIGNERS)[number] {
  return ASSIGNERS[assigner] ?? 'tumbling';
}

function slideOf({ slideMs, sizeMs }: Numbers): number {
  return Math.max(slideMs, Math.ceil(sizeMs / 10));
}

function assignerOf(numbers: Numbers): WindowAssigner {
  const { sizeMs } = numbers;
  const slideMs = slideOf(numbers);
  const offsetMs = Math.min(numbers.offsetMs, sizeMs - 1, slideMs - 1);
  switch (assignerKind(numbers)) {
    case 'tumbling':
      return tumblingEventTime(sizeMs, offsetMs);
    case 'sliding':
      return slidingEventTime(sizeMs, slideMs, offsetMs);
    case 'session':
      return sessionEventTime(sizeMs);
    case 'session-by-value':
      return sessionEventTime((e: Event) => 1 + (e.value % 3) * sizeMs);
    case 'own':
      return windowAssigner({ domain: 'event', assign: (e: Event, time) => nearby(e, time, sizeMs) });
    case 'own-merging':
      return windowAssigner({
        domain: 'event',
        merges: true,
        assign: ({ value }: Event, time) => [{ start: time - (value % 3), end: time + sizeMs }],
      });
    case 'global':
      return globalWindows();
    case 'tumbling-clock':
      return tumblingProcessingTime(sizeMs, offsetMs);
    case 'sliding-clock':
      return slidingProcessingTime(sizeMs, slideMs, offsetMs);
    case 'session-clock':
      return sessionProcessingTime(sizeMs);
  }
}

/** The window of its time and the one before it, which does not hold it; some events are in none. */
function nearby({ value }: Event, time: number, sizeMs: number): readonly TimeWindow[] {
  const start = Math.floor(time / sizeMs) * sizeMs;
  if (value % 7 === 0) return [];
  return [
    { start, end: start + sizeMs },
    { start: start - sizeMs, end: start },
  ];
}

function merges(numbers: Numbers): boolean {
  const kind = assignerKind(numbers);
  return kind.startsWith('session') || kind === 'own-merging';
}

function isOfClock(numbers: Numbers): boolean {
  const kind = assignerKind(numbers);
  return kind === 'global' || kind.endsWith('-clock');
}

const seen = reducingState('seen', int32, (a, b) => a + b);
/** Fires at every third element, at the window's end, and a while after the first one by the clock; that once it purges. */
class OwnTrigger implements Trigger<Event> {
  readonly #everyMs: number;
  readonly #alarm = valueState('alarm', int64);

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  onElement(_value: Event, _timestamp: number | undefined, window: TimeWindow, ctx: TriggerContext) {
    const count = ctx.getState(seen);
    count.add(1);
    if (window.end - 1 > ctx.currentWatermark()) ctx.registerEventTimeTimer(window.end - 1);
    if (ctx.getState(this.#alarm).value() === undefined) {
      const at = ctx.currentProcessingTime() + this.#everyMs;
      ctx.getState(this.#alarm).update(at);
      ctx.registerProcessingTimeTimer(at);
    }
    return (count.get() ?? 0) % 3 === 0 ? 'fire' : 'continue';
  }
  onEventTime(timestamp: number, window: TimeWindow) {
    return timestamp === window.end - 1 ? 'fire' : 'continue';
  }
  onProcessingTime(timestamp: number, _window: TimeWindow, ctx: TriggerContext) {
    return timestamp === ctx.getState(this.#alarm).value() ? 'fireAndPurge' : 'continue';
  }
  onMerge(window: TimeWindow, ctx: OnMergeContext): void {
    ctx.mergeState(seen);
    if (window.end - 1 > ctx.currentWatermark()) ctx.registerEventTimeTimer(window.end - 1);
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.getState(seen).clear();
    ctx.deleteEventTimeTimer(window.end - 1);
    const alarm = ctx.getState(this.#alarm).value();
    if (alarm !== undefined) ctx.deleteProcessingTimeTimer(alarm);
    ctx.getState(this.#alarm).clear();
  }
}

function triggerOf(numbers: Numbers): WindowTrigger | undefined {
  const { everyMs, count } = numbers;
  switch (TRIGGERS[numbers.trigger]) {
    case 'count':
      return countTrigger(count);
    case 'continuous':
      // Windows that end by the clock, or never, would have it fire in event time up to then.
      return isOfClock(numbers) ? countTrigger(count) : continuousEventTimeTrigger(everyMs);
    case 'continuous-clock':
      return continuousProcessingTimeTrigger(everyMs);
    case 'early-and-late':
      return earlyAndLateTrigger(everyMs);
    case 'delta':
      if (merges(numbers)) return countTrigger(count);
      return deltaTrigger({
        threshold: count,
        delta: (a: Event, b: Event) => Math.abs(b.value - a.value),
        type: event,
      });
    case 'own':
      return assignerKind(numbers) === 'global' ? countTrigger(count) : customTrigger(() => new OwnTrigger(everyMs));
    default:
      return assignerKind(numbers) === 'global' ? countTrigger(count) : undefined;
  }
}

function evictorOf({ evictor, count, sizeMs }: Numbers): WindowEvictor | undefined {
  switch (EVICTORS[evictor]) {
    case 'count':
      return countEvictor(count - 1);
    case 'count-after':
      return countEvictor(count - 1, 'after');
    case 'time':
      return timeEvictor(sizeMs >> 1);
    case 'delta-after':
      return deltaEvictor(count, (a: Event, b: Event) => Math.abs(b.value - a.value), 'after');
    default:
      return undefined;
  }
}

const summing: AggregateFunction<Event, Folded, Folded> = {
  createAccumulator: () => ({ n: 0, sum: 0 }),
  add: ({ value }, { n, sum }) => ({ n: n + 1, sum: sum + value }),
  getResult: (accumulator) => accumulator,
  merge: (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum }),
};

/** Counts its firings, per window where windows have state of their own, and per key in any case. */
class Report<T> implements ProcessWindowFunction<string | number, T, Pane> {
  readonly #fold: (elements: readonly T[]) => Folded;
  readonly #perWindow: boolean;
  readonly #ofWindow = valueState('firings', int32);
  readonly #ofKey = valueState('firings', int32);

  constructor(fold: (elements: readonly T[]) => Folded, perWindow: boolean) {
    this.#fold = fold;
    this.#perWindow = perWindow;
  }

  process(elements: readonly T[], ctx: ProcessWindowContext<string | number>, out: Collector<Pane>): void {
    const { start, end } = ctx.window;
    const ofKey = ctx.globalState.getState(this.#ofKey);
    ofKey.update((ofKey.value() ?? 0) + 1);
    if (this.#perWindow) {
      const ofWindow = ctx.windowState.getState(this.#ofWindow);
      ofWindow.update((ofWindow.value() ?? 0) + 1);
    }
    const firing = (this.#perWindow ? ctx.windowState.getState(this.#ofWindow) : ofKey).value() ?? 0;
    out.collect({ key: String(ctx.currentKey), start, end, ...this.#fold(elements), firing });
  }
  clear(ctx: ProcessWindowContext<string | number>): void {
    if (this.#perWindow) ctx.windowState.getState(this.#ofWindow).clear();
  }
}

const foldAll = (elements: readonly Event[]): Folded =>
  elements.reduce((accumulator, e) => summing.add(e, accumulator), summing.createAccumulator());
const paneOf = ({ key, window, result }: WindowResult<string | number, Folded>): Pane => ({
  key: String(key),
  start: window.start,
  end: window.end,
  ...result,
  firing: 0,
});
const ofEvent = ({ value }: Event): Folded => ({ n: 1, sum: value });
const both = (a: Event, b: Event): Event => ({ key: a.key, value: a.value + b.value, ts: Math.max(a.ts, b.ts) });

function withFold(numbers: Numbers, windows: WindowedStream<string | number, Event>) {
  const perWindow = !merges(numbers);
  switch (FOLDS[numbers.fold]) {
    case 'reduce':
      return windows.reduce(both, (one) => paneOf({ ...one, result: ofEvent(one.result) }), pane);
    case 'process':
      return windows.process(() => new Report(foldAll, perWindow), pane);
    case 'reduce-process':
      return windows.reduceAndProcess(both, () => new Report(foldAll, perWindow), pane);
    case 'aggregate-process': {
      const first = ([result]: readonly Folded[]): Folded => result ?? summing.createAccumulator();
      return windows.aggregateAndProcess(summing, folded, () => new Report(first, perWindow), pane);
    }
    default:
      return windows.aggregate(summing, folded, pane, paneOf);
  }
}

function jobOf(numbers: Numbers): JobSpec {
  const { delayMs, periodMs, latenessMs, all, purging } = numbers;
  const timestamp = (e: Event): number => e.ts;
  const trigger = triggerOf(numbers);
  const evictor = evictorOf(numbers);
  return defineJob('windows', (env) => {
    const events = env.fromSource(logSource({ topic: 'events', type: event }), {
      uid: 'events',
      watermarks:
        periodMs === 0
          ? watermarkPerRecord({ timestamp, delayMs })
          : boundedOutOfOrderness({ timestamp, delayMs, periodMs }),
    });
    const assigner = assignerOf(numbers);
    let windows: WindowedStream<string | number, Event> =
      all === 1 ? events.windowAll(assigner) : events.keyBy((e) => e.key, string).window(assigner);
    windows = windows.allowedLateness(latenessMs).sideOutputLateData(late);
    if (trigger !== undefined) windows = windows.trigger(purging === 1 ? purgingTrigger(trigger) : trigger);
    if (evictor !== undefined) windows = windows.evictor(evictor);
    const panes = withFold(numbers, windows).uid('window');
    panes.sinkTo(logSink({ topic: 'panes', type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: event }), { uid: 'late' });
  });
}

// ---- the events

function generate(seed: string, count: number, params: Readonly<Record<string, number>>): Topics {
  const numbers = parameters.from(params);
  const { keys, partitions, startMs, intervalMs, disorderMs, boundaryPer1000, delayMs, latenessMs } = numbers;
  const draws = planDraws(seed)('windows');
  const dice = planDraws(seed)('windows/boundaries');
  const sizeMs = assignerKind(numbers) === 'sliding' ? slideOf(numbers) : numbers.sizeMs;
  const offsetMs = Math.min(numbers.offsetMs, sizeMs - 1);
  const boundaries = { sizeMs, offsetMs: merges(numbers) ? 0 : offsetMs, delayMs, latenessMs };
  const events: Event[][] = Array.from({ length: partitions }, () => []);
  for (let i = 0; i < count; i++) {
    const time = startMs + i * intervalMs - draws.below(disorderMs + 1);
    events[draws.below(partitions)]?.push({
      key: `k${draws.below(keys)}`,
      value: draws.between(1, 40),
      ts: timeOrBoundary(time, boundaryPer1000, boundaries, dice),
    });
  }
  return { events };
}

/**
 * What fires by the clock leaves the slowest task of the plan's universe time for its input. Of the plan's records nothing is
 * asked: the job is the same for any.
 */
function bearable(numbers: Numbers, plan: Plan): Numbers {
  if (!['continuous-clock', 'early-and-late'].includes(TRIGGERS[numbers.trigger] ?? '')) return numbers;
  const leastMs = firingLeastMs(configOf(plan), plan.incidents, panesMost(numbers));
  return { ...numbers, everyMs: Math.max(numbers.everyMs, leastMs) };
}

/** Records of most plans, at most. */
const RECORDS = 220;

/** Panes that may be open at once: of event time all, if the watermark stands still. */
function panesMost(numbers: Numbers): number {
  const { sizeMs, intervalMs, disorderMs, delayMs, latenessMs } = numbers;
  const kind = assignerKind(numbers);
  const keys = numbers.all === 1 ? 1 : numbers.keys;
  // Sessions by value have gaps of 1 ms.
  const stepMs = kind === 'session-by-value' ? 1 : kind.startsWith('sliding') ? slideOf(numbers) : sizeMs;
  const each = kind === 'own' ? 2 : kind.startsWith('sliding') ? Math.ceil(sizeMs / stepMs) : 1;
  if (isOfClock(numbers)) return keys * each;
  const spanMs = RECORDS * intervalMs + disorderMs + 2 * (delayMs + latenessMs) + sizeMs;
  return Math.min(RECORDS * each, keys * (Math.ceil(spanMs / stepMs) + each));
}

/** One firing a window, at its end, with all its elements. */
function isConfluent(numbers: Numbers, { events }: Topics): boolean {
  const { trigger, evictor, fold, delayMs } = numbers;
  const kind = assignerKind(numbers);
  if (!['tumbling', 'sliding', 'session', 'session-by-value'].includes(kind) || trigger !== 0 || fold > 1) return false;
  if (EVICTORS[evictor] !== 'none') return false;
  const time = (e: unknown): number => (e as Event).ts;
  return (merges(numbers) ? neverLateForSessions : neverLate)(events ?? [], time, delayMs);
}

export const windows: Scenario = {
  id: 'windows',
  has: ['batch', 'windows-across-zero'],
  states: 'One window operator in any of its kinds: assigner, trigger, evictor and function, with times at boundaries.',
  parameters: parameters.list,
  weight: 3,
  panesPerRecord: 10,
  shapeOf: (plan) => assignerKind(parameters.of(plan)),
  generate,
  build: (plan) => {
    const numbers = bearable(parameters.of(plan), plan);
    const topics = topicsOf(windows, plan);
    return { job: jobOf(numbers), topics, confluent: isConfluent(numbers, topics) };
  },
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        key: fc.nat(5).map((n) => `k${n}`),
        value: fc.integer({ min: 1, max: 40 }),
        ts: fc.integer({ min: -200, max: 2_000 }),
      },
      { noNullPrototype: true },
    ),
};
