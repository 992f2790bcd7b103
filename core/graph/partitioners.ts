/**
 * Which receiver gets a record: the run-time half of `PartitionSpec`. One partitioner per edge and sending subtask; it
 * is compiled once and allocates nothing per record.
 *
 * | partition | receiver                                                            |
 * |-----------|---------------------------------------------------------------------|
 * | forward   | the subtask with the sender's index                                 |
 * | rebalance | round robin, the sender's index (mod receivers) first               |
 * | rescale   | round robin over the sender's own receivers (`pointwise.ts`)        |
 * | shuffle   | any, by a draw                                                      |
 * | custom    | the one that the author's function names                            |
 * | hash      | the owner of the key's group                                        |
 * | broadcast | all of them: no choice to make, so there is a marker in place of it |
 */
import type { EdgeSpec } from '../job/spec.ts';
import { JobError, messageOf, rethrowKilled } from '../errors.ts';
import type { Random } from '../ports.ts';
import { keyHasher } from '../values/hash.ts';
import { keyGroupOf, ownerOf } from './key-groups.ts';
import { pointwiseReceivers } from './pointwise.ts';

/** Names a receiving subtask, in [0, receiver parallelism). */
export type Partitioner = (value: unknown) => number;

/** What only some partitioners need. */
export interface SenderSide {
  readonly parallelism: number;
  readonly random: Random;
  /** "the edge from a to b": for messages. */
  readonly edge: string;
}

/**
 * A partitioner of `custom` throws a `JobError` if the author's function throws or names no receiver.
 *
 * @throws JobError if the key type of a hash edge cannot be hashed.
 */
export function partitionerOf(
  edge: EdgeSpec,
  senderSubtask: number,
  receiverParallelism: number,
  receiverMaxParallelism: number,
  sender: SenderSide,
): Partitioner | 'broadcast' {
  const { partition } = edge;
  switch (partition.kind) {
    case 'forward':
      return () => senderSubtask;
    case 'rebalance':
      return roundRobin(senderSubtask % receiverParallelism, 0, receiverParallelism);
    case 'rescale': {
      const { start, end } = pointwiseReceivers(senderSubtask, sender.parallelism, receiverParallelism);
      return roundRobin(start, start, end);
    }
    case 'shuffle':
      return () => sender.random.below(receiverParallelism);
    case 'custom':
      return customPartitioner(partition.partition, receiverParallelism, sender.edge);
    case 'broadcast':
      return 'broadcast';
    case 'hash': {
      const { key } = partition;
      const hash = keyHasher(partition.keyType);
      return (value) =>
        ownerOf(keyGroupOf(hash(key(value)), receiverMaxParallelism), receiverParallelism, receiverMaxParallelism);
    }
  }
}

/** Over `[start, end)`. Not part of any snapshot: no order between two records is promised on such an edge. */
function roundRobin(first: number, start: number, end: number): Partitioner {
  let next = first;
  return () => {
    const receiver = next;
    next = receiver + 1 === end ? start : receiver + 1;
    return receiver;
  };
}

/**
 * The author's function, with its answer checked. Also routes in-flight records again after a rescaling.
 *
 * @param edge for messages: "the edge from a to b".
 */
export function customPartitioner(
  partition: (value: unknown, receivers: number) => number,
  receivers: number,
  edge: string,
): Partitioner {
  return (value) => {
    let receiver: number;
    try {
      receiver = partition(value, receivers);
    } catch (error) {
      rethrowKilled(error);
      throw new JobError(
        `the custom partitioner of ${edge} threw ${messageOf(error)}; it has to name a receiver for every record`,
      );
    }
    if (Number.isInteger(receiver) && receiver >= 0 && receiver < receivers) return receiver;
    throw new JobError(
      `the custom partitioner of ${edge} returned ${shown(receiver)} for ${receivers} receivers; return a whole number in [0, receivers)`,
    );
  };
}

function shown(result: unknown): string {
  if (typeof result === 'number') return String(result);
  return result === null ? 'null' : `a value of type ${typeof result}`;
}
