/** The watermark judges windows of event time only: what looks like its boundary in windows of the clock is chance. */
import { expect, it } from 'vitest';
import {
  countTrigger,
  customTrigger,
  defineJob,
  globalWindows,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  tumblingEventTime,
  tumblingProcessingTime,
  type WindowAssigner,
} from '../../core/api/index.ts';
import { floorAboveWatermark, paneRefiredWithinLateness } from './flow.ts';
import type { Mark } from './mark.ts';
import { type Event, isReached, states, task } from './testing/facts.ts';
import {
  bothSidesOfLatenessBoundary,
  countTriggerAfterMerge,
  earlyAndLateFiring,
  watermarkAtCleanUpTime,
  watermarkAtWindowEnd,
} from './windows.ts';

function jobWith(assigner: WindowAssigner, trigger = countTrigger(1)): JobSpec {
  return defineJob('windows', (env) => {
    const watermarks = noWatermarks<number>({ timestamp: (n) => n });
    env
      .fromSource(logSource({ topic: 'in', type: int32 }), { uid: 'in', watermarks })
      .keyBy((n) => n % 2, int32)
      .window(assigner)
      .trigger(trigger)
      .reduce((a, b) => a + b)
      .uid('window')
      .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
  });
}
const byEvents = jobWith(tumblingEventTime(10));
const byClock = jobWith(tumblingProcessingTime(10));
const byNothing = jobWith(globalWindows());

const at = { task: task(), key: 'a', window: { start: 0, end: 10 } };
const added = (watermark: number): Event => states('windowAdded', { ...at, watermark, closesAt: 9, rescued: false });
const fired = (watermark: number, by: 'element' | 'event'): Event =>
  states('paneFired', { ...at, watermark, by, purges: false });

const OF_EVENT_TIME: readonly (readonly [Mark, readonly Event[]])[] = [
  [bothSidesOfLatenessBoundary, [added(8), states('windowSkipped', { ...at, watermark: 9, closedAt: 9 })]],
  [watermarkAtWindowEnd, [fired(9, 'event')]],
  [watermarkAtCleanUpTime, [states('windowCleared', { ...at, at: 14, watermark: 14 })]],
  [earlyAndLateFiring, [fired(5, 'element'), fired(9, 'element')]],
  [paneRefiredWithinLateness, [fired(9, 'event'), added(9), fired(9, 'element')]],
  [floorAboveWatermark, [states('watermarkAdvanced', { task: task(), watermark: 5 }), added(9)]],
];

it.each(OF_EVENT_TIME.map(([mark, history]) => ({ name: mark.name, mark, history })))(
  '$name is about windows of event time',
  ({ mark, history }) => {
    const reachedIn = (job: JobSpec): boolean => isReached(mark, history, {}, [job]);
    expect([byEvents, byClock, byNothing].map(reachedIn)).toEqual([true, false, false]);
  },
);

const eager = customTrigger(() => ({
  onElement: () => 'fire',
  onEventTime: () => 'continue',
  onProcessingTime: () => 'continue',
  clear: () => undefined,
}));

it('a window of the clock is never late: its count may be full whatever the watermark', () => {
  const merged = states('windowsMerged', {
    task: task(),
    key: 'a',
    into: at.window,
    merged: [{ start: 10, end: 20 }],
  });
  const history = [merged, fired(9, 'element')];
  expect([byEvents, byClock].map((job) => isReached(countTriggerAfterMerge, history, {}, [job]))).toEqual([
    false,
    true,
  ]);
  const own = jobWith(tumblingProcessingTime(10), eager);
  expect(isReached(countTriggerAfterMerge, history, {}, [own])).toBe(false);
});
