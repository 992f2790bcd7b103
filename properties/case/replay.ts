/**
 * Runs a case again and says one of four things: it fails in the same way, it fails in another way, it passes now, or
 * it no longer applies to this code, and why.
 */
import type { Outcome } from '../outcome.ts';
import { signatureOf } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { misfits, withAddedFields } from '../plan/misfits.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { Failing } from '../shrink/oracle.ts';
import { violationWith } from '../shrink/oracle.ts';
import type { Case } from './case.ts';

export type Replay =
  /** `sameDigest`: not only the same failure but the same run, event by event. */
  | { readonly kind: 'reproduced'; readonly failing: Failing; readonly sameDigest: boolean }
  | { readonly kind: 'different'; readonly failing: Failing }
  | { readonly kind: 'passes'; readonly outcome: Outcome }
  | { readonly kind: 'no-longer-applies'; readonly why: string };

export function replay(
  kase: Case,
  scenarioOf: (id: string) => Scenario | undefined,
  run: (scenario: Scenario, plan: Plan) => Outcome,
): Replay {
  const scenario = scenarioOf(kase.scenario);
  if (scenario === undefined) return { kind: 'no-longer-applies', why: `there is no scenario ${kase.scenario}` };
  const plan = withAddedFields(kase.plan, scenario);
  const problems = misfits(plan, scenario);
  if (problems.length > 0) return { kind: 'no-longer-applies', why: problems.join('; ') };
  return judge(kase, plan, run(scenario, plan));
}

function judge(kase: Case, plan: Plan, outcome: Outcome): Replay {
  const same = violationWith(outcome, kase.signature);
  if (same !== undefined) {
    const sameDigest = outcome.digest === kase.digest;
    return { kind: 'reproduced', failing: { plan, outcome, violation: same }, sameDigest };
  }
  const other = outcome.verdict === 'fail' ? outcome.violations[0] : undefined;
  if (other !== undefined) return { kind: 'different', failing: { plan, outcome, violation: other } };
  if (outcome.verdict === 'inconclusive') {
    return { kind: 'no-longer-applies', why: `the run was inconclusive: ${outcome.reason ?? 'it did not say why'}` };
  }
  const struck = incidentsIn(outcome);
  if (struck < kase.struck) {
    return {
      kind: 'no-longer-applies',
      why: `${struck} of its incidents fire now, ${kase.struck} did: the moments that they wait for no longer come`,
    };
  }
  return { kind: 'passes', outcome };
}

/** How many incidents happened. */
export function incidentsIn(outcome: Outcome): number {
  return Object.values(outcome.counters.incidents).reduce((sum, count) => sum + count, 0);
}

/** A case of a failing plan, for `caseDocument`. */
export function caseOf(failing: Failing, origin: Case['origin'], shrunk: Case['shrunk']): Case {
  const { plan, outcome, violation } = failing;
  return {
    format: 1,
    scenario: plan.scenario,
    plan,
    law: violation.law,
    signature: signatureOf(violation),
    message: violation.message,
    digest: outcome.digest,
    struck: incidentsIn(outcome),
    // A whole run may be handed in; the file keeps where it came from, no more.
    origin: { seed: origin.seed, run: origin.run },
    shrunk,
  };
}
