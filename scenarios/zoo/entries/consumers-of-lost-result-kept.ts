import type { ZooEntry } from '../entry.ts';

export const consumersOfLostResultKept: ZooEntry = {
  id: 'consumers-of-lost-result-kept',
  title: 'A lost result is computed again, and the stages that have read the old one are not',
  origin: 'SPARK-23207',
  file: 'core/cluster/batch-master.ts',
  find: `      if (vertex.inEdges.some((one) => reset.has(this.#graph.sender(one).uid))) reset.add(vertex.uid);
`,
  replace: `      if (vertex.inEdges.some((one) => reset.has(\`\${one.id}\`))) reset.add(vertex.uid);
`,
  law: 'batch',
};
