import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Violation } from '../outcome.ts';
import { LAWS, VIOLATIONS_SHOWN_MAX, worstFirst } from './index.ts';

it('every law states itself, lists its anomalies, and has a test with a pair of histories for each', () => {
  expect(new Set(LAWS.map((law) => law.name)).size).toBe(LAWS.length);
  for (const law of LAWS) {
    expect(law.states.length).toBeGreaterThan(20);
    expect(law.anomalies.length).toBeGreaterThan(0);
    // `provesLaw` in there fails if a pair is missing.
    expect(existsSync(`properties/laws/${law.name}.test.ts`), law.name).toBe(true);
  }
});

it('the worst violations are shown first, and not more than a handful', () => {
  const violation = (law: string, atUs: number): Violation => ({ law, anomaly: 'x', place: 'y', message: '', evidence: [], atUs });
  const found = ['settle', 'watermarks', 'a-user-law', 'sinks', 're-execution', 'order', 'sinks'].map((law, i) => violation(law, 10 - i));
  expect(worstFirst(found).map(({ law, atUs }) => `${law} ${atUs}`)).toEqual([
    'sinks 4',
    'sinks 7',
    're-execution 6',
    'order 5',
    'watermarks 9',
  ]);
  expect(worstFirst(found)).toHaveLength(VIOLATIONS_SHOWN_MAX);
});
