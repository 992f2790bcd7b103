import type { ZooEntry } from '../entry.ts';

export const oneEdgeDisablesAll: ZooEntry = {
  id: 'one-edge-disables-all',
  title: 'One edge that cannot take channel state makes the whole job aligned',
  origin: 'FLINK-37870',
  file: 'core/task/barrier-sender.ts',
  find: `      const onEdge = optionsOnEdge(options, graph.receiver(edge));
`,
  replace: `      const onEdge = optionsOnEdge(
        options,
        graph.vertices.find((vertex) => optionsOnEdge(options, vertex).alignment === 'forced') ?? graph.receiver(edge),
      );
`,
  law: 'barrier-mode',
};
