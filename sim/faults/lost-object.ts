/** An object of a checkpoint is gone from the store. The job goes on; what goes back to that checkpoint has to say so. */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';

/** Of plans with checkpoints. */
const PLANS_PER_1000 = 20;
/** Of these, when an attempt has just failed, so that the next one needs it. */
const BEFORE_RESTORE = 700;
const OBJECTS_MAX = 12;
/** Where checkpoints of a job lie. Savepoints and output are their users'. */
const OF_CHECKPOINTS = /^[^/]+\/\d+-[^/]+\//;

export const lostObject = defineIncident({
  kind: 'lost-object',
  title: 'an object of a checkpoint is gone',
  cause: 'a rule that deletes old objects, a mistaken hand, two jobs of one name',
  test: ['sim/faults/incidents.test.ts', 'a lost object is one of a checkpoint, counted from the newest'],
  finds: 'missing-object-tried-for-ever',
  marks: ['restore-refused-for-lost-object'],
  fields: { nth: whole(1, OBJECTS_MAX, 'which of the objects of checkpoints, counted round from the newest') },
  inject: ({ objects }, { nth }) => {
    const names = objects.byAge().filter((name) => OF_CHECKPOINTS.test(name));
    const name = names.at(-1 - ((nth - 1) % Math.max(1, names.length)));
    return name !== undefined && objects.lose(name);
  },
  draw: (dice, shape) => {
    if (shape.batch || !dice.chance(PLANS_PER_1000)) return [];
    const fact = dice.chance(BEFORE_RESTORE) ? 'attemptFailed' : 'checkpointCompleted';
    const when = { kind: 'fact', fact, nth: dice.between(1, 4) } as const;
    return [{ what: { kind: 'lost-object', nth: dice.skewed(1, OBJECTS_MAX) }, when }];
  },
  cost: () => ({ restarts: 1 }),
  words: ({ nth }) => `lose object ${nth} of the checkpoints`,
});
