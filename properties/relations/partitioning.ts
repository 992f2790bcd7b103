/**
 * How the records are spread over partitions must not be visible in the output: the partitions in another order, and the
 * longest of them in two, unless a source never ends: there event time stays where its slowest partition is. Records stay in their order within what is left of their partition, so none comes later than it
 * did.
 */
import type { Topics } from '../plan/plan.ts';
import type { Relation } from './relation.ts';

export const partitioning: Relation = {
  name: 'partitioning',
  states: 'The same records in other partitions commit the same output.',
  variants(plan, { job, topics }) {
    const ends = job.nodes.every(({ operator }) => operator.kind !== 'source' || operator.source.bounded);
    return [{ ...plan, workload: { kind: 'explicit', topics: spreadAgain(topics, ends) } }];
  },
};

function spreadAgain(topics: Topics, divide: boolean): Topics {
  return Object.fromEntries(
    Object.entries(topics).map(([topic, partitions]) => {
      const longest = partitions.reduce(
        (most, one, at) => (one.length > (partitions[most]?.length ?? 0) ? at : most),
        0,
      );
      const divided = partitions.flatMap((records, at) => {
        const half = Math.ceil(records.length / 2);
        return divide && at === longest ? [records.slice(0, half), records.slice(half)] : [records];
      });
      return [topic, divided.toReversed()];
    }),
  );
}
