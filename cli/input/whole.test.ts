import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../../properties/run/run.ts';
import { columnsOf } from '../../scenarios/input-events.ts';
import { windowTable } from '../../scenarios/input-table.ts';
import { inputScenario } from '../../scenarios/index.ts';
import { firingTable } from '../../scenarios/input-firings.ts';
import type { WindowOptions } from '../../scenarios/input-table.ts';
import { differenceOf, firingsDifference, runWhole } from './whole.ts';

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

// ---- windows of other kinds

const KINDS: readonly (readonly [string, Partial<WindowOptions>])[] = [
  ['sliding', { slideMs: 40 }],
  ['sessions', { sessionMs: 70, offsetMs: 0 }],
  ['sessions, count', { sessionMs: 70, offsetMs: 0, trigger: { kind: 'count', count: 3 } }],
  ['sliding, continuous', { slideMs: 50, trigger: { kind: 'continuous', everyMs: 30 } }],
  ['sessions, continuous', { sessionMs: 90, offsetMs: 0, trigger: { kind: 'continuous', everyMs: 40 } }],
  ['tumbling, early and late', { trigger: { kind: 'earlyAndLate', everyMs: 15 } }],
  ['sessions, early and late', { sessionMs: 70, offsetMs: 0, trigger: { kind: 'earlyAndLate', everyMs: 15 } }],
];

it.each(KINDS)('holds for what the engine commits, and sees each count that is lost or too many: %s', (_, kind) => {
  const options = { ...WINDOWS, ...kind };
  const own = inputScenario(columns, { ...options, variant: 'whole' });
  const plan = own.planOf?.('a');
  if (plan === undefined) throw new Error('unreachable');
  const { verdict, observed } = run(own, { ...plan, config: { ...plan.config, delayMs: 0 } });
  expect(verdict).toBe('pass');
  const { committed } = observed;
  const table = firingTable(columns, options, 0);
  expect(table.firings).toBeGreaterThan(20);
  const says = (counts: readonly unknown[]) => firingsDifference(table, columns, { ...committed, counts });
  const counts = committed['counts'] ?? [];
  expect(says(counts)).toBeUndefined();
  if (kind.trigger?.kind === 'earlyAndLate') expect(counts.length).toBeGreaterThan(table.firings);
  else for (const at of [0, 7, counts.length - 1]) expect(says(counts.filter((_one, i) => i !== at))).toBeDefined();
  expect(says([])).toBeDefined();
  expect(says([...counts, { key: 'k1', start: 0, end: 100, count: 999 }])).toBeDefined();
  expect(firingsDifference(table, columns, { ...committed, late: [] }) !== undefined).toBe(table.late.length > 0);
});
