import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashText } from '../../sim/kernel/digest.ts';
import type { Override } from '../../sim/kernel/types.ts';
import { type Outcome, signatureOf, uncounted, type Violation } from '../outcome.ts';
import { canonicalText } from '../plan/canonical.ts';
import type { Plan } from '../plan/plan.ts';
import type { Failing, Runner } from './oracle.ts';
import { polish } from './polish.ts';
import { reduce } from './reduce.ts';
import { shrink, superfluous } from './shrink.ts';
import { sizeOf, WAYS, weightOf } from './parts.ts';
import { thinned } from './thin.ts';

const violation = (law: string): Violation => ({
  law,
  anomaly: 'lost',
  place: 'a->b',
  message: '',
  evidence: [],
  atUs: 0,
});
const LOST = violation('conservation');
const SIGNATURE = signatureOf(LOST);

function outcome(violations: readonly Violation[]): Outcome {
  return uncounted({ verdict: violations.length > 0 ? 'fail' : 'pass', violations, counters: { attempts: 1 } });
}

const kill = (process: string): Plan['incidents'][number] => ({
  what: { kind: 'kill', process, restartAfterMs: 1 },
  when: { kind: 'time', ms: 5 },
});
const overrides = (n: number): Override[] => Array.from({ length: n }, (_, k) => ({ label: 'net', k, value: 1 }));

/** 200 records in two partitions, 12 incidents, 9 knobs, 1,000 choices. */
function big(): Plan {
  const records = Array.from({ length: 200 }, (_, i) => i);
  return {
    scenario: 'fake',
    config: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`knob${i}`, i])),
    workload: { kind: 'explicit', topics: { in: [records.slice(0, 90), records.slice(90)] } },
    incidents: Array.from({ length: 12 }, (_, i) => kill(`p${i}`)),
    choices: { explicit: overrides(1000) },
  };
}
function recordsOf(plan: Plan): unknown[] {
  return plan.workload.kind === 'explicit' ? Object.values(plan.workload.topics).flat(2) : [];
}
const kills = (plan: Plan, process: string): boolean =>
  plan.incidents.some(({ what }) => what.kind === 'kill' && what.process === process);

/** A run that fails iff the predicate holds, and counts. `draws`: what it draws, of what the plan says. */
function runner(
  fails: (plan: Plan) => readonly Violation[],
  draws?: (plan: Plan) => readonly Override[],
): Runner & { readonly count: () => number } {
  let count = 0;
  const run: Runner = (plan) => {
    count += 1;
    return { ...outcome(fails(plan)), ...(draws === undefined ? {} : { overrides: draws(plan) }) };
  };
  return Object.assign(run, { count: () => count });
}
const start = (run: Runner, plan = big()): Failing => ({ plan, outcome: run(plan), violation: LOST });
const lostIf = (condition: boolean): readonly Violation[] => (condition ? [LOST] : []);

it('each plan that is smaller than all before it is told, the first one too', () => {
  const run = runner((plan) => (kills(plan, 'p3') ? [LOST] : []));
  const start: Failing = { plan: big(), outcome: outcome([LOST]), violation: LOST };
  const told: { readonly best: Failing; readonly runs: number }[] = [];
  const shrunk = shrink(start, run, {
    budget: { runs: 300, events: Infinity },
    improved: (best, runs) => told.push({ best, runs }),
  });
  const weights = told.map(({ best }) => weightOf(best.plan));
  expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  expect(new Set(weights).size).toBe(weights.length);
  expect(told[0]).toEqual({ best: start, runs: 0 });
  expect(told.at(-1)?.best.plan).toEqual(shrunk.plan);
  expect(shrunk.curve.map(({ runs }) => runs)).toEqual(told.map(({ runs }) => runs));
});

