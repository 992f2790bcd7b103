/**
 * What is found of a run from outside of it: that it took no end, and was ended; that something it began failed when it was
 * over. A run that is done again by itself does not show it, so it is not shrunk: it is named by its seed, and by the line.
 */
import type { JobFaultData } from '../../core/job-fault.ts';
import type { Case } from '../case/case.ts';
import { caseOf } from '../case/replay.ts';
import { job, violationOf } from '../laws/job.ts';
import { type Outcome, uncounted, type Violation } from '../outcome.ts';
import { expand } from '../plan/generate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { sizeOf } from '../shrink/parts.ts';
import { type Campaign, plannedRun, type RunRow, rowOf } from './campaign.ts';
import type { Finding } from './investigate.ts';

/** What was seen of it. */
export interface Overrun {
  /** Its number in the campaign. */
  readonly run: number;
  /** uid of the operator whose code was called last; undefined: none was. */
  readonly operator: string | undefined;
  /** The user's frames, innermost first: "at processElement (/work/jobs/totals.ts:17:9)". None: it was not the user's code. */
  readonly frames: readonly string[];
  /** Since the last step of the run. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** `confirmed`: it took no end alone in a process of its own either. Otherwise the run is inconclusive. */
export function rowOfOverrun(
  campaign: Campaign,
  scenarioOf: (id: string) => Scenario,
  overrun: Overrun,
  confirmed: boolean,
): RunRow {
  const planned = plannedRun(campaign, overrun.run, scenarioOf);
  const seen = outcomeOf(violationOfOverrun(planned.scenario.id, overrun), confirmed);
  return { ...rowOf(planned, seen), outside: true };
}

/** A run that took the process that did it with it, and again when it was done in another one. */
export function rowOfDeath(campaign: Campaign, scenarioOf: (id: string) => Scenario, run: number, how: string): RunRow {
  const planned = plannedRun(campaign, run, scenarioOf);
  const message = `the run ends the process that does it (${how}), and did so again in a fresh one: it takes more memory than there is, or something in it ends the process`;
  const violation: Violation = {
    law: 'harness',
    anomaly: 'worker-died',
    place: planned.scenario.id,
    message,
    evidence: [],
    atUs: 0,
  };
  return { ...rowOf(planned, outcomeOf(violation, true)), outside: true };
}

/** A run that was ended for want of time: it says nothing. */
export function rowOfCut(scenario: Scenario, seed: string, reason: string): RunRow {
  const nothing = outcomeOf({ law: '', anomaly: '', place: '', message: '', evidence: [], atUs: 0 }, false);
  return rowOf({ number: 0, seed, scenario }, { ...nothing, reason });
}

/** A run that was over when a mistake of its job came up. What it broke itself comes first. */
export function rowOfFault(row: RunRow, fault: JobFaultData): RunRow {
  const violation: Violation = { ...violationOf(fault), atUs: row.counters.virtualUs };
  return row.violations.some(({ law }) => law === job.name)
    ? row
    : { ...row, verdict: 'fail', reason: undefined, violations: [violation], outside: true };
}

/** The plan of the seed, as it is. */
export function findingFromOutside(scenario: Scenario, row: RunRow): Finding | undefined {
  return findingAsMet(
    scenario,
    row,
    'seen from outside of the run, which does not show it by itself: it was not shrunk',
  );
}

/** There was no time to make it small. */
export function findingUnshrunk(scenario: Scenario, row: RunRow): Finding | undefined {
  return findingAsMet(scenario, row, 'there was no time to shrink it: it is kept as it was met');
}

function findingAsMet(
  scenario: Scenario,
  { seed, run, violations, digest }: RunRow,
  note: string,
): Finding | undefined {
  const [violation] = violations;
  return violation && findingOf(expand(scenario, seed), violation, { seed, run }, digest, note);
}

/** Of a run that was ended: each smaller candidate would have to be ended, too. */
export function findingOfEnded(plan: Plan, violation: Violation, origin: Case['origin']): Finding {
  return findingOf(plan, violation, origin, outcomeOf(violation, true).digest, 'the run was ended: it was not shrunk');
}

function findingOf(plan: Plan, violation: Violation, origin: Case['origin'], digest: string, note: string): Finding {
  const size = sizeOf(plan);
  const failing = { plan, outcome: { ...outcomeOf(violation, true), digest }, violation };
  return {
    kase: caseOf(failing, origin, { from: size, to: size, runs: 0, minimal: false }),
    violation,
    trace: [],
    heard: [],
    slipped: [],
    notes: [note],
  };
}

export function violationOfOverrun(scenario: string, { operator, frames, cpuMs, wallMs }: Overrun): Violation {
  const spent = `${cpuMs} ms of CPU time in ${wallMs} ms`;
  const evidence = frames.map((text, index) => ({ kind: 'text', label: index === 0 ? 'where' : '', text }) as const);
  if (frames.length > 0) {
    const place = operator ?? scenario;
    const message = `operator ${place}: a call of the job's code does not come back: a turn of it took ${spent} and went on`;
    return { law: job.name, anomaly: 'endless', place, message, evidence, atUs: 0 };
  }
  const message = `the run has made no step for ${spent}, and no code of the job's is at work${operator === undefined ? '' : `; the last turn was one of ${operator}`}`;
  return { law: 'harness', anomaly: 'timeout', place: scenario, message, evidence, atUs: 0 };
}

function outcomeOf(violation: Violation, confirmed: boolean): Outcome {
  return confirmed
    ? uncounted({ verdict: 'fail', violations: [violation] })
    : uncounted({
        verdict: 'inconclusive',
        reason: `${violation.message}; alone it came to its end: the machine is slow, or busy`,
      });
}
