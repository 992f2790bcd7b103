/** Marks of queryable state. */
import type { Mark } from './mark.ts';

export const queryAnswered: Mark = {
  name: 'query-answered',
  rarity: 40,
  needs: ['keyed'],
  condition: 'Somebody outside of the job has asked for the state of a key, and got a value.',
  listen: (_, reached) => ({
    queryAnswered: ({ error }) => {
      if (error === undefined) reached();
    },
  }),
};

export const queryAnsweredByMovedTask: Mark = {
  name: 'query-answered-by-moved-task',
  rarity: 700,
  needs: ['keyed', 'rescalable'],
  condition: 'A query is answered by a task that has just moved: at first its key was elsewhere, in an older attempt.',
  listen: (_, reached) => ({
    queryAnswered: ({ error, moved }) => {
      if (moved && (error === undefined || error === 'unknown-key')) reached();
    },
  }),
};
