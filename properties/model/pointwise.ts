/**
 * Which subtasks an edge joins: all pairs, unless it is pointwise (forward, rescale). Then a pair is joined iff one side
 * divides the other's subtasks like this, with either side the larger:
 *
 *     more receivers   the sender of receiver r is floor(r S / R)
 *     more senders     the receiver of sender s is ceil((s + 1) R / S) - 1
 */
import type { PartitionSpec } from '../../core/job/spec.ts';

export function joins(
  kind: PartitionSpec['kind'],
  sender: number,
  senders: number,
  receiver: number,
  receivers: number,
): boolean {
  if (kind !== 'forward' && kind !== 'rescale') return true;
  if (receivers > senders) return Math.floor((receiver * senders) / receivers) === sender;
  return Math.ceil(((sender + 1) * receivers) / senders) - 1 === receiver;
}
