import type { ZooEntry } from '../entry.ts';

export const joinCleanedByTheOtherBound: ZooEntry = {
  id: 'join-cleaned-by-the-other-bound',
  title: 'The right buffer of an interval join is cleaned by the upper bound',
  origin: 'the clean-up time of one side copied to the other',
  file: 'core/operators/interval-join-operator.ts',
  find: 'waitsMs: Math.max(0, -lowerMs)',
  replace: 'waitsMs: Math.max(0, upperMs)',
  law: 're-execution',
  also: ['join-complete'],
};
