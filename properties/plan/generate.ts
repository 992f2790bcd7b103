/**
 * Makes a plan from a seed, in a few microseconds: pace, then which families of knobs are on (swarm), then incidents.
 * The records stay "so many from this seed" and the choices stay a seed: a plan is written out only when it has failed
 * (`explicit.ts`).
 *
 * What is typical is sized so that most plans have several completed checkpoints, a kill at a dangerous instant after
 * the first of them, and work left to do again. About one plan in twelve has no incident at all.
 */
import { SLOW_WORKER_MS } from '../../core/task/async-snapshots.ts';
import type { Incident, Trigger } from '../../sim/faults/incident.ts';
import type { Scenario } from './scenario.ts';
import type { PlanDraws } from './draws.ts';
import { planDraws } from './draws.ts';
import type { FamilyName, Knob } from './knobs.ts';
import { CALM, FAMILIES, JOB_MANAGER, KNOBS, taskManagerNames } from './knobs.ts';
import type { Moment } from './moments.ts';
import {
  ABORTED,
  AFTER_RESTART,
  BACK_AT,
  CHECKPOINT_PENDING,
  FIRST,
  ISOLATION,
  OVERTAKING,
  REPLAYING,
  TIMED_OUT,
} from './moments.ts';
import { parametersOf } from './parameters.ts';
import type { Plan } from './plan.ts';
import { drawPressure, lengthMs, type Pressure } from './pressure.ts';

