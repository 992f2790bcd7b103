import { expect, it } from 'vitest';
import {
  atLeastOnceSink,
  type DataStream,
  defineJob,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  tumblingEventTime,
} from '../../core/api/index.ts';
import { traitsOf } from './traits.ts';

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
  expect(traitsOf(windowed(0)).slice(-2)).toEqual(['timers', 'windows']);
  expect(traitsOf(windowed(5)).slice(-3)).toEqual(['timers', 'windows', 'lateness']);
});
