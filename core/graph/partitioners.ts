/**
 * Which receiver gets a record: the run-time half of `PartitionSpec`. One partitioner per edge and sending subtask; it
 * is compiled once and allocates nothing per record.
 *
 * | partition | receiver                                                            |
 * |-----------|---------------------------------------------------------------------|
 * | forward   | the subtask with the sender's index                                 |
 * | rebalance | round robin, the sender's index (mod receivers) first               |
 * | hash      | the owner of the key's group                                        |
 * | broadcast | all of them: no choice to make, so there is a marker in place of it |
 */
import type { EdgeSpec } from '../api/spec.ts';
import { EngineBug } from '../errors.ts';
import { keyHasher } from './hash.ts';
import { keyGroupOf, ownerOf } from './key-groups.ts';

/** Names a receiving subtask, in [0, receiver parallelism). */
export type Partitioner = (value: unknown) => number;

/** @throws JobError if the key type of a hash edge cannot be hashed. */
export function partitionerOf(
  edge: EdgeSpec,
  senderSubtask: number,
  receiverParallelism: number,
  receiverMaxParallelism: number,
): Partitioner | 'broadcast' {
  const { partition } = edge;
  switch (partition.kind) {
    case 'forward':
      return () => senderSubtask;
    case 'rebalance':
      return roundRobin(senderSubtask % receiverParallelism, receiverParallelism);
    case 'rescale':
    case 'shuffle':
    case 'custom':
      throw new EngineBug(`no ${partition.kind} edges yet`);
    case 'broadcast':
      return 'broadcast';
    case 'hash': {
      const { key } = partition;
      const hash = keyHasher(partition.keyType);
      return (value) => ownerOf(keyGroupOf(hash(key(value)), receiverMaxParallelism), receiverParallelism, receiverMaxParallelism);
    }
  }
}

/** Not part of any snapshot: no order between two records is promised on such an edge. */
function roundRobin(first: number, receivers: number): Partitioner {
  let next = first;
  return () => {
    const receiver = next;
    next = receiver + 1 === receivers ? 0 : receiver + 1;
    return receiver;
  };
}
