import type { ZooEntry } from '../entry.ts';

export const queryAnswersWithTheLastKey: ZooEntry = {
  id: 'query-answers-with-the-last-key',
  title: 'a query reads the state of the key that the task has just been at',
  origin: 'own: a handle of keyed state is used from outside of a turn, where another key is current',
  file: 'core/operators/heads/keyed-head.ts',
  find: `    this.backend.setCurrentKey(key);
    const read =`,
  // It sets the key where none is current yet: the first turn has not come.
  replace: `    try {
      void this.backend.currentKey;
    } catch {
      this.backend.setCurrentKey(key);
    }
    const read =`,
  law: 'queries',
};
