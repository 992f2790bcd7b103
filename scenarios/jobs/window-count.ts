/**
 * Anyone's own events through a windowed count under faults: how many events each key has in each window, and
 * the late ones in a topic of their own. Variants:
 *
 * | variant | events                          | splits                            | what is late depends on    |
 * |---------|---------------------------------|-----------------------------------|----------------------------|
 * | exact   | a stretch or a sample           | one, a watermark after each event | the order of the file      |
 * | spread  | a stretch or a sample           | one a file, or several, by key    | the schedule               |
 * | whole   | all of them, however many       | as *exact*                        | the order of the file      |
 *
 * The windows may also slide, be sessions, or fire by another trigger (`WindowOptions`).
 * The watermark's delay is a parameter, between 0 and four windows. A plan of the first two takes so many events as its
 * workload says, or all of them if there are few (`wholeFile`). What *whole* must commit is known (`../input-table.ts`); its plan
 * is made for its size: two kills, and checkpoints in proportion.
 */
import type { Arbitrary } from 'fast-check';
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  continuousEventTimeTrigger,
  countTrigger,
  defineJob,
  earlyAndLateTrigger,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  outputTag,
  record,
  sessionEventTime,
  slidingEventTime,
  string,
  tumblingEventTime,
  type TypeOf,
  type WatermarkStrategy,
  watermarkPerRecord,
  type WindowAssigner,
  type WindowTrigger,
} from '../../core/api/index.ts';
import { keyHasher } from '../../core/values/hash.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { sampledIndices } from '../../properties/plan/sample.ts';
import type { FastCheck, Scenario } from '../../properties/plan/scenario.ts';
import { eventAt, eventCount, type InputColumns, type InputEvent, eventsOf } from '../input-events.ts';
import { type InputTrigger, lateCount, mostBehindMs, spanOf, type WindowOptions } from '../input-table.ts';
import { neverLate, neverLateForSessions } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

const SPLITS = 4;
/** More files than this share splits. */
const FILE_SPLITS_MAX = 16;
/** `wholeFile` at its largest value takes all events: about one generated plan in twelve. */
const WHOLE_FILE = 5;
/** With more events than this, no plan of *exact* and *spread* takes all of them. */
const WHOLE_FILE_RECORDS_MAX = 2_000;
const EVENTS_TOPIC = 'events';
export const COUNTS_TOPIC = 'counts';
export const LATE_TOPIC = 'late';

const inputEvent = record({ key: string, time: int64, line: int32 });
type Event = TypeOf<typeof inputEvent>;
interface EventTopic {
  readonly [EVENTS_TOPIC]: Event;
}
const late = outputTag('late', inputEvent);
const windowCount = record({ key: string, start: int64, end: int64, count: int32 });

const counting: AggregateFunction<Event, number, number> = {
  createAccumulator: () => 0,
  add: (_, count) => count + 1,
  getResult: (count) => count,
  merge: (a, b) => a + b,
};

export type InputVariant = 'exact' | 'spread' | 'whole';

export interface WindowCountOptions extends WindowOptions {
  readonly variant: InputVariant;
}

/**
 * A scenario over these events, which are not empty. Its id is `input/exact`, `input/spread` or `input/whole`.
 *
 * @throws JobError on a bad window, offset or lateness.
 */
