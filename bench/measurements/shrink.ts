/** How many runs it takes to make a failing plan of 200 records and its faults minimal. Counted in runs, not in time. */
import type { CurvePoint } from '../../properties/shrink/oracle.ts';
import type { Row } from '../row.ts';
import { shrinkWork, workloadNames } from '../workloads.ts';
import { answerWithBug, bugNamed } from './edited-engine.ts';
import type { ShrinkRequest, ShrinkResult } from './shrink-worker.ts';

const WORKER = 'bench/measurements/shrink-worker.ts';

export async function shrinkRows(quick: boolean): Promise<readonly Row[]> {
  const names = workloadNames().filter((name) => name.startsWith('shrink-'));
  const rows: Row[] = [];
  for (const name of quick ? names.slice(0, 1) : names) rows.push(...(await shrinkRowsOf(name)));
  return rows;
}

async function shrinkRowsOf(name: string): Promise<readonly Row[]> {
  const { zoo, plan } = shrinkWork(name);
  const entry = bugNamed(zoo);
  const request: ShrinkRequest = { plan, law: entry.law };
  const result = await answerWithBug<ShrinkResult | string>(entry, WORKER, request);
  if (typeof result === 'string') throw new Error(`workload ${name}: ${result}`);
  return rowsOf(zoo, result);
}

function rowsOf(zoo: string, result: ShrinkResult): readonly Row[] {
  const { runs, runsToElements, to, minimal } = result;
  const left = to.records + to.incidents + to.config + (to.choices ?? 0);
  return [
    {
      what: `shrink 200 records, ${zoo}`,
      value: runs,
      unit: 'runs',
      must: { atMost: 300 },
      note: `${runsToElements} without polish; of size ${curveInWords(result.curve)}`,
    },
    // What is not known to be minimal may be of any size.
    { what: '  what is left', value: minimal ? left : Infinity, unit: '', must: { atMost: 20 }, note: noteOf(result) },
  ];
}

function noteOf({ from, to, minimal }: ShrinkResult): string {
  const parts = (['records', 'incidents', 'config', 'choices'] as const).map(
    (part) => `${part} ${from[part] ?? 0} -> ${to[part] ?? 0}`,
  );
  return `${parts.join(', ')}${minimal ? '' : ', NOT MINIMAL'}`;
}

/** The points at which it was less than half of the one before, and the last. */
export function curveInWords(curve: readonly CurvePoint[]): string {
  const last = curve.at(-1);
  let shown: CurvePoint | undefined;
  const points = curve.filter((point) => {
    const isShown = point === last || shown === undefined || 2 * point.weight <= shown.weight;
    if (isShown) shown = point;
    return isShown;
  });
  return points.map(({ runs, weight }) => `${weight} at ${runs}`).join(', ');
}
