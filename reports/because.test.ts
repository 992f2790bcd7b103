import { expect, it } from 'vitest';
import type { Violation } from '../properties/outcome.ts';
import { becauseLines } from './because.ts';

const violation = (changes: Partial<Violation>): Violation => ({
  law: 'settle',
  anomaly: 'stuck',
  place: 'job',
  message: 'the job did not end',
  evidence: [],
  atUs: 1_000_000,
  ...changes,
});
const line = (ms: number, process: string, text: string): string =>
  `${ms.toFixed(3).padStart(12)} ms  ${process.padEnd(14)} ${text}`;
const aborted = Array.from({ length: 30 }, (_, n) =>
  line(20 + 10 * n, 'jobmanager', `checkpointAborted checkpoint=${n}`),
);
const texts = (lines: readonly string[]): readonly string[] => lines.map((one) => one.replace(/^.* ms +\S+ +/, ''));

it('of a job that hangs the steps of the task that waits are told, and of what happens again and again two', () => {
  const trace = [
    line(1, 'jobmanager', 'attemptStarting attempt=1'),
    line(2, 'taskmanager-1', 'taskOpened tally[1]@1'),
    line(3, 'taskmanager-1', 'creditGranted tally[1]@1 channel=edge 0:0->1'),
    line(4, 'taskmanager-1', 'taskOpened tally[0]@1'),
    ...aborted,
    line(999, 'taskmanager-1', 'creditGranted tally[0]@1 channel=edge 0:0->0'),
  ];
  const waits = 'taskmanager-1: main/attempt 1/tally[1]/input waits for a buffer';
  const stuck = violation({ evidence: [{ kind: 'waits', label: '', text: waits }] });
  expect(texts(becauseLines(trace, ['taskOpened', 'checkpointAborted'], stuck, true))).toEqual([
    '... 28 earlier steps: millrace replay --trace shows them all',
    'attemptStarting attempt=1',
    'taskOpened tally[1]@1',
    'creditGranted tally[1]@1 channel=edge 0:0->1',
    'checkpointAborted checkpoint=28',
    'checkpointAborted checkpoint=29',
  ]);
});

it.each([
  'taskFailed map[0]@1 message="JobFault: boom"',
  'attemptFailed attempt=1 message="boom"',
  'jobEnded attempt=1 status="failed" message="boom"',
])('a mistake of the job is told once, not as data and with its stack again: %s', (told) => {
  const fault = '{"kind":"threw","operator":"map","message":"boom","stack":["at map (job.ts:3:9)"]}';
  const trace = [line(1, 'jobmanager', `${told} fault=${fault}`)];
  expect(texts(becauseLines(trace, [], violation({ place: 'map' }), true))).toEqual([told]);
});

it('facts that the violated law listens to are told, of the task that it names', () => {
  const trace = [
    line(1, 'taskmanager-1', 'watermarkReceived window[0]@1 timestamp=5'),
    line(2, 'taskmanager-2', 'watermarkReceived window[1]@1 timestamp=7'),
    line(3, 'taskmanager-2', 'timerRegistered window[1]@1 timestamp=9'),
    line(4, 'taskmanager-2', 'sent window[1]@1 seq=1'),
    line(5, 'jobmanager', 'checkpointTriggered checkpoint=1'),
    line(6, 'taskmanager-1', 'taskFailed map[0]@1'),
    line(7, 'taskmanager-2', 'watermarkReceived window[1]@1 timestamp=8'),
  ];
  const late = violation({ law: 'watermarks', place: 'window', message: 'window[1] went back', atUs: 6_500 });
  expect(
    texts(becauseLines(trace, ['watermarkReceived', 'timerRegistered', 'sourceRecord', 'sinkWritten'], late, true)),
  ).toEqual([
    'watermarkReceived window[1]@1 timestamp=7',
    'timerRegistered window[1]@1 timestamp=9',
    'sent window[1]@1 seq=1',
    'taskFailed map[0]@1',
  ]);
});

