/**
 * The case file: a failing plan, what it broke, and enough to tell later whether it still does.
 *
 * The plan is the artefact; the seed that once produced it is a note for people. Format version 1. Reading one is in
 * `parse.ts`.
 */
import { hashText } from '../../sim/kernel/digest.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanSize } from '../shrink/parts.ts';
import { canonicalDocument, canonicalText } from '../plan/canonical.ts';

export const FORMAT = 1;

export interface Case {
  readonly format: typeof FORMAT;
  readonly scenario: string;
  readonly plan: Plan;
  readonly law: string;
  /** law / anomaly / place. */
  readonly signature: string;
  /** The violation's sentence when the case was made. */
  readonly message: string;
  /** Digest of the run of `plan` when the case was made. */
  readonly digest: string;
  /** How many incidents of the plan happened then. */
  readonly struck: number;
  readonly origin: {
    readonly seed: string;
    readonly run: number;
    /** Only a check knows its scenario: the command that runs it, in the directory where it ran. Undefined: none made the case. */
    readonly check?: string | undefined;
  };
  readonly shrunk: {
    readonly from: PlanSize;
    readonly to: PlanSize;
    /** Runs it took. */
    readonly runs: number;
    readonly minimal: boolean;
  };
}

/** The text of the file: canonical, so that the same case is the same bytes. */
export function caseDocument(kase: Case): string {
  return canonicalDocument(kase);
}

/** "earthquakes-spread-4be1a7c2.json": the same plan and signature, the same name. */
export function caseFileName(kase: Pick<Case, 'scenario' | 'signature' | 'plan'>): string {
  const text = canonicalText([kase.signature, kase.plan]);
  const hash = (hashText(text, 0x6d696c6c) >>> 0).toString(16).padStart(8, '0');
  return `${kase.scenario.replace(/[^A-Za-z0-9]+/g, '-')}-${hash}.json`;
}
