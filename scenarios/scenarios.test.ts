import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../core/job/spec.ts';
import { physicalGraph } from '../core/graph/physical.ts';
import { serializerOf } from '../core/values/serializers.ts';
import { explicitPlan, topicsOf } from '../properties/plan/explicit.ts';
import { expand } from '../properties/plan/generate.ts';
import { isKnobName } from '../properties/plan/knobs.ts';
import type { Plan } from '../properties/plan/plan.ts';
import { canonical } from '../properties/model/equal.ts';
import { misfits } from '../properties/plan/misfits.ts';
import { sequentialOutput } from '../properties/model/sequential.ts';
import { seedOf } from '../properties/campaign/campaign.ts';
import { LAWS } from '../properties/laws/index.ts';
import { MARKS } from '../properties/marks/index.ts';
import { type JobTrait, traitsOf } from '../properties/marks/traits.ts';
import { run } from '../properties/run/run.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { inputScenario, scenarios } from './index.ts';
import { columnsOf } from './input-events.ts';
import { neverLate } from './lateness.ts';
import { sampled } from '../properties/plan/sample.ts';
import { tinySeed } from '../properties/plan/tiny.ts';

const SEED = 20_260_105;
const MINUTE = 60_000;
const events = Array.from({ length: 60 }, (_, i) => ({
  key: `k${i % 7}`,
  time: i * MINUTE - (i % 11) * 3 * MINUTE,
  line: i + 1,
}));
const own = (['exact', 'spread'] as const).map((variant) =>
  inputScenario(columnsOf(events), { variant, windowMs: 10 * MINUTE, offsetMs: -MINUTE, latenessMs: MINUTE }),
);
const all: readonly Scenario[] = [...scenarios, ...own];

function generated(scenario: Scenario, count: number, config: Plan['config'] = {}): Plan {
  return {
    scenario: scenario.id,
    config,
    workload: { kind: 'generated', seed: 'a', count },
    incidents: [],
    choices: { explicit: [] },
  };
}

/** Laws that have compared something in a run of this file. */
const heard = new Set<string>();

it('have ids of their own, and parameters that are no knobs of the engine', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { parameters } of all) {
    for (const { name, min, max, calm } of parameters) {
      expect(isKnobName(name), name).toBe(false);
      expect(min <= calm && calm <= max && [min, max, calm].every(Number.isSafeInteger)).toBe(true);
    }
  }
});