it('two records of 200 and one incident of 12 are found within 150 runs, and the result is minimal', () => {
  for (const [a, b] of [
    [3, 4],
    [17, 180],
    [0, 199],
    [89, 90],
    [100, 101],
  ] as const) {
    const run = runner((plan) =>
      lostIf(recordsOf(plan).includes(a) && recordsOf(plan).includes(b) && kills(plan, 'p7')),
    );
    const shrunk = shrink(start(run), run, { budget: { runs: 400, events: 1e9 } });
    expect(recordsOf(shrunk.plan)).toEqual([a, b]);
    expect(sizeOf(shrunk.plan)).toEqual({ records: 2, incidents: 1, config: 0, choices: 0 });
    expect(shrunk.minimal).toBe(true);
    expect(shrunk.runs).toBeLessThanOrEqual(150);
    expect(run.count()).toBe(shrunk.runs + 1);
    expect(superfluous(shrunk, run)).toEqual([]);
  }
});

it('an element that is needed only because of another one goes in the next round', () => {
  const run = runner((plan) =>
    lostIf(recordsOf(plan).includes(5) && (kills(plan, 'p1') || recordsOf(plan).length < 4)),
  );
  const shrunk = shrink(start(run), run, { budget: { runs: 400, events: 1e9 } });
  expect(sizeOf(shrunk.plan)).toEqual({ records: 1, incidents: 0, config: 0, choices: 0 });
});

it('choices that matter are found on the small plan, and those that no run draws are dropped without a run', () => {
  const needed = (plan: Plan): boolean =>
    'explicit' in plan.choices && plan.choices.explicit.some(({ k }) => k === 700) && recordsOf(plan).includes(42);
  const drawn = (plan: Plan): readonly Override[] =>
    'explicit' in plan.choices ? plan.choices.explicit.filter(({ k }) => k % 100 === 0) : [];
  const run = runner((plan) => lostIf(needed(plan)), drawn);
  const shrunk = shrink(start(run), run, { budget: { runs: 300, events: 1e9 } });
  expect(shrunk.plan.choices).toEqual({ explicit: [{ label: 'net', k: 700, value: 1 }] });
  expect(recordsOf(shrunk.plan)).toEqual([42]);
  expect(shrunk.minimal).toBe(true);
  expect(shrunk.runs).toBeLessThan(100);
});

it('what comes after the violation goes first, in one run', () => {
  const paced: Plan = { ...big(), config: { recordIntervalUs: 1_000 } };
  const needed = [0, 1, 2, 90].every.bind([0, 1, 2, 90]);
  const run = runner((plan) => lostIf(needed((record) => recordsOf(plan).includes(record))));
  const failing: Failing = { ...start(run, paced), violation: { ...LOST, atUs: 2_500 } };
  const tried: number[] = [];
  const watched: Runner = (plan) => {
    tried.push(sizeOf(plan).records);
    return run(plan);
  };
  const shrunk = shrink(failing, watched, { budget: { runs: 300, events: 1e9 } });
  expect(tried[0]).toBe(6);
  expect(recordsOf(shrunk.plan)).toEqual([0, 1, 2, 90]);
});

it('records that must keep their times go with a pace at which they do', () => {
  const paced: Plan = { ...big(), config: { recordIntervalUs: 1_000 } };
  const lasts = (plan: Plan): number => {
    const partitions = plan.workload.kind === 'explicit' ? (plan.workload.topics['in'] ?? []) : [];
    return Math.max(...partitions.map(({ length }) => length)) * (plan.config['recordIntervalUs'] ?? 0);
  };
  // Two of them, and an input that lasts as long as all of the drawn ones: what no thin plan meets, lest that be the way.
  const run = runner((plan) =>
    lostIf(lasts(plan) >= 100_000 && [30, 31, 77].every((record) => recordsOf(plan).includes(record))),
  );
  const shrunk = shrink(start(run, paced), run, { budget: { runs: 300, events: 1e9 } });
  expect(recordsOf(shrunk.plan)).toEqual([30, 31, 77]);
});

