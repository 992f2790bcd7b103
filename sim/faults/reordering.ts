/** Wake-ups and timers of one instant come in another order, and wake-ups late. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SCHEDULE } from './vocabulary/knob.ts';

export const reordering = defineRate({
  kind: 'reordering',
  title: 'wake-ups in another order, and late',
  cause: 'the scheduler of the operating system',
  test: ['sim/kernel/actors.test.ts', 'is reordered, and late by at most the bound, in the share that is asked for'],
  swarm: SCHEDULE,
  knobs: {
    reorderPer1000: knob('per1000', [0, 1_000], 0, [20, 500], 'wake-ups that get a random place in their instant'),
    reorderDelayUs: knob('us', [0, 20_000], 0, [100, 5_000], 'and come late by a draw of at most this'),
  },
  cost: ({ reorderPer1000, reorderDelayUs }) => (reorderPer1000 > 0 ? { wakeUs: reorderDelayUs } : {}),
});
