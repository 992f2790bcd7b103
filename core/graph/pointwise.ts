/**
 * Which subtasks a forward or rescale edge joins (Flink: `computeVertexInputInfoForPointwise`). Every sender has at
 * least one receiver and every receiver at least one sender.
 *
 * ```
 *   2 senders, 4 receivers        5 senders, 2 receivers       3 senders, 4 receivers
 *   0 -> 0 1   1 -> 2 3           0 1 -> 0   2 3 4 -> 1        0 -> 0 1   1 -> 2   2 -> 3
 * ```
 *
 * More receivers than senders: sender s has receivers [ceil(s R / S), ceil((s + 1) R / S)). Otherwise receiver r has
 * senders [floor(r S / R), floor((r + 1) S / R)).
 */

import type { EdgeSpec } from '../job/spec.ts';

/** The channels of such an edge exist between some subtasks only. */
export function isPointwise({ partition }: EdgeSpec): boolean {
  return partition.kind === 'forward' || partition.kind === 'rescale';
}

/** `[start, end)`. */
export interface SubtaskRange {
  readonly start: number;
  readonly end: number;
}

/** The receivers of a sender. */
export function pointwiseReceivers(sender: number, senders: number, receivers: number): SubtaskRange {
  if (senders < receivers) {
    return { start: Math.ceil((sender * receivers) / senders), end: Math.ceil(((sender + 1) * receivers) / senders) };
  }
  let receiver = 0;
  while (pointwiseSenders(receiver, senders, receivers).end <= sender) receiver++;
  return { start: receiver, end: receiver + 1 };
}

/** The senders of a receiver. */
export function pointwiseSenders(receiver: number, senders: number, receivers: number): SubtaskRange {
  if (senders >= receivers) {
    return {
      start: Math.floor((receiver * senders) / receivers),
      end: Math.floor(((receiver + 1) * senders) / receivers),
    };
  }
  let sender = 0;
  while (pointwiseReceivers(sender, senders, receivers).end <= receiver) sender++;
  return { start: sender, end: sender + 1 };
}

/** The subtasks that have a channel of the edge to this receiver. */
export function sendersInto(edge: EdgeSpec, receiver: number, senders: number, receivers: number): SubtaskRange {
  return isPointwise(edge) ? pointwiseSenders(receiver, senders, receivers) : { start: 0, end: senders };
}
