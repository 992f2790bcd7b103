import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { AbortReason } from '../../core/facts.ts';
import {
  backpressured,
  checkpointDeclined,
  checkpointExpired,
  floorAboveWatermark,
  paneRefiredWithinLateness,
  recordLate,
  unequalChannels,
} from './flow.ts';
import { createMarks, MARKS } from './index.ts';
import {
  crashBeforeFirstCheckpoint,
  killedBetweenAcknowledgementAndCompletion,
  killedBetweenPrepareAndCommit,
  killedDuringAlignment,
  killedDuringRestore,
} from './kills.ts';
import {
  restoredAtOtherParallelism,
  secondCrashBeforeNextCheckpoint,
  splitReassigned,
  timerFiredAfterRestore,
  transactionAbortedOnRecovery,
  transactionRecovered,
  zombieActed,
} from './recovery.ts';
import { channel, kill, proves, starting, states, task } from './testing.ts';

const sink = 'out';
const prepared = states('transactionPrepared', { task: task(), sink, checkpoint: 1, transaction: 't' });
const committed = (recovered: boolean) => states('transactionCommitted', { task: task(), sink, transaction: 't', recovered });
const completed = states('checkpointCompleted', { attempt: 1, checkpoint: 1, kind: 'checkpoint', metadata: 'm' }, 'jobmanager');
const running = (attempt: number) => states('attemptRunning', { attempt }, 'jobmanager');
const record = (attempt: number, sender = 0) =>
  states('recordProcessed', { task: task(attempt), channel: channel(sender), seq: 0, value: 1, timestamp: 1 });
const window = { start: 0, end: 10 };

proves(killedBetweenPrepareAndCommit, {
  reaches: [prepared, kill('taskmanager-1')],
  nearMiss: [prepared, kill('taskmanager-2'), committed(false), kill('taskmanager-1')],
});

proves(killedBetweenAcknowledgementAndCompletion, {
  reaches: [states('acknowledged', { task: task(), checkpoint: 1 }), kill('taskmanager-1')],
  nearMiss: [states('acknowledged', { task: task(), checkpoint: 1 }), completed, kill('taskmanager-1')],
});
proves(killedBetweenAcknowledgementAndCompletion, {
  reaches: [states('checkpointAcknowledged', { task: task(), checkpoint: 1 }, 'jobmanager'), kill('jobmanager')],
  nearMiss: [states('acknowledged', { task: task(), checkpoint: 1 }), starting(2), kill('taskmanager-1')],
});

const blocked = task();
proves(killedDuringAlignment, {
  reaches: [states('channelBlocked', { task: blocked, channel: channel(), checkpoint: 1 }), kill('taskmanager-1')],
  nearMiss: [
    states('channelBlocked', { task: blocked, channel: channel(), checkpoint: 1 }),
    states('channelUnblocked', { task: blocked, channel: channel(), checkpoint: 1 }),
    kill('taskmanager-1'),
  ],
});

proves(killedDuringRestore, {
  reaches: [starting(2, 1), kill('taskmanager-1')],
  nearMiss: [starting(1), kill('taskmanager-1'), starting(2, 1), running(2), kill('taskmanager-1')],
});

proves(crashBeforeFirstCheckpoint, {
  reaches: [starting(1), running(1), kill('taskmanager-1')],
  nearMiss: [starting(1), kill('taskmanager-1'), running(1), completed, kill('taskmanager-1')],
});

proves(secondCrashBeforeNextCheckpoint, {
  reaches: [starting(2, 1), record(2), starting(3, 1)],
  nearMiss: [starting(2, 1), record(1), starting(3, 1), record(3), starting(4, 2)],
});

proves(restoredAtOtherParallelism, {
  reaches: [starting(1), starting(2, 1, 3)],
  nearMiss: [starting(1), starting(2, undefined, 3), starting(3, 1, 3)],
});

