import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../../../core/api/index.ts';
import { shrinkDrawn } from '../../../properties/check/arbitraries.ts';
import { planOfRun, prepare } from '../../../properties/check/check.ts';
import { Interrupted, Overran, smallestOf, withWatchedRuns } from './watched.ts';

const waiting = defineJob('waiting', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32, bounded: true }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .map(
      (n) => {
        for (;;) if (n < 0) return n;
      },
      int32,
      { uid: 'loops' },
    )
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});

it('a run that takes no end is ended, and the operator is named', () => {
  const prepared = prepare(waiting, { input: { in: fc.nat(9) } }, () => undefined);
  const plan = planOfRun(prepared, 'a');
  let thrown: unknown;
  try {
    withWatchedRuns((runPlan) => runPlan(prepared.scenario, plan), 60);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Overran);
  if (!(thrown instanceof Overran)) return;
  expect(thrown.overrun.operator).toBe('loops');
  expect(thrown.plan).toBe(plan);
  // The platform is as it was.
  expect(Date.now()).toBeGreaterThan(0);
});

it('what was found before shrinking is broken off is not lost, and nothing else is hidden by it', () => {
  const breakingOff =
    (error: Error, found: readonly string[] = ['large', 'small']) =>
    () =>
      smallestOf<string>((improved) => {
        found.forEach(improved);
        throw error;
      });
  expect(breakingOff(new Interrupted())()).toBe('small');
  expect(breakingOff(new Interrupted(), [])).toThrow('interrupted');
  expect(breakingOff(new Error('a mistake of ours'))).toThrow('a mistake of ours');
  expect(smallestOf<string>(() => 'smallest')).toBe('smallest');
});

it('a person who asks to stop is heard while the records are made smaller', () => {
  const draw = { seed: 5, unbiased: true };
  const accepts = (): never => {
    throw new Interrupted();
  };
  expect(() => {
    shrinkDrawn(fc.nat(), draw, { accepts, ended: false });
  }).toThrow(Interrupted);
});
