/** Somebody outside of the job asks what a key has in its state. An operation, not a fault. */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';
import type { Trigger } from './vocabulary/trigger.ts';

const PLANS_PER_1000 = 170;
const TIMES_MAX = 6;
/** Per 1000 queries: those that begin while an attempt ends, so that the task moves while it is asked. */
const AT_RESTART = 400;
const CHOICES_MAX = 999;

export const query = defineIncident({
  kind: 'query',
  title: 'somebody asks for the state of a key',
  cause: 'a dashboard, or a service that looks into the job (queryable state)',
  test: ['sim/faults/incidents.test.ts', 'a query reaches the operator of the job'],
  finds: 'query-answers-with-the-last-key',
  fields: {
    state: whole(0, CHOICES_MAX, 'which state of those in the newest checkpoint, counted round'),
    key: whole(0, CHOICES_MAX, 'which key of those of its operator, counted round'),
  },
  inject: (world, { state, key }) =>
    world.operate((operator) => {
      operator.query(state, key);
    }),
  draw: (dice, shape) => {
    if (shape.batch || !dice.chance(PLANS_PER_1000)) return [];
    return Array.from({ length: dice.between(1, TIMES_MAX) }, () => {
      const when: Trigger = dice.chance(AT_RESTART)
        ? { kind: 'fact', fact: 'attemptFailed', nth: dice.between(1, 2) }
        : shape.anywhere(dice).when;
      return { what: { kind: 'query' as const, state: dice.below(CHOICES_MAX), key: dice.below(CHOICES_MAX) }, when };
    });
  },
  words: ({ state, key }) => `ask for a key's state (${state}, ${key})`,
});
