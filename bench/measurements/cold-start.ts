/**
 * What a fresh process costs. The command line, as it is built, from its start until the first verdict can be read, and to its
 * end, at which it has done that run again, against a node process that does nothing; they take turns, and the first turn,
 * which warms the page cache, does not count. And from the start of a process to its first, 100th and 1,000th small universe.
 */
import { spawn, spawnSync } from 'node:child_process';
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
    const nothing: number[] = [];
    const first: number[] = [];
    const whole: number[] = [];
    for (let turn = 0; turn < (quick ? 4 : 16); turn++) {
      const nothingMs = elapsedMs([empty], directory);
      const verdict = await verdictMs(oneVerdict, directory);
      if (turn === 0) continue;
      nothing.push(nothingMs);
      first.push(verdict.firstMs);
      whole.push(verdict.wholeMs);
    }
    const against = (ms: readonly number[]): string =>
      `millrace run smoke --runs 1: ${median(ms).toFixed(0)} ms against ${median(nothing).toFixed(0)} ms`;
    return [
      {
        what: 'cold start, first verdict / empty node',
        value: median(ratios(first, nothing)),
        unit: 'x',
        must: { atMost: 3 },
        note: against(first),
      },
      {
        what: 'cold start, one verdict / empty node',
        value: median(ratios(whole, nothing)),
        unit: 'x',
        note: `${against(whole)}, the same run again included`,
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

/** Of a campaign, from the start of its process until it has told its first verdict, and to its end. Rejects unless it ends well. */
async function verdictMs(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly firstMs: number; readonly wholeMs: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  let firstMs: number | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (/^run 0: .*\n/m.test(told)) firstMs ??= performance.now() - started;
  });
  const ended: unknown[] = await once(child, 'close');
  if (ended[0] !== 0 || firstMs === undefined) throw new Error(`node ${args.join(' ')} told no verdict:\n${told}`);
  return { firstMs, wholeMs: performance.now() - started };
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
