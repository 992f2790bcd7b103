/** What stands at the head of a vertex: most laws are about one kind of operator. */
import type { OperatorSpec, WindowSpec } from '../../core/job/spec.ts';
import type { VertexRecord } from '../witness/vertex.ts';
import type { Witness } from '../witness/witness.ts';

export function headOf({ model }: Witness, { model: { nodes } }: VertexRecord): OperatorSpec | undefined {
  return model.job.nodes[nodes[0] ?? -1]?.operator;
}

export function windowsAt(witness: Witness, vertex: VertexRecord): WindowSpec | undefined {
  const head = headOf(witness, vertex);
  return head?.kind === 'window' ? head : undefined;
}

/** Nothing but the watermark at its end makes a window fire, purging or not. */
export function firesAtTheEnd({ trigger }: WindowSpec): boolean {
  return (trigger.kind === 'purging' ? trigger.of : trigger).kind === 'eventTime';
}
