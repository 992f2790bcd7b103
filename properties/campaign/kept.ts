/**
 * What earlier campaigns have kept, run again: a case, or a failing run of which only the seed was written down. The
 * answer is plain data, since it is given by another process: what is run again may take that process with it.
 */
import type { Case } from '../case/case.ts';
import { replay } from '../case/replay.ts';
import { signatureOf } from '../outcome.ts';
import { expand } from '../plan/generate.ts';
import type { Scenario } from '../plan/scenario.ts';
import { relate } from '../relations/index.ts';
import { relationFor, type RunPlan } from './campaign.ts';
import { NOT_DETERMINISTIC, type Sighting, UNEQUAL } from './sighting.ts';

export type Kept =
  { readonly kind: 'case'; readonly kase: Case } | { readonly kind: 'sighting'; readonly sighting: Sighting };

export interface KeptAnswer {
  readonly kind: 'fails' | 'differs' | 'passes' | 'no-longer-applies';
  /** What it breaks now, if it breaks something; else what it broke. */
  readonly signature: string;
  /** In words: what broke, or why it no longer applies. */
  readonly detail: string;
  /** Of the run; empty if there was none. */
  readonly digest: string;
}

export function askAgain(kept: Kept, scenarioOf: (id: string) => Scenario | undefined, run: RunPlan): KeptAnswer {
  return kept.kind === 'case' ? caseAgain(kept.kase, scenarioOf, run) : seedAgain(kept.sighting, scenarioOf, run);
}

/** What it was kept for. */
export function signatureKept(kept: Kept): string {
  return kept.kind === 'case' ? kept.kase.signature : (kept.sighting.signatures[0] ?? '');
}

/** It took the process that ran it with it, or had to be ended: it fails as it did. */
export function endedAgain(kept: Kept, how: string): KeptAnswer {
  return { kind: 'fails', signature: signatureKept(kept), detail: how, digest: '' };
}

function caseAgain(kase: Case, scenarioOf: (id: string) => Scenario | undefined, run: RunPlan): KeptAnswer {
  const answer = replay(kase, scenarioOf, (scenario, plan) => run(scenario, plan));
  switch (answer.kind) {
    case 'reproduced':
    case 'different': {
      const { violation, outcome } = answer.failing;
      const kind = answer.kind === 'reproduced' ? 'fails' : 'differs';
      return { kind, signature: signatureOf(violation), detail: violation.message, digest: outcome.digest };
    }
    case 'passes':
      return { kind: 'passes', signature: kase.signature, detail: '', digest: answer.outcome.digest };
    case 'no-longer-applies':
      return { kind: 'no-longer-applies', signature: kase.signature, detail: answer.why, digest: '' };
  }
}

function seedAgain(
  { run: number, scenario: id, seed, signatures }: Sighting,
  scenarioOf: (id: string) => Scenario | undefined,
  run: RunPlan,
): KeptAnswer {
  const [signature = ''] = signatures;
  const scenario = scenarioOf(id);
  if (scenario === undefined) {
    return { kind: 'no-longer-applies', signature, detail: `there is no scenario ${id}`, digest: '' };
  }
  const plan = expand(scenario, seed);
  const outcome = run(scenario, plan);
  const { digest } = outcome;
  const violation = outcome.verdict === 'fail' ? outcome.violations[0] : undefined;
  if (violation !== undefined) {
    const kind = outcome.violations.some((one) => signatures.includes(signatureOf(one))) ? 'fails' : 'differs';
    return { kind, signature: signatureOf(violation), detail: violation.message, digest };
  }
  if (signature.startsWith(`${NOT_DETERMINISTIC}/`)) {
    const again = run(scenario, expand(scenario, seed)).digest;
    if (again !== digest) return { kind: 'fails', signature, detail: `${digest}, then ${again}`, digest };
  }
  if (signature.startsWith(`${UNEQUAL}/`)) {
    const { difference } = relate(relationFor(number), scenario, plan, outcome, run);
    if (difference !== undefined) {
      const { topic, what, variant } = difference;
      return { kind: 'fails', signature, detail: `${topic}: ${what} (${variant})`, digest };
    }
  }
  return { kind: 'passes', signature, detail: '', digest };
}

/** What was run again, and what came of it. */
export interface KeptResult {
  /** Where it lies. */
  readonly file: string;
  /** The command that runs it again. */
  readonly replay: string;
  readonly scenario: string;
  /** What it was kept for. */
  readonly keptFor: string;
  readonly answer: KeptAnswer;
}