it('records that only have to be some become one record, again and again', () => {
  const run = runner((plan) => {
    const times = new Map<unknown, number>();
    for (const record of recordsOf(plan)) times.set(record, (times.get(record) ?? 0) + 1);
    return lostIf(recordsOf(plan).length >= 50 || [...times.values()].some((count) => count >= 3));
  });
  const shrunk = shrink(start(run), run, { budget: { runs: 300, events: 1e9 } });
  expect(recordsOf(shrunk.plan)).toHaveLength(3);
  expect(new Set(recordsOf(shrunk.plan)).size).toBe(1);
});

it('says how small the plan was after how many runs', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).includes(3)));
  const { curve, runs } = shrink(start(run), run, { budget: { runs: 300, events: 1e9 } });
  expect(curve[0]).toEqual({ runs: 0, weight: 200 + 12 + 9 + 1_000 });
  expect(curve.at(-1)?.weight).toBe(1);
  expect(curve.map(({ weight }) => weight)).toEqual(curve.map(({ weight }) => weight).sort((a, b) => b - a));
  expect(curve.at(-1)?.runs).toBeLessThanOrEqual(runs);
});

it.each(WAYS.map((_, way) => way))('way %i ends with what is needed, of every part', (way) => {
  const run = runner((plan) => {
    const choices = 'explicit' in plan.choices ? plan.choices.explicit : [];
    const needs = [recordsOf(plan).includes(7), kills(plan, 'p3'), plan.config['knob2'] === 2];
    return lostIf(needs.every(Boolean) && choices.some(({ k }) => k === 500));
  });
  const shrunk = shrink(start(run), run, { budget: { runs: 300, events: 1e9 }, way });
  expect(sizeOf(shrunk.plan)).toEqual({ records: 1, incidents: 1, config: 1, choices: 1 });
  expect(shrunk.minimal).toBe(true);
  expect(shrunk.runs).toBeLessThan(150);
  expect(WAYS[way]?.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
    WAYS[0].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
});

it('thin plans come first: evenly spread, and their input lasts as long', () => {
  const plan: Plan = { ...big(), config: { recordIntervalUs: 10_000 } };
  const candidates = [...thinned(plan)];
  const sizes = [3, 6, 12, 25, 50];
  const calm = sizes.flatMap((n) => [n, n, n]);
  expect(candidates.map((candidate) => sizeOf(candidate).records)).toEqual([...calm, ...sizes]);
  expect(recordsOf(candidates[0]!)).toEqual([0, 33, 156]);
  expect(candidates[3]!.config).toEqual({ recordIntervalUs: 275_000 });
  expect(candidates[4]!.config).toEqual({ recordIntervalUs: 275_000, checkpointIntervalMs: 20 });
  expect(candidates.map(({ choices }) => 'seed' in choices)).toEqual([
    ...calm.map(() => false),
    ...sizes.map(() => true),
  ]);
  const drawsNothing = { ...plan, choices: { explicit: [] } };
  expect([...thinned(drawsNothing)]).toHaveLength(15);
  expect([...thinned({ ...plan, workload: { kind: 'explicit', topics: { in: [[1, 2, 3, 4, 5]] } } })]).toEqual([]);
});

it('in a thin plan the n-th of something comes sooner, and the n-th of one checkpoint does not', () => {
  const fact = (where?: Readonly<Record<string, number>>): Plan['incidents'][number] => ({
    ...kill('p'),
    when: { kind: 'fact', fact: 'sourceRecord', nth: 100, ...(where === undefined ? {} : { where }) },
  });
  const [thin] = thinned({ ...big(), incidents: [fact(), fact({ checkpoint: 2 }), kill('q')] });
  expect(thin?.incidents.map(({ when }) => ('nth' in when ? when.nth : when))).toEqual([
    2,
    100,
    { kind: 'time', ms: 5 },
  ]);
});

it('a failure that any few records show takes few runs, and a thin plan of a seed is written out', () => {
  const seeded = runner(
    (plan) => lostIf(recordsOf(plan).length >= 2 && ('seed' in plan.choices || plan.choices.explicit.length > 2)),
    (plan) => ('seed' in plan.choices ? overrides(3) : plan.choices.explicit),
  );
  const shrunk = shrink(start(seeded), seeded, { budget: { runs: 300, events: 1e9 } });
  expect(sizeOf(shrunk.plan)).toEqual({ records: 2, incidents: 0, config: 0, choices: 3 });
  expect(shrunk.runs).toBeLessThan(60);
});

it('a knob that lets fewer records fail is put in, and left out if it does not help', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).length >= (plan.config['bufferRecords'] === 1 ? 2 : 40)));
  const helpers = [{ recordIntervalUs: 1 }, { bufferRecords: 1 }, { checkpointIntervalMs: 20 }];
  const shrunk = shrink(start(run), run, { budget: { runs: 400, events: 1e9 }, helpers });
  expect(shrunk.plan.config).toEqual({ bufferRecords: 1 });
  expect(sizeOf(shrunk.plan)).toEqual({ records: 2, incidents: 0, config: 1, choices: 0 });
  expect(shrunk.minimal).toBe(true);
});

