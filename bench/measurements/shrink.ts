/** How many runs it takes to make a failing plan of 200 records and its faults minimal. Counted in runs, not in time. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { answerOf } from '../rounds.ts';
import type { Row } from '../row.ts';
import { shrinkWork, workloadNames } from '../workloads.ts';
import { bundleEdited } from './edited-engine.ts';
import type { ShrinkRequest, ShrinkResult } from './shrink-worker.ts';

/** From dist/bench.mjs. */
const CHECKOUT = new URL('../', import.meta.url);
const WORKER = 'bench/measurements/shrink-worker.ts';

export async function shrinkRows(quick: boolean): Promise<readonly Row[]> {
  const names = workloadNames().filter((name) => name.startsWith('shrink-'));
  const rows: Row[] = [];
  for (const name of quick ? names.slice(0, 1) : names) rows.push(await shrinkRow(name));
  return rows;
}

async function shrinkRow(name: string): Promise<Row> {
  const { zoo, plan } = shrinkWork(name);
  const entry = zooEntries.find(({ id }) => id === zoo);
  if (entry === undefined) throw new Error(`workload ${name}: the zoo has no ${zoo}`);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const bundle = join(directory, 'shrink.mjs');
    await bundleEdited(CHECKOUT, WORKER, [entry], bundle);
    const child = fork(bundle, [], { execArgv: ['--enable-source-maps'], serialization: 'advanced' });
    child.send({ plan, law: entry.law } satisfies ShrinkRequest);
    const result = await answerOf<ShrinkResult | string>(child, name);
    if (typeof result === 'string') throw new Error(`workload ${name}: ${result}`);
    return {
      what: `shrink 200 records, ${zoo}`,
      value: result.runs,
      unit: 'runs',
      must: { atMost: 300 },
      note: noteOf(result),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function noteOf({ from, to, minimal, runsToElements }: ShrinkResult): string {
  const left = `${from.records} to ${to.records} records, ${from.incidents} to ${to.incidents} incidents, ${from.choices ?? 0} to ${to.choices ?? 0} choices`;
  return `${left}${minimal ? '' : ', not minimal'}; ${runsToElements} without polish`;
}
