import { expect, it } from 'vitest';
import { hashText } from '../../sim/kernel/digest.ts';
import { canonicalText } from '../plan/canonical.ts';
import { replay } from '../case/replay.ts';
import { type Outcome, signatureOf, uncounted, type Violation } from '../outcome.ts';
import { topicsOf } from '../plan/explicit.ts';
import { expand } from '../plan/generate.ts';
import type { Plan } from '../plan/plan.ts';
import { fakeScenario } from '../plan/testing/scenario.ts';
import { isTiny, tinySeed } from '../plan/tiny.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { RunResult } from '../run/run.ts';
import type { Campaign, RunPlan, RunRow } from './campaign.ts';
import { cycleOf, FIRST_RUN, type Judged, plannedRun, runBlock, seedOf } from './campaign.ts';
import { HarnessCrash } from './harness-crash.ts';
import type { Sighting } from './sighting.ts';
import { investigate } from './investigate.ts';
import { exitCodeOf } from './summary.ts';
import { summarize } from './tally.ts';

const VIOLATION: Violation = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'gone', evidence: [], atUs: 1 };
const SIGNATURE = signatureOf(VIOLATION);
const second: Scenario = { ...fakeScenario, id: 'second' };
const scenarioOf = (id: string): Scenario => (id === 'second' ? second : fakeScenario);
const campaign: Campaign = {
  seed: 'base',
  shares: [
    { scenario: 'fake', weight: 3 },
    { scenario: 'second', weight: 1 },
  ],
  repeatEvery: 10,
  relateEvery: 0,
};

function outcomeOf(scenario: Scenario, plan: Plan, violations: readonly Violation[]): RunResult {
  const records = Object.values(topicsOf(scenario, plan)).flat(2).length;
  const text = canonicalText({ ...plan, workload: topicsOf(scenario, plan), choices: 0 });
  return {
    ...uncounted({
      verdict: violations.length > 0 ? 'fail' : 'pass',
      violations,
      marks: records > 100 ? ['many-records'] : [],
      laws: records > 100 ? ['late-records', 'sinks'] : ['sinks'],
      counters: {
        sourceRecords: records,
        events: records * 10,
        virtualUs: 1,
        attempts: 1,
        checkpointsCompleted: 4,
        restores: plan.incidents.length > 0 ? 1 : 0,
        incidents: { kill: plan.incidents.length },
      },
      digest: (hashText(text, 1) >>> 0).toString(16).padStart(16, '0'),
    }),
    overrides: 'seed' in plan.choices ? [{ label: 'net', k: 1, value: 2 }] : plan.choices.explicit,
    trace: ['1 lost'],
  };
}
const passing: RunPlan = (scenario, plan) => outcomeOf(scenario, plan, []);
/** Fails iff a kill is planned and the record { n: 7 x seed length } is there. */
const failing: RunPlan = (scenario, plan) => {
  const records = Object.values(topicsOf(scenario, plan)).flat(2);
  const has = records.some((record) => canonicalText(record) === '{"n":112}');
  return outcomeOf(scenario, plan, has && plan.incidents.some(({ what }) => what.kind === 'kill') ? [VIOLATION] : []);
};
const blocks = (size: number, runs: number, run: RunPlan): RunRow[] => {
  const results: RunRow[] = [];
  for (let from = 0; from < runs; from += size) {
    results.push(...runBlock(campaign, { from, to: Math.min(runs, from + size) }, scenarioOf, run));
  }
  return results;
};

it('a seed is 16 hex digits, and no two runs of a campaign share one', () => {
  const seeds = Array.from({ length: 20_000 }, (_, run) => seedOf('base', run));
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(seeds.every((seed) => /^[0-9a-f]{16}$/.test(seed))).toBe(true);
  expect(seedOf('other', 0)).not.toBe(seedOf('base', 0));
});

it('the first run of a campaign is a tiny one, by its number alone, and its seed says so', () => {
  const planned = Array.from({ length: 60 }, (_, run) => plannedRun(campaign, run, scenarioOf));
  expect(planned.filter(({ seed }) => isTiny(seed)).map(({ number }) => number)).toEqual([FIRST_RUN]);
  const [row] = runBlock(campaign, { from: FIRST_RUN, to: 7 }, scenarioOf, passing);
  const { seed = '', scenario = '', digest } = row ?? {};
  expect(passing(scenarioOf(scenario), expand(scenarioOf(scenario), seed)).digest).toBe(digest);
});

