/** Everything that is compared, by name. The parent names them, their processes make them. */
import { expand } from '../properties/plan/generate.ts';
import { canonicalText } from '../properties/plan/canonical.ts';
import { topicsOf } from '../properties/plan/explicit.ts';
import type { Plan } from '../properties/plan/plan.ts';
import { run, type RunOptions, type RunResult } from '../properties/run/run.ts';
import { smoke } from '../scenarios/jobs/smoke.ts';
import { Scratch } from '../sim/kernel/scratch.ts';
import { LimitKernel } from './kernels/limit-kernel.ts';
import type { Load } from './kernels/load.ts';
import { SimKernelLoad } from './kernels/sim-kernel.ts';
import { passed } from './passed.ts';
import { fastCheckPipeline } from './pipelines/fast-check.ts';
import { limitPipeline } from './pipelines/limit.ts';
import { millracePipeline } from './pipelines/millrace.ts';
import type { PipelineLoad } from './pipelines/work.ts';
import { KeyedTask, ON_HEAP } from './states/keyed-task.ts';
import { accessesOf, plainAccessesOf, STATE_KINDS, timedAccesses, TTL_CLEANUPS } from './states/kinds.ts';
import { stateVariant } from './states/load.ts';
import { plainRows, ROW_KEYS, ROW_PLACES, type RowPlace, rowReads, rowSettings, rowUpdates } from './states/rows.ts';
import { inBatch, JOBS, scenarioNamed } from './universes/jobs.ts';
import { partOf, PARTS } from './universes/parts.ts';
import { benchScenario, benchScenarioOf, WINDOW_KINDS } from './universes/scenario.ts';
import { kernelLoad, member, pipelineLoad, universePlan } from './workloads.ts';
import type { Variant } from './variant.ts';

export const KERNEL_QUEUES = [50, 500, 5000] as const;
export const BENCH_DISCIPLINES = ['aligned', 'unaligned', 'timeout'] as const;
/** Keys of the states whose kinds are compared; and so many that the backend does not remember each of them. */
const STATE_KEYS = 1_000;
export const MANY_KEYS = 100_000;

const variants: ReadonlyMap<string, () => Variant> = new Map([
  ...KERNEL_QUEUES.flatMap((queue): [string, () => Variant][] => [
    [`kernel/limit/${queue}`, () => kernel(kernelLoad(`kernel-${queue}`), (load) => new LimitKernel(load))],
    [`kernel/ours/${queue}`, () => kernel(kernelLoad(`kernel-${queue}`), (load) => new SimKernelLoad(load))],
  ]),
  ['pipeline/limit', () => pipeline((load, seed) => limitPipeline(load, seed))],
  ['pipeline/ours', () => oursPipeline()],
  ['pipeline/waitAll', () => pipeline((load, seed) => fastCheckPipeline(load, seed, 'waitAll'))],
  ['pipeline/waitIdle', () => pipeline((load, seed) => fastCheckPipeline(load, seed, 'waitIdle'))],
  ...(['by-reference', 'over-bytes'] as const).flatMap((name): [string, () => Variant][] => [
    [`universe/${name}/laws`, () => universe(`universe-${name}`, {})],
    [`universe/${name}/no laws`, () => universe(`universe-${name}`, { laws: false })],
    [`universe/${name}/laws, no digest`, () => universe(`universe-${name}`, { digest: false })],
    [`universe/${name}/no laws, no digest`, () => universe(`universe-${name}`, { laws: false, digest: false })],
  ]),
  ...PARTS.flatMap((part): [string, () => Variant][] => [
    [`parts/${part}/laws`, () => universe('universe-by-reference', {}, benchScenario, (plan) => partOf(plan, part))],
    [
      `parts/${part}/no laws`,
      () => universe('universe-by-reference', { laws: false }, benchScenario, (plan) => partOf(plan, part)),
    ],
  ]),
  ...BENCH_DISCIPLINES.flatMap((name): [string, () => Variant][] => [
    [`discipline/${name}/laws`, () => universe(`discipline-${name}`, {})],
    [`discipline/${name}/no laws`, () => universe(`discipline-${name}`, { laws: false })],
  ]),
  ...WINDOW_KINDS.flatMap((name): [string, () => Variant][] => [
    [`windows/${name}/laws`, () => universe('universe-by-reference', {}, benchScenarioOf(name))],
    [`windows/${name}/no laws`, () => universe('universe-by-reference', { laws: false }, benchScenarioOf(name))],
  ]),
  ...JOBS.flatMap(([, id]): [string, () => Variant][] => [
    [`jobs/${id}/laws`, () => universe('universe-by-reference', {}, scenarioNamed(id))],
    [`jobs/${id}/no laws`, () => universe('universe-by-reference', { laws: false }, scenarioNamed(id))],
  ]),
  ['jobs/batch/laws', () => universe('universe-by-reference', {}, benchScenario, inBatch)],
  ['jobs/batch/no laws', () => universe('universe-by-reference', { laws: false }, benchScenario, inBatch)],
  ...STATE_KINDS.flatMap((kind): [string, () => Variant][] => [
    [`state/${kind}/plain`, () => stateVariant(STATE_KEYS, () => ({ turns: plainAccessesOf(kind) }))],
    [`state/${kind}/heap`, () => stateVariant(STATE_KEYS, () => ({ turns: accessesOf(kind, onHeap()) }))],
  ]),
  ...TTL_CLEANUPS.map((cleanup): [string, () => Variant] => [
    `state/value/heap, time to live, clean-up ${cleanup}`,
    () => stateVariant(STATE_KEYS, () => ({ turns: timedAccesses(cleanup, onHeap()) })),
  ]),
  [`state/value/plain, ${MANY_KEYS} keys`, () => stateVariant(MANY_KEYS, () => ({ turns: plainAccessesOf('value') }))],
  [
    `state/value/heap, ${MANY_KEYS} keys`,
    () => stateVariant(MANY_KEYS, () => ({ turns: accessesOf('value', onHeap()) })),
  ],
  ...ROW_PLACES.flatMap((place): [string, () => Variant][] => [
    [
      `rows/${place}/reads`,
      () =>
        stateVariant(ROW_KEYS, () => {
          const { reads, updates } = rowsAt(place);
          return { turns: reads, write: updates };
        }),
    ],
    [`rows/${place}/updates`, () => stateVariant(ROW_KEYS, () => ({ turns: rowsAt(place).updates }))],
  ]),
  ['draw/plan', () => drawn(() => 1)],
  ['draw/plan and records', () => drawn((plan) => Object.keys(topicsOf(smoke, plan)).length)],
  ['draw/run', () => drawnRun()],
]);

