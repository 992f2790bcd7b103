import { expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../core/job/functions.ts';
import type { TaskId } from '../../core/facts.ts';
import { event } from '../model/testing/turns.ts';
import { ChannelRecord } from '../witness/channel.ts';
import { ReplayedChannel } from '../witness/replayed-channel.ts';
import { NaiveValve } from './naive-valve.ts';
import { change, drop, fact, type History, insertAfter, move, repeat } from '../testing/listen.ts';
import { drained, finishedOnRestore, replayed, stopped } from '../testing/disciplines.ts';
import { Script } from '../testing/script.ts';
import { anomaliesOf, crashed, INPUT, PERIODIC, plain, provesLaw, windows } from '../testing/jobs.ts';
import { watermarks } from './watermarks.ts';

/** Split 1 runs ahead: its watermarks arrive and advance no task. */
function ahead(): History {
  return windows(INPUT).start().read(1).read(1).read(1).drain().finish(1).history;
}

provesLaw(watermarks, {
  generator: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'watermarkGenerated',
        () => true,
        () => ({ watermark: 1 }),
      ),
  },
  minimum: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'watermarkSent',
        ({ task }) => task.vertex === 'in',
        () => ({ watermark: 5 }),
      ),
  },
  valve: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'watermarkAdvanced',
        () => true,
        () => ({ watermark: 5 }),
      ),
  },
  forwarded: {
    accepts: () => crashed({ sums: 1 }),
    rejects: () =>
      change(
        plain(),
        'watermarkSent',
        ({ task }) => task.vertex === 'sums',
        () => ({ watermark: 5 }),
      ),
  },
  'not-rising': {
    accepts: plain,
    rejects: () => repeat(plain(), 'watermarkGenerated', () => true),
  },
  'overtook-records': {
    accepts: plain,
    rejects: () =>
      move(
        plain(),
        'watermarkReceived',
        ({ task, channel }) => task.vertex === 'sums' && channel.sender === 0 && channel.receiver === 0,
        'before',
        'recordProcessed',
        ({ channel }) => channel.edge === 0 && channel.sender === 0,
      ),
  },
  invented: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'watermarkReceived',
        () => true,
        () => ({ watermark: 5 }),
      ),
  },
  lost: {
    accepts: ahead,
    rejects: () => drop(ahead(), 'watermarkReceived', () => true),
  },
  'early-max': {
    accepts: plain,
    rejects: () => drop(plain(), 'splitFinished', () => true),
  },
  status: {
    accepts: replayed,
    rejects: () =>
      insertAfter(
        plain(),
        'watermarkSent',
        ({ task }) => task.vertex === 'sums',
        ({ task }) => fact('statusSent', { task, idle: true }),
      ),
  },
  'held-back': {
    accepts: plain,
    rejects: () =>
      insertAfter(
        plain(),
        'watermarkGenerated',
        () => true,
        ({ task }) => fact('snapshotTaken', { task, checkpoint: 1, unaligned: false }),
      ),
  },
});

it('what a restored split emitted last is emitted again before its first record', () => {
  const second = ({ task }: { readonly task: TaskId }): boolean => task.vertex === 'in' && task.attempt === 2;
  expect(anomaliesOf(watermarks, crashed())).toEqual([]);
  expect(anomaliesOf(watermarks, drop(crashed(), 'watermarkGenerated', second))).toContain('held-back');
  expect(anomaliesOf(watermarks, drop(crashed(), 'watermarkSent', second))).toContain('held-back');
});

it('a periodic generator keeps its period while its split is read', () => {
  /** A record at each of these times; the generator of the script is one that emits after each record. */
  const read = (times: readonly number[]): History => {
    const records = times.map((_, index) => event('a', index + 1));
    const script = new Script({ job: PERIODIC, input: { in: [records] }, parallelism: {} }).start();
    for (const us of times) script.at(us).read(0);
    return script.drain().finish(1).history;
  };
  const silent = (history: History): History => ({
    ...history,
    steps: history.steps.filter((step) => step.step !== 'fact' || step.kind !== 'watermarkGenerated'),
  });
  expect(anomaliesOf(watermarks, read([0, 10_000, 2_000_000, 3_000_000]))).toEqual([]);
  expect(anomaliesOf(watermarks, silent(read([0, 10_000, 400_000])))).not.toContain('held-back');
  expect(anomaliesOf(watermarks, silent(read([0, 10_000, 2_000_000])))).toContain('held-back');
});

