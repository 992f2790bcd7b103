/** What a universe allocates. Needs --expose-gc, and a young generation in which all that is counted finds room. */
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { passed } from '../passed.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';

/** Until then functions are compiled, and arenas grow. */
const WARM = 200;
/** So few that no collection falls between the two readings. */
const COUNTED = 20;

/** Bytes a universe of the bench, in the mean. */
export function allocationTask(laws: boolean): number {
  const plan = universePlan('universe-by-reference');
  const scratch = new Scratch();
  const universes = (from: number, count: number): void => {
    for (let seed = from; seed < from + count; seed++)
      passed(run(benchScenario, member(plan, seed), { scratch, laws }));
  };
  universes(0, WARM);
  if (globalThis.gc === undefined) throw new Error('allocation is measured with --expose-gc');
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  universes(WARM, COUNTED);
  return (process.memoryUsage().heapUsed - before) / COUNTED;
}
