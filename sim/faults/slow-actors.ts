/** Steps of actors cost more, some of them far more: a thread that gets little of its processor. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SCHEDULE } from './vocabulary/knob.ts';

export const slowActors = defineRate({
  kind: 'slow-actors',
  title: 'steps of uneven cost, and actors that are slow until faults heal',
  cause: 'a noisy neighbour, a skewed key, garbage collection',
  test: [
    'sim/kernel/actors.test.ts',
    'costs a jitter per step, and a factor if its name was drawn to be slow in this incarnation',
  ],
  swarm: SCHEDULE,
  knobs: {
    stepJitterUs: knob('us', [0, 500], 0, [20, 300], 'added by a draw to what a step costs'),
    slowActorPer1000: knob('per1000', [0, 1_000], 0, [50, 400], 'actors whose steps are slow'),
    slowFactor: knob('count', [1, 20], 1, [3, 20], 'how many times slower they are'),
  },
  cost: ({ stepJitterUs, slowActorPer1000, slowFactor }) => ({
    stepUs: stepJitterUs,
    stepFactor: slowActorPer1000 > 0 ? slowFactor : 1,
  }),
});
