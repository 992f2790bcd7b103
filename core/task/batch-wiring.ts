/** How a task of a stage is put together: what it reads, in which order. */
import type { PartitionResult } from '../batch/results.ts';
import { assert } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { inputNumberOf } from '../graph/inputs.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import type { EdgeSpec, JobSpec } from '../job/spec.ts';
import { serializerOf, type TypeSerializer } from '../values/serializers.ts';

export function edgeOf(job: JobSpec, edge: number): EdgeSpec {
  const spec = job.edges[edge];
  assert(spec !== undefined, () => `the job has no edge ${edge}`);
  return spec;
}

/** A result as a task reads it. */
export interface ReadPartition {
  readonly result: PartitionResult;
  readonly edge: EdgeSpec;
  readonly channel: ChannelId;
  readonly type: TypeSerializer<unknown>;
}

/** In order of (edge, sender). `sorted`: what is sorted by key; the others come first, as they are (SEMANTICS E3). */
export function readPartitions(
  job: JobSpec,
  vertex: PhysicalVertex,
  inputs: readonly PartitionResult[],
): { readonly plain: readonly ReadPartition[]; readonly sorted: readonly ReadPartition[] } {
  const all = [...inputs]
    .sort((a, b) => a.edge - b.edge || a.sender - b.sender)
    .map((result): ReadPartition => {
      const { attempt, sender, receiver } = result;
      const edge = edgeOf(job, result.edge);
      const channel = { edge: result.edge, attempt, sender, receiver };
      return { result, edge, channel, type: serializerOf(edge.type) };
    });
  const isSecond = ({ edge }: ReadPartition): boolean => inputNumberOf(vertex, edge.id) === 2;
  if (vertex.keyed) {
    const sorted = all.filter(({ edge }) => edge.partition.kind === 'hash');
    return { plain: all.filter((one) => !sorted.includes(one)), sorted };
  }
  // The broadcast side of an operator without key.
  return { plain: [...all.filter(isSecond), ...all.filter((one) => !isSecond(one))], sorted: [] };
}
