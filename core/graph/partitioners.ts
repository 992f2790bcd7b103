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
import type { Random } from '../ports.ts';
import { keyHasher } from '../values/hash.ts';
import { showValue } from '../values/show.ts';
import type { UserCode } from '../user-code.ts';
import { keyOfEdge } from './key-functions.ts';
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
  /** uid of the operator that the edge leads to: its author wrote the key function, or the partitioner. */
  readonly receiver: string;
  readonly user: UserCode;
}

/**
 * A partitioner of `hash` or `custom` throws a `JobFault` if the author's function throws, or returns no key or no receiver.
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
      return customPartitioner(partition.partition, receiverParallelism, sender);
    case 'broadcast':
      return 'broadcast';
    case 'hash': {
      const keyOf = keyOfEdge(partition, sender.user, sender.receiver);
      const hash = keyHasher(partition.keyType);
      return (value) =>
        ownerOf(
          keyGroupOf(hash(keyOf.twice(value)), receiverMaxParallelism),
          receiverParallelism,
          receiverMaxParallelism,
        );
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

/** The author's function, with its answer checked. Also routes in-flight records again after a rescaling. */
function customPartitioner(
  partition: (value: unknown, receivers: number) => number,
  receivers: number,
  { edge, receiver: operator, user }: SenderSide,
): Partitioner {
  const where = `the custom partitioner of ${edge}`;
  return (value) => {
    let receiver: number;
    user.enter(operator);
    try {
      receiver = partition(value, receivers);
    } catch (error) {
      throw user.thrown(error, operator, where, value);
    }
    user.leave();
    if (Number.isInteger(receiver) && receiver >= 0 && receiver < receivers) return receiver;
    throw (
      user.promised(receiver, where, operator, showValue(value)) ??
      user.fault(
        'bad-result',
        `${where} returned ${showValue(receiver)} for ${receivers} receivers; return a whole number in [0, receivers)`,
        operator,
        showValue(value),
      )
    );
  };
}
