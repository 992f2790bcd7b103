/** Partitions of an input that are added while the job runs, each at its own time. Only a source that looks for them reads such an input. */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const addedPartitions = defineRate({
  kind: 'added-partitions',
  title: 'partitions that are added to an input while the job runs',
  cause: 'a topic that has become too busy for the partitions that it has',
  test: ['sim/services/broker.test.ts', 'a partition of a growing topic is there from the time that was drawn on'],
  swarm: { name: 'growth', on: 500, drawn: 1000 },
  knobs: {
    addedPartitionPer1000: knob(
      'per1000',
      [0, 1_000],
      0,
      [300, 900],
      'partitions of an input whose source looks for new ones, but for its first, that are added later',
    ),
    addedPartitionMs: knob('ms', [0, 2_000], 0, [100, 900], 'by this time'),
  },
  cost: ({ addedPartitionPer1000, addedPartitionMs }) =>
    addedPartitionPer1000 > 0 ? { inputLateUs: 1_000 * addedPartitionMs } : {},
});
