/** How a barrier travels on each edge: edges into a node that cannot take channel state are aligned in every job. */
import { type BarrierOptions, isTimed } from '../../barrier-options.ts';
import type { PhysicalVertex } from '../../graph/physical.ts';
import { isPointwise } from '../../graph/pointwise.ts';

/** What the barrier says on an edge into `receiver`, when the sender's snapshot was taken with `options`. */
export function optionsOnEdge(options: BarrierOptions, receiver: PhysicalVertex): BarrierOptions {
  const mayOvertake = options.alignment === 'unaligned' || isTimed(options);
  if (!mayOvertake || !isForcedAligned(receiver)) return options;
  return { alignment: 'forced', timeoutMs: options.timeoutMs, kind: options.kind };
}

/**
 * The vertex cannot take channel state: a record of a pointwise or broadcast edge has no key by which it could be
 * redistributed.
 */
function isForcedAligned(vertex: PhysicalVertex): boolean {
  return vertex.inEdges.some((edge) => isPointwise(edge) || edge.partition.kind === 'broadcast');
}
