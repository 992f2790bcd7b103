import {
  countTrigger,
  defineJob,
  int32,
  logSink,
  logSource,
  noWatermarks,
  sessionEventTime,
} from '../../core/api/index.ts';
import { MAX_TIMESTAMP, type TimeWindow } from '../../core/job/functions.ts';
import type { Facts } from '../../core/facts.ts';
import { type Event, proves, states, task } from './testing/facts.ts';
import {
  countTriggerAfterMerge,
  earlyAndLateFiring,
  endOfInputFlushesWindows,
  evictorEmptiesPane,
  lateForOneWindowOnly,
  bothSidesOfLatenessBoundary,
  recordUnassigned,
  refiredAccumulated,
  refiredPurged,
  sessionRescuesLateRecord,
  threeSessionsMerge,
  watermarkAtCleanUpTime,
  watermarkAtWindowEnd,
  windowStraddlesZero,
} from './windows.ts';

const window = { start: 0, end: 10 };
const next: TimeWindow = { start: 10, end: 20 };
const at = { task: task(), key: 'a', window, watermark: 0 };

const added = (fact: Partial<Facts['windowAdded']> = {}): Event =>
  states('windowAdded', { ...at, closesAt: 9, rescued: false, ...fact });
const skipped = (fact: Partial<Facts['windowSkipped']> = {}): Event =>
  states('windowSkipped', { ...at, closedAt: 9, ...fact });
const fired = (fact: Partial<Facts['paneFired']> = {}): Event =>
  states('paneFired', { ...at, by: 'event', purges: false, ...fact });
const merged = (...old: readonly TimeWindow[]): Event =>
  states('windowsMerged', { task: task(), key: 'a', into: window, merged: old });
const cleared = (cleanUp: number, watermark: number): Event =>
  states('windowCleared', { ...at, at: cleanUp, watermark });
const counting = defineJob('counting', (env) => {
  const watermarks = noWatermarks<number>({ timestamp: (n) => n });
  env
    .fromSource(logSource({ topic: 'in', type: int32 }), { uid: 'in', watermarks })
    .keyBy((n) => n % 2, int32)
    .window(sessionEventTime(10))
    .trigger(countTrigger(2))
    .reduce((a, b) => a + b)
    .uid('window')
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});
const turnEnded = states('turnEnded', { task: task() });

// Late for one window, and another record in time for the other.
proves(lateForOneWindowOnly, { reaches: [skipped(), added()], nearMiss: [skipped(), turnEnded, added()] });
proves(sessionRescuesLateRecord, { reaches: [added({ rescued: true })], nearMiss: [added(), skipped()] });
proves(threeSessionsMerge, { reaches: [merged(window, next)], nearMiss: [merged(window), merged(next)] });
// Another window, and the contents gone in between.
proves(refiredAccumulated, {
  reaches: [fired(), fired()],
  nearMiss: [fired({ purges: true }), fired(), fired({ window: next })],
});
proves(refiredPurged, {
  reaches: [fired({ purges: true }), fired({ purges: true })],
  nearMiss: [fired(), fired({ purges: true }), fired({ purges: true, window: next })],
});
const atEnd = { watermark: MAX_TIMESTAMP };
proves(endOfInputFlushesWindows, {
  reaches: [fired(atEnd)],
  // By an element, and a window that never ends.
  nearMiss: [
    fired({ watermark: 9 }),
    fired({ ...atEnd, by: 'element' }),
    fired({ ...atEnd, window: { start: -MAX_TIMESTAMP, end: MAX_TIMESTAMP } }),
  ],
});
proves(bothSidesOfLatenessBoundary, {
  reaches: [added({ watermark: 8 }), skipped({ watermark: 9 })],
  // One side only, the other one a millisecond off.
  nearMiss: [added({ watermark: 7 }), skipped({ watermark: 9 }), skipped({ watermark: 10 })],
});
proves(watermarkAtWindowEnd, {
  reaches: [fired({ watermark: 9 })],
  nearMiss: [fired({ watermark: 10 }), fired({ watermark: 9, by: 'element' })],
});
proves(watermarkAtCleanUpTime, { reaches: [cleared(14, 14)], nearMiss: [cleared(14, 15), cleared(9, 9)] });
proves(earlyAndLateFiring, {
  reaches: [fired({ watermark: 5, by: 'processing' }), fired({ watermark: 9, by: 'element' })],
  // On time after early; late without early.
  nearMiss: [
    fired({ watermark: 5, by: 'processing' }),
    fired({ watermark: 9 }),
    fired({ watermark: 30, by: 'element', window: next }),
  ],
});
proves(countTriggerAfterMerge, {
  reaches: [merged(next), added(), fired({ by: 'element' })],
  // Without a merge in the turn, and one that is late, which fires by any trigger.
  nearMiss: [merged(next), turnEnded, fired({ by: 'element' }), merged(next), fired({ by: 'element', watermark: 9 })],
  versions: [counting],
});
const evicted = (left: number): Event =>
  states('elementsEvicted', { task: task(), key: 'a', window, evicted: 2, left });
proves(evictorEmptiesPane, { reaches: [evicted(0)], nearMiss: [evicted(1)] });
proves(windowStraddlesZero, {
  reaches: [fired({ window: { start: -5, end: 5 } })],
  nearMiss: [fired({ window: { start: -10, end: 0 } }), fired()],
});
proves(recordUnassigned, {
  reaches: [states('recordUnassigned', { task: task(), key: 'a', timestamp: 5, watermark: 0 })],
  nearMiss: [states('recordLate', { task: task(), key: 'a', timestamp: 5, watermark: 9, output: 'dropped' })],
});
