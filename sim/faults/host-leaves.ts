/**
 * A host goes for good, with its task manager. Only of a job in reactive mode, which goes on with the slots that are left; never the
 * last host.
 */
import { defineIncident, named } from './vocabulary/define.ts';
import { processRef } from './vocabulary/fields.ts';
import { victim } from './vocabulary/words.ts';

/** Per 1000 plans in reactive mode. */
const PLANS_PER_1000 = 450;
/** Of those: while a checkpoint is under way. */
const IN_CHECKPOINT = 500;

export const hostLeaves = defineIncident({
  kind: 'host-leaves',
  title: 'a host goes for good',
  cause: 'a spot instance that is taken back, an autoscaler, a machine that is not repaired',
  test: ['sim/faults/incidents.test.ts', 'hosts that join and leave reach the operator of the cluster'],
  finds: 'reactive-waits-for-lost-slots',
  fields: { process: processRef() },
  inject: (world, { process }, self) =>
    world.operate((operator) => {
      operator.hostLeaves(named(process, self));
    }),
  draw: (dice, shape) => {
    if (!shape.reactive || !dice.chance(PLANS_PER_1000)) return [];
    const instant = dice.chance(IN_CHECKPOINT) ? shape.inCheckpoint(dice) : shape.anywhere(dice);
    return [{ what: { kind: 'host-leaves', process: shape.victim(dice, instant) }, when: instant.when }];
  },
  cost: () => ({ restarts: 1 }),
  words: ({ process }) => `take the host of ${victim(process)} away`,
});