export function expand(scenario: Scenario, seed: string): Plan {
  const draws = planDraws(seed);
  const numbers = new Map<string, number>();
  drawKnobs(draws, numbers);
  drawParameters(scenario, draws('parameters'), numbers);
  const count = recordCount(draws('records'));
  const longest = longestPartition(scenario, seed, count, numbers);
  drawPace(longest, draws('pace'), numbers);
  const pressure = drawPressure(draws('pressure'), numbers, longest);
  boundCheckpoints(numbers);
  const isolation = drawIsolation(draws('isolation'), numbers, longest, pressure);
  const incidents = [...drawIncidents(draws('incidents'), expectationOf(numbers, longest, pressure)), ...isolation];
  return {
    scenario: scenario.id,
    config: Object.fromEntries(numbers),
    workload: { kind: 'generated', seed, count },
    incidents,
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

function longestPartition(
  scenario: Scenario,
  seed: string,
  count: number,
  numbers: ReadonlyMap<string, number>,
): number {
  const sample = Math.min(count, SAMPLE);
  const params = parametersOf(scenario.parameters, { config: Object.fromEntries(numbers) });
  const lengths = Object.values(scenario.generate(seed, sample, params)).flatMap((topic) =>
    topic.map(({ length }) => length),
  );
  const longest = Math.max(1, ...lengths);
  // A scenario that does not care how many are wished for has already shown all that it has.
  const isSample = lengths.reduce((sum, length) => sum + length, 0) <= sample;
  return isSample ? Math.ceil((longest * count) / Math.max(1, sample)) : longest;
}

/** Virtual time in which the input becomes visible. */
const INPUT_MS = [500, 1_700] as const;
const INTERVAL_US_MAX = 100_000;

/** The longest partition becomes visible within 0.5 to 1.7 s, so that several checkpoints fall into it; a few records sooner. */
function drawPace(longest: number, draws: PlanDraws, numbers: Map<string, number>): void {
  const inputUs = draws.between(...INPUT_MS) * 1_000;
  numbers.set('recordIntervalUs', Math.min(INTERVAL_US_MAX, Math.ceil(inputUs / longest)));
}

/** How often a checkpoint waits for each of them, one after the other; and steps of actors on its way. */
const WAITS = { network: 6, objectStore: 2, ha: 2, broker: 2 } as const;
const STEPS = 20;

/**
 * A checkpoint that finds no backlog must be able to succeed, or the job can never finish: its timeout is not below what
 * its requests, messages and steps take at worst. What a backlog adds may well be too much, and is in some plans.
 */
function boundCheckpoints(numbers: Map<string, number>): void {
  const drawn = numbers.get('checkpointTimeoutMs');
  if (drawn === undefined) return;
  const of = (name: string): number => numbers.get(name) ?? CALM.get(name) ?? 0;
  const waits = Object.entries(WAITS).map(([name, times]) => times * (of(`${name}LatencyUs`) + of(`${name}JitterUs`)));
  const links = of('slowLinkPer1000') > 0 ? WAITS.network * of('slowLinkUs') : 0;
  const worker = of('buggifySitePer1000') > 0 && of('buggifyFirePer1000') > 0 ? SLOW_WORKER_MS * 1000 : 0;
  const slow = of('slowActorPer1000') > 0 ? of('slowFactor') : 1;
  const steps =
    STEPS *
    ((of('maxConcurrentCheckpoints') + 1) / 2) *
    ((of('stepCostUs') + of('stepJitterUs')) * slow + of('reorderDelayUs'));
  const leastMs = Math.ceil(waits.reduce((sum, us) => sum + us, steps + links + worker) / 1000);
  numbers.set('checkpointTimeoutMs', Math.max(drawn, leastMs));
}

// ---- knobs

function drawKnobs(draws: (purpose: string) => PlanDraws, numbers: Map<string, number>): void {
  const swarm = draws('families');
  const values = draws('knobs');
  const on = new Set<FamilyName>();
  for (const [name, family] of FAMILY_LIST) if (swarm.chance(family.on)) on.add(name);
  for (const knob of KNOBS) {
    if (!on.has(knob.family) || !values.chance(FAMILIES[knob.family].drawn)) continue;
    const value = drawKnob(knob, values);
    if (value !== knob.calm) numbers.set(knob.name, value);
  }
}

const FAMILY_LIST: readonly (readonly [FamilyName, { readonly on: number }])[] = KNOBS.flatMap((knob, index) =>
  KNOBS.findIndex(({ family }) => family === knob.family) === index ? [[knob.family, FAMILIES[knob.family]]] : [],
);

/** The pace decides how much happens in a run, so it stays typical; any other knob is sometimes extreme. */
function drawKnob(knob: Knob, draws: PlanDraws): number {
  if (knob.weights !== undefined) {
    const values = knob.weights.map((weight, index) => ({ weight, value: knob.min + index }));
    return draws.weighted(values).value;
  }
  const [low, high] = knob.typical;
  if (knob.family === 'pace' || !draws.chance(100)) return draws.between(low, high);
  return draws.pick([knob.min, knob.max, draws.skewed(knob.min, knob.max)]);
}

function drawParameters(scenario: Scenario, draws: PlanDraws, numbers: Map<string, number>): void {
  for (const { name, min, max, calm } of scenario.parameters) {
    const value = draws.chance(500) ? calm : draws.between(min, max);
    if (value !== calm) numbers.set(name, value);
  }
}

// ---- incidents

/** What a run of the plan will roughly look like: where the dangerous instants are. */
interface Expectation {
  readonly lengthMs: number;
  readonly checkpoints: number;
  readonly parallelism: number;
  readonly taskManagers: readonly string[];
  /** Where a first strike is drawn from, and a further one soon after a restart. */
  readonly first: readonly Moment[];
  readonly afterRestart: readonly Moment[];
}

function expectationOf(numbers: ReadonlyMap<string, number>, longest: number, pressure: Pressure): Expectation {
  const of = (name: string): number => numbers.get(name) ?? CALM.get(name) ?? 0;
  const expectedMs = Math.max(50, Math.floor(lengthMs(numbers, longest)));
  return {
    lengthMs: expectedMs,
    checkpoints: Math.max(1, Math.floor(expectedMs / Math.max(1, of('checkpointIntervalMs')))),
    parallelism: of('parallelism'),
    taskManagers: taskManagerNames(of('taskManagers')),
    first: [
      ...FIRST,
      ...(pressure.overtakes ? OVERTAKING : []),
      ...(pressure.timesOut ? TIMED_OUT : []),
      ...(pressure.fails ? ABORTED : []),
    ],
    afterRestart: pressure.overtakes ? [...AFTER_RESTART, ...REPLAYING] : AFTER_RESTART,
  };
}

/** Plans per 1000 with no incident at all, of the others those with no kill, and those with each further incident. */
const CALM_PLANS = 60;
const NO_KILL = 60;
const SECOND_KILL_SOON = 350;
/** The same where in-flight data may be replayed then. */
const SECOND_KILL_REPLAYING = 550;
const SECOND_KILL_ANYWHERE = 200;
const KILL_IN_CHECKPOINT = 500;
const THIRD_KILL_SOON = 150;
const JOB_MANAGER_KILL = 150;
/** Of those: while a checkpoint is under way. */
const WITH_CHECKPOINT_PENDING = 650;
const RESET = 150;
const RESCALE = 150;
/** A savepoint, and a second one; a stop, and of those the drains. */
const SAVEPOINT = 170;
const SECOND_SAVEPOINT = 400;
const STOP = 110;
const DRAIN = 350;
const ISOLATE = 240;
/** Of those: the machine that is cut off holds a whole attempt, so that it goes on as a zombie. */
const ISOLATE_WHOLE = 600;

function drawIncidents(draws: PlanDraws, run: Expectation): readonly Incident[] {
  if (draws.chance(CALM_PLANS)) return [];
  const incidents: Incident[] = [];
  if (!draws.chance(NO_KILL)) {
    const first = trigger(draws, run);
    incidents.push(kill(draws, run, first));
    // Not every run comes to every moment; most come to a checkpoint.
    const isSure = first.when.kind === 'fact' && first.when.where !== undefined;
    if (!isSure && draws.chance(KILL_IN_CHECKPOINT))
      incidents.push(kill(draws, run, atMoment(draws, draws.weighted(ISOLATION), run)));
    if (draws.chance(run.afterRestart === AFTER_RESTART ? SECOND_KILL_SOON : SECOND_KILL_REPLAYING)) {
      incidents.push(kill(draws, run, soonAfterRestart(draws, run, 2)));
      if (draws.chance(THIRD_KILL_SOON)) incidents.push(kill(draws, run, soonAfterRestart(draws, run, 3)));
    }
    if (draws.chance(SECOND_KILL_ANYWHERE)) incidents.push(kill(draws, run, trigger(draws, run)));
  }
  if (draws.chance(JOB_MANAGER_KILL)) {
    const strike = draws.chance(WITH_CHECKPOINT_PENDING)
      ? atMoment(draws, draws.weighted(CHECKPOINT_PENDING), run)
      : trigger(draws, run);
    incidents.push({
      what: { kind: 'kill', process: JOB_MANAGER, restartAfterMs: downtime(draws) },
      when: strike.when,
    });
  }
  if (draws.chance(RESET)) {
    const { when, self } = trigger(draws, run);
    incidents.push({ what: { kind: 'reset-connections', process: victim(draws, run, self) }, when });
  }
  if (draws.chance(RESCALE)) {
    incidents.push({ what: { kind: 'rescale', parallelism: draws.between(1, 5) }, when: trigger(draws, run).when });
  }
  return [...incidents, ...drawOperations(draws, run)];
}

/** What a person does to the job; a stop only once, since a drained job does not go on. */
function drawOperations(draws: PlanDraws, run: Expectation): readonly Incident[] {
  const operations: Incident[] = [];
  if (draws.chance(SAVEPOINT)) {
    operations.push({ what: { kind: 'savepoint' }, when: trigger(draws, run).when });
    if (draws.chance(SECOND_SAVEPOINT))
      operations.push({ what: { kind: 'savepoint' }, when: trigger(draws, run).when });
  }
  if (draws.chance(STOP))
    operations.push({ what: { kind: 'stop', drain: draws.chance(DRAIN) }, when: trigger(draws, run).when });
  return operations;
}

/**
 * A machine that is cut off while a checkpoint is under way. It mostly comes back when the next attempt takes a
 * checkpoint of its own, so that what it had to say arrives then.
 */
function drawIsolation(
  draws: PlanDraws,
  numbers: Map<string, number>,
  longest: number,
  pressure: Pressure,
): readonly Incident[] {
  if (!draws.chance(ISOLATE)) return [];
  if (draws.chance(ISOLATE_WHOLE)) {
    numbers.set('parallelism', 1);
    numbers.set('taskManagers', draws.between(2, 3));
  }
  const run = expectationOf(numbers, longest, pressure);
  const { when, self } = atMoment(draws, draws.weighted(ISOLATION), run);
  const lasting = { kind: 'isolate', process: victim(draws, run, self), forMs: draws.between(50, 1_500) } as const;
  if (draws.chance(200)) return [{ what: lasting, when }];
  const untilFact = draws.chance(700) ? 'checkpointTriggered' : draws.pick(BACK_AT);
  return [{ what: { ...lasting, untilFact }, when }];
}

/** When, and whether `self` is then a task manager (else it is the job manager, or nobody). */
interface Strike {
  readonly when: Trigger;
  readonly self: boolean;
}

function trigger(draws: PlanDraws, run: Expectation): Strike {
  if (draws.chance(80)) return { when: { kind: 'time', ms: draws.between(1, run.lengthMs) }, self: false };
  if (draws.chance(80)) {
    const process = run.taskManagers[draws.below(run.taskManagers.length)] ?? JOB_MANAGER;
    return { when: { kind: 'port-call', process, nth: draws.skewed(1, 4_000) }, self: true };
  }
  return atMoment(draws, draws.weighted(run.first), run);
}

/** A checkpoint is named in the first half of the run, so that something is left to do again. */
function atMoment(draws: PlanDraws, moment: Moment, run: Expectation): Strike {
  const self = moment.by === 'task';
  if (moment.which === 'any') {
    return { when: { kind: 'fact', fact: moment.fact, nth: draws.between(1, moment.nthMax) }, self };
  }
  const last = Math.max(Math.min(2, run.checkpoints), Math.ceil(run.checkpoints / 2));
  const checkpoint = draws.chance(80) ? 1 : draws.between(Math.min(2, last), last);
  const nth = draws.skewed(1, moment.nthMax === 1 ? 1 : moment.nthMax * run.parallelism);
  return { when: { kind: 'fact', fact: moment.fact, nth, where: { checkpoint } }, self };
}

function soonAfterRestart(draws: PlanDraws, run: Expectation, attempt: number): Strike {
  const moment = draws.weighted(run.afterRestart);
  const self = moment.by === 'task';
  const where = self ? { 'task.attempt': attempt } : { attempt };
  return { when: { kind: 'fact', fact: moment.fact, nth: draws.skewed(1, moment.nthMax), where }, self };
}

/** Mostly the process in the middle of the dangerous instant; sometimes another one. Never the job manager. */
function kill(draws: PlanDraws, run: Expectation, { when, self }: Strike): Incident {
  return { what: { kind: 'kill', process: victim(draws, run, self), restartAfterMs: downtime(draws) }, when };
}

function victim(draws: PlanDraws, run: Expectation, self: boolean): string {
  if (self && draws.chance(850)) return 'self';
  return run.taskManagers[draws.below(run.taskManagers.length)] ?? 'self';
}

function downtime(draws: PlanDraws): number {
  return draws.chance(50) ? draws.between(500, 3_000) : draws.skewed(1, 100);
}
