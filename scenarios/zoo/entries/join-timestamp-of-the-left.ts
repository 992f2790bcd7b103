import type { ZooEntry } from '../entry.ts';

export const joinTimestampOfTheLeft: ZooEntry = {
  id: 'join-timestamp-of-the-left',
  title: 'A pair has the timestamp of its left element',
  origin: 'the result of a join may be late behind it: it has to have the larger of the two timestamps',
  file: 'core/operators/interval-join-operator.ts',
  find: '    this.timestamp = Math.max(left, right);',
  replace: '    this.timestamp = left;',
  law: 're-execution',
};
