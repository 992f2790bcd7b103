import type { ZooEntry } from '../entry.ts';

export const hashModParallelism: ZooEntry = {
  id: 'hash-mod-parallelism',
  title: 'One of two hash edges is routed by hash mod parallelism',
  origin: 'a partitioner that does not agree with the key groups of its receiver',
  file: 'core/graph/partitioners.ts',
  find: `        ownerOf(
          keyGroupOf(hash(keyOf.twice(value)), receiverMaxParallelism),
          receiverParallelism,
          receiverMaxParallelism,
        );
`,
  replace: `        edge.id % 2 === 1
          ? (hash(keyOf.twice(value)) >>> 0) % receiverParallelism
          : ownerOf(
          keyGroupOf(hash(keyOf.twice(value)), receiverMaxParallelism),
          receiverParallelism,
          receiverMaxParallelism,
        );
`,
  law: 'key-groups-owned-once',
};