it('a smaller plan that breaks another law does not count and is kept as a case of its own', () => {
  const other = violation('timers');
  const run = runner((plan) => {
    if (recordsOf(plan).includes(3) && recordsOf(plan).includes(8)) return [LOST];
    return recordsOf(plan).includes(8) ? [other] : [];
  });
  const shrunk = shrink(start(run), run, { budget: { runs: 400, events: 1e9 } });
  expect(recordsOf(shrunk.plan)).toEqual([3, 8]);
  expect(shrunk.slipped.map((slip) => signatureOf(slip.violation))).toEqual(['timers/lost/a->b']);
  expect(shrunk.slipped.map((slip) => recordsOf(slip.plan))).toEqual([[8]]);
});

it('a budget that runs out is said, and the best plan so far is returned', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).filter((r) => Number(r) % 5 === 0).length === 40));
  const shrunk = shrink(start(run), run, { budget: { runs: 20, events: 1e9 } });
  expect(shrunk.minimal).toBe(false);
  expect(run(shrunk.plan).violations.map(signatureOf)).toEqual([SIGNATURE]);
});

it('long runs use the budget up, too', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).length > 100));
  const long: Runner = (plan) => {
    const done = run(plan);
    return { ...done, counters: { ...done.counters, events: 1_000 } };
  };
  const shrunk = shrink(start(long), long, { budget: { runs: 400, events: 5_000 } });
  expect(shrunk.runs).toBe(5);
  expect(shrunk.minimal).toBe(false);
});

it('a candidate that crashes the harness does not count and is reported', () => {
  const run = runner((plan) => {
    if (plan.incidents.length === 0) throw new Error('no incidents?');
    return lostIf(recordsOf(plan).includes(1));
  });
  const shrunk = shrink(start(run), run, { budget: { runs: 400, events: 1e9 } });
  expect(sizeOf(shrunk.plan).incidents).toBe(1);
  expect(shrunk.crashes).toEqual(['Error: no incidents?']);
});

it('a failure that hangs on its draws is made small with others, within the runs that are for that', () => {
  // Whatever is taken away, the draws of the failing run do no longer; of others one in eight does.
  const rest = (plan: Plan): number => hashText(canonicalText({ ...plan, choices: { explicit: [] } }), 7) >>> 0;
  const luck = (plan: Plan): Override[] => [{ label: 'luck', k: rest(plan), value: 1 }];
  const isLucky = ({ choices, ...plan }: Plan): boolean =>
    'explicit' in choices
      ? choices.explicit.some(({ k }) => k === rest({ ...plan, choices }))
      : hashText(`${choices.seed} ${rest({ ...plan, choices })}`, 5) % 8 === 0;
  let runs = 0;
  const run: Runner = (plan) => {
    runs++;
    return { ...outcome(lostIf(kills(plan, 'p3') && isLucky(plan))), overrides: luck(plan) };
  };
  const plan: Plan = { ...big(), choices: { explicit: luck(big()) } };
  const stubborn = shrink(start(run, plan), run, { budget: { runs: 300, events: 1e9 } });
  expect(sizeOf(stubborn.plan).records).toBe(200);
  // Where no runs are for other draws, they take none from the proof that comes behind.
  expect(stubborn.runs).toBe(300);
  runs = 0;
  const shrunk = shrink(start(run, plan), run, { budget: { runs: 300, redraws: 500, events: 1e9 } });
  expect(sizeOf(shrunk.plan)).toEqual({ records: 0, incidents: 1, config: 0, choices: 1 });
  expect(runs).toBeLessThanOrEqual(801);
});

