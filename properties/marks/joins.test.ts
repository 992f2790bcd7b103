import type { Facts } from '../../core/facts.ts';
import { MAX_TIMESTAMP } from '../../core/job/functions.ts';
import {
  bothBoundsOfIntervalJoin,
  bufferCleanedAtExactTime,
  elementAtWatermarkJoins,
  idleSideOfJoin,
  lateLeftOfJoin,
  lateRightOfJoin,
  pairFoundFromEitherSide,
} from './joins.ts';
import { channel, type Event, proves, states, task } from './testing/facts.ts';

const pair = (apartMs: number, fact: Partial<Facts['pairJoined']> = {}): Event =>
  states('pairJoined', {
    task: task(),
    key: 'a',
    by: 'right',
    left: 1,
    right: 2,
    leftTimestamp: 100,
    rightTimestamp: 100 + apartMs,
    lowerMs: -5,
    upperMs: 10,
    ...fact,
  });
const late = (side?: 'left' | 'right'): Event => {
  const fact = { task: task(), key: 'a', timestamp: 5, watermark: 9, output: 'dropped' } as const;
  return states('recordLate', side === undefined ? fact : { ...fact, side });
};
const cleaned = (fact: Partial<Facts['bufferCleaned']> = {}): Event =>
  states('bufferCleaned', {
    task: task(),
    key: 'a',
    side: 'left',
    timestamp: 100,
    elements: 1,
    at: 110,
    watermark: 110,
    ...fact,
  });
const status = (idle: boolean): Event => states('statusReceived', { task: task(), channel: channel(1), idle });
const heard = (watermark: number, attempt = 1): Event =>
  states('watermarkReceived', { task: task(attempt), channel: channel(1), watermark });

// One bound, and one with a millisecond missing; a join with one bound only.
proves(bothBoundsOfIntervalJoin, {
  reaches: [pair(-5), pair(10)],
  nearMiss: [pair(-5), pair(-4), pair(9), pair(0, { lowerMs: 0, upperMs: 0 })],
});
proves(pairFoundFromEitherSide, { reaches: [pair(1), pair(1, { by: 'left' })], nearMiss: [pair(1), pair(2)] });
// The other side, and a window.
proves(lateLeftOfJoin, { reaches: [late('left')], nearMiss: [late('right'), late()] });
proves(lateRightOfJoin, { reaches: [late('right')], nearMiss: [late('left'), late()] });
const advanced = (watermark: number): Event => states('watermarkAdvanced', { task: task(), watermark });
// The element that waited is at it; a millisecond before it; the watermark has moved on.
proves(elementAtWatermarkJoins, {
  reaches: [advanced(101), pair(1)],
  nearMiss: [advanced(100), pair(1), advanced(102), pair(3)],
});
// A watermark that has jumped over it; an element without a partner to come.
proves(bufferCleanedAtExactTime, {
  reaches: [cleaned()],
  nearMiss: [cleaned({ watermark: 111 }), cleaned({ timestamp: 110 })],
});
// The channel has come so far itself; it is active again; the end of time; another attempt's channel.
proves(idleSideOfJoin, {
  reaches: [heard(50), status(true), cleaned()],
  nearMiss: [
    heard(110),
    status(true),
    cleaned(),
    status(false),
    heard(50),
    cleaned(),
    status(true),
    cleaned({ watermark: MAX_TIMESTAMP }),
    cleaned({ task: task(2) }),
  ],
});
