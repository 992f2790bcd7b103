/**
 * Which new subtasks of a vertex replay which in-flight data of a checkpoint (SEMANTICS W7). Pure.
 *
 *   edge                  | the old channel (s, r) is replayed by                                     | its records filtered by
 *   ----------------------|---------------------------------------------------------------------------|------------------------
 *   hash                  | every new subtask whose key groups overlap those of r                     | key group, if shared
 *   rebalance, shuffle    | r mod P                                                                   | nothing
 *   custom                | r if the parallelism is the same, else every new subtask                  | the partitioner, if shared
 *   forward, rescale,     | none: their receivers are forced aligned, so there is none              |
 *   broadcast             |                                                                           |
 *
 * Per old channel the receiver's side comes before the sender's: what had left the sender is older than what had not. The
 * sender's side lies in the sender's snapshot, so all vertices of the checkpoint are looked through. Channels in order
 * of (edge, sender, receiver).
 *
 * A new sender takes the place of the old ones `s mod senders`. One of them without in-flight data for a subtask may lag
 * behind the others: there the place is not *whole*, and replayed watermarks say nothing about it.
 */
import type { EdgeSpec } from '../../job/spec.ts';
import type { ChannelStateHandle, CheckpointMetadata } from '../storage/metadata.ts';
import { JobError } from '../../errors.ts';
import { keyGroupRange } from '../../graph/key-groups.ts';
import type { PhysicalGraph, PhysicalVertex } from '../../graph/physical.ts';
import type { TaskRestore } from './task-restore.ts';

type InFlight = TaskRestore['inFlight'][number];

/** The vertices at the other ends of a vertex's edges. */
export type Neighbours = Pick<PhysicalGraph, 'sender' | 'receiver'>;
type OldChannel = Pick<InFlight, 'edge' | 'sender' | 'receiver' | 'parts'>;

/** By new subtask. */
export function inFlightOf(
  vertex: PhysicalVertex,
  metadata: CheckpointMetadata,
  graph: Neighbours,
): readonly (readonly InFlight[])[] {
  const assigned: (OldChannel & { readonly shared: boolean })[][] = Array.from(
    { length: vertex.parallelism },
    () => [],
  );
  const parallelismOf = (uid: string): number | undefined =>
    metadata.vertices.find((old) => old.uid === uid)?.parallelism;
  const oldParallelism = parallelismOf(vertex.uid) ?? vertex.parallelism;
  for (const { edge, sender, receiver, parts } of channelsInto(vertex, metadata)) {
    const spec = vertex.inEdges.find(({ id }) => id === edge);
    if (spec === undefined) continue;
    const subtasks = receiversOf(spec, receiver, oldParallelism, vertex);
    const shared = subtasks.length > 1;
    for (const subtask of subtasks) assigned[subtask]?.push({ edge, sender, receiver, parts, shared });
  }
  return assigned.map((channels) =>
    channels.map(({ edge, sender, receiver, parts, shared }): InFlight => {
      const spec = vertex.inEdges.find(({ id }) => id === edge);
      const vertexOfSender = spec === undefined ? undefined : graph.sender(spec);
      const now = vertexOfSender?.parallelism ?? 1;
      const known = channels.filter((other) => other.edge === edge).map((other) => other.sender);
      const whole = isWhole(sender, now, parallelismOf(vertexOfSender?.uid ?? '') ?? now, known);
      return { edge, sender, receiver, parts, shared, whole };
    }),
  );
}

/** Whether all old senders whose place new sender `sender mod now` takes are known. */
function isWhole(sender: number, now: number, before: number, known: readonly number[]): boolean {
  for (let old = sender % now; old < before; old += now) if (!known.includes(old)) return false;
  return true;
}

function channelsInto(vertex: PhysicalVertex, metadata: CheckpointMetadata): readonly OldChannel[] {
  const edges = new Set(vertex.inEdges.map(({ id }) => id));
  const channels = new Map<
    string,
    { readonly input: ChannelStateHandle[]; readonly output: ChannelStateHandle[]; readonly first: ChannelStateHandle }
  >();
  for (const handle of metadata.vertices.flatMap(({ subtasks }) =>
    subtasks.flatMap(({ channelState }) => channelState),
  )) {
    if (!edges.has(handle.edge)) continue;
    const name = `${handle.edge}/${handle.sender}/${handle.receiver}`;
    const known = channels.get(name) ?? { input: [], output: [], first: handle };
    channels.set(name, known);
    (handle.side === 'input' ? known.input : known.output).push(handle);
  }
  return [...channels.values()]
    .map(({ input, output, first }) => ({
      edge: first.edge,
      sender: first.sender,
      receiver: first.receiver,
      parts: [...input, ...output],
    }))
    .sort((a, b) => a.edge - b.edge || a.sender - b.sender || a.receiver - b.receiver);
}

function receiversOf(
  { id, partition }: EdgeSpec,
  receiver: number,
  oldParallelism: number,
  vertex: PhysicalVertex,
): readonly number[] {
  const { parallelism, maxParallelism } = vertex;
  const all = Array.from({ length: parallelism }, (_, subtask) => subtask);
  switch (partition.kind) {
    case 'hash': {
      const old = keyGroupRange(receiver, oldParallelism, maxParallelism);
      return all.filter((subtask) => {
        const range = keyGroupRange(subtask, parallelism, maxParallelism);
        return range.start <= old.end && old.start <= range.end;
      });
    }
    case 'rebalance':
    case 'shuffle':
      return [receiver % parallelism];
    case 'custom':
      return parallelism === oldParallelism ? [receiver] : all;
    case 'forward':
    case 'rescale':
    case 'broadcast':
      throw new JobError(
        `operator ${vertex.uid}: the checkpoint has in-flight data of edge ${id}, which is ${partition.kind} and can have none`,
      );
  }
}
