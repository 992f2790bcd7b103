/**
 * Where the time of a universe goes: microseconds a record, a checkpoint, a start and a restart, with laws and without,
 * each as the difference of two universes of the same round, and the same in events of the limit kernel.
 */
import { run, type RunResult } from '../../properties/run/run.ts';
import { passed } from '../passed.ts';
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { mean, median } from '../statistics.ts';
import { type Part, partOf, PARTS } from '../universes/parts.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';
import { costRow, differences, type Times } from './ratio-row.ts';

const LIMIT = 'kernel/limit/50';
const WORKLOAD = 'universe-by-reference';
/** Universes whose checkpoints are counted. */
const COUNTED = 8;

export const partVariant = (part: Part, how: 'laws' | 'no laws'): string => `parts/${part}/${how}`;

export async function partRows(pace: Pace): Promise<readonly Row[]> {
  const variants = PARTS.flatMap((part) => (['laws', 'no laws'] as const).map((how) => partVariant(part, how)));
  const times = await compare({ same: [], beside: [...variants, LIMIT] }, pace);
  return [...rowsOf('laws', times), ...rowsOf('no laws', times)];
}

function rowsOf(how: 'laws' | 'no laws', times: Times): readonly Row[] {
  const plan = universePlan(WORKLOAD);
  const records = plan.workload.kind === 'generated' ? plan.workload.count : 0;
  const limitNs = median(times.get(LIMIT)!);
  const between = (more: Part, less: Part, units: number): readonly number[] =>
    differences(times, partVariant(more, how), partVariant(less, how)).map((ns) => ns / units);
  const row = (what: string, ns: readonly number[]): Row => costRow(`${what}, ${how}`, ns, limitNs);

  const checkpoint = between('checkpoints', 'records', checkpointsOf('checkpoints') - checkpointsOf('records'));
  // While a job starts again it takes no checkpoints: what it saves by that is not the restart's.
  const saved = (checkpointsOf('undisturbed') - checkpointsOf('restart')) * median(checkpoint);
  return [
    row('a start and a final checkpoint', times.get(partVariant('start', how))!),
    row('a record', between('records', 'start', records)),
    row('a checkpoint', checkpoint),
    row(
      'a kill, a restart, a restore',
      between('restart', 'undisturbed', 1).map((ns) => ns + saved),
    ),
  ];
}

/** How many checkpoints such a universe completes, in the mean. */
function checkpointsOf(part: Part): number {
  const plan = partOf(universePlan(WORKLOAD), part);
  const universe = (seed: number): RunResult => passed(run(benchScenario, member(plan, seed), { laws: false }));
  return mean(Array.from({ length: COUNTED }, (_, seed) => universe(seed).checkpoints.length));
}
