/** An object of the result of a finished stage is gone from the store. What left it runs again, with all that has read it. */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';

/** Of plans that run in batch. */
const PLANS_PER_1000 = 450;
const OBJECTS_MAX = 40;
/** Where a batch job keeps the results of its stages. */
const RESULTS = 'batch/';

export const lostResult = defineIncident({
  kind: 'lost-result',
  title: 'an object of a result is gone',
  cause: 'a rule that deletes old objects, a disk of a shuffle service, a mistaken hand',
  test: ['sim/faults/incidents.test.ts', 'a lost result is one that is there'],
  fields: { nth: whole(1, OBJECTS_MAX, 'which of the objects, counted round') },
  inject: ({ objects }, { nth }) => {
    const names = objects.names(RESULTS);
    const name = names[(nth - 1) % Math.max(1, names.length)];
    if (name === undefined) return false;
    objects.remove(name);
    return true;
  },
  draw: (dice, shape) =>
    shape.batch && dice.chance(PLANS_PER_1000)
      ? [{ what: { kind: 'lost-result', nth: dice.between(1, OBJECTS_MAX) }, when: shape.resultsThere(dice) }]
      : [],
  cost: () => ({ restarts: 2 }),
  words: ({ nth }) => `lose object ${nth} of the results`,
});
