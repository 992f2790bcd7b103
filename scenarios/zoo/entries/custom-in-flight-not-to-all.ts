import type { ZooEntry } from '../entry.ts';

export const customInFlightNotToAll: ZooEntry = {
  id: 'custom-in-flight-not-to-all',
  title: 'In-flight data of a custom edge goes to one new subtask, whatever the partitioner says',
  origin: 'FLINK-35351 (class): the mapping of a custom partitioner is partial',
  file: 'core/checkpoint/restore/in-flight.ts',
  find: '      return parallelism === oldParallelism ? [receiver] : all;',
  replace: '      return [receiver % parallelism];',
  law: 'key-groups-owned-once',
};
