import type { ZooEntry } from '../entry.ts';

export const timeEvictorKeepsTheEdge: ZooEntry = {
  id: 'time-evictor-keeps-the-edge',
  title: `A time evictor keeps the element that is exactly its size older than the newest one`,
  origin: `the boundary of SEMANTICS L12: >= for >`,
  file: 'core/operators/windows/contents.ts',
  find: `timestamp > newest - evictor.sizeMs);`,
  replace: `timestamp >= newest - evictor.sizeMs);`,
  law: 're-execution',
};
