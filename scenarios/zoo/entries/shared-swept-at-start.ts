import type { ZooEntry } from '../entry.ts';

export const sharedSweptAtStart: ZooEntry = {
  id: 'shared-swept-at-start',
  title: 'The sweep before an attempt does not look at what retained checkpoints share',
  origin: 'HZ-2415: orphans are deleted before it is known what is needed',
  file: 'core/checkpoint/restore/leftovers.ts',
  find: `  const shares = there.some((name) => isShared(job, name));`,
  replace: `  const shares = there.every((name) => isShared(job, name));`,
  law: 'reference-closure',
};
