import { expect, it } from 'vitest';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import { fact, type History, type Step } from '../testing/listen.ts';
import { anomaliesOf, INPUT, provesLaw, windows } from '../testing/jobs.ts';
import type { ScaleAsked, Scheduling } from '../world.ts';
import { scale } from './scale.ts';

const asked = (what: ScaleAsked): Step => ({ step: 'asked', asked: what });
const deployed = (parallelism: number): Step => asked({ kind: 'started', parallelism });
const rescaled = (parallelism: number, uid?: string): Step => asked({ kind: 'rescaled', parallelism, uid });
const slots = (count: number): Step => fact('slotsChanged', { slots: count });
const failed = (attempt: number): Step => fact('attemptFailed', { attempt, message: '', fault: undefined });
const starting = (attempt: number, sums: number, source = sums): Step =>
  fact('attemptStarting', {
    attempt,
    leaderEpoch: 1,
    restoredFrom: undefined,
    parallelism: new Map([
      ['in', source],
      ['sums', sums],
    ]),
  });
const ended: Step = fact('jobEnded', { attempt: 1, status: 'finished', message: '', fault: undefined });
const at = (ms: number): Step => ({ step: 'time', us: ms * 1_000 });

function history(steps: readonly Step[], scheduling: Partial<Scheduling> = {}): History {
  return { ...windows(INPUT).history, scheduling: { ...DEFAULT_JOB_CONFIG, ...scheduling }, steps };
}
const reactive = (...steps: readonly Step[]): History =>
  history([deployed(2), ...steps], { schedulerMode: 'reactive', resourceStabilizationMs: 50, rescaleCooldownMs: 100 });
const pinned = (...steps: readonly Step[]): History => {
  const { job, ...rest } = history([deployed(2), ...steps]);
  const nodes = job.nodes.map((node) => (node.uid === 'in' ? { ...node, parallelism: 4 } : node));
  return { ...rest, job: { ...job, nodes } };
};

provesLaw(scale, {
  'not-as-asked': {
    accepts: () => history([deployed(2), starting(1, 2), rescaled(3), failed(1), starting(2, 3)]),
    rejects: () => history([deployed(2), starting(1, 2), rescaled(3), failed(1), starting(2, 2)]),
  },
  'not-as-declared': {
    accepts: () => pinned(starting(1, 2, 4), rescaled(3), failed(1), starting(2, 3, 4)),
    rejects: () => pinned(starting(1, 2, 4), rescaled(3), failed(1), starting(2, 3, 3)),
  },
  'not-the-slots': {
    accepts: () => reactive(slots(1), slots(2), starting(1, 2), slots(1), failed(1), starting(2, 1)),
    rejects: () => reactive(slots(1), slots(2), starting(1, 2), slots(1), failed(1), starting(2, 2)),
  },
  'slots-unused': {
    accepts: () => reactive(slots(1), starting(1, 1), at(10), slots(2), at(1_150), failed(1), starting(2, 2)),
    rejects: () => reactive(slots(1), starting(1, 1), at(10), slots(2), at(1_170), failed(1), starting(2, 2)),
  },
});

/** Of all operators together. */
const anomalies = (steps: readonly Step[], scheduling: Partial<Scheduling> = {}) => [
  ...new Set(anomaliesOf(scale, history([deployed(2), starting(1, 2), ...steps], scheduling))),
];

it('the first failure brings the parallelism after a restart, once, unless somebody has said another one', () => {
  const after = { parallelismAfterRestart: 4 };
  expect(anomalies([failed(1), starting(2, 4), failed(2), starting(3, 4)], after)).toEqual([]);
  expect(anomalies([failed(1), starting(2, 2)], after)).toEqual(['not-as-asked']);
  expect(anomalies([rescaled(3), failed(1), starting(2, 3), failed(2), starting(3, 3)], after)).toEqual([]);
  expect(anomalies([rescaled(3), failed(1), starting(2, 4)], after)).toEqual(['not-as-asked']);
});

it('what is asked for while the first restart is under way may come with the next attempt', () => {
  const after = { parallelismAfterRestart: 4 };
  const asks = [failed(1), rescaled(3)];
  expect(anomalies([...asks, starting(2, 4), failed(2), starting(3, 3)], after)).toEqual([]);
  expect(anomalies([...asks, starting(2, 3)], after)).toEqual([]);
  expect(anomalies([...asks, starting(2, 4), failed(2), starting(3, 4)], after)).toEqual(['not-as-asked']);
  expect(anomalies([...asks, starting(2, 5)], after)).toEqual(['not-as-asked']);
});

it('a job manager that starts anew knows of no rescale', () => {
  expect(anomalies([rescaled(3), failed(1), deployed(2), starting(2, 2)])).toEqual([]);
  expect(anomalies([rescaled(3), failed(1), deployed(2), starting(2, 3)])).toEqual(['not-as-asked']);
});

it('what is asked for while an attempt is prepared comes with it, or with the next', () => {
  const twice = [failed(1), rescaled(3), rescaled(1)];
  expect(anomalies([...twice, starting(2, 3), failed(2), starting(3, 1)])).toEqual([]);
  expect(anomalies([...twice, starting(2, 1), failed(2), starting(3, 3)])).toEqual(['not-as-asked']);
});

it('an operator that is rescaled on its own leaves the others as they were', () => {
  expect(anomalies([rescaled(3, 'sums'), failed(1), starting(2, 3, 2)])).toEqual([]);
  expect(anomalies([rescaled(3, 'sums'), failed(1), starting(2, 3, 3)])).toEqual(['not-as-asked']);
});

it('in reactive mode what is asked for does not count, a job that is to end is left alone, and slots that come and go do not count', () => {
  const one = [slots(1), starting(1, 1), at(10), slots(2)];
  expect(anomaliesOf(scale, reactive(...one, asked({ kind: 'stop' }), at(5_000), failed(1)))).toEqual([]);
  expect(anomaliesOf(scale, reactive(...one, at(900), slots(1), slots(2), at(1_800), failed(1)))).toEqual([]);
  expect(anomaliesOf(scale, reactive(...one, at(5_000), failed(1)))).toEqual(['slots-unused']);
});

it('in reactive mode an attempt whose tasks have all finished is not begun anew, however long the job then takes to clean up', () => {
  const sweeps = fact('sweepStarted', { job: 'job' });
  const room = [slots(1), starting(1, 1), at(10), slots(2)];
  expect(anomaliesOf(scale, reactive(...room, at(900), sweeps, at(5_000), ended))).toEqual([]);
  expect(anomaliesOf(scale, reactive(slots(1), starting(1, 1), sweeps, at(10), slots(2), at(5_000), ended))).toEqual(
    [],
  );
  expect(anomaliesOf(scale, reactive(...room, at(5_000), sweeps, ended))).toEqual(['slots-unused']);
  // The sweep before an attempt says nothing of the one that failed, nor of the slots since.
  const between = [slots(1), slots(2), starting(1, 2), failed(1), slots(1), sweeps, slots(2)];
  expect(anomaliesOf(scale, reactive(...between, starting(2, 1)))).toEqual([]);
});
