/**
 * `npm run bench`: the performance budget of DESIGN.md, measured as BENCH.md tells to, as ratios within this one run.
 *
 *     node dist/bench.mjs [--quick] [--only <part> ...] [--json <file>] [--check] [--record]
 *
 * First the workloads: their digests are printed, and a change is reported loudly, since figures before and after it
 * measure different work; with --check it ends the run with exit code 1; no figure ever does. --record writes the digests
 * of now into the files and measures nothing.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serveTask, serveVariant } from './child.ts';
import { batchMemoryRows } from './measurements/batch-memory.ts';
import { campaignRows } from './measurements/campaign.ts';
import { coldTask } from './measurements/cold-task.ts';
import { coldStartRows } from './measurements/cold-start.ts';
import { detectionRows } from './measurements/detections.ts';
import { disciplineRows } from './measurements/disciplines.ts';
import { drawingRows } from './measurements/drawing.ts';
import { jobRows } from './measurements/jobs.ts';
import { kernelRows } from './measurements/kernel.ts';
import { lsmRows } from './measurements/lsm.ts';
import { memoryRows } from './measurements/memory.ts';
import { partRows } from './measurements/parts.ts';
import { pipelineRows } from './measurements/pipeline.ts';
import { shrinkRows } from './measurements/shrink.ts';
import { slopeRows } from './measurements/slope.ts';
import { snapshotRows } from './measurements/snapshots.ts';
import { stateRows } from './measurements/states.ts';
import { universeRows } from './measurements/universes.ts';
import { windowRows } from './measurements/windows.ts';
import { FULL, QUICK } from './rounds.ts';
import { isMet, type Row } from './row.ts';
import { tableOf } from './table.ts';
import { taskNamed } from './tasks.ts';
import { variantNamed } from './variants.ts';
import { type Checked, checkWorkloads, recordWorkloads } from './workloads.ts';

const PARTS: ReadonlyMap<string, (quick: boolean) => readonly Row[] | Promise<readonly Row[]>> = new Map<
  string,
  (quick: boolean) => readonly Row[] | Promise<readonly Row[]>
>([
  ['cold-start', coldStartRows],
  ['campaign', campaignRows],
  ['kernel', (quick) => kernelRows(quick ? QUICK : FULL)],
  ['pipeline', (quick) => pipelineRows(quick ? QUICK : FULL)],
  ['universes', (quick) => universeRows(quick ? QUICK : FULL)],
  ['parts', (quick) => partRows(quick ? QUICK : FULL)],
  ['disciplines', (quick) => disciplineRows(quick ? QUICK : FULL)],
  ['windows', (quick) => windowRows(quick ? QUICK : FULL)],
  ['jobs', (quick) => jobRows(quick ? QUICK : FULL)],
  ['drawing', (quick) => drawingRows(quick ? QUICK : FULL)],
  ['states', (quick) => stateRows(quick ? QUICK : FULL)],
  ['snapshots', snapshotRows],
  ['lsm', lsmRows],
  ['slope', slopeRows],
  ['memory', memoryRows],
  ['batch-memory', batchMemoryRows],
  ['shrink', shrinkRows],
  ['detections', detectionRows],
]);

interface Options {
  readonly quick: boolean;
  readonly check: boolean;
  /** Parts; none: all of them. */
  readonly only: readonly string[];
  readonly json: string | undefined;
}

async function bench({ quick, check, only, json }: Options): Promise<number> {
  const unknown = only.find((part) => !PARTS.has(part));
  if (unknown !== undefined) {
    console.error(`--only ${unknown}: expected one of ${[...PARTS.keys()].join(', ')}`);
    return 2;
  }
  const started = performance.now();
  const workloads = checkWorkloads();
  const changed = workloads.filter(({ recorded, found }) => recorded !== found);
  console.log(`workloads\n${workloads.map(workloadLine).join('\n')}`);
  if (changed.length > 0) console.error(warning(changed));
  if (check && changed.length > 0) return 1;

  const rows: Row[] = [];
  for (const [name, measure] of PARTS) {
    if (only.length > 0 && !only.includes(name)) continue;
    if (process.stderr.isTTY) process.stderr.write(`measuring ${name} ...\n`);
    rows.push(...(await measure(quick)));
  }
  const seconds = (performance.now() - started) / 1_000;
  console.log(`\n${tableOf(rows)}\n\n${summary(rows, quick, seconds)}`);
  if (json !== undefined) writeFileSync(json, jsonOf(rows, workloads, quick, seconds));
  return 0;
}

function workloadLine({ name, recorded, found }: Checked): string {
  return `  ${name.padEnd(40)}${found}${recorded === found ? '' : `   CHANGED, recorded is ${recorded}`}`;
}

function warning(changed: readonly Checked[]): string {
  const line = '!'.repeat(100);
  const names = changed.map(({ name }) => name).join(', ');
  return `${line}\nTHE WORK HAS CHANGED: ${names}.\nFigures cannot be compared with those of before. If the change is meant: node dist/bench.mjs --record\n${line}`;
}

function summary(rows: readonly Row[], quick: boolean, seconds: number): string {
  const judged = rows.filter(({ must }) => must !== undefined);
  const met = judged.filter(isMet).length;
  const how = quick ? ' (quick: few rounds, small sizes; good for finding mistakes, not for figures)' : '';
  return `${met} of ${judged.length} budgets met, in ${seconds.toFixed(0)} s${how}`;
}

function jsonOf(rows: readonly Row[], workloads: readonly Checked[], quick: boolean, seconds: number): string {
  const judged = rows.map((row) => ({ ...row, met: isMet(row) }));
  return `${JSON.stringify({ node: process.version, quick, seconds, workloads, rows: judged }, undefined, 2)}\n`;
}

const [role, ...args] = process.argv.slice(2);
if (role === 'variant') {
  serveVariant(variantNamed(args[0] ?? ''));
} else if (role === 'task') {
  await serveTask(() => taskNamed(args[0] ?? '')(args.slice(1)));
} else if (role === 'cold') {
  coldTask(args.map(Number));
} else {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  if (values.record) recordWorkloads();
  else process.exitCode = await bench({ ...values, json: values.json });
}
