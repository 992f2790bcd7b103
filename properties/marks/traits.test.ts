import { expect, it } from 'vitest';
import {
  atLeastOnceSink,
  countTrigger,
  type DataStream,
  defineJob,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  sessionEventTime,
  sessionProcessingTime,
  slidingEventTime,
  slidingProcessingTime,
  tumblingEventTime,
  type WindowAssigner,
  type WindowTrigger,
} from '../../core/api/index.ts';
import { type JOB_TRAITS, traitsOf } from './traits.ts';

function job(build: (numbers: DataStream<number>) => void, readers?: number): JobSpec {
  return defineJob('traits', (env) => {
    const watermarks = noWatermarks<number>({ timestamp: (n) => n });
    const numbers = env.fromSource(logSource({ topic: 'in', type: int32 }), { uid: 'in', watermarks });
    if (readers !== undefined) numbers.setParallelism(readers);
    build(numbers);
  });
}
const exactlyOnce = logSink({ topic: 'out', type: int32 });
const atLeastOnce = atLeastOnceSink({ topic: 'out', type: int32 });
const ofParity = (numbers: DataStream<number>) => numbers.keyBy((n) => n % 2, int32);

it('a chain of source and sink exchanges nothing', () => {
  const chain = job((numbers) => void numbers.sinkTo(exactlyOnce, { uid: 'out' }));
  expect(traitsOf(chain)).toEqual(['rescalable', 'readers', 'transactions']);
});

it('one reader, pointwise edges, and a sink without transactions', () => {
  const pointwise = job((numbers) => void numbers.rescale().sinkTo(atLeastOnce, { uid: 'out' }), 1);
  expect(traitsOf(pointwise)).toEqual(['exchange', 'rescalable']);
});

it('barriers overtake at a keyed operator; a running reduce has no timers', () => {
  const sums = job((numbers) => {
    ofParity(numbers)
      .reduce((a, b) => a + b, { uid: 'sum' })
      .sinkTo(atLeastOnce, { uid: 'out' });
  });
  expect(traitsOf(sums)).toEqual(['exchange', 'keyed', 'overtaking', 'rescalable', 'readers']);
});

it('windows have timers, and lateness only if they allow any', () => {
  const windowed = (latenessMs: number) =>
    job((numbers) => {
      ofParity(numbers)
        .window(tumblingEventTime(10))
        .allowedLateness(latenessMs)
        .reduce((a, b) => a + b)
        .uid('sum')
        .sinkTo(atLeastOnce, { uid: 'out' });
    });
  expect(traitsOf(windowed(0)).slice(-3)).toEqual(['timers', 'any-windows', 'windows']);
  expect(traitsOf(windowed(5)).slice(-4)).toEqual(['timers', 'any-windows', 'windows', 'lateness']);
});

/** Which of the traits of windows a job has. */
function ofWindows(
  assigner: WindowAssigner,
  trigger?: WindowTrigger,
  latenessMs = 0,
): readonly (typeof JOB_TRAITS)[number][] {
  const windowed = job((numbers) => {
    const windows = ofParity(numbers).window(assigner).allowedLateness(latenessMs);
    (trigger === undefined ? windows : windows.trigger(trigger))
      .reduce((a, b) => a + b)
      .uid('sum')
      .sinkTo(atLeastOnce, { uid: 'out' });
  });
  const traits = traitsOf(windowed);
  return traits.slice(traits.indexOf('any-windows') + 1);
}

it('a record has several sliding windows as soon as they overlap at all', () => {
  expect(ofWindows(slidingEventTime(10, 9))).toEqual(['windows', 'overlapping']);
  expect(ofWindows(slidingEventTime(9, 10))).toEqual(['windows', 'gaps']);
  expect(ofWindows(slidingProcessingTime(9, 10))).toEqual(['gaps']);
});

it('sessions of either time merge, and may count', () => {
  expect(ofWindows(sessionEventTime(10), countTrigger(3))).toEqual(['windows', 'merging', 'counted-merging']);
  expect(ofWindows(sessionProcessingTime(10), countTrigger(3))).toEqual(['counted-merging']);
});

it('whatever fires by elements or by time may fire early', () => {
  expect(ofWindows(tumblingEventTime(10), countTrigger(3), 5)).toEqual(['windows', 'lateness', 'early']);
  expect(ofWindows(tumblingEventTime(10), undefined, 5)).toEqual(['windows', 'lateness']);
});

it('forks are later jobs, and no versions of one', () => {
  const chain = job((numbers) => void numbers.sinkTo(exactlyOnce, { uid: 'out' }));
  expect(traitsOf(chain, 2).slice(-2)).toEqual(['versions', 'later-jobs']);
  expect(traitsOf(chain, 2, true).slice(-2)).toEqual(['transactions', 'later-jobs']);
});
