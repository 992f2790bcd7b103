/** A further host with a task manager comes, and stays. A job in reactive mode makes use of it. An operation, not a fault. */
import { defineIncident } from './vocabulary/define.ts';

/** Per 1000 plans in reactive mode; of those, the ones with a second. */
const PLANS_PER_1000 = 700;
const SECOND = 350;
/** Per 1000: while a checkpoint is under way. */
const IN_CHECKPOINT = 500;

export const hostJoins = defineIncident({
  kind: 'host-joins',
  title: 'a further host with a task manager comes while the job runs',
  cause: 'an autoscaler, or a person who adds capacity',
  test: ['sim/faults/incidents.test.ts', 'hosts that join and leave reach the operator of the cluster'],
  finds: 'reactive-never-scales-up',
  fields: {},
  inject: (world) =>
    world.operate((operator) => {
      operator.hostJoins();
    }),
  draw: (dice, shape) => {
    if (!shape.reactive || !dice.chance(PLANS_PER_1000)) return [];
    return Array.from({ length: dice.chance(SECOND) ? 2 : 1 }, () => {
      const { when } = dice.chance(IN_CHECKPOINT) ? shape.checkpointPending(dice) : shape.anywhere(dice);
      return { what: { kind: 'host-joins' as const }, when };
    });
  },
  cost: () => ({ restarts: 1 }),
  words: () => 'add a host with a task manager',
});
