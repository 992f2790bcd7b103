/** The job goes on at another parallelism, from the newest completed checkpoint. An operation, not a fault. */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';

const PLANS_PER_1000 = 150;

export const rescale = defineIncident({
  kind: 'rescale',
  title: 'the parallelism is changed while the job runs',
  cause: 'an operator or an autoscaler',
  test: ['sim/faults/incidents.test.ts', 'a rescale reaches the operator of the job'],
  fields: { parallelism: whole(1, 5, 'subtasks') },
  inject: (world, { parallelism }) =>
    world.operate((operator) => {
      operator.rescale(parallelism);
    }),
  draw: (dice, shape) =>
    !shape.batch && !shape.reactive && dice.chance(PLANS_PER_1000)
      ? [
          {
            what: { kind: 'rescale', parallelism: dice.between(1, shape.parallelismMax) },
            when: shape.anywhere(dice).when,
          },
        ]
      : [],
  words: ({ parallelism }) => `rescale to parallelism ${parallelism}`,
});
