import type { ZooEntry } from '../entry.ts';

export const oneCommittableOfASubtask: ZooEntry = {
  id: 'one-committable-of-a-subtask',
  title: 'Of several committables of one subtask and checkpoint only the last one is restored',
  origin: 'FLINK-29627: committables in a map by subtask, where one subtask may have several',
  file: 'core/checkpoint/restore/redistribution.ts',
  find: '(old % parallelism === subtask ? pending : []));',
  replace:
    '\n    old % parallelism === subtask ? [...new Map(pending.map((one) => [`${one.sink}/${one.checkpoint}`, one])).values()] : [],\n  );',
  law: 'files-once',
};
