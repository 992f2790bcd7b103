import { expect, it } from 'vitest';
import {
  defineJob,
  int64,
  type KeyedContext,
  logSink,
  logSource,
  MAX_TIMESTAMP,
  noWatermarks,
  record,
  string,
} from '../../core/api/index.ts';
import type { BatchEntry } from '../../core/cluster/batch-store.ts';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import type { ChannelId, TaskId } from '../../core/facts.ts';
import { keyGroupOf } from '../../core/graph/key-groups.ts';
import { keyHasher } from '../../core/values/hash.ts';
import { anomaliesOf, provesLaw } from '../testing/jobs.ts';
import { fact, type History, judge, type Step } from '../testing/listen.ts';
import { batch } from './batch.ts';
import { LAWS } from './index.ts';

const event = record({ key: string, at: int64 });
/** Sets a timer for each element, which does nothing. */
const JOB = defineJob('batch', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: event }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: (e: { readonly at: number }) => e.at }),
    })
    .keyBy((e) => e.key, string)
    .process(
      () => ({
        processElement: (e: { readonly at: number }, ctx: KeyedContext<string>) => {
          ctx.timerService.registerEventTimeTimer(e.at + 10);
        },
        onTimer: () => undefined,
      }),
      event,
      { uid: 'count' },
    )
    .sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
});

const A = { key: 'a', at: 1 };
const B = { key: 'b', at: 2 };
type Event = typeof A;
const reader: TaskId = { vertex: 'in', subtask: 0, attempt: 1 };
const counter: TaskId = { vertex: 'count', subtask: 0, attempt: 2 };
const channel: ChannelId = { edge: 0, attempt: 1, sender: 0, receiver: 0 };
const keyGroup = (key: string): number => keyGroupOf(keyHasher(string)(key), 128);
const result = (stage: string, attempt: number) => ({ stage, attempt, partitions: [], pending: [] });

const entry = (finished: BatchEntry['finished'], committing = false): Step => ({
  step: 'batch',
  entry: { leaderEpoch: 1, finished, committing, done: false },
});
const starting = (attempt: number, vertex: string, finished: ReadonlyMap<string, number>): Step =>
  fact('attemptStarting', {
    attempt,
    leaderEpoch: 1,
    restoredFrom: undefined,
    parallelism: new Map([
      ['in', 1],
      ['count', 1],
    ]),
    stage: { vertex, finished },
  });
const opened = (task: TaskId, keyGroups?: { readonly start: number; readonly end: number }): Step =>
  fact('taskOpened', { task, parallelism: 1, keyGroups, restoredFrom: undefined, finishedOnRestore: false });
const read = (value: Event, offset: number): readonly Step[] => [
  fact('sourceRecord', { task: reader, split: 'in-0', offset, value, timestamp: value.at }),
  fact('sent', { task: reader, channel, seq: offset, value, timestamp: value.at }),
  fact('turnEnded', { task: reader }),
];
const taken = (value: Event, seq: number): readonly Step[] => [
  fact('recordProcessed', { task: counter, channel, seq, value, timestamp: value.at }),
  fact('turnEnded', { task: counter }),
];
const ends = ({ key, at }: Event): readonly Step[] => [
  fact('keyEnded', { task: counter, key, keyGroup: keyGroup(key) }),
  fact('eventTimerFired', { task: counter, timestamp: at + 10, key, keyGroup: keyGroup(key), namespace: undefined }),
  fact('turnEnded', { task: counter }),
];
const cleared = ({ key }: Event): readonly Step[] => [
  fact('keyCleared', { task: counter, key, keyGroup: keyGroup(key) }),
];
const whole = (value: Event, seq: number): readonly Step[] => [...taken(value, seq), ...ends(value), ...cleared(value)];

interface Changed {
  /** What the HA store says when the second stage starts, and at the end. */
  readonly before?: readonly ReturnType<typeof result>[];
  readonly after?: readonly ReturnType<typeof result>[];
  /** What the first task does when it has read its input. */
  readonly end?: readonly Step[];
  /** What the second stage does. */
  readonly turns?: readonly Step[];
}

