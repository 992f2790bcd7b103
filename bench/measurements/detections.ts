/**
 * What a user pays for: seconds on one core until a campaign has found a bug. Ten of the planted bugs, of ten kinds, each
 * hunted from a few seeds; the runs that it took are the harness's, the seconds are the machine's as well.
 */
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import type { Detection, DetectionRequest } from './detection-worker.ts';
import { answerWithBug, bugNamed } from './edited-engine.ts';

const WORKER = 'bench/measurements/detection-worker.ts';

/** Barriers, channel state, state, timers, event time, sources, sinks, joins, batch and the coordinator. */
const HUNTED = [
  'channel-not-blocked',
  'output-in-flight-dropped',
  'snapshot-shares-live-state',
  'timers-not-restored',
  'idle-not-passed-on',
  'source-offset-not-restored',
  'commit-at-pre-commit',
  'join-bounds-not-mirrored',
  'sort-drops-a-run',
  'second-latest-restored',
] as const;
const SEEDS = ['1', '2', '3'] as const;
const QUICK_SEEDS = ['1'] as const;
const RUNS_MAX = 2_000;

export async function detectionRows(quick: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const medians: number[] = [];
  for (const id of HUNTED) {
    const request: DetectionRequest = { seeds: quick ? QUICK_SEEDS : SEEDS, runsMax: RUNS_MAX };
    const found = await answerWithBug<readonly Detection[]>(bugNamed(id), WORKER, request);
    const missed = found.filter(({ runs }) => runs === undefined).length;
    const value = median(found.map(({ runs, seconds }) => (runs === undefined ? Infinity : seconds)));
    medians.push(value);
    const runs = found.map((one) => one.runs ?? `none in ${RUNS_MAX}`).join(', ');
    const note = `runs ${runs}${missed === 0 ? '' : `; ${missed} of ${found.length} hunts in vain`}`;
    rows.push({ what: `until found, ${id}`, value, unit: 's', note });
  }
  return [...rows, { what: 'until found, median of the ten', value: median(medians), unit: 's' }];
}
