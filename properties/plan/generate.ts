/**
 * Makes a plan from a seed, in a few microseconds: which knobs are on (swarm), the scenario's parameters, pace, pressure,
 * then incidents. Each knob, parameter and kind of incident has draws of its own, so that a further one leaves the others
 * as they were (design decision D5). The records stay "so many from this seed" and the choices stay a seed: a plan is
 * written out only when it has failed (`explicit.ts`).
 *
 * What is typical is sized so that most plans have several completed checkpoints, a kill at a dangerous instant after
 * the first of them, and work left to do again. About one plan in twelve has no incident at all. A seed may stand for a
 * tiny plan instead, as a campaign begins with (`tiny.ts`).
 */
import { INCIDENTS } from '../../sim/faults/index.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { PlanShape } from '../../sim/faults/vocabulary/draw.ts';
import { backlogLeastMs, checkpointLeastMs, sortLeastBytes } from './costs.ts';
import { type PlanDraws, planDraws } from './draws.ts';
import { configOf, type Knob, knobNamed, KNOBS } from './knobs.ts';
import { Numbers } from './numbers.ts';
import { parametersOf } from './parameters.ts';
import type { Plan } from './plan.ts';
import { drawPressure, INTERVAL_MS_LEAST, lengthMs, TOLERANT } from './pressure.ts';
import type { Scenario } from './scenario.ts';
import { DrawnShape, isIncremental, putIntoObjects } from './shape.ts';
import { isTiny } from './tiny.ts';

type Draws = (purpose: string) => PlanDraws;

export function expand(scenario: Scenario, seed: string): Plan {
  if (scenario.planOf !== undefined) return scenario.planOf(seed);
  if (isTiny(seed)) return tinyPlan(scenario, seed);
  const draws = planDraws(seed);
  const numbers = new Numbers();
  drawKnobs(draws, numbers);
  drawExecutionMode(scenario, draws('execution-mode'), numbers);
  drawSchedulerMode(draws('scheduler-mode'), numbers);
  forgetDisk(numbers);
  if (scenario.has?.includes('services') !== true) forgetSwarm('service', numbers);
  if (!canForgetKeyGroups(scenario, numbers)) numbers.forget('maxParallelismForgotten');
  if (scenario.grows !== true) for (const name of GROWTH) numbers.forget(name);
  drawParameters(scenario, draws, numbers);
  const count = recordCount(draws('records'));
  const { longest, records } = inputOf(scenario, seed, count, numbers);
  drawPace(longest, draws('pace'), numbers);
  const pressure = drawPressure(draws('pressure'), numbers, longest);
  if (isIncremental(numbers)) drawSharing(draws('sharing'), numbers, longest);
  const incidents = drawIncidents(draws, new DrawnShape(numbers, longest, pressure, scenario.versions));
  boundCheckpoints(numbers, scenario, records);
  boundSort(numbers, records);
  return {
    scenario: scenario.id,
    config: numbers.config(),
    workload: { kind: 'generated', seed, count },
    incidents,
    choices: { seed },
  };
}

/** Records of a tiny plan. */
const TINY_RECORDS = [3, 6] as const;

/** Few records through the calm job, and nothing happens: what is broken outright shows at once, and in a run that one can read. */
function tinyPlan(scenario: Scenario, seed: string): Plan {
  const draws = planDraws(seed);
  const numbers = new Numbers();
  // A job may run in batch only.
  drawExecutionMode(scenario, draws('execution-mode'), numbers);
  const count = draws('records').between(...TINY_RECORDS);
  boundCheckpoints(numbers, scenario, count);
  return {
    scenario: scenario.id,
    config: numbers.config(),
    workload: { kind: 'generated', seed, count },
    incidents: [],
    choices: { seed },
  };
}

/** Mostly enough for several checkpoints; sometimes next to nothing. */
function recordCount(draws: PlanDraws): number {
  if (draws.chance(40)) return draws.between(0, 20);
  return draws.chance(60) ? draws.between(220, 450) : draws.between(150, 220);
}

// ---- pace

