/** Reads case files, and where a kept checkpoint comes from. Apart from what writes them: only a reader needs a validator. */
import * as z from 'zod';
import { parseCanonical } from '../plan/canonical.ts';
import { InvalidInput } from '../plan/invalid-input.ts';
import { asPlan, planShape, problemsOf } from '../plan/schema.ts';
import type { PlanSize } from '../shrink/parts.ts';
import { type Case, FORMAT } from './case.ts';
import type { Origin } from './kept-checkpoint.ts';

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
  origin: z.strictObject({ seed: z.string(), run: z.int().min(0), check: z.string().optional() }),
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

// ---- checkpoints

const originShape = z.strictObject({
  format: z.literal(1, { error: 'expected 1: another version of millrace wrote it' }),
  version: z.int().min(1),
  plan: planShape,
});

/** Throws `InvalidInput` with every place that is wrong. `path`: of the file. */
export function parseOrigin(text: string, path: string): Origin {
  let value: unknown;
  try {
    value = parseCanonical(text);
  } catch {
    throw new InvalidInput(path, ['it is no JSON']);
  }
  const result = originShape.safeParse(value);
  if (!result.success) throw new InvalidInput(path, problemsOf(result.error));
  const { version, plan } = result.data;
  return { version, plan: asPlan(plan) };
}
