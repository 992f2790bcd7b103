/**
 * The next version of the job is started: from a savepoint with which the old one is stopped, or, in a hurry, from the newest
 * retained checkpoint after all of the old one was killed. Only of scenarios that declare versions. An operation, not a fault.
 */
import { defineIncident } from './vocabulary/define.ts';
import { flag, whole } from './vocabulary/fields.ts';

const PLANS_PER_1000 = 850;
/** Per 1000 plans with an upgrade: those that go through all versions. */
const ALL_VERSIONS = 700;
const DIRTY = 350;
/** Per 1000 upgrades: those that come when a checkpoint is complete, so that the job runs and has something to hand over. */
const AT_CHECKPOINT = 650;
/** Checkpoints from one of these to the next. */
const CHECKPOINTS_MAX = 2;

export const upgrade = defineIncident({
  kind: 'upgrade',
  title: 'the next version of the job is started, at a parallelism of its own',
  cause: 'a deployment; one in a hurry takes no savepoint',
  test: ['sim/faults/incidents.test.ts', 'an upgrade reaches the operator of the job'],
  finds: 'reader-version-for-writer',
  fields: {
    dirty: flag('whether the old version is killed, instead of stopped with a savepoint'),
    parallelism: whole(1, 5, 'subtasks'),
  },
  inject: (world, { dirty, parallelism }) =>
    world.operate((operator) => {
      operator.upgrade(dirty ? 'checkpoint' : 'savepoint', parallelism);
    }),
  draw: (dice, shape) => {
    if (shape.batch || shape.versions < 2 || !dice.chance(PLANS_PER_1000)) return [];
    const times = dice.chance(ALL_VERSIONS) ? shape.versions - 1 : 1;
    let nth = 0;
    return Array.from({ length: times }, () => {
      nth += dice.between(1, CHECKPOINTS_MAX);
      return {
        what: {
          kind: 'upgrade' as const,
          dirty: dice.chance(DIRTY),
          parallelism: dice.between(1, shape.parallelismMax),
        },
        when: dice.chance(AT_CHECKPOINT)
          ? ({ kind: 'fact', fact: 'checkpointCompleted', nth, where: { kind: 'checkpoint' } } as const)
          : shape.anywhere(dice).when,
      };
    });
  },
  cost: () => ({ restarts: 2 }),
  words: ({ dirty, parallelism }) =>
    `${dirty ? 'kill the job and start' : 'stop the job with a savepoint, and start'} its next version from there at parallelism ${parallelism}`,
});
