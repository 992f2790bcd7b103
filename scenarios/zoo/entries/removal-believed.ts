import type { ZooEntry } from '../entry.ts';

export const removalBelieved: ZooEntry = {
  id: 'removal-believed',
  title: 'The sweep takes it that an object is gone although the outcome of its removal is unknown',
  origin: 'FLINK-26450: a failed deletion is taken for a success',
  file: 'core/state/object-io.ts',
  find: `const REMOVALS_MAX = 20;`,
  replace: `const REMOVALS_MAX = 1;`,
  law: 'reference-closure',
};