it('what a run came to is told before it is done again, and before it is compared', () => {
  const told: string[] = [];
  const run: RunPlan = (scenario, plan) => {
    told.push('run');
    return outcomeOf(scenario, plan, [VIOLATION]);
  };
  const judged = ({ run: number, verdict, signatures, records }: Judged): void =>
    void told.push(`${number} ${verdict} ${signatures.join()} ${records > 0}`);
  runBlock({ ...campaign, relateEvery: 1 }, { from: 0, to: 1 }, scenarioOf, run, { judged });
  expect(told.slice(0, 3)).toEqual(['run', `0 fail ${SIGNATURE} true`, 'run']);
});

it('scenarios are mixed by their weights', () => {
  expect(cycleOf(campaign.shares).join(' ')).toBe('fake fake second fake');
  expect(
    cycleOf([
      { scenario: 'a', weight: 1 },
      { scenario: 'b', weight: 1 },
    ]),
  ).toEqual(['a', 'b']);
});

it('the verdict does not depend on how the runs are cut into blocks, nor on their order', () => {
  const whole = blocks(120, 120, failing);
  expect(blocks(7, 120, failing)).toEqual(whole);
  const summary = summarize(whole, []);
  expect(summarize([...whole].reverse(), [])).toEqual(summary);
  expect(summary.runs).toBe(120);
  expect(summary.failures).toMatchObject([{ signature: SIGNATURE, runs: summary.failed }]);
  expect(summary.failures[0]?.first).toEqual(whole.find(({ verdict }) => verdict === 'fail'));
  expect(summary.scenarios).toEqual([
    { id: 'fake', runs: 90 },
    { id: 'second', runs: 30 },
  ]);
});

it('a campaign that holds exits 0, one with a broken law 1', () => {
  expect(exitCodeOf(summarize(blocks(40, 40, passing), []))).toBe(0);
  expect(exitCodeOf(summarize(blocks(40, 40, failing), []))).toBe(1);
});

it('a run that differs when it is done again is non-determinism, exit 5', () => {
  let calls = 0;
  const moody: RunPlan = (scenario, plan) => ({ ...passing(scenario, plan), digest: String(calls++) });
  const summary = summarize(blocks(40, 40, moody), []);
  expect(summary.repeated).toBe(4);
  expect(summary.different.map(({ run }) => run)).toEqual([0, 10, 20, 30]);
  expect(exitCodeOf(summary)).toBe(5);
});

it('a job of a user that differs when it is done again is the job’s: exit 1, and its kind is named', () => {
  let calls = 0;
  const moody: RunPlan = (scenario, plan) => ({ ...passing(scenario, plan), digest: String(calls++) });
  const ofUser: Campaign = { ...campaign, ofUser: true };
  const summary = summarize(runBlock(ofUser, { from: 0, to: 40 }, scenarioOf, moody), []);
  expect([summary.different, exitCodeOf(summary)]).toEqual([[], 1]);
  expect(summary.failures.map(({ signature }) => signature).toSorted()).toEqual([
    'job/module-state/fake',
    'job/module-state/second',
  ]);
  expect(exitCodeOf(summarize(runBlock(ofUser, { from: 0, to: 40 }, scenarioOf, passing), []))).toBe(0);
});

it('a job that breaks its own law in other words each time is not the harness that differs: exit 1', () => {
  let calls = 0;
  const counting: RunPlan = (scenario, plan) => {
    const outcome = outcomeOf(scenario, plan, [{ ...VIOLATION, law: 'job' }]);
    return { ...outcome, digest: String(calls++) };
  };
  const summary = summarize(blocks(40, 40, counting), []);
  expect(summary.different).toEqual([]);
  expect(exitCodeOf(summary)).toBe(1);
});

it('inconclusive runs, too many refusals, or no run at all, are no verdict: exit 3', () => {
  const always =
    (change: Partial<Outcome>): RunPlan =>
    (scenario, plan) => ({ ...passing(scenario, plan), ...change });
  const one = summarize(blocks(40, 40, always({ verdict: 'inconclusive', reason: 'too many events' })), []);
  expect(exitCodeOf(one)).toBe(3);
  expect(one.reasons).toMatchObject([{ reason: 'inconclusive: too many events', count: 40, first: { run: 0 } }]);
  expect(exitCodeOf(summarize(blocks(40, 40, always({ verdict: 'refused', reason: 'no slots' })), []))).toBe(3);
  expect(exitCodeOf(summarize([], []))).toBe(3);
});

it('a mark is missing only if it was not reached in ten times its rarity by jobs that can reach it', () => {
  const catalogue = [
    { name: 'many-records', rarity: 2 },
    { name: 'never', rarity: 4 },
    { name: 'rare', rarity: 5 },
    { name: 'late', rarity: 1, needs: ['windows'] },
  ] as const;
  const summary = summarize(blocks(40, 40, passing), catalogue);
  expect(summary.marks).toMatchObject([
    { name: 'many-records', missing: false },
    { name: 'never', reached: 0, missing: true },
    { name: 'rare', reached: 0, able: 40, missing: false },
    { name: 'late', reached: 0, able: 0, missing: false },
  ]);
});

