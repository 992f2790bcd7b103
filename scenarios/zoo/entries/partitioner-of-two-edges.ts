import type { ZooEntry } from '../entry.ts';

export const partitionerOfTwoEdges: ZooEntry = {
  id: 'partitioner-of-two-edges',
  title:
    'Edges of one stream that are partitioned alike share a partitioner, which is set up for the receivers of the last one',
  origin: 'FLINK-14087',
  file: 'core/task/task-wiring.ts',
  find: `  const partition = partitionerOf(edge, task.subtask, receiver.parallelism, receiver.maxParallelism, {
    parallelism: sender.parallelism,`,
  replace: `  const alike = env.job.edges.filter(
    ({ from, tag, partition }) => from === edge.from && tag === edge.tag && partition.kind === edge.partition.kind,
  );
  const last = graph.receiver(alike.at(-1) ?? edge);
  const partition = partitionerOf(edge, task.subtask, last.parallelism, last.maxParallelism, {
    parallelism: sender.parallelism,`,
  law: 'key-groups-owned-once',
  also: ['crash'],
};
