/** The schedule must not be visible outside the engine: the same plan with other draws commits the same output. */
import type { Relation } from './relation.ts';

export const schedule: Relation = {
  name: 'schedule',
  states: 'The same plan under two other schedules commits the same output.',
  variants: (plan) => [
    { ...plan, choices: { explicit: [] } },
    { ...plan, choices: { seed: 'seed' in plan.choices ? `${plan.choices.seed}, other draws` : 'other draws' } },
  ],
};
