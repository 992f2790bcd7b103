/**
 * A campaign: many runs, numbered from 0. What a run is depends on the base seed and its number only, so that any
 * number of workers, any blocks and any order give the same runs, and a single one can be asked for by its seed.
 */
import { messageOf } from '../../core/errors.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { JOB_LAW, MEMORY_KINDS, USE_STATE } from '../laws/job.ts';
import { avalanche, hashText } from '../../sim/kernel/digest.ts';
import type { AgainDetail } from '../run/hidden-state.ts';
import type { RunResult } from '../run/run.ts';
import type { Asked, Counters, OracleName, Outcome, Verdict, Violation } from '../outcome.ts';
import { expand } from '../plan/generate.ts';
import { InvalidInput } from '../plan/invalid-input.ts';
import { inputTopics } from '../plan/job-topics.ts';
import { configOf, type Discipline, disciplineOf } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import { type Difference, relate, type Relation, RELATIONS } from '../relations/index.ts';
import type { Scenario } from '../plan/scenario.ts';
import { tinySeed } from '../plan/tiny.ts';
import { quoted } from '../shell-word.ts';
import { type JobTrait, traitsOf } from '../marks/traits.ts';
import { HarnessCrash } from './harness-crash.ts';
import { disagreementOf, type Sighting, sightingOf } from './sighting.ts';

/** A seed of people's choice, and which scenarios share the runs by which whole-numbered weights (> 0). */
export interface Campaign {
  readonly seed: string;
  readonly shares: readonly Share[];
  /** Every so many runs one is run twice, the second time after other plans; 0: none. */
  readonly repeatEvery: number;
  /** Every so many runs one is compared with its variants, if its job is confluent; 0: none. */
  readonly relateEvery: number;
  /** The jobs are a user's: one that does another thing when it is run again is the job's doing, not the engine's. */
  readonly ofUser?: boolean;
}
export interface Share {
  readonly scenario: string;
  readonly weight: number;
}

/** Runs [from, to). */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** What a campaign keeps of a run: plain data, small, fit to be sent between processes. */
export interface RunRow {
  readonly run: number;
  readonly scenario: string;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly reason: string | undefined;
  readonly violations: readonly Violation[];
  readonly marks: readonly string[];
  /** See `Outcome`. */
  readonly laws: readonly string[];
  /** Oracles of the author's that say nothing of this run, and why; undefined: none. */
  readonly unjudged?: readonly Unjudged[];
  readonly counters: Counters;
  readonly mix: Mix;
  readonly digest: string;
  /** Digest of the second run, if there was one. */
  readonly digestAgain: string | undefined;
  /** The second run was done in another process than the first. */
  readonly againElsewhere?: true;
  /** Variants that it was compared with, and what differed. */
  readonly compared: number;
  readonly difference: Difference | undefined;
  /** It passed without a record: the topics of its job, none of which held any. */
  readonly unread?: readonly string[];
  /** What broke was seen from outside of the run (`outside.ts`): run again by itself, it does not show it. */
  readonly outside?: true;
}

export interface Unjudged {
  readonly oracle: OracleName;
  readonly why: string;
}

/** What kind of plan it was: a campaign tells how its runs are spread over these. */
export interface Mix {
  readonly discipline: Discipline;
  /** Subtasks of each operator that declares none. */
  readonly parallelism: number;
  /** The scenario, and its shape if it has several. */
  readonly topology: string;
  /** It was run in batch. */
  readonly batch?: true;
  /** What its job has that marks need. */
  readonly traits: readonly JobTrait[];
}

/** `properties/run/run.ts`, as campaigns and shrinking use it. */
export type RunPlan = (scenario: Scenario, plan: Plan, detail?: RunDetail) => RunResult;
/** See `RunOptions`. */
export interface RunDetail extends AgainDetail {
  readonly judged?: boolean;
  readonly trace?: boolean;
  readonly recordOverrides?: boolean;
  readonly eventsMax?: number;
  readonly until?: string;
}

/**
 * The first run of a campaign has a tiny plan: its verdict is there at once, and what is broken outright is told with little to
 * read. By its number only, as everything about a run; one in a campaign, since a run of so little finds little.
 */
export const FIRST_RUN = 0;

