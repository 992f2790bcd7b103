import { expect, it } from 'vitest';
import { physicalGraph } from '../../graph/physical.ts';
import { int32 } from '../../job/types.ts';
import { statsOf } from './checkpoint-stats.ts';
import { FINISHED_SUBTASK, type SubtaskSnapshot } from '../storage/metadata.ts';
import type { TaskMetrics } from '../snapshot/task-metrics.ts';
import type { CoordinatedAttempt } from './coordinator-env.ts';
import { PendingCheckpoint } from './pending-checkpoint.ts';

const metrics = (n: number): TaskMetrics => ({
  startDelayMs: n,
  alignmentDurationMs: 2 * n,
  syncDurationMs: 1,
  asyncDurationMs: 5 - n,
  bytesProcessedDuringAlignment: 10 * n,
  bytesPersistedDuringAlignment: n,
  unalignedCheckpoint: n === 2,
  stateSizeBytes: 100 * n,
});
const snapshot: SubtaskSnapshot = { ...FINISHED_SUBTASK, finished: false, ended: false };
const made = () =>
  new PendingCheckpoint({
    id: 4,
    kind: 'checkpoint',
    enumerators: [],
    triggeredAt: 7_000,
    triggeredMs: 100,
    plan: { trigger: [], acknowledge: new Set(['a[0]', 'b[0]']), finished: ['c[0]'] },
  });

it('counts each acknowledgement once, from the tasks that it asked, and none when it has ended', () => {
  const pending = made();
  const takes = (task: string, n: number) => pending.acknowledge(task, { snapshot, metrics: metrics(n) }, 100 + n);
  expect([takes('a[0]', 1), takes('a[0]', 2), takes('c[0]', 2), takes('z[0]', 2)]).toEqual([true, false, false, false]);
  expect([pending.state, pending.missing, pending.lacks('a[0]'), pending.lacks('b[0]'), pending.lacks('c[0]')]).toEqual(
    ['collecting', ['b[0]'], false, true, false],
  );
  expect([takes('b[0]', 2), pending.state, takes('b[0]', 1)]).toEqual([true, 'acknowledged', false]);
  const aborted = made();
  aborted.state = 'over';
  expect(aborted.acknowledge('a[0]', { snapshot, metrics: metrics(1) }, 101)).toBe(false);
});

it('names a vertex with union state of which only some subtasks have ended: one has finished, or has no input left', () => {
  const node = { id: 0, uid: 'a', name: 'a', parallelism: 2, maxParallelism: 4, outType: int32, sideOutputs: [] };
  const graph = physicalGraph(
    { name: 'j', nodes: [{ ...node, operator: { kind: 'filter', fn: () => true } }], edges: [] },
    1,
  );
  const attempt: CoordinatedAttempt = {
    job: 'j',
    attempt: 1,
    leaderEpoch: 1,
    parallelism: 1,
    graph,
    restoredFrom: 0,
    shared: new Map(),
  };
  const union = [{ operator: 'a', state: 's', mode: 'union', type: new Uint8Array(), object: 'o', offsets: [0] }];
  const partly = (
    finished: readonly string[],
    ended: readonly (readonly [task: string, ended: boolean])[],
    mode = 'union',
  ) => {
    const pending = new PendingCheckpoint({
      ...made().options,
      plan: { trigger: [], acknowledge: new Set(ended.map(([task]) => task)), finished },
    });
    for (const [task, one] of ended) {
      const operatorState = union.map((handle) => ({ ...handle, mode }));
      pending.acknowledge(task, { snapshot: { ...snapshot, ended: one, operatorState }, metrics: metrics(1) }, 101);
    }
    return pending.partlyFinished(attempt);
  };
  expect(partly(['a[0]'], [['a[1]', false]])).toBe('a');
  expect(
    partly(
      [],
      [
        ['a[0]', true],
        ['a[1]', false],
      ],
    ),
  ).toBe('a');
  // All or none, or lists that are split: nothing is lost that another subtask should have had.
  expect(partly(['a[0]'], [['a[1]', true]])).toBeUndefined();
  expect(
    partly(
      [],
      [
        ['a[0]', false],
        ['a[1]', false],
      ],
    ),
  ).toBeUndefined();
  expect(partly(['a[0]'], [['a[1]', false]], 'split')).toBeUndefined();
});

it("has Flink's statistics: largest delays, sums of bytes, until the last acknowledgement or the abort", () => {
  const pending = made();
  pending.acknowledge('a[0]', { snapshot, metrics: metrics(1) }, 130);
  expect(statsOf(2, pending, { status: 'failed', reason: 'expired', atMs: 190 })).toMatchObject({
    attempt: 2,
    checkpoint: 4,
    status: 'failed',
    failureReason: 'expired',
    triggerTimestamp: 7_000,
    endToEndDurationMs: 90,
    numberOfSubtasks: 3,
    numberOfAcknowledgedSubtasks: 2,
    numberOfFinishedSubtasks: 1,
    unalignedCheckpoint: false,
  });
  pending.acknowledge('b[0]', { snapshot, metrics: metrics(2) }, 150);
  expect(statsOf(2, pending, { status: 'completed' })).toMatchObject({
    status: 'completed',
    failureReason: undefined,
    endToEndDurationMs: 50,
    numberOfAcknowledgedSubtasks: 3,
    unalignedCheckpoint: true,
    startDelayMs: 2,
    alignmentDurationMs: 4,
    syncDurationMs: 1,
    asyncDurationMs: 4,
    bytesProcessedDuringAlignment: 30,
    bytesPersistedDuringAlignment: 3,
    stateSizeBytes: 300,
  });
});
