import type { ZooEntry } from '../entry.ts';

export const lastGroupWithoutFloor: ZooEntry = {
  id: 'last-group-without-floor',
  title: 'Of a range of key groups that share a watermark floor, the last one is restored without it',
  origin: 'FLINK-5601: watermarks are not part of a checkpoint, and after a restore what was late is taken',
  file: 'core/operators/heads/keyed-head.ts',
  find: `      for (let keyGroup = start; keyGroup <= end; keyGroup++) this.#floors.restore(keyGroup, floor);`,
  replace: `      for (let keyGroup = start; keyGroup < end; keyGroup++) this.#floors.restore(keyGroup, floor);`,
  law: 'watermark-regression',
  // If the first that happens in the group is that the watermark rises, what the floor held back comes early.
  also: ['timers', 'watermarks'],
};
