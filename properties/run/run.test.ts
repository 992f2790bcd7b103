import { expect, it } from 'vitest';
import { withMembers } from '../testing/with-members.ts';
import { EngineBug } from '../../core/errors.ts';
import { defaultParts, type Parts } from '../../core/parts.ts';
import type { KeyedSnapshot } from '../../core/state/backend.ts';
import type { FloorRange } from '../../core/time/floors.ts';
import { scenarios } from '../../scenarios/index.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { explicitPlan } from '../plan/explicit.ts';
import { expand } from '../plan/generate.ts';
import { isBatch } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import { run } from './run.ts';
import type { Scenario } from '../plan/scenario.ts';

const SEEDS = Array.from({ length: 36 }, (_, i) => `digest-${i}`);
const scenarioOf = (index: number): Scenario => {
  const scenario = scenarios[index % scenarios.length];
  if (scenario === undefined) throw new Error('no scenarios');
  return scenario;
};
const plans = SEEDS.map((seed, index) => ({ scenario: scenarioOf(index), plan: expand(scenarioOf(index), seed) }));
const digests = plans.map(({ scenario, plan }) => run(scenario, plan).digest);

it('a plan has one digest, regardless of what ran before it, with and without laws, trace, scratch and recording', () => {
  const scratch = new Scratch();
  for (let index = plans.length - 1; index >= 0; index--) {
    const { scenario, plan } = plans[index] ?? { scenario: scenarioOf(0), plan: expand(scenarioOf(0), '') };
    const bare = run(scenario, plan, { laws: false, scratch });
    const watched = run(scenario, plan, { trace: true, recordOverrides: true, scratch });
    expect([index, bare.digest, watched.digest]).toEqual([index, digests[index], digests[index]]);
  }
});

it('different plans have different digests', () => {
  expect(new Set(digests).size).toBe(digests.length);
});

it('the time zone and the language of the machine leave no trace', () => {
  const before = { TZ: process.env['TZ'], LANG: process.env['LANG'], LC_ALL: process.env['LC_ALL'] };
  try {
    process.env['TZ'] = 'Asia/Kathmandu';
    process.env['LANG'] = 'tr_TR.UTF-8';
    process.env['LC_ALL'] = 'tr_TR.UTF-8';
    expect(new Date(0).getTimezoneOffset()).not.toBe(0);
    for (const [index, { scenario, plan }] of plans.slice(0, 6).entries()) {
      expect(run(scenario, plan).digest).toBe(digests[index]);
    }
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
});

/** A plan with every record and every draw written out. */
function written(scenario: Scenario, seed: string): Plan {
  const plan = expand(scenario, seed);
  const recorded = run(scenario, plan, { recordOverrides: true });
  return explicitPlan(scenario, plan, recorded.overrides ?? []);
}

it('a plan that is written out is the same run, bit for bit', () => {
  for (const [index, { scenario, plan }] of plans.slice(0, 12).entries()) {
    expect([
      index,
      run(scenario, written(scenario, plan.choices && 'seed' in plan.choices ? plan.choices.seed : '')).digest,
    ]).toEqual([index, digests[index]]);
  }
});

const smoke = scenarioOf(0);
const base = written(smoke, 'sensitive-4');
const baseDigest = run(smoke, base).digest;

it('one other record value is another digest', () => {
  if (base.workload.kind !== 'explicit') throw new Error('not written out');
  const { topics } = base.workload;
  const [topic, partitions] = Object.entries(topics)[0] ?? ['', []];
  const changed = partitions.map((records, partition) =>
    records.map((record, index) =>
      partition === 0 && index === records.length - 1 && typeof record === 'object' && record !== null
        ? { ...record, value: -17 }
        : record,
    ),
  );
  const plan: Plan = { ...base, workload: { kind: 'explicit', topics: { ...topics, [topic]: changed } } };
  expect(run(smoke, plan).digest).not.toBe(baseDigest);
});

it('one other draw is another digest', () => {
  if (!('explicit' in base.choices)) throw new Error('not written out');
  const overrides = base.choices.explicit;
  expect(overrides.length).toBeGreaterThan(3);
  for (const index of [0, Math.floor(overrides.length / 2)]) {
    const plan: Plan = { ...base, choices: { explicit: overrides.filter((_, at) => at !== index) } };
    expect(run(smoke, plan).digest).not.toBe(baseDigest);
  }
});

it('one other byte in one snapshot is another digest', () => {
  let appended = 0;
  const { stateBackend } = defaultParts;
  const parts: Parts = {
    ...defaultParts,
    stateBackend: {
      ...stateBackend,
      create: (env) => {
        const backend = stateBackend.create(env);
        return withMembers(backend, {
          snapshot: (floors: readonly FloorRange[]) => changed(backend.snapshot(floors)),
        });
      },
    },
  };
  const changed = (snapshot: KeyedSnapshot): KeyedSnapshot => ({
    discard: () => {
      snapshot.discard();
    },
    write: (out) =>
      snapshot.write({
        checkpoint: out.checkpoint,
        kind: out.kind,
        file: (name, bytes) => out.file(name, bytes),
        shared: (name, bytes) => out.shared(name, bytes),
        mayReuse: (object) => out.mayReuse(object),
        append: (bytes) => {
          // The byte of a floor or of an entry, not of a header: an image that cannot be read would be seen anyway.
          if (appended++ !== 60) return out.append(bytes);
          const other = bytes.slice();
          other[0] = (other[0] ?? 0) ^ 1;
          return out.append(other);
        },
      }),
  });
  const outcome = run(smoke, base, { parts });
  expect(appended).toBeGreaterThan(60);
  expect(outcome.digest).not.toBe(baseDigest);
  // And the laws see it: the image is not what the model says.
  expect(outcome.violations.map(({ law }) => law)).not.toEqual([]);
});

it('known plans keep their digests: a change of determinism or of generation is seen in review', () => {
  expect(digests.slice(0, 6)).toMatchInlineSnapshot(`
    [
      "a166e633f2bb0838",
      "b54aa371a0db0071",
      "33a7556438acc2f3",
      "fe3f3820abc10f98",
      "9a14158375838598",
      "8b9513ca1d6e15b0",
    ]
  `);
});

it('an error that escapes from a process, or an assertion that fails in a task, breaks the law of crashes, laws on or off', () => {
  const withPlan = plans.find(({ scenario, plan }) => !isBatch(plan) && run(scenario, plan).counters.attempts > 1);
  if (withPlan === undefined) throw new Error('no plan with a restart');
  const crashes = (parts: Partial<Parts>, laws: boolean): readonly string[] =>
    run(withPlan.scenario, withPlan.plan, { laws, eventsMax: 100_000, parts: { ...defaultParts, ...parts } })
      .violations.filter(({ law }) => law === 'crash')
      .map(({ anomaly, place }) => `${anomaly} ${place}`);
  const escapes: Partial<Parts> = {
    restartStrategy: () => ({
      next: () => {
        throw new TypeError('no strategy');
      },
    }),
  };
  const asserts: Partial<Parts> = {
    stateBackend: {
      ...defaultParts.stateBackend,
      create: (env) =>
        withMembers(defaultParts.stateBackend.create(env), {
          snapshot: () => {
            throw new EngineBug('no snapshot');
          },
        }),
    },
  };
  for (const laws of [true, false]) {
    expect(crashes(escapes, laws)).toEqual(['escaped-error jobmanager']);
    expect(crashes(asserts, laws)[0]).toMatch(/^engine-bug /);
  }
});
