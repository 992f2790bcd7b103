/** Runs a second of a whole campaign, as `npm start` does it: over all scenarios, from a cold start, on two cores. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row } from '../row.ts';
import { elapsedMs } from './cold-start.ts';

const WORKERS = 2;

export function campaignRows(quick: boolean): readonly Row[] {
  const runs = quick ? 100 : 2_100;
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const millrace = join(dirname(process.argv[1]!), 'millrace.mjs');
    const options = ['--seed', 'bench', '--workers', String(WORKERS), '--runs', String(runs)];
    const seconds = elapsedMs([millrace, 'run', ...options], directory) / 1_000;
    return [
      {
        what: `campaign of ${runs} runs, ${WORKERS} workers, cold`,
        value: runs / seconds,
        unit: '/s',
        must: { atLeast: 250 },
        note: `${seconds.toFixed(0)} s`,
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