const RESULT = 'batch/batch/1/0/0-0/0';
const object = (name: string, content?: string): Step => ({ step: 'object', name, content });
/** The output is being committed, and the job ends. */
const committed = (...between: readonly Step[]): History => {
  const { steps, ...run } = history();
  const [last] = steps.slice(-1) as [Step];
  return { ...run, steps: [...steps.slice(0, -1), object(RESULT, 'a part'), last, ...between, { step: 'settled' }] };
};

/** A stage that reads two records, and one that takes them key by key. */
function history({ before, after, end, turns }: Changed = {}): History {
  return {
    job: JOB,
    input: { in: [[A, B]] },
    checkpointing: DEFAULT_JOB_CONFIG.checkpointing,
    executionMode: 'batch',
    steps: [
      entry([]),
      starting(1, 'in', new Map()),
      opened(reader),
      fact('splitAdded', { task: reader, split: 'in-0', offset: 0, restored: false }),
      ...read(A, 0),
      ...read(B, 1),
      ...(end ?? [fact('taskFinished', { task: reader })]),
      entry(before ?? [result('in', 1)]),
      fact('stageFinished', { attempt: 1, stage: 'in' }),
      starting(2, 'count', new Map([['in', 1]])),
      opened(counter, { start: 0, end: 127 }),
      ...(turns ?? [...whole(A, 0), ...whole(B, 1)]),
      fact('watermarkAdvanced', { task: counter, watermark: MAX_TIMESTAMP }),
      fact('watermarkSent', { task: counter, watermark: MAX_TIMESTAMP }),
      fact('turnEnded', { task: counter }),
      fact('taskFinished', { task: counter }),
      entry(after ?? [result('in', 1), result('count', 2)], true),
      fact('stageFinished', { attempt: 2, stage: 'count' }),
      fact('batchCommitting', { attempt: 2 }),
    ],
  };
}

provesLaw(batch, {
  'read-unfinished': { accepts: () => history(), rejects: () => history({ before: [] }) },
  'finished-early': { accepts: () => history(), rejects: () => history({ end: [] }) },
  'ran-again': { accepts: () => history(), rejects: () => history({ before: [result('in', 1), result('count', 9)] }) },
  'read-partly': { accepts: () => history(), rejects: () => history({ turns: whole(A, 0) }) },
  // The first stage was run again, and what rests on its old result still counts.
  stale: { accepts: () => history(), rejects: () => history({ after: [result('in', 3), result('count', 2)] }) },
  unsorted: { accepts: () => history(), rejects: () => history({ turns: [...whole(B, 1), ...whole(A, 0)] }) },
  'key-not-ended': {
    accepts: () => history(),
    rejects: () => history({ turns: [...taken(A, 0), ...whole(B, 1)] }),
  },
  'timer-left': {
    accepts: () => history(),
    rejects: () => history({ turns: [...taken(A, 0), ...cleared(A), ...whole(B, 1)] }),
  },
  left: { accepts: () => committed(object(RESULT)), rejects: () => committed() },
});

it('a result that comes once output is being committed is left by nobody who is still there', () => {
  const later = object('batch/batch/1/0/0-0/1', 'a part');
  expect(anomaliesOf(batch, committed(object(RESULT), later))).toEqual([]);
});

it('the last key is ended, too, before its task finishes', () => {
  expect(anomaliesOf(batch, history({ turns: [...whole(A, 0), ...taken(B, 1)] }))).toEqual(['key-not-ended']);
});

it('says nothing of a streaming run', () => {
  const { executionMode: _, ...streaming } = history({ before: [] });
  expect(judge(streaming).filter(({ law }) => law === 'batch')).toEqual([]);
});

it('laws that say nothing of a batch run give their reason; those of what a user would see are not among them', () => {
  const silent = LAWS.filter(({ notInBatch }) => notInBatch !== undefined).map(({ name }) => name);
  expect(silent).toContain('barrier-discipline');
  for (const name of ['sinks', 're-execution', 'conservation', 'sources', 'transactions', 'settle', 'confluent'])
    expect(silent).not.toContain(name);
});
