import type { ZooEntry } from '../entry.ts';

export const transactionsOfSiblingsAborted: ZooEntry = {
  id: 'transactions-of-siblings-aborted',
  title:
    'A log sink that opens aborts all transactions of its sink that the checkpoint does not name, those of subtasks that were faster, too',
  origin:
    'HZ-JET f255dfad5c: each instance removes all that lies about at its start, and takes what a faster one works at',
  file: 'core/connectors/log/log-sink.ts',
  find: '      if (name.owner % parallelism !== subtask || name.attempt >= attempt) continue;\n',
  replace: '',
  law: 'settle',
};
