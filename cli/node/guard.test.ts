import { expect, it } from 'vitest';
import { expand } from '../../properties/plan/generate.ts';
import { guardedRuns } from './guard.ts';
import { misbehavingWorkspace } from './testing/misbehaving-worker.ts';

const BOUNDS = { turnCpuMs: 200, pollMs: 10 };
const workspace = misbehavingWorkspace();
const verdictOf = (id: string) =>
  guardedRuns(
    workspace,
    (run) => {
      const scenario = workspace.scenarios.named(id);
      return run(scenario, expand(scenario, 'x')).verdict;
    },
    BOUNDS,
  );

it('a run of a command that takes no end is ended and named; one that ends gives what it gave', () => {
  expect(verdictOf('honest')).toEqual({ kind: 'done', value: 'pass' });
  const endless = verdictOf('loop in a map');
  expect(endless).toMatchObject({ kind: 'endless', overrun: { operator: 'culprit' } });
  expect(JSON.stringify(endless)).toContain('misbehaving.ts:');
  expect(verdictOf('honest')).toEqual({ kind: 'done', value: 'pass' });
});

it('whoever a command lets listen hears the run, and so does the watchdog', () => {
  const scenario = workspace.scenarios.named('honest');
  let records = 0;
  const counts = {
    sourceRecord: () => {
      records++;
    },
  };
  const done = guardedRuns(workspace, (run) => run(scenario, expand(scenario, 'x'), { listeners: [counts] }), BOUNDS);
  expect(done).toMatchObject({ kind: 'done', value: { verdict: 'pass', counters: { sourceRecords: records } } });
  expect(records).toBeGreaterThan(0);
});
