import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../../properties/run/run.ts';
import { columnsOf } from '../../scenarios/input-events.ts';
import { windowTable } from '../../scenarios/input-table.ts';
import { inputScenario } from '../../scenarios/index.ts';
import { differenceOf, runWhole } from './whole.ts';

const WINDOWS = { windowMs: 100, offsetMs: 30, latenessMs: 150 };
const columns = columnsOf(
  Array.from({ length: 300 }, (_, i) => ({
    key: `k${i % 3}`,
    time: i * 20 - (i % 7 === 0 ? 450 : i % 5 === 0 ? 130 : 0),
    line: i + 1,
  })),
);
const scenario = inputScenario(columns, { ...WINDOWS, variant: 'whole' });

/** Committed output that holds against the table, late records and windows that fire again included. */
function honest() {
  const outcome = run(scenario, { ...scenario.planOf!('a'), config: { ...scenario.planOf!('a').config, delayMs: 0 } });
  const table = windowTable(columns, WINDOWS, 0);
  expect(outcome.verdict).toBe('pass');
  expect(table.late.length).toBeGreaterThan(5);
  expect(table.firings).toBeGreaterThan(table.panes.length);
  return { table, committed: outcome.observed.committed };
}

it('holds for what the engine commits under kills, with late records and windows that fire again', () => {
  const { table, committed } = honest();
  expect(differenceOf(table, columns, WINDOWS, committed)).toBeUndefined();
});

it('sees each count that is lost, doubled or changed, and each late record', () => {
  const { table, committed } = honest();
  const counts = (committed['counts'] ?? []) as readonly { readonly count: number; readonly start: number }[];
  const late = committed['late'] ?? [];
  const some = <T>(list: readonly T[]) => fc.nat(list.length - 1);
  const changed = fc.oneof(
    some(counts).map((at) => ({ counts: counts.filter((_, i) => i !== at), late })),
    some(counts).map((at) => ({ counts: [...counts, counts[at]], late })),
    some(counts).map((at) => ({
      counts: counts.map((one, i) => (i === at ? { ...one, count: one.count + 9 } : one)),
      late,
    })),
    some(counts).map((at) => ({ counts: counts.map((one, i) => (i === at ? { ...one, key: 'k9' } : one)), late })),
    some(late).map((at) => ({ counts, late: late.filter((_, i) => i !== at) })),
    some(late).map((at) => ({ counts, late: [...late, late[at]] })),
  );
  fc.assert(
    fc.property(changed, (output) => {
      expect(differenceOf(table, columns, WINDOWS, output)).toBeDefined();
    }),
    { seed: 20_260_104, numRuns: 300 },
  );
});

it('is a failure of the run', () => {
  const whole = runWhole(scenario, columns, WINDOWS, 'a', (of, plan, detail) => {
    const outcome = run(of, plan, detail);
    return { ...outcome, observed: { committed: { ...outcome.observed.committed, counts: [] } } };
  });
  expect(whole.row).toMatchObject({
    verdict: 'fail',
    violations: [{ law: 'input-table', anomaly: 'counts', place: 'counts' }],
  });
  const honestly = runWhole(scenario, columns, WINDOWS, 'a', run);
  expect(honestly.row).toMatchObject({ verdict: 'pass', violations: [] });
  expect(honestly.row.counters.restores).toBeGreaterThan(0);
});
