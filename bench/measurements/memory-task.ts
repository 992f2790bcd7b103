/** How much the memory in use grows over many universes, after a garbage collection each time. Needs --expose-gc. */
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { passed } from '../passed.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';

export interface Memory {
  readonly driftMb: number;
  readonly usedMb: number;
}

/** What the first tenth leaves behind (compiled code, grown arenas) is no drift. */
export function memoryTask(universes: number): Memory {
  const plan = universePlan('universe-tiny');
  const scratch = new Scratch();
  const runFrom = (from: number, count: number): void => {
    for (let seed = from; seed < from + count; seed++) passed(run(benchScenario, member(plan, seed), { scratch }));
  };
  const warm = Math.ceil(universes / 10);
  runFrom(0, warm);
  const before = usedMb();
  runFrom(warm, universes);
  const after = usedMb();
  return { driftMb: after - before, usedMb: after };
}

function usedMb(): number {
  if (globalThis.gc === undefined) throw new Error('the memory is measured with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