it('a law counts by the runs in which it has compared something; broken, it has; where it could not, it is said why', () => {
  const laws = ['sinks', 'late-records', 'splits', 'timers'].map((name) => ({
    name,
    compares: `what ${name} compares`,
    notInBatch: name === 'splits' ? 'there are no checkpoints' : undefined,
  }));
  const broken: RunPlan = (scenario, plan) => outcomeOf(scenario, plan, [{ ...VIOLATION, law: 'timers' }]);
  const rows = runBlock(campaign, { from: 0, to: 40 }, scenarioOf, broken);
  const late = rows.filter((row) => row.laws.includes('late-records')).length;
  expect(late).toBeGreaterThan(0);
  expect(late).toBeLessThan(40);
  const inBatch = rows.map((row) => ({ ...row, mix: { ...row.mix, batch: true as const } }));
  const counted = [
    { name: 'late-records', runs: late },
    { name: 'sinks', runs: 40 },
    { name: 'splits', runs: 0, nothing: 'what splits compares' },
    { name: 'timers', runs: 40 },
  ];
  expect(summarize(rows, [], laws).laws).toEqual(counted);
  expect(summarize([...rows.slice(1), ...inBatch.slice(0, 1)], [], laws).laws).toEqual(counted);
  expect(summarize(inBatch, [], laws).laws).toContainEqual({
    name: 'splits',
    runs: 0,
    nothing: 'there are no checkpoints',
  });
  expect(summarize([], [], laws).laws).toContainEqual({ name: 'splits', runs: 0, nothing: 'what splits compares' });
});

it('a failing run is told of before the next one begins, and what differs as soon as it is compared', () => {
  const told: string[] = [];
  const watching = {
    began: (run: number) => void told.push(`began ${run}`),
    met: ({ run, signatures }: Sighting) => void told.push(`met ${run} ${signatures.join()}`),
  };
  const broken: RunPlan = (scenario, plan) => outcomeOf(scenario, plan, [VIOLATION]);
  runBlock(campaign, { from: 1, to: 3 }, scenarioOf, broken, watching);
  const met = (run: number): string => `met ${run} ${SIGNATURE}`;
  expect(told.slice(0, 4)).toEqual(['began 1', met(1), 'began 2', met(2)]);
  told.length = 0;
  let calls = 0;
  const moody: RunPlan = (scenario, plan) => ({
    ...outcomeOf(scenario, plan, []),
    digest: String((calls += 1)).padStart(16, '0'),
  });
  runBlock(campaign, { from: 0, to: 1 }, scenarioOf, moody, watching);
  expect(told.at(-1)).toMatch(/^met 0 harness\/not-deterministic\//);
});

it('a crash of the harness names the run to replay', () => {
  const broken: RunPlan = (_, plan) => {
    throw new TypeError(`bad ${plan.scenario}`);
  };
  expect(() => blocks(5, 5, broken)).toThrow(HarnessCrash);
  expect(() => blocks(5, 5, broken)).toThrow(
    `TypeError: bad fake\n  run 0: npx millrace replay fake --seed ${tinySeed(seedOf('base', 0))}`,
  );
});

it('a failing run becomes a small case with its trace, and the case reproduces', () => {
  const first = summarize(blocks(120, 120, failing), []).failures[0]?.first;
  if (first === undefined) throw new Error('no failure in 120 runs');
  const scenario = scenarioOf(first.scenario);
  const finding = investigate(scenario, first, SIGNATURE, failing);
  if (finding === undefined) throw new Error('it did not fail again');
  expect(finding.kase.shrunk).toMatchObject({ to: { records: 1, incidents: 1, config: 0, choices: 0 }, minimal: true });
  expect(finding.kase.shrunk.from.choices).toBe(1);
  expect(finding.trace).toEqual(['1 lost']);
  expect(finding.notes).toEqual([]);
  expect(replay(finding.kase, scenarioOf, failing)).toMatchObject({ kind: 'reproduced', sameDigest: true });
});

it('a plan that fails only with its seed is kept with its seed, and a note says so', () => {
  const seeded: RunPlan = (scenario, plan) => outcomeOf(scenario, plan, 'seed' in plan.choices ? [VIOLATION] : []);
  const finding = investigate(fakeScenario, { seed: 's', run: 0 }, SIGNATURE, seeded);
  expect(finding?.kase.plan.choices).toEqual({ seed: 's' });
  expect(finding?.kase.shrunk.minimal).toBe(false);
  expect(finding?.notes).toHaveLength(1);
  expect(investigate(fakeScenario, { seed: 's', run: 0 }, SIGNATURE, passing)).toBeUndefined();
});