export function variantNamed(name: string): Variant {
  const make = variants.get(name);
  if (make === undefined) throw new Error(`there is no variant ${name}`);
  return make();
}

function kernel(load: Load, make: (load: Load) => { run(seed: number): string }): Variant {
  const made = make(load);
  return {
    turn: (seed) => {
      made.run(seed);
      return load.events;
    },
    output: (seed) => made.run(seed),
  };
}

/** A unit is a hop. */
function pipeline(through: (load: PipelineLoad, seed: number) => string | Promise<string>): Variant {
  const load = pipelineLoad('pipeline');
  const hops = load.stages * load.records;
  return {
    turn: (seed) => {
      const done = through(load, seed);
      return typeof done === 'string' ? hops : done.then(() => hops);
    },
    output: (seed) => through(load, seed),
  };
}

function oursPipeline(): Variant {
  const scratch = new Scratch();
  return pipeline((load, seed) => millracePipeline(load, seed, scratch));
}

/** `name`: of the workload. */
function universe(
  name: string,
  options: RunOptions,
  scenario = benchScenario,
  changed: (plan: Plan) => Plan = (plan) => plan,
): Variant {
  const plan = { ...changed(universePlan(name)), scenario: scenario.id };
  const scratch = new Scratch();
  const once = (seed: number): RunResult => passed(run(scenario, member(plan, seed), { ...options, scratch }));
  return {
    turn: (seed) => {
      once(seed);
      return 1;
    },
    output: (seed) =>
      canonicalText(
        Object.entries(once(seed).observed.committed).map(([topic, values]) => [
          topic,
          values.map(canonicalText).sort(),
        ]),
      ),
  };
}

// ---- keyed state

function onHeap(): KeyedTask {
  return new KeyedTask(ON_HEAP);
}

function rowsAt(place: RowPlace): ReturnType<typeof plainRows> {
  if (place === 'plain') return plainRows();
  const task = new KeyedTask(rowSettings(place));
  return { reads: rowReads(task), updates: rowUpdates(task) };
}

// ---- drawing a plan, as the default campaign does it

function drawn(further: (plan: ReturnType<typeof expand>) => number): Variant {
  return {
    turn: (seed) => {
      further(expand(smoke, `bench/${seed}`));
      return 1;
    },
    output: (seed) => canonicalText(expand(smoke, `bench/${seed}`)),
  };
}

function drawnRun(): Variant {
  const scratch = new Scratch();
  return {
    turn: (seed) => {
      run(smoke, expand(smoke, `bench/${seed}`), { scratch });
      return 1;
    },
    output: (seed) => canonicalText(expand(smoke, `bench/${seed}`)),
  };
}
