/**
 * What a user pays for: seconds on one core until a campaign has found a bug. Ten of the planted bugs, of ten kinds, each
 * hunted from a few seeds; the runs that it took are the harness's, the seconds are the machine's as well.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { answerOf } from '../rounds.ts';
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import type { Detection, DetectionRequest } from './detection-worker.ts';
import { bundleEdited } from './edited-engine.ts';

/** From dist/bench.mjs. */
const CHECKOUT = new URL('../', import.meta.url);
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
    const found = await hunted(id, quick ? QUICK_SEEDS : SEEDS);
    const missed = found.filter(({ runs }) => runs === undefined).length;
    const value = median(found.map(({ runs, seconds }) => (runs === undefined ? Infinity : seconds)));
    medians.push(value);
    const runs = found.map((one) => one.runs ?? `none in ${RUNS_MAX}`).join(', ');
    const note = `runs ${runs}${missed === 0 ? '' : `; ${missed} of ${found.length} hunts in vain`}`;
    rows.push({ what: `until found, ${id}`, value, unit: 's', note });
  }
  return [...rows, { what: 'until found, median of the ten', value: median(medians), unit: 's' }];
}

async function hunted(id: string, seeds: readonly string[]): Promise<readonly Detection[]> {
  const entry = zooEntries.find((one) => one.id === id);
  if (entry === undefined) throw new Error(`the zoo has no ${id}`);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const bundle = join(directory, 'detection.mjs');
    await bundleEdited(CHECKOUT, WORKER, [entry], bundle);
    const child = fork(bundle, [], { execArgv: ['--enable-source-maps'], serialization: 'advanced' });
    child.send({ seeds, runsMax: RUNS_MAX } satisfies DetectionRequest);
    return await answerOf<readonly Detection[]>(child, id);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
