/** The universe of the bench in parts: plans of which each has one thing more than another one has. */
import type { Plan } from '../../properties/plan/plan.ts';

/** Checkpoints come so seldom that only the final one is taken. */
const NEVER_MS = 600_000;
/** So that a universe takes 17 of them, and a checkpoint's time stands out from the noise. */
const OFTEN_MS = 30;

export const PARTS = ['start', 'records', 'checkpoints', 'undisturbed', 'restart'] as const;
export type Part = (typeof PARTS)[number];

/**
 * `start`: no record, one final checkpoint. `records`: those of the plan and nothing else. `checkpoints`: the same with many
 * checkpoints. `restart`: the plan as it is, with its kill; `undisturbed`: without.
 */
export function partOf(plan: Plan, part: Part): Plan {
  const { workload, incidents, config } = plan;
  if (workload.kind !== 'generated') throw new Error('the universe of the bench draws its records');
  return {
    ...plan,
    workload: part === 'start' ? { ...workload, count: 0 } : workload,
    incidents: part === 'restart' ? incidents : [],
    config: { ...config, ...intervalOf(part) },
  };
}

function intervalOf(part: Part): { readonly checkpointIntervalMs?: number } {
  if (part === 'undisturbed' || part === 'restart') return {};
  return { checkpointIntervalMs: part === 'checkpoints' ? OFTEN_MS : NEVER_MS };
}