/** Enough records to tell how unevenly a scenario fills its partitions. */
const SAMPLE = 64;

/** Records of the longest partition, and of all; about. */
function inputOf(
  scenario: Scenario,
  seed: string,
  count: number,
  numbers: Numbers,
): { readonly longest: number; readonly records: number } {
  const sample = Math.min(count, SAMPLE);
  const params = parametersOf(scenario.parameters, { config: numbers.config() });
  const lengths = Object.values(scenario.generate(seed, sample, params)).flatMap((topic) =>
    topic.map(({ length }) => length),
  );
  const longest = Math.max(1, ...lengths);
  // A scenario that does not care how many are wished for has already shown all that it has.
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const times = all <= sample ? count / Math.max(1, sample) : 1;
  return { longest: Math.ceil(longest * times), records: Math.ceil(all * times) };
}

/** Virtual time in which the input becomes visible. */
const INPUT_MS = [500, 1_700] as const;
const INTERVAL_US_MAX = 100_000;

/** The longest partition becomes visible within 0.5 to 1.7 s, so that several checkpoints fall into it; a few records sooner. */
function drawPace(longest: number, draws: PlanDraws, numbers: Numbers): void {
  const inputUs = draws.between(...INPUT_MS) * 1_000;
  numbers.set('recordIntervalUs', Math.min(INTERVAL_US_MAX, Math.ceil(inputUs / longest)));
}

/** Plans per 1000 of incremental checkpoints in which there are so many of them that some share their files with many. */
const SHARING = 900;
const SHARING_CHECKPOINTS = [15, 26] as const;

/** A file that several checkpoints need is there only behind as many checkpoints. */
function drawSharing(draws: PlanDraws, numbers: Numbers, longest: number): void {
  if (!draws.chance(SHARING)) return;
  const evenMs = Math.ceil(lengthMs(numbers, longest) / draws.between(...SHARING_CHECKPOINTS));
  const intervalMs = Math.max(INTERVAL_MS_LEAST, evenMs);
  if (intervalMs < numbers.of('checkpointIntervalMs')) numbers.set('checkpointIntervalMs', intervalMs);
}

/**
 * A drawn timeout is long enough for a checkpoint that finds no backlog; any is for one behind a backlog, where the job survives no
 * failed ones. If there is none so long, it has to survive them.
 */
function boundCheckpoints(
  numbers: Numbers,
  { sinkRequests, stateReads, panesPerRecord = 1 }: Scenario,
  records: number,
): void {
  const config = configOf({ config: numbers.config(), incidents: [] });
  if (numbers.has('checkpointTimeoutMs'))
    numbers.set(
      'checkpointTimeoutMs',
      Math.max(numbers.of('checkpointTimeoutMs'), checkpointLeastMs(config, sinkRequests, stateReads)),
    );
  if (numbers.of('tolerableFailures') >= TOLERANT) return;
  const backlogMs = backlogLeastMs(config, records * panesPerRecord);
  if (backlogMs > knobNamed('checkpointTimeoutMs').max) numbers.set('tolerableFailures', TOLERANT);
  else if (numbers.of('checkpointTimeoutMs') < backlogMs) numbers.set('checkpointTimeoutMs', backlogMs);
}

/** An attempt of a stage has a chance to meet no failure of the disk. */
function boundSort(numbers: Numbers, records: number): void {
  if (!numbers.has('sortMemoryBytes')) return;
  numbers.set('sortMemoryBytes', sortLeastBytes(configOf({ config: numbers.config(), incidents: [] }), records));
}

// ---- knobs

function drawKnobs(draws: Draws, numbers: Numbers): void {
  const on = new Map<string, boolean>();
  for (const knob of KNOBS) {
    const { name, swarm, parked } = knob;
    if (parked !== undefined) continue;
    if (!on.has(swarm.name)) on.set(swarm.name, draws(`swarm/${swarm.name}`).chance(swarm.on));
    if (on.get(swarm.name) !== true) continue;
    const values = draws(`knob/${name}`);
    if (values.chance(swarm.drawn)) numbers.set(name, drawKnob(knob, values));
  }
}

