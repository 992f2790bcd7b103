import type { ZooEntry } from '../entry.ts';

export const reactiveWaitsForLostSlots: ZooEntry = {
  id: 'reactive-waits-for-lost-slots',
  title: 'In reactive mode a job waits for the slots that it was configured for, and some of them are gone',
  origin: 'of the kind of other engines: a scheduler that wants back what it had',
  file: 'core/cluster/attempt-preparation.ts',
  find: `slots.settled(leastSlots(job), config`,
  replace: `slots.settled(Math.max(scale.parallelism, leastSlots(job)), config`,
  law: 'settle',
};
