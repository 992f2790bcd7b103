/** Jobs that take no end, or leave something behind: each is named, in a worker and inline, and the campaign goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Campaign, RunRow } from '../../properties/campaign/campaign.ts';
import { findingFromOutside, rowOfOverrun } from '../../properties/campaign/outside.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { openPool } from './pool.ts';
import { misbehavingWorkspace } from './testing/misbehaving-worker.ts';
import { Watchdog } from './watchdog.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const IDS = misbehavingWorkspace().scenarios.all.map(({ id }) => id);
const entry = fileURLToPath(new URL('testing/misbehaving-worker.ts', import.meta.url));
const flags = ['--import', import.meta.resolve('tsx')];
/** CPU time. Under load a turn of nothing may take some of it. */
const BOUNDS = { turnCpuMs: 200, pollMs: 10 };
const campaign: Campaign = {
  seed: 'endless',
  shares: IDS.map((scenario) => ({ scenario, weight: 1 })),
  repeatEvery: 0,
  relateEvery: 0,
};

function told({ scenario, verdict, violations }: RunRow): readonly unknown[] {
  const [violation] = violations;
  const where = JSON.stringify(violation?.evidence ?? []);
  return [
    scenario,
    verdict,
    violation === undefined ? undefined : signatureOf(violation),
    violation === undefined ? undefined : where.includes('misbehaving.ts:'),
  ];
}
const EXPECTED = IDS.map((scenario) => {
  if (scenario === 'honest') return [scenario, 'pass', undefined, undefined];
  const escapes = scenario === 'promise that nobody waits for';
  const kind = escapes ? 'escaped' : /process|tick|waited/.test(scenario) ? 'platform-call' : 'endless';
  return [scenario, 'fail', `job/${kind}/culprit`, true];
});

it.each([
  ['inline', 0],
  ['in a worker', 1],
])(
  '%s each run that takes no end is named with operator and line, and the others are done',
  async (_, workers) => {
    const pool = openPool(campaign, misbehavingWorkspace(directory), workers, {
      entry,
      flags,
      bounds: BOUNDS,
    });
    try {
      const rows = await pool.run({ from: 0, to: IDS.length + 1 });
      expect(rows.map(({ run }) => run)).toEqual(rows.map((_row, index) => index));
      expect(rows.map(told)).toEqual([...EXPECTED, EXPECTED[0]]);
      // By whoever met it: a process that is gone has written it down.
      const failed = rows.filter(({ verdict }) => verdict === 'fail').map(({ run }) => run);
      expect([...new Set(pool.written().map(({ run }) => run))].toSorted((a, b) => a - b)).toEqual(failed);
    } finally {
      pool.close();
    }
  },
  240_000,
);

it('a batch that comes to its end gives its value, and an error of its own passes through', () => {
  const watchdog = new Watchdog({ bounds: BOUNDS });
  try {
    expect(watchdog.guarded(() => 7)).toEqual({ kind: 'done', value: 7 });
    expect(() =>
      watchdog.guarded(() => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
  } finally {
    watchdog.close();
  }
});

it('a batch that has no more time is cut', () => {
  const watchdog = new Watchdog({ bounds: BOUNDS });
  try {
    const endless = (): never => {
      for (;;);
    };
    expect(watchdog.guarded(endless, 20)).toEqual({ kind: 'cut' });
    expect(watchdog.guarded(() => 7, 60_000)).toEqual({ kind: 'done', value: 7 });
  } finally {
    watchdog.close();
  }
});

it('a run that is not confirmed is inconclusive; without code of the job on the stack it is the harness that hangs', () => {
  const scenarioOf = (id: string) => misbehavingWorkspace().scenarios.named(id);
  const overrun = { run: 1, operator: 'culprit', frames: ['at map (a.ts:1:2)'], cpuMs: 1_000, wallMs: 1_200 };
  const unconfirmed = rowOfOverrun(campaign, scenarioOf, overrun, false);
  expect([unconfirmed.verdict, unconfirmed.violations]).toEqual(['inconclusive', []]);
  expect(unconfirmed.reason).toContain('alone it came to its end');
  const ours = rowOfOverrun(campaign, scenarioOf, { ...overrun, frames: [] }, true);
  expect(ours.violations.map(signatureOf)).toEqual([`harness/timeout/${ours.scenario}`]);
  const finding = findingFromOutside(scenarioOf(ours.scenario), ours);
  expect(finding?.kase).toMatchObject({ signature: `harness/timeout/${ours.scenario}`, origin: { seed: ours.seed } });
});
