import { MAX_TIMESTAMP } from '../../core/job/functions.ts';
import {
  allInputsIdle,
  readerWithoutSplitsIdle,
  inputIdleAtLastWatermark,
  recordAheadOfClock,
  partitionAppearsLate,
  splitAppearsLate,
  splitHeldByAlignment,
  timerAtWatermark,
  timerRegisteredWhileFiring,
} from './event-time.ts';
import { channel, type Event, proves, starting, states, task } from './testing/facts.ts';

const one = task();
const advanced = (watermark: number): Event => states('watermarkAdvanced', { task: one, watermark });
const fired = (timestamp: number): Event =>
  states('eventTimerFired', { task: one, timestamp, key: 'a', keyGroup: 0, namespace: undefined });
const registered = (timestamp: number, domain: 'event' | 'processing' = 'event'): Event =>
  states('timerRegistered', { task: one, domain, timestamp, key: 'a', namespace: undefined });
const ended = states('turnEnded', { task: one });

proves(timerAtWatermark, {
  reaches: [advanced(10), fired(9), fired(10)],
  nearMiss: [advanced(9), ended, advanced(11), fired(9), fired(10), advanced(MAX_TIMESTAMP), fired(MAX_TIMESTAMP)],
});

proves(timerRegisteredWhileFiring, {
  reaches: [advanced(10), fired(5), registered(7), fired(7)],
  nearMiss: [
    advanced(10),
    registered(7),
    fired(5),
    registered(11),
    registered(6, 'processing'),
    fired(7),
    registered(8),
    ended,
    fired(6),
    fired(8),
  ],
});

const input = channel();
const other = channel(1);
const came = (watermark: number, on = input): Event =>
  states('watermarkReceived', { task: one, channel: on, watermark });
const status = (idle: boolean, on = input): Event => states('statusReceived', { task: one, channel: on, idle });

proves(inputIdleAtLastWatermark, {
  reaches: [came(9), came(5, other), advanced(5), status(true, other), status(false, other)],
  nearMiss: [
    came(9),
    came(5, other),
    advanced(5),
    status(true),
    status(false),
    status(true, other),
    advanced(9),
    status(false, other),
    starting(2),
    status(false, other),
  ],
});

const sent = (idle: boolean): Event => states('statusSent', { task: one, idle });
proves(allInputsIdle, {
  reaches: [status(true), sent(true)],
  nearMiss: [sent(true), status(true), sent(false)],
});

const added = (restored: boolean, of = one): Event =>
  states('splitAdded', { task: of, split: 'in-1', offset: 0, restored });
const opened = states('taskOpened', {
  task: one,
  parallelism: 1,
  keyGroups: undefined,
  restoredFrom: undefined,
  finishedOnRestore: false,
});
const finished = states('splitFinished', { task: one, split: 'in-1', offset: 1 });
proves(readerWithoutSplitsIdle, {
  reaches: [opened, added(false), finished, sent(true)],
  // With a split, and of a task that reads channels.
  nearMiss: [opened, sent(false), added(false), sent(true), finished, status(true), sent(true)],
});

const moved = states('watermarkSent', { task: one, watermark: 5 });
proves(splitAppearsLate, {
  reaches: [added(false), moved, added(false)],
  nearMiss: [added(false), moved, added(true), added(false, task(1, 1))],
});

const runningAt = (atMs: number): Event => {
  const event = states('attemptRunning', { attempt: 1 });
  return event.kind === 'fact' ? { ...event, atMs } : event;
};
proves(partitionAppearsLate, {
  // In `in` there is a partition more each millisecond.
  reaches: [starting(1), runningAt(1), added(false)],
  nearMiss: [added(false), starting(1), runningAt(1), added(true), starting(2), runningAt(2), added(false)],
});

const read = states('sourceRecord', { task: one, split: 'in-0', offset: 0, value: 1, timestamp: 9 });
proves(recordAheadOfClock, {
  reaches: [read, states('recordAhead', { task: one, split: 'in-0', timestamp: 9 })],
  nearMiss: [read],
});

const stands = (watermark: number): Event => states('watermarkGenerated', { task: one, split: 'in-0', watermark });
proves(splitHeldByAlignment, {
  reaches: [stands(8), states('alignmentLimited', { task: one, limit: 7 })],
  nearMiss: [stands(8), states('alignmentLimited', { task: one, limit: 8 }), stands(9)],
});
