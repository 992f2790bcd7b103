import type { ZooEntry } from '../entry.ts';

export const queryAnswersWithTheLastKey: ZooEntry = {
  id: 'query-answers-with-the-last-key',
  title: 'a query reads the state of the key that the task has just been at',
  origin: 'own: a handle of keyed state is used from outside of a turn, where another key is current',
  file: 'core/operators/heads/keyed-head.ts',
  find: `    this.backend.setCurrentKey(key);
    const read =`,
  // The first query of a state sets its key; a later one finds the key of the turn before it.
  replace: `    if (!Reflect.has(this.#operator, state)) this.backend.setCurrentKey(key);
    Reflect.set(this.#operator, state, true);
    const read =`,
  law: 'queries',
};
