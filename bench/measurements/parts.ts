/**
 * Where the time of a universe goes: what a record, a checkpoint, a start and a restart cost, with laws and without, each as
 * the difference of two universes of the same round, in events of the limit kernel.
 */
import { run, type RunResult } from '../../properties/run/run.ts';
import { passed } from '../passed.ts';
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { mean, median } from '../statistics.ts';
import { KILLS, type Part, partOf, PARTS } from '../universes/parts.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';
import { costRow, differences, type Times } from './ratio-row.ts';

const LIMIT = 'kernel/limit/50';
const WORKLOAD = 'universe-by-reference';
/** Universes whose checkpoints are counted. */
const COUNTED = 8;

/** In events of the limit kernel. */
const MUST = {
  'a start and a final checkpoint': { laws: 4_800, 'no laws': undefined },
  'a record': { laws: 41, 'no laws': 23 },
  'a checkpoint': { laws: 2_050, 'no laws': 1_100 },
  'a kill, a restart, a restore': { laws: 4_800, 'no laws': undefined },
} as const;

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
  const row = (what: keyof typeof MUST, ns: readonly number[]): Row => {
    const atMost = MUST[what][how];
    return costRow(`${what}, ${how}`, ns, limitNs, atMost === undefined ? {} : { must: { atMost } });
  };

  const checkpoint = between('checkpoints', 'records', checkpointsOf('checkpoints') - checkpointsOf('records'));
  // While a job starts again it takes no checkpoints: what it saves by that is not the restart's.
  const saved = (checkpointsOf('checkpoints') - checkpointsOf('restarts')) * median(checkpoint);
  return [
    row('a start and a final checkpoint', times.get(partVariant('start', how))!),
    row('a record', between('records', 'start', records)),
    row('a checkpoint', checkpoint),
    row(
      'a kill, a restart, a restore',
      between('restarts', 'checkpoints', 1).map((ns) => (ns + saved) / KILLS),
    ),
  ];
}

/** How many checkpoints such a universe completes, in the mean. */
function checkpointsOf(part: Part): number {
  const plan = partOf(universePlan(WORKLOAD), part);
  const universe = (seed: number): RunResult => passed(run(benchScenario, member(plan, seed), { laws: false }));
  return mean(Array.from({ length: COUNTED }, (_, seed) => universe(seed).checkpoints.length));
}
