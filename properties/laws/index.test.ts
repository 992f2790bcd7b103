import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Violation } from '../outcome.ts';
import { windows } from '../testing/jobs.ts';
import { hear, type Step } from '../testing/listen.ts';
import { LAWS, VIOLATIONS_SHOWN_MAX, worstFirst } from './index.ts';

it('every law states itself, lists its anomalies, and has a test with a pair of histories for each', () => {
  expect(new Set(LAWS.map((law) => law.name)).size).toBe(LAWS.length);
  for (const law of LAWS) {
    expect(law.states.length).toBeGreaterThan(20);
    expect(law.compares.length).toBeGreaterThan(10);
    expect(law.anomalies.length).toBeGreaterThan(0);
    // `provesLaw` in there fails if a pair is missing, or if the law has looked at nothing in the one that it accepts.
    expect(existsSync(`properties/laws/${law.name}.test.ts`), law.name).toBe(true);
  }
});

it('a law has compared nothing in a run in which there was nothing of its matter', () => {
  const { history } = windows([[], []]).start().drain().finish(1);
  const comparing = (steps: readonly Step[]): readonly string[] => hear({ ...history, steps }).compared;
  expect(comparing([])).toEqual([]);
  expect(comparing([{ step: 'settled' }])).toEqual(['settle']);
  expect(comparing(windows([[], []]).start().steps)).toEqual(['key-groups-owned-once', 'scale', 'splits']);
  // Tasks, a checkpoint, the end of event time; no record, no failure.
  expect(comparing(history.steps)).toEqual([
    'alignment-ends',
    'barrier-discipline',
    'barrier-mode',
    'key-groups-owned-once',
    'max-arrives',
    're-execution',
    'reference-closure',
    'scale',
    'settle',
    'sources',
    'splits',
    'watermark-floor',
    'watermarks',
  ]);
});

it('the worst violations are shown first, each law once before any twice, and not more than a handful', () => {
  const violation = (law: string, atUs: number): Violation => ({
    law,
    anomaly: 'x',
    place: 'y',
    message: '',
    evidence: [],
    atUs,
  });
  const shown = (laws: readonly string[]): readonly string[] =>
    worstFirst(laws.map((law, i) => violation(law, 10 - i))).map(({ law, atUs }) => `${law} ${atUs}`);
  expect(shown(['settle', 'a-user-law', 'sinks', 're-execution', 'sinks'])).toEqual([
    'sinks 6',
    'sinks 8',
    're-execution 7',
    'settle 10',
    'a-user-law 9',
  ]);
  const crowded = shown(['timers', 'sinks', 'sinks', 'sinks', 'sinks', 'sinks', 'order']);
  expect(crowded).toEqual(['sinks 5', 'sinks 6', 'sinks 7', 'timers 10', 'order 4']);
  expect(crowded).toHaveLength(VIOLATIONS_SHOWN_MAX);
});