it('the naive valve follows idle, realigned and finished channels', () => {
  const [a, b, c] = [0, 1, 2].map((sender) => new ChannelRecord({ edge: 0, attempt: 1, sender, receiver: 0 }));
  if (a === undefined || b === undefined || c === undefined) throw new Error('unreachable');
  const valve = new NaiveValve([a, b, c]);
  const outputs: number[] = [];
  const step = (act: () => void): void => {
    act();
    outputs.push(valve.output);
  };
  step(() => {
    valve.watermark(a, 5);
    valve.watermark(b, 9);
    valve.watermark(c, 7);
  });
  step(() => {
    valve.status(a, true);
  });
  step(() => {
    valve.status(a, false);
    valve.watermark(c, 8);
  });
  step(() => {
    valve.watermark(a, 12);
  });
  step(() => {
    for (const channel of [a, b, c]) valve.status(channel, true);
  });
  step(() => {
    for (const channel of [a, b, c]) valve.watermark(channel, MAX_TIMESTAMP);
  });
  expect(outputs).toEqual([5, 7, 8, 8, 12, MAX_TIMESTAMP]);
});

it('while in-flight data is replayed a physical channel stands at the least of its virtual ones', () => {
  const channel = (attempt: number, sender: number): ChannelRecord =>
    new ChannelRecord({ edge: 0, attempt, sender, receiver: 0 });
  const old = [0, 1, 2].map((sender) => channel(1, sender));
  const fresh = [channel(2, 0), channel(2, 1)];
  const end = { records: 0, controls: 9 };
  const valve = new NaiveValve(
    fresh,
    old.map((one) => new ReplayedChannel(one, { records: 0, controls: 0 }, end, () => true)),
  );
  const [first, second, third] = old;
  if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable');
  // Old senders 0 and 2 belong to new sender 0, old sender 1 to new sender 1.
  valve.watermark(first, 9);
  valve.watermark(second, 7);
  expect(valve.output).toBe(MIN_TIMESTAMP);
  valve.watermark(third, 5);
  expect(valve.output).toBe(5);
  valve.status(third, true);
  valve.status(second, true);
  expect([valve.output, valve.idle]).toEqual([5, false]);
  valve.status(first, true);
  expect([valve.output, valve.idle]).toEqual([7, true]);
  valve.endReplay();
  expect(valve.idle).toBe(false);
});

it('a place of which an old sender has nothing in flight is ignored, and afterwards no channel keeps more than the output', () => {
  const channel = (attempt: number, sender: number): ChannelRecord =>
    new ChannelRecord({ edge: 0, attempt, sender, receiver: 0 });
  const old = [channel(1, 0), channel(1, 1)];
  const fresh = [channel(2, 0), channel(2, 1)];
  const from = { records: 0, controls: 0 };
  const [first, second] = old;
  const [left, right] = fresh;
  if (first === undefined || second === undefined || left === undefined || right === undefined)
    throw new Error('unreachable');
  const valveOf = (senders: number): NaiveValve =>
    new NaiveValve(
      fresh,
      old.map((one) => new ReplayedChannel(one, from, { records: 0, controls: 9 }, () => true, senders)),
    );
  // Old sender 2 belongs to new sender 0 as well.
  const unknown = valveOf(3);
  unknown.watermark(first, 9);
  unknown.watermark(second, 7);
  unknown.status(first, true);
  unknown.status(second, true);
  expect([unknown.output, unknown.idle]).toEqual([MIN_TIMESTAMP, false]);
  const known = valveOf(2);
  known.watermark(first, MAX_TIMESTAMP);
  known.watermark(second, 7);
  expect(known.output).toBe(7);
  known.endReplay();
  known.watermark(right, 200);
  expect(known.output).toBe(7);
  known.watermark(left, 60);
  expect(known.output).toBe(60);
});

it('MAX before the end of the splits is legal under a drain only', () => {
  expect(anomaliesOf(watermarks, drained())).toEqual([]);
  expect(
    anomaliesOf(
      watermarks,
      change(
        drained(),
        'checkpointTriggered',
        () => true,
        () => ({ kind: 'stop' as const }),
      ),
    ),
  ).toContain('early-max');
  expect(anomaliesOf(watermarks, stopped())).toEqual([]);
  expect(anomaliesOf(watermarks, finishedOnRestore())).toEqual([]);
});

it('a source that has sent MAX for a drain reads no more', () => {
  const reads = insertAfter(
    drained(),
    'barrierSent',
    ({ task }) => task.vertex === 'in' && task.subtask === 0,
    ({ task }) => fact('sourceRecord', { task, split: 'in-0', offset: 1, value: event('a', 9), timestamp: 9 }),
  );
  expect(anomaliesOf(watermarks, reads)).toContain('early-max');
});

it('a watermark goes out behind what it fires, and a source that has sent MAX reads no more', () => {
  const ahead = insertAfter(
    plain(),
    'watermarkAdvanced',
    ({ task }) => task.vertex === 'sums',
    ({ task, watermark }) => fact('watermarkSent', { task, watermark }),
  );
  expect(anomaliesOf(watermarks, ahead)).toContain('forwarded');
  const reads = insertAfter(
    plain(),
    'watermarkSent',
    ({ task, watermark }) => task.vertex === 'in' && watermark === MAX_TIMESTAMP,
    ({ task }) => fact('sourceRecord', { task, split: 'in-0', offset: 3, value: event('a', 9), timestamp: 9 }),
  );
  expect(anomaliesOf(watermarks, reads)).toContain('early-max');
});
