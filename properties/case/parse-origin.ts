/** Reads where a kept checkpoint comes from. Apart from `kept-checkpoint.ts`, since only what reads a file needs a validator. */
import * as z from 'zod';
import { parseCanonical } from '../plan/canonical.ts';
import { InvalidInput } from '../plan/invalid-input.ts';
import { asPlan, planShape, problemsOf } from '../plan/schema.ts';
import type { Origin } from './kept-checkpoint.ts';

const shape = z.strictObject({
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
  const result = shape.safeParse(value);
  if (!result.success) throw new InvalidInput(path, problemsOf(result.error));
  const { version, plan } = result.data;
  return { version, plan: asPlan(plan) };
}
