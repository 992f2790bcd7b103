import type { ZooEntry } from '../entry.ts';

export const customInFlightByTheSenders: ZooEntry = {
  id: `custom-in-flight-by-the-senders`,
  title: `Whether in-flight data of a custom edge has to be looked through by all is told by the parallelism of its senders`,
  origin: `FLINK-35351: the mapping for a custom partitioner goes by the parallelism of the wrong side`,
  file: `core/checkpoint/restore/in-flight.ts`,
  find: `    const subtasks = receiversOf(edge, channel.receiver, oldParallelism, vertex);
`,
  replace: `    const sender = graph.sender(edge);
    const isSame = (parallelismOf(sender.uid) ?? sender.parallelism) === sender.parallelism;
    const before = edge.partition.kind === 'custom' && isSame ? vertex.parallelism : oldParallelism;
    const subtasks = receiversOf(edge, channel.receiver, before, vertex);
`,
  law: `channel-state`,
};
