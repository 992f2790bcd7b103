/**
 * Anyone's own events through a windowed count under faults: how many events each key has in each tumbling window, and
 * the late ones in a topic of their own. Two variants, as for the earthquakes: *exact* (one split in the order of the
 * file, a watermark after each record; what is late is decided by the file alone) and *spread* (several splits,
 * distributed by key, periodic watermarks).
 *
 * The watermark's delay is a parameter, between 0 and four windows. A plan takes so many events as its workload says, a
 * stretch or a sample of the file; `wholeFile` takes all of them.
 */
import fc from 'fast-check';
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  defineJob,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  type WatermarkStrategy,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { keyHasher } from '../../core/values/hash.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import type { InputEvent } from '../input.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';
import { sampled } from '../../properties/plan/sample.ts';

const SPLITS = 4;
/** `wholeFile` at its largest value takes the whole file: about one generated plan in twelve. */
const WHOLE_FILE = 5;
const EVENTS_TOPIC = 'events';
const COUNTS_TOPIC = 'counts';
const LATE_TOPIC = 'late';

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

export interface WindowCountOptions {
  readonly variant: 'exact' | 'spread';
  /** Whole milliseconds, >= 1. */
  readonly windowMs: number;
  /** Whole milliseconds, >= 0. */
  readonly latenessMs: number;
}

/**
 * A scenario over these events, which are not empty. Its id is `input/exact` or `input/spread`.
 *
 * @throws JobError on a bad window or lateness.
 */
export function inputScenario(records: readonly InputEvent[], options: WindowCountOptions): Scenario<EventTopic> {
  const { variant, windowMs } = options;
  const parameters = parameterTable({ delayMs: [0, 4 * windowMs, 0], wholeFile: [0, WHOLE_FILE, 0] });
  const scenario: Scenario<EventTopic> = {
    id: `input/${variant}`,
    states: `Your events in tumbling windows of ${windowMs} ms, counted by key, ${variant === 'exact' ? 'in one split' : 'in several splits'}.`,
    parameters: variant === 'exact' ? parameters.list : [...parameters.list, ...periodic.list],
    generate: (seed, count, numbers) => {
      const events = parameters.from(numbers).wholeFile === WHOLE_FILE ? records : sampled(records, seed, count);
      return { [EVENTS_TOPIC]: variant === 'exact' ? [events] : splitByKey(events) };
    },
    build: (plan) => {
      const { delayMs } = parameters.of(plan);
      const topics = topicsOf(scenario, plan);
      const watermarks =
        variant === 'exact'
          ? watermarkPerRecord({ timestamp, delayMs })
          : boundedOutOfOrderness({ timestamp, delayMs, ...periodic.of(plan) });
      return {
        job: windowCountJob(options, watermarks),
        topics,
        confluent: neverLate(topics[EVENTS_TOPIC], timestamp, delayMs),
      };
    },
    recordArbitrary: () => eventArbitrary(records),
  };
  // A bad window or lateness is found here rather than in the first run.
  windowCountJob(options, watermarkPerRecord({ timestamp, delayMs: 0 }));
  return scenario;
}

/** A parameter of *spread* only. */
const periodic = parameterTable({ periodMs: [1, 50, 5] });

const timestamp = (e: Event): number => e.time;

/** By Java's hash of the key, not by key group, so that the splits cut across the groups. */
function splitByKey(events: readonly InputEvent[]): readonly (readonly InputEvent[])[] {
  const hash = keyHasher(string);
  const splits: InputEvent[][] = Array.from({ length: SPLITS }, () => []);
  for (const event of events) splits[(hash(event.key) >>> 0) % SPLITS]?.push(event);
  return splits;
}

/** The readers of *exact* are one, since the watermark of a reader without a split holds everything back until it ends. */
function windowCountJob(
  { variant, windowMs, latenessMs }: WindowCountOptions,
  watermarks: WatermarkStrategy<Event>,
): JobSpec {
  return defineJob(`input-${variant}`, (env) => {
    const source = env.fromSource(logSource({ topic: EVENTS_TOPIC, type: inputEvent }), { uid: 'events', watermarks });
    if (variant === 'exact') source.setParallelism(1);
    const counts = source
      .keyBy((e) => e.key, string)
      .window(tumblingEventTime(windowMs))
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

/** Keys and times of the input, put together anew. */
function eventArbitrary(records: readonly InputEvent[]): fc.Arbitrary<unknown> {
  const one = fc.nat(Math.max(0, records.length - 1)).map((i) => records[i]);
  return fc.tuple(one, one).map(([a, b]) => ({ key: a?.key ?? '', time: b?.time ?? 0, line: b?.line ?? 0 }));
}
