/** How many subtasks there are must not be visible outside the engine: one, or several, commit the same output. */
import { isReactive, knobOf } from '../plan/knobs.ts';
import type { Relation } from './relation.ts';

const SEVERAL = 3;

export const parallelism: Relation = {
  name: 'parallelism',
  states: 'The same plan with one subtask for each operator, or with several, commits the same output.',
  variants: (plan) => [
    {
      ...plan,
      config: {
        ...plan.config,
        parallelism: knobOf(plan, 'parallelism') === 1 ? SEVERAL : 1,
        // There the hosts decide on it.
        ...(isReactive(plan) ? { schedulerMode: 0 } : {}),
      },
    },
  ],
};
