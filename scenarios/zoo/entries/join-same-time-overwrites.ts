import type { ZooEntry } from '../entry.ts';

export const joinSameTimeOverwrites: ZooEntry = {
  id: 'join-same-time-overwrites',
  title: 'Of two elements of one time the later one takes the place of the earlier one in the buffer',
  origin: 'a buffer by timestamp without room for several elements',
  file: 'core/operators/interval-join-operator.ts',
  find: 'Object.freeze([...(buffer.get(timestamp) ?? []), value])',
  replace: 'Object.freeze([value])',
  law: 'join-complete',
  also: ['re-execution'],
};
