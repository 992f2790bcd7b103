/** A job of two vertices, `source -> sink`, for tests whose tasks are played: nothing of it runs. */
import type { JobSpec, NodeSpec } from '../../job/spec.ts';
import { int32 } from '../../job/types.ts';

const node = (id: number, uid: string): NodeSpec => ({
  id,
  uid,
  name: uid,
  parallelism: undefined,
  maxParallelism: 8,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
});

export const twoVertices: JobSpec = {
  name: 'job',
  nodes: [node(0, 'source'), node(1, 'sink')],
  edges: [{ id: 0, from: 0, to: 1, tag: undefined, type: int32, partition: { kind: 'rebalance' } }],
};