/** 16 hex digits that stand for run number `run` of a base seed. */
export function seedOf(base: string, run: number): string {
  const a = avalanche(hashText(base, 0x51ed270b) ^ Math.imul(run + 1, 0x9e3779b1));
  const b = avalanche(hashText(base, 0x2545f491) + Math.imul(run + 1, 0x85ebca6b));
  return [a, avalanche(a ^ b)].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The scenarios of a cycle of runs, as evenly mixed as their weights allow. */
export function cycleOf(shares: readonly Share[]): readonly string[] {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  const credit = shares.map(() => 0);
  return Array.from({ length: total }, () => {
    let most = 0;
    shares.forEach(({ weight }, at) => {
      credit[at] = (credit[at] ?? 0) + weight;
      if ((credit[at] ?? 0) > (credit[most] ?? 0)) most = at;
    });
    credit[most] = (credit[most] ?? 0) - total;
    return shares[most]?.scenario ?? '';
  });
}

/**
 * Whether a run is done twice, and where the second time: every other one of them in another process, if there is one.
 * By its number only, so that it does not depend on how many workers there are which runs are done twice.
 */
export function repeatOf({ repeatEvery }: Campaign, number: number): 'none' | 'here' | 'elsewhere' {
  if (repeatEvery <= 0 || number % repeatEvery !== 0) return 'none';
  return (number / repeatEvery) % 2 === 1 ? 'elsewhere' : 'here';
}

/** What is known of a run as soon as it has ended. */
export interface Judged extends Sighting {
  readonly verdict: Verdict;
  readonly records: number;
}

/** Who is told of the runs of a block while they are done, and what others do of it. */
export interface Watching {
  /** The number of each run, before it is done. */
  readonly began?: (run: number) => void;
  /** A run that broke a law, or that differs from itself or from a variant: at once, before any other is done. */
  readonly met?: (sighting: Sighting) => void;
  /** What a run came to: at once, before it is done again or compared. */
  readonly judged?: (judged: Judged) => void;
  /** Somebody else has the second runs done that can be done in another process: see `withRepeat`. */
  readonly leavesRepeats?: boolean;
}

/** Runs a block, in order. Throws `HarnessCrash`, and `InvalidInput` for a scenario that cannot be used. */
export function runBlock(
  campaign: Campaign,
  block: Block,
  scenarioOf: (id: string) => Scenario,
  run: RunPlan,
  { began = () => undefined, met = () => undefined, judged = () => undefined, leavesRepeats = false }: Watching = {},
): readonly RunRow[] {
  const planned = Array.from({ length: block.to - block.from }, (_, index) =>
    plannedRun(campaign, block.from + index, scenarioOf),
  );
  const outcomes = planned.map((item) => {
    began(item.number);
    const outcome = runOne(item, run);
    const { verdict, violations, counters } = outcome;
    const sighting = sightingOf(idOf(item), violations);
    if (verdict === 'fail') met(sighting);
    judged({ ...sighting, verdict, records: counters.sourceRecords });
    return outcome;
  });
  return planned.map((item, index) => {
    began(item.number);
    const outcome = outcomes[index] ?? runOne(item, run);
    const repeat = repeatOf(campaign, item.number);
    const twice = repeat === 'here' || (repeat === 'elsewhere' && !leavesRepeats);
    const related =
      campaign.relateEvery > 0 && item.number % campaign.relateEvery === 0
        ? relate(relationFor(item.number), item.scenario, expand(item.scenario, item.seed), outcome, run)
        : NOTHING_COMPARED;
    const row = resultOf(item, outcome, twice ? runOne(item, run).digest : undefined, related);
    return compared(campaign, row, met);
  });
}

/** What the second run says of the first one. */
function compared({ ofUser = false }: Campaign, row: RunRow, met: (sighting: Sighting) => void): RunRow {
  const judged = ofUser ? blamed(row) : row;
  if (judged !== row) met(sightingOf(row, judged.violations));
  const disagreement = disagreementOf(judged);
  if (disagreement !== undefined) met(disagreement);
  return judged;
}

/** A run by itself, neither repeated nor compared: the second run of another process. */
export function runAlone(item: Planned, run: RunPlan): RunRow {
  return rowOf(item, runOne(item, run));
}

/** The row of a run that was done again in another process, where it came to `again`. */
export function withRepeat(
  campaign: Campaign,
  row: RunRow,
  again: RunRow,
  met: (sighting: Sighting) => void = () => undefined,
): RunRow {
  const both = { ...row, digestAgain: again.digest, againElsewhere: true } as const;
  // What was seen of it there from outside, such as a promise that nobody waits for, has been written down there.
  if (again.outside === true && row.verdict !== 'fail')
    return { ...both, verdict: again.verdict, reason: again.reason, violations: again.violations, outside: true };
  return row.digest === again.digest ? both : compared(campaign, both, met);
}

function idOf({ number, scenario, seed }: Planned): Pick<RunRow, 'run' | 'scenario' | 'seed'> {
  return { run: number, scenario: scenario.id, seed };
}

/**
 * The second run came after other plans: what differs between the two is what they have left in a module of the job. In
 * another process it may be the process itself, too.
 */
function blamed(row: RunRow): RunRow {
  const { digest, digestAgain, againElsewhere = false, violations, scenario, counters } = row;
  if (digestAgain === undefined || digestAgain === digest) return row;
  if (violations.some(({ law }) => law === JOB_LAW)) return row;
  const violation: Violation = {
    law: JOB_LAW,
    anomaly: MEMORY_KINDS[1],
    place: scenario,
    message: againElsewhere
      ? `the job did another thing when the same plan was run again in another process: it, or a part of yours, reads what is not the same in two processes, or remembers something in a module, a static field or a shared object: ${USE_STATE}`
      : `the job did another thing when the same plan was run again after others: it, or a part of yours, remembers something in a module, a static field or a shared object: ${USE_STATE}`,
    evidence: [],
    atUs: counters.virtualUs,
  };
  return { ...row, verdict: 'fail', reason: undefined, violations: [violation], outside: true };
}

/** One of them, so that a campaign costs the same however many there are; mixed, lest each scenario meets always the same. */
export function relationFor(run: number): readonly Relation[] {
  const at = (avalanche(run) >>> 0) % RELATIONS.length;
  return RELATIONS.slice(at, at + 1);
}

interface Planned {
  readonly number: number;
  readonly seed: string;
  readonly scenario: Scenario;
}

export function plannedRun(campaign: Campaign, number: number, scenarioOf: (id: string) => Scenario): Planned {
  const cycle = cycleOf(campaign.shares);
  const scenario = scenarioOf(cycle[number % cycle.length] ?? '');
  const seed = seedOf(campaign.seed, number);
  return { number, seed: number === FIRST_RUN ? tinySeed(seed) : seed, scenario };
}

function runOne({ number, seed, scenario }: Planned, run: RunPlan): Outcome {
  try {
    return run(scenario, expand(scenario, seed));
  } catch (error) {
    // The message is whole: it says what of a project's scenario cannot be used.
    if (error instanceof InvalidInput) throw error;
    const which = `run ${number}: npx millrace replay ${quoted(scenario.id)} --seed ${seed}`;
    throw new HarnessCrash(`${messageOf(error)}\n  ${which}`, { cause: error });
  }
}

const NOTHING_COMPARED = { compared: 0, difference: undefined };

/** The row of a run that was done once and compared with nothing. */
export function rowOf(item: Planned, outcome: Outcome): RunRow {
  return resultOf(item, outcome, undefined, NOTHING_COMPARED);
}

function resultOf(
  { number, seed, scenario }: Planned,
  outcome: Outcome,
  digestAgain: string | undefined,
  related: Pick<RunRow, 'compared' | 'difference'>,
): RunRow {
  const { verdict, reason, violations, marks, laws, counters, digest, asked = [] } = outcome;
  const unjudged = asked.flatMap(unjudgedIn);
  const plan = expand(scenario, seed);
  const { job } = scenario.build({ ...plan, workload: ONE_RECORD });
  const mix = mixOf(scenario, plan, job);
  return {
    run: number,
    scenario: scenario.id,
    seed,
    verdict,
    reason,
    violations,
    marks,
    laws,
    ...(unjudged.length === 0 ? {} : { unjudged }),
    counters,
    mix,
    digest,
    digestAgain,
    ...related,
    ...(verdict === 'pass' && counters.sourceRecords === 0 ? { unread: inputTopics(job) } : {}),
  };
}

function unjudgedIn({ oracle, unjudged: why }: Asked): readonly Unjudged[] {
  return why === undefined ? [] : [{ oracle, why }];
}

/** The job of a plan does not depend on its records. */
const ONE_RECORD: Plan['workload'] = { kind: 'generated', seed: '', count: 1 };

function mixOf(scenario: Scenario, plan: Plan, job: JobSpec): Mix {
  const { parallelism, executionMode } = configOf(plan).job;
  return {
    discipline: disciplineOf(plan),
    parallelism,
    ...(executionMode === 'batch' ? { batch: true as const } : {}),
    topology: scenario.shapeOf === undefined ? scenario.id : `${scenario.id}/${scenario.shapeOf(plan)}`,
    traits: [...traitsOf(job, scenario.versions, scenario.has?.includes('forks') === true), ...(scenario.has ?? [])],
  };
}
