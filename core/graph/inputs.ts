/** Which input of its operator an edge belongs to: an operator has one, or two (see `core/job/spec.ts`). */
import type { PhysicalVertex } from './physical.ts';

export function inputNumberOf({ nodes, inEdges }: Pick<PhysicalVertex, 'nodes' | 'inEdges'>, edge: number): 1 | 2 {
  const operator = nodes[0]?.operator;
  if (operator === undefined || !('firstInputs' in operator)) return 1;
  return inEdges.findIndex(({ id }) => id === edge) < operator.firstInputs ? 1 : 2;
}
