import type { ZooEntry } from '../entry.ts';

export const partlyFinishedIsFinished: ZooEntry = {
  id: 'partly-finished-is-finished',
  title: 'A vertex of which one subtask had finished restores as finished',
  origin: 'every taken for some (FLIP-147)',
  file: 'core/checkpoint/restore/redistribution.ts',
  find: `subtasks.every(({ finished }) => finished);`,
  replace: `subtasks.some(({ finished }) => finished);`,
  law: 're-execution',
};
