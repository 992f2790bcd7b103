import type { ZooEntry } from '../entry.ts';

export const joinUpperBoundMissed: ZooEntry = {
  id: 'join-upper-bound-missed',
  title: 'A pair at the upper bound of an interval join is none',
  origin: 'the boundary of an interval, off by one: < for <=',
  file: 'core/operators/interval-join-operator.ts',
  find: '      .filter(([at]) => from <= at && at <= to)',
  replace: '      .filter(([at]) => from <= at && at < to)',
  law: 'join-complete',
};