const BATCH_PER_1000 = 120;

/** What is drawn for batch would only be noise in the plan of a streaming job. */
function drawExecutionMode(
  { has = [], batchPer1000 = BATCH_PER_1000 }: Scenario,
  draws: PlanDraws,
  numbers: Numbers,
): void {
  if (has.includes('batch') && draws.chance(batchPer1000)) numbers.set('executionMode', 1);
  else for (const { name, swarm } of KNOBS) if (swarm.name === 'batch') numbers.forget(name);
}

const REACTIVE_PER_1000 = 70;

/** In reactive mode the hosts decide on the parallelism; in any other, what is drawn for it would only be noise in the plan. */
function drawSchedulerMode(draws: PlanDraws, numbers: Numbers): void {
  if (numbers.of('executionMode') === 0 && draws.chance(REACTIVE_PER_1000)) {
    numbers.set('schedulerMode', 1);
    numbers.forget('parallelismAfterRestart');
  } else forgetSwarm('reactive', numbers);
}

const OF_DISK = ['disk', 'disk-errors', 'power'] as const;

/** Where no source looks for added partitions they would only be noise in the plan. */
const GROWTH = ['addedPartitionPer1000', 'addedPartitionMs'] as const;

/** Where there is no later version, or the first one declares nothing either, it would only be noise in the plan. */
function canForgetKeyGroups({ versions = 1 }: Scenario, numbers: Numbers): boolean {
  return versions > 1 && (numbers.has('maxParallelism') || numbers.has('maxParallelismSpread'));
}

/** Without state on the disk, what the disk does would only be noise in the plan. In batch there is no checkpoint, to keep copies of or to put into objects. */
function forgetDisk(numbers: Numbers): void {
  if (numbers.of('executionMode') === 1) {
    numbers.forget('localRecovery');
    numbers.forget('inlineStateBytes');
    return;
  }
  // Hosts keep copies of objects only: the default would leave them next to nothing to copy.
  if (numbers.of('localRecovery') === 1) putIntoObjects(numbers);
  if (numbers.of('stateBackend') === 0) forgetSwarm('backend', numbers);
  if (numbers.of('stateBackend') === 1 || numbers.of('localRecovery') === 1) return;
  for (const swarm of OF_DISK) forgetSwarm(swarm, numbers);
}

/** What the job has nothing to do with would only be noise in the plan. */
function forgetSwarm(swarm: string, numbers: Numbers): void {
  for (const knob of KNOBS) if (knob.swarm.name === swarm) numbers.forget(knob.name);
}

/** The pace decides how much happens in a run, so it stays typical; any other knob is sometimes extreme. */
function drawKnob(knob: Knob, draws: PlanDraws): number {
  if (knob.weights !== undefined) {
    const values = knob.weights.map((weight, index) => ({ weight, value: knob.min + index }));
    return draws.weighted(values).value;
  }
  if (knob.ranges !== undefined) {
    const { from, to } = draws.weighted(knob.ranges);
    return draws.between(from, to);
  }
  const [low, high] = knob.typical;
  if (knob.swarm.name === 'pace' || !draws.chance(100)) return draws.between(low, high);
  return draws.pick([knob.min, knob.max, draws.skewed(knob.min, knob.max)]);
}

function drawParameters(scenario: Scenario, draws: Draws, numbers: Numbers): void {
  for (const parameter of scenario.parameters) {
    const { name, min, max, even = false } = parameter;
    const values = draws(`parameter/${name}`);
    if (even || !values.chance(500)) numbers.setParameter(parameter, values.between(min, max));
  }
}

// ---- incidents

/** Plans per 1000 with no incident at all. */
const CALM_PLANS = 60;

/** The kinds are drawn in the order of the table: `isolate` may change the shape for those behind it. */
function drawIncidents(draws: Draws, shape: PlanShape): readonly Incident[] {
  if (draws('incidents').chance(CALM_PLANS)) return [];
  return INCIDENTS.flatMap((fault): readonly Incident[] => fault.draw(draws(`incident/${fault.kind}`), shape));
}
