/** Partitions of the input that have nothing for a while: a split of its own at its own time, drawn once for each stretch. */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const quietInput = defineRate({
  kind: 'quiet-input',
  title: 'stretches of the input in which a partition has nothing',
  cause: 'a producer that is down, a quiet key, a night',
  test: [
    'sim/services/broker.test.ts',
    'a quiet stretch puts off a record and all behind it, in the partition that was drawn',
  ],
  swarm: { name: 'quiet', on: 200, drawn: 1000 },
  knobs: {
    quietPer1000: knob(
      'per1000',
      [0, 1_000],
      0,
      [100, 400],
      'blocks of 16 records of a source partition before which it is quiet',
    ),
    quietMs: knob('ms', [0, 2_000], 0, [40, 400], 'for so long'),
  },
  cost: ({ quietPer1000, quietMs }) => (quietPer1000 > 0 ? { inputBlockUs: 1_000 * quietMs } : {}),
});
