/**
 * How many earthquakes each network reported in each 6 hours, and the largest: keyed by network, event time `time`,
 * windows, tumbling unless said otherwise, records that come too late to a topic of their own.
 */
import {
  type AggregateFunction,
  defineJob,
  float64,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  nullable,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  type WatermarkStrategy,
  type WindowAssigner,
} from '../../../core/api/index.ts';
import { HOUR_MS, type Quake, quake } from './quakes.ts';

export const WINDOW_MS = 6 * HOUR_MS;
export const QUAKES_TOPIC = 'quakes';
export const PANES_TOPIC = 'panes';
export const LATE_TOPIC = 'late';

const late = outputTag('late', quake);
/** Count, and the largest magnitude, null as long as none was measured. */
const summary = record({ count: int32, largest: nullable(float64) });
type Summary = TypeOf<typeof summary>;
export const pane = record({ net: string, start: int64, count: int32, largest: nullable(float64) });

const summarize: AggregateFunction<Quake, Summary, Summary> = {
  createAccumulator: () => ({ count: 0, largest: null }),
  add: ({ mag }, { count, largest }) => ({ count: count + 1, largest: larger(mag, largest) }),
  getResult: (accumulator) => accumulator,
  merge: (a, b) => ({ count: a.count + b.count, largest: larger(a.largest, b.largest) }),
};

function larger(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null || a > b ? a : b;
}

export interface EarthquakesOptions {
  /** Windows of 6 hours, unless given. */
  readonly assigner?: WindowAssigner;
  readonly watermarks: WatermarkStrategy<Quake>;
  readonly latenessMs: number;
  /** Subtasks of the source; undefined: the job's. */
  readonly readers: number | undefined;
}

export function earthquakesJob(name: string, options: EarthquakesOptions): JobSpec {
  const { watermarks, latenessMs, readers, assigner = tumblingEventTime(WINDOW_MS) } = options;
  return defineJob(name, (env) => {
    const source = env.fromSource(logSource({ topic: QUAKES_TOPIC, type: quake }), { uid: 'quakes', watermarks });
    if (readers !== undefined) source.setParallelism(readers);
    const panes = source
      .keyBy((q) => q.net, string)
      .window(assigner)
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .aggregate(summarize, summary, pane, (one) => ({ net: one.key, start: one.window.start, ...one.result }))
      .uid('per-network');
    panes.sinkTo(logSink({ topic: PANES_TOPIC, type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: LATE_TOPIC, type: quake }), { uid: 'late' });
  });
}
