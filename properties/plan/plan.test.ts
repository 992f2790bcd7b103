import fc from 'fast-check';
import { tinySeed } from './tiny.ts';
import { expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { planArbitrary } from './arbitrary.ts';
import { explicitPlan, topicsOf } from './explicit.ts';
import { expand } from './generate.ts';
import { configOf, type Discipline, DISCIPLINES, isBatch, isReactive, knobOf, KNOBS } from './knobs.ts';
import { parsePlan, planShape } from './schema.ts';
import { InvalidInput } from './invalid-input.ts';
import { misfits } from './misfits.ts';
import { planDraws } from './draws.ts';
import { ALL_MOMENTS, BACK_AT } from './moments.ts';
import { INCIDENTS } from '../../sim/faults/index.ts';
import { fakeScenario } from './testing/scenario.ts';

const scenario = { ...fakeScenario, grows: true };
const scenarioOf = (id: string) => (id === scenario.id ? scenario : undefined);
const plans = (n: number): Plan[] => Array.from({ length: n }, (_, i) => expand(scenario, `seed-${i}`));
/** Of a scenario whose job may run in batch. */
const batchPlans = (n: number): Plan[] =>
  Array.from({ length: n }, (_, i) => expand({ ...scenario, has: ['batch'] }, `seed-${i}`));
const share = (list: readonly Plan[], holds: (plan: Plan) => boolean): number =>
  list.filter(holds).length / list.length;

it('the calm value and the typical values of every knob lie in its range', () => {
  for (const { min, max, calm, typical, name } of KNOBS) {
    expect(min <= calm && calm <= max && min <= typical[0] && typical[0] <= typical[1] && typical[1] <= max, name).toBe(
      true,
    );
  }
  expect(new Set(KNOBS.map(({ name }) => name)).size).toBe(KNOBS.length);
  // A swarm is one value, wherever it is named.
  const swarms = new Map(KNOBS.map(({ swarm }) => [swarm.name, swarm]));
  for (const { swarm } of KNOBS) expect(swarm).toBe(swarms.get(swarm.name));
});

it('a plan without differences is the calm configuration, and every knob reaches its field', () => {
  const calm: Plan = {
    scenario: 'fake',
    config: {},
    workload: { kind: 'generated', seed: '', count: 0 },
    incidents: [],
    choices: { explicit: [] },
  };
  // What only means something in one discipline is looked at in that one.
  const timed = (name: string): boolean => name === 'alignedTimeoutMs';
  const fields = fieldsOf(calm);
  for (const { name, calm: value } of KNOBS) expect(Number(fields.get(name)), name).toBe(timed(name) ? 0 : value);
  const others = fieldsOf({ ...calm, config: Object.fromEntries(KNOBS.map(({ name, max }) => [name, max])) });
  // In batch no job is reactive.
  const silent = (name: string): boolean => timed(name) || name === 'schedulerMode';
  for (const { name, max } of KNOBS) expect(Number(others.get(name)), name).toBe(silent(name) ? 0 : max);
  expect(fieldsOf({ ...calm, config: { schedulerMode: 1 } }).get('schedulerMode')).toBe(1);
  const timeout = { discipline: DISCIPLINES.indexOf('timeout') };
  expect(fieldsOf({ ...calm, config: timeout }).get('alignedTimeoutMs')).toBe(20);
  expect(fieldsOf({ ...calm, config: { ...timeout, alignedTimeoutMs: 7 } }).get('alignedTimeoutMs')).toBe(7);
});

/** The fields of both configurations by the names of their knobs. */
function fieldsOf(plan: Plan): ReadonlyMap<string, unknown> {
  const { job, world, cluster } = configOf(plan);
  const { mode, unaligned, alignedTimeoutMs, ...rest } = job.checkpointing;
  const overtaking: Discipline = alignedTimeoutMs > 0 ? 'timeout' : 'unaligned';
  const discipline: Discipline = mode === 'at-least-once' ? mode : unaligned ? overtaking : 'aligned';
  const checkpointing = {
    discipline: DISCIPLINES.indexOf(discipline),
    alignedTimeoutMs,
    checkpointIntervalMs: rest.intervalMs,
    checkpointTimeoutMs: rest.timeoutMs,
    minPauseMs: rest.minPauseMs,
    maxConcurrentCheckpoints: rest.maxConcurrent,
    tolerableFailures: rest.tolerableFailures,
    incrementalCheckpoints: Number(rest.incremental),
    retainedCheckpoints: rest.retained,
    inlineStateBytes: rest.inlineStateBytes,
  };
  const stateBackend = job.stateBackend === 'lsm' ? 1 : 0;
  const executionMode = job.executionMode === 'batch' ? 1 : 0;
  const schedulerMode = job.schedulerMode === 'reactive' ? 1 : 0;
  return new Map<string, unknown>(
    Object.entries({ ...job, stateBackend, executionMode, schedulerMode, ...checkpointing, ...world, ...cluster }),
  );
}

it('where barriers may overtake, one checkpoint is under way at a time for any value of the knob', () => {
  for (const discipline of [1, 2]) {
    const { job } = configOf({ config: { discipline, maxConcurrentCheckpoints: 4 }, incidents: [] });
    expect(job.checkpointing).toMatchObject({ mode: 'exactly-once', unaligned: true, maxConcurrent: 1 });
  }
});

it('pressure: most plans in which barriers may overtake have tiny buffers and slow tasks, and some of each kind are calm', () => {
  const list = plans(2000);
  for (const discipline of [0, 1, 2, 3]) {
    const some = list.filter((plan) => knobOf(plan, 'discipline') === discipline);
    expect(some.length / list.length, `share of ${DISCIPLINES[discipline] ?? ''}`).toBeGreaterThan(0.1);
    const tiny = share(
      some,
      (plan) =>
        knobOf(plan, 'bufferRecords') <= 4 && knobOf(plan, 'credits') <= 2 && knobOf(plan, 'slowActorPer1000') > 0,
    );
    expect(tiny).toBeGreaterThan(discipline === 1 || discipline === 2 ? 0.5 : 0.25);
    expect(
      share(some, (plan) => knobOf(plan, 'slowActorPer1000') === 0 && knobOf(plan, 'slowLinkPer1000') === 0),
    ).toBeGreaterThan(0.05);
    expect(share(some, (plan) => knobOf(plan, 'checkpointIntervalMs') <= 20)).toBeGreaterThan(0.1);
  }
  const kills = (plan: Plan, process: string): boolean =>
    plan.incidents.some(({ what }) => what.kind === 'kill' && what.process === process);
  expect(share(list, (plan) => kills(plan, 'jobmanager'))).toBeGreaterThan(0.1);
  const fails = list.filter(
    (plan) => knobOf(plan, 'objectStoreRefusedPer1000') > 0 || plan.config['checkpointTimeoutMs'] !== undefined,
  );
  expect(share(fails, (plan) => knobOf(plan, 'tolerableFailures') >= 100)).toBeGreaterThan(0.6);
  expect(share(fails, (plan) => knobOf(plan, 'tolerableFailures') <= 2)).toBeGreaterThan(0.1);
});

it('there are slots for every parallelism that a plan can reach', () => {
  for (const plan of plans(300)) {
    const { job, cluster } = configOf(plan);
    // There the slots decide on the parallelism.
    if (isReactive(plan)) continue;
    const rescales = plan.incidents.map(({ what }) => (what.kind === 'rescale' ? what.parallelism : 0));
    const most = Math.max(job.parallelism, job.parallelismAfterRestart, ...rescales);
    expect(job.slotsPerTaskManager * cluster.taskManagers).toBeGreaterThanOrEqual(most);
  }
});

it('one seed is one plan, and every generated plan is valid', () => {
  for (const plan of plans(500)) {
    expect(planShape.safeParse(plan).success).toBe(true);
    expect(misfits(plan, scenario)).toEqual([]);
  }
  expect(plans(50)).toEqual(plans(50));
});

it('what external services do is drawn for jobs that ask one, and for no others', () => {
  const asking = Array.from({ length: 400 }, (_, i) => expand({ ...scenario, has: ['services'] }, `seed-${i}`));
  for (const { name } of KNOBS.filter(({ swarm }) => swarm.name === 'service')) {
    const has = ({ config }: Plan): boolean => Object.hasOwn(config, name);
    expect(share(asking, has), name).toBeGreaterThan(0.3);
    expect(plans(100).some(has), name).toBe(false);
  }
});

it('partitions are added only where a source looks for them, and nothing else of the plan changes', () => {
  for (let i = 0; i < 50; i++) {
    const { addedPartitionPer1000: _share, addedPartitionMs: _by, ...config } = expand(scenario, `seed-${i}`).config;
    expect(expand(fakeScenario, `seed-${i}`)).toEqual({ ...expand(scenario, `seed-${i}`), config });
  }
});

it('later versions declare no key groups only where there are any, and the first one does, and nothing else of the plan changes', () => {
  let forgotten = 0;
  for (let i = 0; i < 400; i++) {
    const several = expand({ ...fakeScenario, versions: 2 }, `seed-${i}`);
    const { maxParallelismForgotten, ...config } = several.config;
    expect(knobOf(expand(fakeScenario, `seed-${i}`), 'maxParallelismForgotten')).toBe(0);
    // Upgrades are drawn for several versions only.
    expect(expand(fakeScenario, `seed-${i}`).config).toEqual(config);
    if (maxParallelismForgotten === undefined) continue;
    forgotten++;
    expect(knobOf(several, 'maxParallelism') + knobOf(several, 'maxParallelismSpread')).toBeGreaterThan(0);
  }
  expect(forgotten).toBeGreaterThan(60);
  expect(forgotten).toBeLessThan(200);
});

it('the mix: most plans are long, have several checkpoints and a kill; some are calm; families vary', () => {
  const list = plans(2000);
  const counts = list.map(({ workload }) => (workload.kind === 'generated' ? workload.count : 0)).sort((a, b) => a - b);
  expect(counts[1000]).toBeGreaterThanOrEqual(150);
  const kills = (plan: Plan): number => plan.incidents.filter(({ what }) => what.kind === 'kill').length;
  expect(share(list, (plan) => kills(plan) > 0)).toBeGreaterThan(0.8);
  expect(share(list, (plan) => kills(plan) > 1)).toBeGreaterThan(0.3);
  expect(share(list, (plan) => plan.incidents.length === 0)).toBeGreaterThan(0.05);
  expect(share(list, ({ incidents }) => incidents.some(({ what }) => what.kind === 'rescale'))).toBeGreaterThan(0.1);
  for (const { name, swarm, parked } of KNOBS) {
    if (parked !== undefined || swarm.name === 'batch' || swarm.name === 'service') continue;
    // Only of jobs with several versions.
    if (name === 'maxParallelismForgotten') continue;
    // Every plan has a pace and a discipline, and pressure comes from the flow.
    if (swarm.name !== 'pace')
      expect(
        share(list, ({ config }) => Object.hasOwn(config, name)),
        name,
      ).toBeLessThan(0.75);
    expect(
      share(list, ({ config }) => Object.hasOwn(config, name)),
      name,
    ).toBeGreaterThan(0.03);
  }
});

it('state lies in objects, in the metadata or in both; where hosts keep copies, mostly in objects, which alone have any', () => {
  const all = plans(2_000);
  const bytesOf = (plan: Plan): number => knobOf(plan, 'inlineStateBytes');
  const copying = all.filter((plan) => knobOf(plan, 'localRecovery') === 1);
  const others = all.filter((plan) => knobOf(plan, 'localRecovery') === 0);
  expect(share(others, (plan) => bytesOf(plan) === 0)).toBeCloseTo(1 / 3, 1);
  expect(share(others, (plan) => bytesOf(plan) > 0 && bytesOf(plan) <= 1_200)).toBeCloseTo(1 / 6, 1);
  expect(share(copying, (plan) => bytesOf(plan) === 0)).toBeGreaterThan(0.75);
  expect(share(copying, (plan) => bytesOf(plan) > 0)).toBeGreaterThan(0.1);
});

it('batch: only where the job may run so, on some plans, which have knobs of their own and what only they can do', () => {
  const list = batchPlans(1000);
  const batch = list.filter(isBatch);
  expect(batch.length / list.length).toBeGreaterThan(0.08);
  expect(batch.length / list.length).toBeLessThan(0.2);
  const own = KNOBS.filter(({ swarm }) => swarm.name === 'batch').map(({ name }) => name);
  const names = (plan: Plan): boolean => own.some((name) => Object.hasOwn(plan.config, name));
  expect(share(batch, names)).toBeGreaterThan(0.5);
  expect(share(list, (plan) => names(plan) && !isBatch(plan))).toBe(0);
  const has = (kind: string) => (plan: Plan) => plan.incidents.some(({ what }) => what.kind === kind);
  expect(share(batch, has('lost-result'))).toBeGreaterThan(0.3);
  expect(share(plans(1000), has('lost-result'))).toBe(0);
  for (const kind of ['rescale', 'rescale-operator', 'savepoint', 'stop', 'upgrade'])
    expect(share(batch, has(kind)), kind).toBe(0);
  // What else is drawn is drawn as before.
  const { config: before, choices } = expand(scenario, 'seed-1');
  const { config: after, choices: same } = expand({ ...scenario, has: ['batch'] }, 'seed-1');
  expect([same, Object.entries(before).filter(([name, value]) => after[name] !== value)]).toEqual([choices, []]);
});

it('knobs that are parked are never drawn, and a plan that names one is valid', () => {
  const parked = KNOBS.filter((knob) => knob.parked !== undefined);
  expect(parked.map(({ name }) => name)).toEqual(['schedulerMode', 'executionMode', 'flinkCompatibleWatermarks']);
  const list = plans(1000);
  for (const { name, max } of parked) {
    // Drawn by itself.
    if (name !== 'schedulerMode') expect(share(list, ({ config }) => Object.hasOwn(config, name))).toBe(0);
    const plan = { ...expand(scenario, 'x'), config: { [name]: max } };
    expect(parsePlan(plan, scenarioOf)).toEqual(plan);
  }
});

it('some streaming plans are reactive: hosts come and go in these only, and nobody sets the parallelism', () => {
  const list = plans(3_000);
  const reactive = list.filter(isReactive);
  expect(reactive.length / list.length).toBeGreaterThan(0.05);
  expect(reactive.some(isBatch)).toBe(false);
  const has = (kind: string) => (plan: Plan) => plan.incidents.some(({ what }) => what.kind === kind);
  const rest = list.filter((plan) => !isReactive(plan));
  for (const [kind, least] of [
    ['host-joins', 0.5],
    ['host-leaves', 0.3],
  ] as const)
    expect([share(reactive, has(kind)) > least, share(rest, has(kind))]).toEqual([true, 0]);
  for (const kind of ['rescale', 'rescale-operator']) expect(share(reactive, has(kind))).toBe(0);
  const knobs = ['schedulerMode', 'resourceStabilizationMs', 'rescaleCooldownMs'];
  expect(share(rest, ({ config }) => knobs.some((name) => Object.hasOwn(config, name)))).toBe(0);
});

it('every kind of incident is drawn, and at every moment that the tables name', () => {
  const kinds = new Set<string>(INCIDENTS.map(({ kind }) => kind));
  const moments = new Set(ALL_MOMENTS.map(({ fact }) => fact));
  const ends = new Set(BACK_AT);
  const triggers = new Set(['time', 'fact', 'port-call']);
  const evolving = Array.from({ length: 20 }, (_, i) => expand({ ...scenario, versions: 3 }, `versions ${i}`));
  const single = plans(3000);
  expect(single.some(({ incidents }) => incidents.some(({ what }) => what.kind === 'upgrade'))).toBe(false);
  for (const { incidents } of [...single, ...evolving, ...batchPlans(1500)]) {
    for (const { what, when } of incidents) {
      kinds.delete(what.kind);
      triggers.delete(when.kind);
      if (when.kind === 'fact') moments.delete(when.fact);
      if (what.kind === 'isolate' && what.untilFact !== undefined) ends.delete(what.untilFact);
    }
  }
  expect({ kinds, moments, ends, triggers }).toEqual({
    kinds: new Set(),
    moments: new Set(),
    ends: new Set(),
    triggers: new Set(),
  });
});

it('rescaling: each ingredient is in one plan of ten, and each pair in one of a hundred', () => {
  const list = plans(3000);
  const steps = ({ incidents }: Plan) => incidents.filter(({ what }) => what.kind === 'rescale-operator');
  const has = (kind: string) => (plan: Plan) => plan.incidents.some(({ what }) => what.kind === kind);
  const ingredients: Readonly<Record<string, (plan: Plan) => boolean>> = {
    job: has('rescale'),
    operator: has('rescale-operator'),
    'after a restart': (plan) => knobOf(plan, 'parallelismAfterRestart') > 0,
    'key groups of its own': (plan) => knobOf(plan, 'maxParallelismSpread') > 0,
    savepoint: has('savepoint'),
    'in-flight data': (plan) => [1, 2].includes(knobOf(plan, 'discipline')),
  };
  for (const [name, one] of Object.entries(ingredients)) {
    expect.soft(share(list, one), name).toBeGreaterThan(0.1);
    for (const [other, two] of Object.entries(ingredients))
      expect
        .soft(
          share(list, (plan) => one(plan) && two(plan)),
          `${name} and ${other}`,
        )
        .toBeGreaterThan(0.01);
  }
  // Chains of up to four steps, up and down, upstream first.
  const chains = list.filter((plan) => steps(plan).length > 0);
  for (const length of [1, 2, 3, 4])
    expect
      .soft(
        share(chains, (plan) => steps(plan).length === length),
        `${length} steps`,
      )
      .toBeGreaterThan(0.08);
  expect(Math.max(...chains.map((plan) => steps(plan).length))).toBe(4);
  const first = (plan: Plan) => steps(plan)[0]?.what;
  expect(share(chains, (plan) => Number(Reflect.get(first(plan) ?? {}, 'vertex')) === 0)).toBeGreaterThan(0.2);
  const parallelisms = (plan: Plan) => steps(plan).map(({ what }) => Number(Reflect.get(what, 'parallelism')));
  const turns = (plan: Plan, down: boolean) =>
    parallelisms(plan).some((now, i, all) => i > 0 && (down ? now < (all[i - 1] ?? 0) : now > (all[i - 1] ?? 9)));
  for (const down of [true, false]) expect(share(chains, (plan) => turns(plan, down))).toBeGreaterThan(0.2);
});

it('a further knob or kind of incident leaves the draws of the others as they were', () => {
  const draws = planDraws('seed');
  const first = draws('knob/credits').below(1_000_000);
  draws('knob/another').below(1_000_000);
  expect(draws('knob/credits').below(1_000_000)).toBe(first);
});

it('written out, a plan has the same records and names every draw', () => {
  const plan = expand(scenario, 'x');
  const explicit = explicitPlan(scenario, plan, [{ label: 'a', k: 3, value: 1 }]);
  expect(topicsOf(scenario, explicit)).toEqual(topicsOf(scenario, plan));
  expect(explicit.choices).toEqual({ explicit: [{ label: 'a', k: 3, value: 1 }] });
  expect({ config: explicit.config, incidents: explicit.incidents }).toEqual({
    config: plan.config,
    incidents: plan.incidents,
  });
});

it('fast-check can shrink any generated plan once it is written out, without having made it', () => {
  for (const plan of plans(300)) {
    const explicit = explicitPlan(scenario, plan, [{ label: 'a', k: 3, value: 1 }]);
    const arbitrary = planArbitrary(scenario, topicsOf(scenario, plan));
    expect(arbitrary.canShrinkWithoutContext(explicit), JSON.stringify(plan)).toBe(true);
  }
});

it('what the arbitrary makes is valid, and its shrinks too', () => {
  const arbitrary = planArbitrary(scenario);
  for (const plan of fc.sample(arbitrary, { numRuns: 200, seed: 7 })) {
    expect(parsePlan(plan, scenarioOf)).toEqual(plan);
    for (const smaller of [...arbitrary.shrink(plan, undefined).take(20)]) {
      expect(parsePlan(smaller.value, scenarioOf)).toEqual(smaller.value);
    }
  }
});

it('an example with an unusual filter shrinks elsewhere and keeps the filter', () => {
  const incident: Plan['incidents'][number] = {
    what: { kind: 'kill', process: 'taskmanager-2', restartAfterMs: 300 },
    when: { kind: 'fact', fact: 'paneFired', nth: 9, where: { 'window.end': 77, key: 'ak' } },
  };
  const plan: Plan = {
    scenario: 'fake',
    config: { parallelism: 5 },
    workload: { kind: 'explicit', topics: { numbers: [[{ n: 900 }], ['odd']] } },
    incidents: [incident],
    choices: { explicit: [] },
  };
  const result = fc.check(
    fc.property(planArbitrary(scenario), ({ incidents, workload }) => {
      const when = incidents[0]?.when;
      return !(
        when?.kind === 'fact' &&
        when.nth >= 4 &&
        when.where?.['key'] === 'ak' &&
        workload.kind === 'explicit' &&
        workload.topics['numbers']?.[1]?.[0] === 'odd'
      );
    }),
    { examples: [[plan]], numRuns: 1, seed: 1 },
  );
  expect(result.counterexample?.[0]).toEqual({
    ...plan,
    config: {},
    workload: { kind: 'explicit', topics: { numbers: [[], ['odd']] } },
    incidents: [{ what: { kind: 'kill', process: 'self', restartAfterMs: 0 }, when: { ...incident.when, nth: 4 } }],
  });
});

it('an error in a plan names the place and the remedy', () => {
  const plan = expand(scenario, 'x');
  const problems = (value: unknown): readonly string[] => {
    try {
      parsePlan(value, scenarioOf);
      return [];
    } catch (error) {
      return error instanceof InvalidInput ? error.problems : [String(error)];
    }
  };
  const kill = { kind: 'kill', process: 'self', restartAfterMs: 1 };
  expect(
    problems({ ...plan, incidents: [{ what: kill, when: { kind: 'fact', fact: 'acknowledged', nth: 0 } }] }),
  ).toEqual(['incidents[0].when.nth: expected which of them, counted from 1, at least 1']);
  const kinds = INCIDENTS.map(({ kind }) => `'${kind}'`);
  const [last] = kinds.slice(-1);
  expect(problems({ ...plan, incidents: [{ what: { kind: 'explode' }, when: { kind: 'time', ms: 1 } }] })).toEqual([
    `incidents[0].what.kind: expected kind ${kinds.slice(0, -1).join(', ')} or ${String(last)}`,
  ]);
  const late = { ...kill, restartAfterMs: 60_001, process: 3 };
  expect(problems({ ...plan, incidents: [{ what: late, when: { kind: 'time', ms: 1 } }] })).toEqual([
    "incidents[0].what.process: expected a process: 'self', 'jobmanager', 'taskmanager-1' ..., a string",
    'incidents[0].what.restartAfterMs: expected milliseconds until it starts again, at most 60000',
  ]);
  expect(problems({ ...plan, incidents: [{ what: kill, when: { kind: 'fact', fact: 'acked', nth: 1 } }] })[0]).toMatch(
    /^incidents\[0\]\.when\.fact: expected a fact of core\/facts\.ts: attemptStarting,/,
  );
  expect(problems({ ...plan, config: { parallelism: 99 } })).toEqual([
    'config.parallelism: expected a whole number from 1 to 5, found 99',
  ]);
  expect(problems({ ...plan, config: { paralelism: 2 } })[0]).toMatch(
    /^config\.paralelism: there is no such knob; there are parallelism,/,
  );
  expect(problems({ ...plan, workload: { kind: 'explicit', topics: { other: [[]] } } })).toEqual([
    'workload.topics.other: fake reads no such topic; it reads numbers',
    'workload.topics.numbers: is missing; write [[]] for one empty partition',
  ]);
  expect(problems({ ...plan, scenario: 'none' })).toEqual(['scenario: there is no none']);
  expect(problems(3)).toHaveLength(1);
});

it('a seed that says so stands for a tiny plan: few records, the calm configuration, and nothing happens', () => {
  const of = (seed: string) => expand(scenario, tinySeed(seed));
  expect(of('0123456789abcdef')).toEqual(of('0123456789abcdef'));
  expect(of('0123456789abcdef')).not.toEqual(of('0123456789abcdee'));
  for (let i = 0; i < 40; i++) {
    const { config, incidents, workload } = of(i.toString(16).padStart(16, '0'));
    expect([config, incidents]).toEqual([{}, []]);
    expect(workload.kind === 'generated' && workload.count >= 3 && workload.count <= 6).toBe(true);
  }
  // What a person makes up is a seed as any other.
  const plans = ['tiny-', 'tiny-x', 'tiny-0123', 'my-tiny-0123456789abcdef'].map((seed) => expand(scenario, seed));
  expect(plans.every(({ config }) => Object.keys(config).length > 0)).toBe(true);
});

it('a tiny plan of a job that runs in batch only is a batch', () => {
  const batch = expand({ ...scenario, has: ['batch'], batchPer1000: 1_000 }, tinySeed('0123456789abcdef'));
  expect(batch.config).toEqual({ executionMode: 1 });
});
