/**
 * In-flight data of the restored cut that is due at one task (SEMANTICS W7, "In-flight data at a restore"): which old
 * channels it replays, which of their records are its own, and how far it has come in each. Worked out from the job
 * graph, the witness's own cut and the parallelism of the new attempt; nothing of the engine's is read.
 */
import type { Model } from '../model/types.ts';
import type { ChannelRecord } from './channel.ts';
import type { Cut } from './cut.ts';
import { ReplayedChannel } from './replayed-channel.ts';
import type { TaskRecord } from './task.ts';
import type { VertexRecord } from './vertex.ts';

/** Deals the in-flight data of a cut to the tasks of the attempt that restores it. */
export function assignInFlight(
  cut: Cut,
  model: Model,
  vertices: ReadonlyMap<string, VertexRecord>,
  tasks: readonly TaskRecord[],
): void {
  for (const { channel, received, sent } of cut.channels.values()) {
    if (received === undefined || sent === undefined) continue;
    if (received.records >= sent.records && received.controls >= sent.controls) continue;
    const vertex = vertices.get(model.receiver(channel.edge).uid);
    if (vertex === undefined) continue;
    for (const task of tasks) {
      if (task.vertex !== vertex) continue;
      const isOwn = ownerCheck(cut, model, channel, task);
      if (isOwn !== undefined)
        task.replays.push(
          new ReplayedChannel(channel, received, sent, isOwn, cut.parallelism.get(model.sender(channel.edge).uid) ?? 0),
        );
    }
  }
}

/** Which records of the old channel are the task's; undefined: it does not replay the channel at all. */
function ownerCheck(
  cut: Cut,
  model: Model,
  channel: ChannelRecord,
  task: TaskRecord,
): ((value: unknown) => boolean) | undefined {
  const partition = model.job.edges[channel.edge]?.partition;
  const { vertex } = task;
  switch (partition?.kind) {
    case 'hash': {
      const oldParallelism = cut.parallelism.get(vertex.uid) ?? vertex.parallelism;
      const overlaps = ownedBy(model, vertex, oldParallelism, channel.receiver).some(
        (group) => group >= task.firstGroup && group <= task.lastGroup,
      );
      if (!overlaps) return undefined;
      if (oldParallelism === vertex.parallelism) return () => true;
      return (value) => {
        const group = vertex.model.keyGroupOf(channel.edge, value, vertex.maxParallelism);
        return group >= task.firstGroup && group <= task.lastGroup;
      };
    }
    case 'rebalance':
    case 'shuffle':
      return channel.receiver % vertex.parallelism === task.subtask ? () => true : undefined;
    case 'custom':
      // The same receivers as before: each gets back its own channels, with their control elements, and no others.
      if ((cut.parallelism.get(vertex.uid) ?? vertex.parallelism) === vertex.parallelism) {
        return channel.receiver === task.subtask ? () => true : undefined;
      }
      return (value) => partition.partition(value, vertex.parallelism) === task.subtask;
    default:
      // Pointwise and broadcast edges never have any: law `channel-state`.
      return undefined;
  }
}

function ownedBy(model: Model, vertex: VertexRecord, parallelism: number, subtask: number): number[] {
  const groups: number[] = [];
  for (let group = 0; group < vertex.maxParallelism; group++) {
    if (model.ownerOf(group, parallelism, vertex.maxParallelism) === subtask) groups.push(group);
  }
  return groups;
}
