/**
 * The job is stopped with a savepoint, with or without the end of event time. One that was not drained is resumed from
 * it by the code that composes the run. An operation, not a fault.
 */
import { defineIncident } from './vocabulary/define.ts';
import { flag } from './vocabulary/fields.ts';

/** At most one a plan: a drained job does not go on. */
const PLANS_PER_1000 = 110;
const DRAIN = 350;

export const stop = defineIncident({
  kind: 'stop',
  title: 'the job is stopped with a savepoint, and resumed unless it was drained',
  cause: 'an operator, for an upgrade or a move',
  test: ['sim/faults/incidents.test.ts', 'a savepoint and a stop reach the operator of the job'],
  finds: 'savepoint-preferred',
  fields: { drain: flag('whether event time ends first') },
  inject: (world, { drain }) =>
    world.operate((operator) => {
      operator.savepoint(drain ? 'drain' : 'stop');
    }),
  draw: (dice, shape) =>
    !shape.batch && dice.chance(PLANS_PER_1000)
      ? [{ what: { kind: 'stop', drain: dice.chance(DRAIN) }, when: shape.anywhere(dice).when }]
      : [],
  cost: () => ({ restarts: 1 }),
  words: ({ drain }) =>
    drain ? 'drain the job and stop it with a savepoint' : 'stop the job with a savepoint, and resume it from there',
});
