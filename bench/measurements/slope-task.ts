/** What a universe costs by the number of its records. The sizes take turns, so that no size has a quiet machine for itself. */
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { passed } from '../passed.ts';
import { median } from '../statistics.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';

/** Small universes are run several times a round, with as many records in all. */
const RECORDS_A_ROUND = 5_000;

/** Milliseconds of one universe, size by size: the median of the rounds. The first round warms up and does not count. */
export function slopeTask(sizes: readonly number[], rounds: number, laws: boolean): readonly number[] {
  const plan = universePlan('universe-by-reference');
  const scratch = new Scratch();
  let seed = 0;
  const once = (size: number): number => {
    const runs = Math.max(1, Math.round(RECORDS_A_ROUND / size));
    const plans = Array.from({ length: runs }, () => sized(member(plan, seed++), size));
    const started = performance.now();
    for (const one of plans) passed(run(benchScenario, one, { scratch, laws }));
    return (performance.now() - started) / runs;
  };
  // The largest sizes have all that there is to warm up in themselves.
  for (const size of sizes) if (size <= 4 * RECORDS_A_ROUND) once(size);
  const timed = Array.from({ length: rounds }, () => sizes.map(once));
  return sizes.map((_, at) => median(timed.map((round) => round[at]!)));
}

function sized(plan: Plan, count: number): Plan {
  return plan.workload.kind === 'generated' ? { ...plan, workload: { ...plan.workload, count } } : plan;
}
