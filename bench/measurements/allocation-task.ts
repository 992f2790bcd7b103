/** What a universe allocates, and what of it a scavenge leaves once it is over. Needs --expose-gc, and a young generation in which all that is counted finds room. */
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { passed } from '../passed.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';

/** Until then functions are compiled, and arenas grow. */
const WARM = 400;
/** So few that no collection falls between the two readings. */
const COUNTED = 60;

/** Bytes a universe of the bench, in the mean. */
export interface Allocation {
  readonly allocated: number;
  /** What a scavenge takes for alive of universes that are over. The full collection behind it frees it. */
  readonly livesOn: number;
}

export function allocationTask(laws: boolean): Allocation {
  const plan = universePlan('universe-by-reference');
  const scratch = new Scratch();
  const universes = (from: number, count: number): void => {
    for (let seed = from; seed < from + count; seed++)
      passed(run(benchScenario, member(plan, seed), { scratch, laws }));
  };
  universes(0, WARM);
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('allocation is measured with --expose-gc');
  const used = (): number => process.memoryUsage().heapUsed;
  gc();
  const before = used();
  universes(WARM, COUNTED);
  const after = used();
  gc({ type: 'minor' });
  const scavenged = used();
  gc();
  return { allocated: (after - before) / COUNTED, livesOn: (scavenged - used()) / COUNTED };
}
