/**
 * One operator goes on at another parallelism, from the newest completed checkpoint; forward edges take their other end along. So
 * do several of them, one after the other: a chain of up to four steps, up and down. An operation, not a fault.
 */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';

const PLANS_PER_1000 = 140;
/** Of those: the first step is that of a source, so that only what is upstream changes. */
const UPSTREAM = 300;
/** With each further step. */
const FURTHER = 550;
const STEPS_MAX = 4;
/** Far more than the vertices of any job, so that each is as likely. */
const VERTEX_MAX = 99;

export const rescaleOperator = defineIncident({
  kind: 'rescale-operator',
  title: 'the parallelism of one operator is changed while the job runs',
  cause: 'an operator or an autoscaler that sees one stage fall behind',
  test: ['sim/faults/incidents.test.ts', 'a rescale of one operator reaches the operator of the job'],
  fields: {
    vertex: whole(0, VERTEX_MAX, 'which operator, counted round from the sources'),
    parallelism: whole(1, 5, 'subtasks'),
  },
  inject: (world, { vertex, parallelism }) =>
    world.operate((operator) => {
      operator.rescaleOperator(vertex, parallelism);
    }),
  draw: (dice, shape) => {
    if (shape.batch || shape.reactive || !dice.chance(PLANS_PER_1000)) return [];
    const step = (vertex: number) =>
      ({ kind: 'rescale-operator', vertex, parallelism: dice.between(1, shape.parallelismMax) }) as const;
    const first = step(dice.chance(UPSTREAM) ? 0 : dice.between(0, VERTEX_MAX));
    const steps = [{ what: first, when: shape.anywhere(dice).when }];
    while (steps.length < STEPS_MAX && dice.chance(FURTHER)) {
      const next = step(dice.between(0, VERTEX_MAX));
      // The attempt that the step before has led to has taken a checkpoint of its own, or is just about to.
      steps.push({ what: next, when: shape.inAttempt(dice, steps.length + 1) });
    }
    return steps;
  },
  cost: () => ({ restarts: 1 }),
  words: ({ vertex, parallelism }) => `rescale operator ${vertex} (counted round) to parallelism ${parallelism}`,
});