it('polish makes values smaller and keeps the failure', () => {
  const arbitrary: fc.Arbitrary<Plan> = fc.record({
    scenario: fc.constant('fake'),
    config: fc.record({}, { noNullPrototype: true }),
    workload: fc.record({
      kind: fc.constant('explicit' as const),
      topics: fc.record({ in: fc.array(fc.array(fc.nat(1000)), { minLength: 2, maxLength: 2 }) }),
    }),
    incidents: fc.array(fc.constant(kill('p')), { maxLength: 0 }),
    choices: fc.record({ explicit: fc.array(fc.constant({ label: '', k: 0, value: 0 }), { maxLength: 0 }) }),
  });
  const run = runner((plan) => lostIf(recordsOf(plan).some((r) => Number(r) >= 37)));
  const plan: Plan = { ...big(), config: {}, incidents: [], choices: { explicit: [] } };
  const shrunk = shrink(start(run, plan), run, {
    budget: { runs: 400, events: 1e9 },
    polish: (oracle) => polish(oracle, arbitrary, 100),
  });
  expect(recordsOf(shrunk.plan)).toEqual([37]);
  expect(shrunk.minimal).toBe(true);
});

it('polish builds no more candidates when its runs are used up', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).length > 0));
  let built = 0;
  class Endless extends fc.Arbitrary<Plan> {
    override generate(): fc.Value<Plan> {
      return new fc.Value(big(), undefined);
    }
    override canShrinkWithoutContext(_plan: unknown): _plan is Plan {
      return true;
    }
    override shrink(plan: Plan): fc.Stream<fc.Value<Plan>> {
      return fc.stream(this.#calmer(plan));
    }
    *#calmer(plan: Plan): IterableIterator<fc.Value<Plan>> {
      for (;;) {
        built++;
        if (built > 50) throw new Error('nobody asks for so many');
        yield new fc.Value(
          { ...plan, config: { tried: built }, workload: { kind: 'generated', seed: '', count: 0 } },
          undefined,
        );
      }
    }
  }
  const plans = new Endless();
  const { minimal } = shrink(start(run), run, {
    budget: { runs: 400, events: 1e9 },
    polish: (oracle) => polish(oracle, plans, 7),
  });
  expect({ built, minimal }).toEqual({ built: 8, minimal: true });
});

it('what replay --check-minimal names can really be taken away', () => {
  const run = runner((plan) => lostIf(recordsOf(plan).includes(1)));
  const plan: Plan = { ...big(), config: { a: 1 }, incidents: [kill('p')], choices: { explicit: [] } };
  const failing = start(run, { ...plan, workload: { kind: 'explicit', topics: { in: [[0, 1]] } } });
  expect(superfluous(failing, run)).toEqual([
    { part: 'incidents', position: 0 },
    { part: 'records', position: 0 },
    { part: 'config', position: 0 },
  ]);
});

it('reduction of any monotone failure ends with exactly what is needed', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(149), { maxLength: 5 }), (needed) => {
      let kept: readonly number[] = Array.from({ length: 150 }, (_, position) => position);
      reduce({
        get count() {
          return kept.length;
        },
        stopped: false,
        keep: (positions) => {
          const fewer = positions.flatMap((position) => kept.slice(position, position + 1));
          if (!needed.every((one) => fewer.includes(one))) return false;
          kept = fewer;
          return true;
        },
      });
      expect(kept).toEqual([...needed].sort((a, b) => a - b));
    }),
    { seed: 2, numRuns: 100 },
  );
});
