import { expect, it } from 'vitest';
import { scenarios } from '../../scenarios/index.ts';
import type { Scenario } from '../plan/scenario.ts';
import { NoRecovery, recoveryCosts, type RunPlan } from './recovery-cost.ts';
import { run } from './run.ts';

const named = (name: string): Scenario => {
  const scenario = scenarios.find(({ id }) => id === name);
  if (scenario === undefined) throw new Error(`there is no ${name}`);
  return scenario;
};
const options = { seed: 'rc', records: 300, kills: 3, intervalsMs: [5, 40] };

it('dense checkpoints cost time and save records that are read again; batch takes none', () => {
  const { records, kills, rows } = recoveryCosts(run, named('windows'), options);
  expect({ records, kills }).toEqual({ records: 300, kills: 3 });
  expect(rows.map(({ interval }) => interval)).toEqual(['none', 5, 40, 'batch']);
  const [none, dense, , batch] = rows;
  expect(none).toMatchObject({ checkpoints: 1, overheadPer1000: 0 });
  expect(dense?.checkpoints).toBeGreaterThan(1);
  expect(dense?.overheadPer1000).toBeGreaterThan(0);
  expect(dense?.again).toBeLessThan(none?.again ?? 0);
  expect(batch?.checkpoints).toBe(0);
  for (const { ms, recoveryMs, worstRecoveryMs, withOneFailurePer1000 } of rows) {
    expect(recoveryMs).toBeLessThanOrEqual(worstRecoveryMs);
    expect(withOneFailurePer1000).toBe(Math.round((1_000 * (ms + recoveryMs - (none?.ms ?? 0))) / (none?.ms ?? 1)));
  }
});

it('the figures are the same whenever they are asked for, and told as they come', () => {
  const told: (number | string)[] = [];
  const ask = (): unknown =>
    recoveryCosts(run, named('windows'), { ...options, kills: 1, progress: (interval) => told.push(interval) });
  expect(ask()).toEqual(ask());
  expect(told).toEqual(['none', 5, 40, 'batch', 'none', 5, 40, 'batch']);
});

it('a job that does not come to its end has no figures', () => {
  const failing: RunPlan = (scenario, plan, detail) => {
    const result = run(scenario, plan, detail);
    return plan.incidents.length === 0 ? result : { ...result, verdict: 'inconclusive', reason: 'it is too slow' };
  };
  const ask = (): unknown => recoveryCosts(failing, named('windows'), options);
  expect(ask).toThrow(NoRecovery);
  expect(ask).toThrow('windows, interval none, with a failure: it is too slow');
});
