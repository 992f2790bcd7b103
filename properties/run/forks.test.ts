/** Whole runs of a job and its forks, in calm weather. */
import { expect, it } from 'vitest';
import { forked } from '../../scenarios/jobs/forked.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import { run } from './run.ts';

const upgradeAt = (nth: number, dirty = false): Incident => ({
  what: { kind: 'upgrade', dirty, parallelism: 1 + (nth % 3) },
  when: { kind: 'fact', fact: 'checkpointCompleted', nth, where: { kind: 'checkpoint' } },
});
const plan = (config: Plan['config'], incidents: readonly Incident[] = [upgradeAt(1), upgradeAt(3)]): Plan => ({
  scenario: 'forked',
  config: { checkpointIntervalMs: 60, recordIntervalUs: 8_000, ...config },
  workload: { kind: 'generated', seed: 'forks', count: 120 },
  incidents,
  choices: { seed: 'forks' },
});
const marksOf = (marks: readonly string[]) => marks.filter((name) => /^(fork|moved|claimed)/.test(name));

it.each([
  [{ claims: 0, moves: 0 }, ['fork-restored']],
  [{ claims: 3, moves: 0 }, ['claimed-savepoint-deleted', 'fork-restored']],
  [{ claims: 3, moves: 3 }, ['claimed-savepoint-deleted', 'moved-savepoint-restored']],
  [{ claims: 0, moves: 1 }, ['fork-restored', 'moved-savepoint-restored']],
])('a job and two forks, each with output of its own: %j', (config, marks) => {
  const outcome = run(forked, plan(config));
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(marksOf(outcome.marks)).toEqual(marks);
  const { committed } = outcome.observed;
  const lengths = [1, 2, 3].map((version) => committed[`lines-${version}`]?.length ?? 0);
  expect(lengths.every((length) => length > 0)).toBe(true);
  // Each visit is counted once, by the job that was there.
  const visits = Object.values(committed)
    .flat()
    .filter((line) => /^visits/.test((line as { readonly text: string }).text));
  expect(visits).toHaveLength(120);
});

it('the owner of the savepoint deletes it once the fork has a checkpoint of its own: a failure behind it goes back to that', () => {
  const killAt = (nth: number): Incident => ({
    what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
    when: { kind: 'fact', fact: 'checkpointCompleted', nth, where: { kind: 'checkpoint' } },
  });
  for (const [deletes, reached] of [
    [0, false],
    [1, true],
  ] as const) {
    const outcome = run(forked, plan({ claims: 0, deletes }, [upgradeAt(1), killAt(4)]));
    expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
    expect(outcome.marks.includes('restored-after-original-deleted')).toBe(reached);
  }
});

it('what was not stopped is not forked: an upgrade in a hurry stops the job, too', () => {
  const outcome = run(forked, plan({}, [upgradeAt(1, true)]));
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(outcome.marks).toContain('stopped-with-savepoint-and-resumed');
});

it('a fork that cannot read the state of the job before is refused, and the plan says so', () => {
  const outcome = run(forked, plan({ refused: 2 }));
  expect(outcome).toMatchObject({ verdict: 'refused', violations: [] });
  expect(outcome.reason).toContain('state "total" was written as int32 and is declared as string');
});