describe.each(all.map((scenario) => [scenario.id, scenario] as const))('%s', (_, scenario) => {
  it('makes so many records as it is asked for, the same from the same seed, and others from another', () => {
    const params = Object.fromEntries(scenario.parameters.map(({ name, calm }) => [name, calm]));
    const make = (seed: string, count: number): readonly unknown[] =>
      Object.values(scenario.generate(seed, count, params)).flat(2);
    for (const count of [0, 1, 5, 50]) expect(make('a', count).length).toBe(count);
    expect(make('a', 50)).toStrictEqual(make('a', 50));
    expect(make('a', 50)).not.toStrictEqual(make('b', 50));
  });

  it('has a tiny plan for the first run of a campaign, which holds', () => {
    const seed = tinySeed('0123456789abcdef');
    const plan = expand(scenario, seed);
    expect(misfits(plan, scenario)).toEqual([]);
    expect(plan).toMatchObject({ config: {}, incidents: [], choices: { seed } });
    const { verdict, counters } = run(scenario, plan);
    expect(verdict).toBe('pass');
    expect(counters.sourceRecords).toBeGreaterThan(0);
    expect(counters.sourceRecords).toBeLessThanOrEqual(6);
  });

  it('builds a job whose sources have topics with records of their types, for any parameters', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(100), (seed, count) => {
        const { config } = expand(scenario, seed);
        const { job, topics } = scenario.build(generated(scenario, count, config));
        expect(physicalGraph(job, 3).vertices.length).toBeGreaterThan(0);
        for (const { operator } of job.nodes) {
          if (operator.kind !== 'source') continue;
          const { validate } = serializerOf(operator.source.type);
          const partitions = topics[operator.source.input];
          expect(partitions).toBeDefined();
          expect(
            partitions
              ?.flat()
              .map(validate)
              .filter((reason) => reason !== undefined),
          ).toEqual([]);
        }
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('has an arbitrary of its records', () => {
    const { job } = scenario.build(generated(scenario, 0));
    for (const { operator } of job.nodes) {
      if (operator.kind !== 'source') continue;
      const { input: topic, type } = operator.source;
      const { validate } = serializerOf(type);
      fc.assert(
        fc.property(scenario.recordArbitrary(topic, fc), (value) => validate(value) === undefined),
        { seed: SEED, numRuns: 50 },
      );
    }
  });

  it('is valid written out; a record that its source cannot read is named with its place', () => {
    const plan = explicitPlan(scenario, generated(scenario, 20), []);
    expect(misfits(plan, scenario)).toEqual([]);
    const topics = topicsOf(scenario, plan);
    const [[topic, [first = [], ...others]] = ['', []]] = Object.entries(topics);
    const wrong: Plan = {
      ...plan,
      workload: { kind: 'explicit', topics: { ...topics, [topic]: [[...first, 7n], ...others] } },
    };
    const [problem] = misfits(wrong, scenario);
    expect(problem?.startsWith(`workload.topics.${topic}[0][${first.length}]: expected `)).toBe(true);
  });

  it('holds in a calm run, and if it is confluent emits what the sequential model says', () => {
    const plan = generated(scenario, 40);
    const { job, topics, confluent, services } = scenario.build(plan);
    const { verdict, violations, observed, marks, laws } = run(scenario, plan);
    for (const law of laws) heard.add(law);
    expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
    expect(beyondReach(job, marks, scenario.has)).toEqual([]);
    if (!confluent) return;
    for (const [topic, expected] of sequentialOutput(job, topics, 'turn', services)) {
      const counts = new Map<string, number>();
      for (const value of observed.committed[topic] ?? [])
        counts.set(canonical(value), (counts.get(canonical(value)) ?? 0) + 1);
      expect(counts).toEqual(expected);
    }
  });
});

/** Marks that were reached although the job has not what they say they need. */
function beyondReach(job: JobSpec, marks: readonly string[], has: Scenario['has'] = []): readonly string[] {
  const traits: readonly JobTrait[] = [...traitsOf(job), ...has];
  const needsOf = (name: string) => MARKS.find((mark) => mark.name === name)?.needs ?? [];
  return marks.filter((name) => !needsOf(name).every((trait) => traits.includes(trait)));
}

it('no drawn plan reaches a mark of which its job lacks what the mark needs', () => {
  const chosen = all.filter(({ id }) => ['files', 'nexmark/q0', 'nexmark/q7', 'topologies'].includes(id));
  for (const scenario of chosen) {
    for (const seed of ['traits-1', 'traits-2', 'traits-3']) {
      const plan = expand(scenario, seed);
      const { marks, laws } = run(scenario, plan);
      for (const law of laws) heard.add(law);
      expect({ seed, beyond: beyondReach(scenario.build(plan).job, marks, scenario.has) }).toEqual({
        seed,
        beyond: [],
      });
    }
  }
});

/**
 * The runs of the tests above leave those that ask for faults; by itself this test draws plans of all scenarios. In which share of its
 * runs each law compares, a campaign tells.
 */
it('let every law compare something, in one of 200 drawn plans at the latest', () => {
  const silent = (): readonly string[] => LAWS.flatMap(({ name }) => (heard.has(name) ? [] : [name]));
  const ids = ['smoke', 'topologies', 'idle-sources', 'timers'];
  const chosen = heard.size === 0 ? scenarios : scenarios.filter(({ id }) => ids.includes(id));
  for (let number = 0; number < 200 && silent().length > 0; number++) {
    const scenario = chosen[number % chosen.length];
    if (scenario === undefined) break;
    for (const law of run(scenario, expand(scenario, seedOf('laws-9', number))).laws) heard.add(law);
  }
  expect(silent()).toEqual([]);
});

describe('confluent', () => {
  const byId = (id: string): Scenario => all.find((scenario) => scenario.id === id)!;
  const confluentWith = (id: string, config: Plan['config']): boolean =>
    byId(id).build(generated(byId(id), events.length, config)).confluent;

  it('is a windowed scenario only while no record can be late', () => {
    expect(confluentWith('earthquakes/exact', { delayHours: 168 })).toBe(true);
    expect(confluentWith('earthquakes/exact', { delayHours: 0 })).toBe(false);
    expect(confluentWith('nexmark/q7', { disorderMs: 500, delayMs: 500 })).toBe(true);
    expect(confluentWith('nexmark/q7', { disorderMs: 500, delayMs: 0 })).toBe(false);
    expect(confluentWith('input/exact', { delayMs: 20 * MINUTE })).toBe(true);
    expect(confluentWith('input/exact', { delayMs: 20 * MINUTE - 1 })).toBe(false);
  });

  it('is a windowed scenario with sessions a millisecond later: a record at the end of one may find it cleaned up', () => {
    const windows = { windowMs: 10 * MINUTE, offsetMs: 0, latenessMs: 0, sessionMs: 10 * MINUTE };
    for (const variant of ['exact', 'spread'] as const) {
      const scenario = inputScenario(columnsOf(events), { variant, ...windows });
      const confluentAt = (delayMs: number): boolean =>
        scenario.build(generated(scenario, events.length, { delayMs })).confluent;
      expect(confluentAt(20 * MINUTE + 1)).toBe(true);
      expect(confluentAt(20 * MINUTE)).toBe(false);
    }
  });

  it('is a record exactly as old as the delay, and not one older', () => {
    const time = (t: number): number => t;
    expect(neverLate([[10, 5]], time, 5)).toBe(true);
    expect(neverLate([[10, 4]], time, 5)).toBe(false);
    expect(neverLate([[10], [4]], time, 5)).toBe(true);
    expect(neverLate([], time, 0)).toBe(true);
  });
});

it('a sample is a part of the records in their order, of the size asked for', () => {
  const records = Array.from({ length: 30 }, (_, i) => i);
  fc.assert(
    fc.property(fc.string(), fc.nat(40), (seed, count) => {
      const part = sampled(records, seed, count);
      expect(part.length).toBe(Math.min(count, records.length));
      expect(part.every((record, i) => i === 0 || record > (part[i - 1] ?? -1))).toBe(true);
    }),
    { seed: SEED },
  );
});