export function inputScenario(columns: InputColumns, options: WindowCountOptions): Scenario<EventTopic> {
  const { variant } = options;
  const isOnTime = options.sessionMs === undefined ? neverLate : neverLateForSessions;
  const count = eventCount(columns);
  const takesAll = variant !== 'whole' && count <= WHOLE_FILE_RECORDS_MAX;
  const delayMax = DELAY_WINDOWS_MAX * spanOf(options);
  const delay = parameterTable({
    delayMs: [0, variant === 'whole' ? Math.max(delayMax, mostBehindMs(columns)) : delayMax, 0],
  });
  const whole = parameterTable({ wholeFile: [0, WHOLE_FILE, 0] });
  const parameters = [...delay.list, ...(takesAll ? whole.list : []), ...(variant === 'spread' ? periodic.list : [])];
  const scenario: Scenario<EventTopic> = {
    id: `input/${variant}`,
    states: `Your events in ${windowsInWords(options)}, counted by key, ${STATES[variant]}.`,
    parameters,
    generate: (seed, wished, numbers) => {
      const isWhole = variant === 'whole' || (takesAll && whole.from(numbers).wholeFile === WHOLE_FILE);
      const indices = isWhole ? undefined : sampledIndices(count, seed, wished);
      return { [EVENTS_TOPIC]: variant === 'spread' ? spreadOut(columns, indices) : [eventsOf(columns, indices)] };
    },
    build: (plan) => {
      const { delayMs } = delay.of(plan);
      const topics = topicsOf(scenario, plan);
      const watermarks =
        variant === 'spread'
          ? boundedOutOfOrderness({ timestamp, delayMs, ...periodic.of(plan) })
          : watermarkPerRecord({ timestamp, delayMs });
      return {
        job: windowCountJob(options, watermarks),
        topics,
        // What a trigger shows before the end depends on what has come by then.
        confluent: options.trigger === undefined && isOnTime(topics[EVENTS_TOPIC], timestamp, delayMs),
      };
    },
    ...(variant === 'whole' ? { planOf: (seed: string) => wholePlan(columns, options, seed) } : {}),
    ...(isAcrossZero(columns) ? { has: ['windows-across-zero'] as const } : {}),
    recordArbitrary: (_topic, fc) => eventArbitrary(columns, fc),
  };
  // A bad window or lateness is found here rather than in the first run.
  windowCountJob(options, watermarkPerRecord({ timestamp, delayMs: 0 }));
  return scenario;
}

function windowsInWords({ windowMs, slideMs, sessionMs }: WindowOptions): string {
  if (sessionMs !== undefined) return `sessions with a gap of ${sessionMs} ms`;
  return slideMs === undefined
    ? `tumbling windows of ${windowMs} ms`
    : `windows of ${windowMs} ms that begin every ${slideMs} ms`;
}

const STATES: Readonly<Record<InputVariant, string>> = {
  exact: 'in one split',
  spread: 'in several splits',
  whole: 'all of them in one run',
};

/** A parameter of *spread* only. */
const periodic = parameterTable({ periodMs: [1, 50, 5] });

const timestamp = (e: Event): number => e.time;

/** There are events before 1970, and from it on. */
function isAcrossZero({ times }: InputColumns): boolean {
  return times.some((time) => time < 0) && times.some((time) => time >= 0);
}

/**
 * Several files are splits of their own. The events of one are distributed by Java's hash of the key, not by key group, so
 * that the splits cut across the groups.
 */
function spreadOut(columns: InputColumns, indices: readonly number[] | undefined): readonly (readonly InputEvent[])[] {
  const { files } = columns;
  const taken = indices ?? Array.from({ length: eventCount(columns) }, (_, i) => i);
  const splits: InputEvent[][] = Array.from(
    { length: files.length > 1 ? Math.min(files.length, FILE_SPLITS_MAX) : SPLITS },
    () => [],
  );
  const hash = keyHasher(string);
  let file = 0;
  for (const i of taken) {
    const event = eventAt(columns, i);
    while (i >= (files[file + 1] ?? Infinity)) file += 1;
    splits[(files.length > 1 ? file : hash(event.key) >>> 0) % splits.length]?.push(event);
  }
  return splits;
}

// ---- the plan of *whole*

const DELAY_WINDOWS_MAX = 4;
/** In windows: the least of them that leaves few events late, else so much that none is. */
const DELAYS = [0, 0.25, 1, DELAY_WINDOWS_MAX] as const;
const LATE_SHARE = 0.05;
const INPUT_US = 1_500_000;
/** Virtual time that a record takes, about, if there are many. */
const RECORD_US = 12;
const CHECKPOINTS = 16;

