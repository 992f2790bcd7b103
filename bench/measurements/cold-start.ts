/**
 * What a fresh process costs. The command line, as it is built, from its start to its end with one verdict, against a node
 * process that does nothing; they take turns, and the first turn, which warms the page cache, does not count. And from
 * the start of a process to its first, 100th and 1,000th small universe.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { forkSelf } from '../rounds.ts';
import type { Row } from '../row.ts';
import { median, ratios } from '../statistics.ts';

export async function coldStartRows(quick: boolean): Promise<readonly Row[]> {
  // An empty directory: a failing run would leave a case where it is.
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const empty = join(directory, 'empty.mjs');
    writeFileSync(empty, '');
    const millrace = join(dirname(process.argv[1]!), 'millrace.mjs');
    const oneVerdict = [millrace, 'run', 'smoke', '--seed', 'bench', '--workers', '0', '--runs', '1'];
    const turn = (): readonly [number, number] => [elapsedMs([empty], directory), elapsedMs(oneVerdict, directory)];
    const turns = Array.from({ length: quick ? 4 : 16 }, turn).slice(1);
    const nothing = turns.map(([ms]) => ms);
    const first = turns.map(([, ms]) => ms);
    return [
      {
        what: 'cold start, one verdict / empty node',
        value: median(ratios(first, nothing)),
        unit: 'x',
        must: { atMost: 3 },
        note: `millrace run smoke --runs 1: ${median(first).toFixed(0)} ms against ${median(nothing).toFixed(0)} ms`,
      },
      ...(await milestoneRows(quick ? [1, 100] : [1, 100, 1_000], median(nothing))),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of a node process with these arguments, from its start to its end. Throws unless it ends well. */
export function elapsedMs(args: readonly string[], cwd: string): number {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${String(status)}:\n${stdout}${stderr}`);
  return performance.now() - started;
}

async function milestoneRows(milestones: readonly number[], nothingMs: number): Promise<readonly Row[]> {
  const started = performance.now();
  const rows: Row[] = [];
  const child = forkSelf('cold', milestones.map(String));
  child.on('message', (milestone: number) => {
    const ms = performance.now() - started;
    const note = `${ms.toFixed(0)} ms against ${nothingMs.toFixed(0)} ms`;
    rows.push({
      what: `cold start, ${milestone} small universes / empty node`,
      value: ms / nothingMs,
      unit: 'x',
      note,
    });
  });
  await once(child, 'exit');
  if (rows.length < milestones.length)
    throw new Error(`the cold process ended after ${rows.length} of ${milestones.length} milestones`);
  return rows;
}