it('where no task is named its place tells, and what the law hears of the whole job', () => {
  const trace = [
    line(1, 'taskmanager-1', 'sinkWritten out[0]@1'),
    line(2, 'taskmanager-1', 'snapshotTaken map[0]@1 checkpoint=1'),
    line(3, 'jobmanager', 'checkpointTriggered checkpoint=1'),
    line(4, 'jobmanager', 'rescaled parallelism=2'),
    line(5, 'taskmanager-1', 'recordProcessed map[0]@1'),
  ];
  const of = violation({ place: 'map->out' });
  expect(texts(becauseLines(trace, ['checkpointTriggered'], of, false))).toEqual([
    'sinkWritten out[0]@1',
    'snapshotTaken map[0]@1 checkpoint=1',
    'checkpointTriggered checkpoint=1',
    'recordProcessed map[0]@1',
  ]);
  expect(texts(becauseLines(trace, [], violation({ place: 'map' }), false))).toEqual([
    'snapshotTaken map[0]@1 checkpoint=1',
    'recordProcessed map[0]@1',
  ]);
});

it('many steps leave room for what happened to the job', () => {
  const turns = Array.from({ length: 50 }, (_, n) =>
    line(100 + n, 'taskmanager-1', `recordProcessed map[0]@2 seq=${n}`),
  );
  const trace = [line(1, 'taskmanager-1', 'DIES'), line(2, 'jobmanager', 'attemptStarting attempt=2'), ...turns];
  const shown = texts(becauseLines(trace, [], violation({ place: 'map', message: 'map[0] lost one' }), true));
  expect(shown.slice(0, 3)).toEqual([
    '... 38 earlier steps: millrace replay --trace shows them all',
    line(1, 'taskmanager-1', 'DIES').replace(/^.* ms +\S+ +/, ''),
    'attemptStarting attempt=2',
  ]);
  expect(shown).toHaveLength(15);
  expect(shown.at(-1)).toBe('recordProcessed map[0]@2 seq=49');
});

it('who has died is told before what went on elsewhere', () => {
  const commits = Array.from({ length: 30 }, (_, n) =>
    line(50 + n, 'jobmanager', `checkpointCompleted checkpoint=${n}`),
  );
  const trace = [
    line(1, 'taskmanager-2', 'DIES'),
    line(2, 'taskmanager-1', 'transactionCommitted other[0]@1 sink="x"'),
    ...commits,
    line(90, 'taskmanager-1', 'sinkWritten out[0]@1'),
  ];
  expect(becauseLines(trace, [], violation({ place: 'out' }), true)).toEqual([
    '... 28 earlier steps: millrace replay --trace shows them all',
    ...trace.slice(0, 1).map((one) => one.trimStart()),
    ...trace.slice(-3).map((one) => one.trimStart()),
  ]);
});

it('of what the author of a job states the steps of the data are told, and that a record was late whatever comes behind it', () => {
  const task = (kind: string, at: number): string => line(at, 'taskmanager-1', `${kind} totals[0]@1`);
  const trace = [
    line(1, 'jobmanager', 'attemptStarting attempt=1'),
    task('recordLate', 2),
    ...Array.from({ length: 20 }, (_, n) => task('recordProcessed', 3 + n)),
    task('barrierReceived', 30),
    task('acknowledged', 31),
  ];
  const told = texts(becauseLines(trace, [], violation({ law: 'output', place: 'totals', atUs: 99_000 }), true));
  expect(told).toHaveLength(15);
  expect(told.slice(0, 4)).toEqual([
    '... 8 earlier steps: millrace replay --trace shows them all',
    'attemptStarting attempt=1',
    'recordLate totals[0]@1',
    'recordProcessed totals[0]@1',
  ]);
  expect(told.join()).not.toMatch(/barrierReceived|acknowledged/);
});