function wholePlan(columns: InputColumns, options: WindowCountOptions, seed: string): Plan {
  const draws = planDraws(seed)('whole');
  const records = eventCount(columns);
  const kill = (process: string, nth: number) => ({
    what: { kind: 'kill', process, restartAfterMs: draws.between(1, 100) } as const,
    when: { kind: 'fact', fact: 'checkpointCompleted', nth } as const,
  });
  return {
    scenario: 'input/whole',
    config: {
      // Exactly once: at least once would commit something else than the table.
      discipline: draws.between(0, 2),
      checkpointIntervalMs: Math.min(2_000, Math.max(80, Math.ceil((records * RECORD_US) / 1000 / CHECKPOINTS))),
      recordIntervalUs: Math.ceil(INPUT_US / records),
      fetchMaxRecords: 64,
      bufferRecords: 64,
      parallelism: 2,
      parallelismAfterRestart: draws.between(1, 3),
      delayMs: wholeDelayMs(columns, options),
    },
    workload: { kind: 'generated', seed, count: records },
    incidents: [kill('taskmanager-1', draws.between(1, 4)), kill('taskmanager-2', draws.between(5, 8))],
    choices: { seed },
  };
}

/** The watermark's delay of *whole*. */
export function wholeDelayMs(columns: InputColumns, options: WindowOptions): number {
  const delays = DELAYS.map((windows) => Math.ceil(windows * spanOf(options)));
  const most = eventCount(columns) * LATE_SHARE;
  return delays.find((delayMs) => lateCount(columns, options, delayMs) <= most) ?? mostBehindMs(columns);
}

/** One reader for one split, since the watermark of a reader without a split holds everything back until it ends. */
function windowCountJob(options: WindowCountOptions, watermarks: WatermarkStrategy<Event>): JobSpec {
  const { variant, latenessMs } = options;
  return defineJob(`input-${variant}`, (env) => {
    const source = env.fromSource(logSource({ topic: EVENTS_TOPIC, type: inputEvent }), { uid: 'events', watermarks });
    if (variant !== 'spread') source.setParallelism(1);
    const windows = source.keyBy((e) => e.key, string).window(assignerOf(options));
    const counts = (options.trigger === undefined ? windows : windows.trigger(triggerOf(options.trigger)))
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .aggregate(counting, int32, windowCount, ({ key, window, result }) => ({
        key,
        start: window.start,
        end: window.end,
        count: result,
      }))
      .uid('count');
    counts.sinkTo(logSink({ topic: COUNTS_TOPIC, type: windowCount }), { uid: 'counts' });
    counts.getSideOutput(late).sinkTo(logSink({ topic: LATE_TOPIC, type: inputEvent }), { uid: 'late' });
  });
}

function assignerOf({ windowMs, offsetMs, slideMs, sessionMs }: WindowOptions): WindowAssigner {
  if (sessionMs !== undefined) return sessionEventTime(sessionMs);
  return slideMs === undefined ? tumblingEventTime(windowMs, offsetMs) : slidingEventTime(windowMs, slideMs, offsetMs);
}

function triggerOf(trigger: InputTrigger): WindowTrigger {
  switch (trigger.kind) {
    case 'count':
      return countTrigger(trigger.count);
    case 'continuous':
      return continuousEventTimeTrigger(trigger.everyMs);
    case 'earlyAndLate':
      return earlyAndLateTrigger(trigger.everyMs);
  }
}

/** Keys and times of the input, put together anew. */
function eventArbitrary(columns: InputColumns, fc: FastCheck): Arbitrary<unknown> {
  const one = fc.nat(Math.max(0, eventCount(columns) - 1)).map((i) => eventAt(columns, i));
  return fc.tuple(one, one).map(([a, b]) => ({ key: a.key, time: b.time, line: b.line }));
}
