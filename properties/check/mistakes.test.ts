import { describe, expect, it } from 'vitest';
import { firstFailure } from './testing/first-failure.ts';
import { MISTAKES } from './testing/mistakes.ts';

/**
 * By hand, for the whole measure: `MISTAKE_SEEDS=10 MISTAKE_RUNS=2000 npx vitest run properties/check/mistakes.test.ts`.
 * That many seeds for each wrong version, and that many runs for each right one.
 */
const SEEDS = Number(process.env['MISTAKE_SEEDS'] ?? 1);
const RUNS = Number(process.env['MISTAKE_RUNS'] ?? 4);
const HOURS = 10 * 3_600_000;

describe.each(MISTAKES)('$name', ({ job, options }) => {
  it('is found within 200 runs, from nine of ten seeds', { timeout: HOURS }, () => {
    const found = Array.from({ length: SEEDS }, (_, seed) => firstFailure(job('wrong'), { ...options, seed }, 200));
    expect(found.filter((failure) => failure !== undefined).length).toBeGreaterThanOrEqual(0.9 * SEEDS);
  });

  it('passes without the mistake', { timeout: HOURS }, () => {
    expect(firstFailure(job('right'), { ...options, seed: 'right' }, RUNS)).toBeUndefined();
  });
});
