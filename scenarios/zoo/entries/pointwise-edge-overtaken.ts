import type { ZooEntry } from '../entry.ts';

export const pointwiseEdgeOvertaken: ZooEntry = {
  id: 'pointwise-edge-overtaken',
  title: 'Barriers overtake on pointwise edges, too',
  origin: 'FLINK-21945',
  file: 'core/checkpoint/barriers/edge-options.ts',
  find: `  return vertex.inEdges.some((edge) => isPointwise(edge) || edge.partition.kind === 'broadcast');`,
  replace: `  return vertex.inEdges.some((edge) => edge.partition.kind === 'broadcast');`,
  law: 'barrier-mode',
};
