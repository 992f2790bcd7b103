/** The object store does not answer, wherever somebody asks it: an attempt fails by it, or the job manager asks again; the job goes on. */
import { expect, it } from 'vitest';
import type { FactKind, Facts, Probe } from '../../core/facts.ts';
import { files } from '../../scenarios/jobs/files.ts';
import { forked } from '../../scenarios/jobs/forked.ts';
import { dedup } from '../../scenarios/jobs/keyed/dedup.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run } from './run.ts';

const failAt = (reads: number, fact: FactKind, nth: number): Incident => ({
  what: { kind: 'failed-read', reads },
  when: { kind: 'fact', fact, nth, where: {} },
});
const killAt = (fact: FactKind, nth: number): Incident => ({
  what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
  when: { kind: 'fact', fact, nth, where: {} },
});

const drainAt = (fact: FactKind, nth: number): Incident => ({
  what: { kind: 'stop', drain: true },
  when: { kind: 'fact', fact, nth, where: {} },
});

/** With all laws: what attempts have failed by, what they started from, and how the job has ended. */
function played(scenario: Scenario, incidents: readonly Incident[], config: Plan['config'] = {}) {
  const failures: string[] = [];
  const restored: (number | undefined)[] = [];
  const ended: Facts['jobEnded'][] = [];
  const probe: Probe = {
    attemptFailed: ({ message }) => {
      failures.push(message);
    },
    attemptStarting: ({ restoredFrom }) => {
      restored.push(restoredFrom);
    },
    jobEnded: (fact) => {
      ended.push(fact);
    },
  };
  const plan: Plan = {
    scenario: scenario.id,
    config: { checkpointIntervalMs: 60, recordIntervalUs: 8_000, inlineStateBytes: 0, ...config },
    workload: { kind: 'generated', seed: 'reads', count: 120 },
    incidents,
    choices: { seed: 'reads' },
  };
  const { verdict, violations, reason, counters, marks } = run(scenario, plan, { listeners: [probe] });
  expect([verdict, violations, reason]).toEqual(['pass', [], undefined]);
  const fired = counters.incidents['failed-read'];
  return { failures, restored, ends: ended.map(({ status }) => status), fired, marks };
}
const UNREAD = 'the object store could not read';

it('metadata that cannot be read fails the attempt that is prepared, and no older checkpoint takes its place', () => {
  const twice = [1, 2].map((nth) => failAt(1, 'attemptFailed', nth));
  const { failures, restored, marks } = played(dedup, [killAt('checkpointTriggered', 4), ...twice]);
  const unread = `${UNREAD} dedup/1-3/metadata`;
  expect(failures.slice(1)).toEqual([unread, unread]);
  expect(restored).toEqual([undefined, 3]);
  expect(marks).toContain('restore-met-failed-read');
});

it.each([
  ['on the heap', {}],
  ['in sorted runs', { stateBackend: 1 }],
  ['in files that checkpoints share', { stateBackend: 1, incrementalCheckpoints: 1 }],
])('state %s that cannot be read fails the task, and the next attempt restores it', (_, config) => {
  const incidents = [killAt('checkpointCompleted', 3), failAt(1, 'attemptStarting', 2)];
  const { failures, restored, marks } = played(dedup, incidents, config);
  expect(failures).toHaveLength(2);
  expect(failures[1]).toMatch(new RegExp(`failed: IoError: ${UNREAD} dedup/1-`));
  expect(restored).toEqual([undefined, 3, 3]);
  expect(marks).toContain('restore-met-failed-read');
});

it('names that cannot be listed fail an attempt that is prepared', () => {
  const { failures, fired, marks } = played(dedup, [failAt(1, 'sweepStarted', 1)]);
  expect([failures, fired]).toEqual([[`${UNREAD} dedup/*`], 1]);
  expect(marks).not.toContain('restore-met-failed-read');
});

it('at the end of the job they are asked for again: the checkpoints before a drain, of which its tasks have seen no end, go', () => {
  // Some of these reads are requests under way of the attempt, which is over.
  const incidents = [drainAt('checkpointCompleted', 5), ...[1, 2, 3].map(() => failAt(3, 'sweepStarted', 2))];
  const { ends, fired } = played(dedup, incidents, { retainedCheckpoints: 4, objectStoreLatencyUs: 20_000 });
  expect([ends, fired]).toEqual([['stopped'], 3]);
});

it('no attempt fails since what it clears away cannot be listed', () => {
  const { failures, fired } = played(
    dedup,
    [2, 3, 4].map((nth) => failAt(1, 'checkpointCompleted', nth)),
  );
  expect([failures, fired]).toEqual([[], 3]);
});

it('input that cannot be listed or read fails the attempt', () => {
  const { failures } = played(files, [failAt(1, 'attemptRunning', 1), failAt(1, 'splitAdded', 1)]);
  expect(failures).toHaveLength(2);
  expect(failures[0]).toContain(`${UNREAD} lines*`);
  expect(failures[1]).toMatch(new RegExp(`^lines\\[\\d\\] failed: IoError: ${UNREAD} lines-`));
});

it('a savepoint that a job is to start from is asked for again', () => {
  const upgrade: Incident = {
    what: { kind: 'upgrade', dirty: false, parallelism: 2 },
    when: { kind: 'fact', fact: 'checkpointCompleted', nth: 1, where: { kind: 'checkpoint' } },
  };
  const { failures, ends, fired } = played(forked, [upgrade, failAt(3, 'jobEnded', 1)]);
  expect([failures, ends, fired]).toEqual([[], ['stopped', 'finished'], 1]);
});

it.each(['taskmanager-1', 'jobmanager'])(
  'what a drained job has prepared is committed by the job manager, whatever it cannot read: %s dies',
  (process) => {
    const isDrained: Incident['when'] = { kind: 'fact', fact: 'checkpointCompleted', nth: 1, where: { kind: 'drain' } };
    for (let nth = 30; nth <= 57; nth += 3) {
      const { ends, fired } = played(files, [
        drainAt('sourceRecord', 60),
        { what: { kind: 'kill', process, restartAfterMs: 5 }, when: isDrained },
        { what: { kind: 'failed-read', reads: 2 }, when: { kind: 'port-call', process: 'jobmanager', nth } },
      ]);
      expect([nth, ends, fired]).toEqual([nth, ['stopped'], 1]);
    }
  },
);

it('the output of a batch job is committed, although reads fail', () => {
  const { ends, fired } = played(files, [failAt(3, 'batchCommitting', 1)], { executionMode: 1 });
  expect([ends, fired]).toEqual([['finished'], 1]);
});
