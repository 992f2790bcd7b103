import type { ZooEntry } from '../entry.ts';

export const committablesOfHeadOnly: ZooEntry = {
  id: 'committables-of-head-only',
  title: 'Only what the head of a chain has pending is assigned at a restore',
  origin: 'FLINK-10809 (tier 1), nearest form: state of operators that are not the head of their chain is not assigned',
  file: 'core/checkpoint/restore/redistribution.ts',
  find: 'pending: pendingOf(subtasks, vertex.parallelism, subtask),',
  replace: 'pending: pendingOf(subtasks, vertex.parallelism, subtask).filter(({ sink }) => sink === vertex.uid),',
  law: 'transactions',
  note: 'only heads have keyed state and lists here; what is behind them has pending transactions',
};
