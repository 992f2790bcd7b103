import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../../../core/api/index.ts';
import { planOfRun, prepare } from '../../../properties/check/check.ts';
import { Overran, withWatchedRuns } from './watched.ts';

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
