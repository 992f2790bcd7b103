import { expect, it } from 'vitest';
import { MAX_TIMESTAMP } from '../../core/job/functions.ts';
import { stopped } from '../testing/disciplines.ts';
import { ALARMS, ALARMS_TAPE, anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
import { drop, type History } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { event } from '../model/testing/turns.ts';
import { maxArrives } from './max-arrives.ts';

/** Every element sets a timer, which MAX fires. */
function alarms(): History {
  return new Script({
    job: ALARMS,
    input: { in: [[event('a', 1)]] },
    parallelism: { in: 1, alarms: 1, out: 1 },
    tape: ALARMS_TAPE,
  })
    .start()
    .read(0)
    .drain()
    .finish(1).history;
}

const endOf = (vertex: string) => (fact: { readonly task: { readonly vertex: string }; readonly watermark: number }) =>
  fact.task.vertex === vertex && fact.watermark === MAX_TIMESTAMP;

provesLaw(maxArrives, {
  'no-max': {
    accepts: plain,
    rejects: () => drop(plain(), 'watermarkSent', endOf('in')),
  },
  'timer-left': {
    accepts: alarms,
    rejects: () => drop(alarms(), 'watermarkAdvanced', endOf('alarms')),
  },
  'window-left': {
    accepts: plain,
    rejects: () => drop(plain(), 'watermarkAdvanced', endOf('sums')),
  },
});

it('a job that is stopped has not come to the end of event time', () => {
  expect(anomaliesOf(maxArrives, stopped())).toEqual([]);
});
