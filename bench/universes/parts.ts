/** The universe of the bench in parts: plans of which each has one thing more than another one has. */
import type { Plan } from '../../properties/plan/plan.ts';

/** Checkpoints come so seldom that only the final one is taken. */
const NEVER_MS = 600_000;
/** So that a universe takes 17 of them, and a checkpoint's time stands out from the noise. */
const OFTEN_MS = 30;

/** One restart is within the noise. */
export const KILLS = 4;

export const PARTS = ['start', 'records', 'checkpoints', 'restarts'] as const;
export type Part = (typeof PARTS)[number];

/**
 * `start`: no record, one final checkpoint. `records`: those of the plan and nothing else. `checkpoints`: the same with many
 * checkpoints. `restarts`: that, and a kill of a task manager behind each of the first ones.
 */
export function partOf(plan: Plan, part: Part): Plan {
  const { workload, incidents, config } = plan;
  const [kill] = incidents;
  if (workload.kind !== 'generated' || kill?.when.kind !== 'fact')
    throw new Error('the universe of the bench draws its records, and is killed at a fact');
  const { what, when } = kill;
  const kills = Array.from({ length: KILLS }, (_, at) => ({ what, when: { ...when, nth: 1 + at } }));
  const often = part === 'checkpoints' || part === 'restarts';
  return {
    ...plan,
    workload: part === 'start' ? { ...workload, count: 0 } : workload,
    incidents: part === 'restarts' ? kills : [],
    config: { ...config, checkpointIntervalMs: often ? OFTEN_MS : NEVER_MS },
  };
}
