/**
 * The case file: a failing plan, what it broke, and enough to tell later whether it still does.
 *
 * The plan is the artefact; the seed that once produced it is a note for people. Format version 1.
 */
import * as z from 'zod';
import { hashText } from '../../sim/kernel/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { InvalidInput, asPlan, planShape, problemsOf } from '../plan/schema.ts';
import type { PlanSize } from '../shrink/parts.ts';
import { canonicalDocument, canonicalText, parseCanonical } from '../plan/canonical.ts';

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
  readonly origin: { readonly seed: string; readonly run: number };
  readonly shrunk: {
    readonly from: PlanSize;
    readonly to: PlanSize;
    /** Runs it took. */
    readonly runs: number;
    readonly minimal: boolean;
  };
}

const size = z.strictObject({
  records: z.int().min(0),
  incidents: z.int().min(0),
  config: z.int().min(0),
  choices: z.int().min(0).optional(),
});

const caseShape = z.strictObject({
  format: z.literal(FORMAT, { error: `expected ${FORMAT}; another format needs another version of millrace` }),
  scenario: z.string(),
  plan: planShape,
  law: z.string(),
  signature: z.string().regex(/^[^/]+\/[^/]+\/.+$/, { error: "expected 'law/anomaly/place'" }),
  message: z.string(),
  digest: z.string().regex(/^[0-9a-f]{16}$/, { error: 'expected 16 hex digits' }),
  struck: z.int().min(0),
  origin: z.strictObject({ seed: z.string(), run: z.int().min(0) }),
  shrunk: z.strictObject({ from: size, to: size, runs: z.int().min(0), minimal: z.boolean() }),
});

/** Reads a case file. Throws `InvalidInput` that names `file` and every place that is wrong. */
export function parseCase(text: string, file: string): Case {
  const result = caseShape.safeParse(fromJson(text, file));
  if (!result.success) throw new InvalidInput(`${file} is not a case`, problemsOf(result.error));
  const data = result.data;
  if (data.scenario !== data.plan.scenario) {
    throw new InvalidInput(`${file} is not a case`, [`plan.scenario: expected ${data.scenario}, as in 'scenario'`]);
  }
  const { from, to } = data.shrunk;
  const shrunk = { ...data.shrunk, from: withChoices(from), to: withChoices(to) };
  return { ...data, plan: asPlan(data.plan), shrunk };
}

function withChoices(of: z.infer<typeof size>): PlanSize {
  return { ...of, choices: of.choices };
}

function fromJson(text: string, file: string): unknown {
  try {
    return parseCanonical(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidInput(`${file} is not a case`, [`the whole: is not JSON (${message})`]);
  }
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