const timer = { timestamp: 9, key: 'a', namespace: window } as const;
const registered = (attempt: number) => states('timerRegistered', { task: task(attempt), domain: 'event', ...timer });
const fired = (attempt: number) => states('eventTimerFired', { task: task(attempt), keyGroup: 0, ...timer });
proves(timerFiredAfterRestore, {
  reaches: [starting(1), registered(1), starting(2, 1), fired(2)],
  nearMiss: [starting(1), fired(1), starting(2, 1), registered(2), fired(2)],
});

proves(transactionRecovered, { reaches: [committed(true)], nearMiss: [committed(false)] });

proves(transactionAbortedOnRecovery, {
  reaches: [states('transactionAborted', { task: task(), sink, transaction: 't' })],
  nearMiss: [committed(true)],
});

const added = (subtask: number, restored: boolean) =>
  states('splitAdded', { task: task(1, subtask), split: 'in-0', offset: 0, restored });
proves(splitReassigned, {
  reaches: [added(0, false), added(1, true)],
  nearMiss: [added(0, false), added(0, true), added(1, false)],
});

proves(zombieActed, { reaches: [starting(1), starting(2), record(1)], nearMiss: [starting(1), record(1), starting(2), record(2)] });

proves(recordLate, {
  reaches: [states('recordLate', { task: task(), key: 'a', timestamp: 1, watermark: 9, output: 'dropped' })],
  nearMiss: [states('windowAdded', { task: task(), key: 'a', window, watermark: 9 })],
});

const pane = states('paneFired', { task: task(), key: 'a', window, watermark: 9 });
const add = (watermark: number) => states('windowAdded', { task: task(), key: 'a', window, watermark });
proves(paneRefiredWithinLateness, {
  reaches: [pane, add(9), pane],
  // A first firing within lateness, and firings in turns of their own.
  nearMiss: [add(9), pane, states('turnEnded', { task: task() }), pane],
});

const one = task();
proves(floorAboveWatermark, {
  reaches: [states('watermarkAdvanced', { task: one, watermark: 5 }), states('windowAdded', { task: one, key: 'a', window, watermark: 9 })],
  nearMiss: [states('watermarkAdvanced', { task: one, watermark: 9 }), states('windowAdded', { task: one, key: 'a', window, watermark: 9 })],
});

proves(backpressured, {
  reaches: [states('outputBlocked', { task: task(), channel: channel() })],
  nearMiss: [states('channelBlocked', { task: task(), channel: channel(), checkpoint: 1 })],
});

proves(unequalChannels, {
  reaches: [
    states('channelBlocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('recordProcessed', { task: one, channel: channel(1), seq: 0, value: 1, timestamp: 1 }),
  ],
  nearMiss: [
    states('channelBlocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('channelUnblocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('recordProcessed', { task: one, channel: channel(1), seq: 0, value: 1, timestamp: 1 }),
  ],
});

const aborted = (reason: AbortReason) => states('checkpointAborted', { attempt: 1, checkpoint: 1, kind: 'checkpoint', reason }, 'jobmanager');
proves(checkpointExpired, { reaches: [aborted('expired')], nearMiss: [aborted('declined')] });
proves(checkpointDeclined, { reaches: [aborted('declined')], nearMiss: [aborted('failover')] });

it('the catalogue is sorted, without doubles, and every mark of it is proven here', () => {
  const names = MARKS.map((mark) => mark.name);
  expect(names).toEqual([...new Set(names)].sort());
  const text = readFileSync('properties/marks/marks.test.ts', 'utf8');
  for (const name of names) {
    const variable = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(text, name).toContain(`proves(${variable},`);
  }
});

it('all marks listen through one probe, and what was reached is reported once, sorted', () => {
  const marks = createMarks({ onKilled: () => undefined, currentProcess: () => undefined });
  const late = { task: one, key: 'a', timestamp: 1, watermark: 9, output: 'dropped' } as const;
  marks.probe.watermarkAdvanced?.({ task: one, watermark: 9 });
  marks.probe.recordLate?.(late);
  marks.probe.recordLate?.(late);
  marks.probe.outputBlocked?.({ task: task(), channel: channel() });
  expect(marks.reached()).toEqual(['backpressured', 'record-late']);
  expect(marks.probe.splitDealt).toBeUndefined();
});
