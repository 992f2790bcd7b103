import type { ZooEntry } from '../entry.ts';

export const oneEdgeDisablesAll: ZooEntry = {
  id: 'one-edge-disables-all',
  title: 'One edge that cannot take channel state makes the whole job aligned',
  origin: 'FLINK-37870',
  file: 'core/task/task-checkpoints.ts',
  find: `      const onEdge = optionsOnEdge(options, env.graph.receiver(edge));
`,
  replace: `      const onEdge = optionsOnEdge(
        options,
        env.graph.vertices.find((vertex) => optionsOnEdge(options, vertex).alignment === 'forced') ??
          env.graph.receiver(edge),
      );
`,
  law: 'barrier-mode',
};
