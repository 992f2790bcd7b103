/** The real command in a process of its own: what ends it in the middle of a run, and how soon. Linux only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it as test, vi } from 'vitest';
import { isAlive } from '../../bench/torture/processes.ts';
import { EXIT } from '../exit-codes.ts';

const it = test.skipIf(process.platform !== 'linux');
const root = mkdtempSync(join(tmpdir(), 'millrace-test-'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const ours = (file: string): string => JSON.stringify(new URL(`../../${file}`, import.meta.url).href);
/** One run takes minutes, and no turn of it long; a file has the pid of the process that is in the middle of one. */
const CONFIG = `
import { writeFileSync } from 'node:fs';
import { defineJob, int64, logSink, logSource, noWatermarks, record } from ${ours('index.ts')};
import { topicsOf } from ${ours('properties/plan/explicit.ts')};
const event = record({ n: int64 });
const job = defineJob('slow', (env) => {
  env.fromSource(logSource({ topic: 'in', type: event }), { uid: 'in', watermarks: noWatermarks({ timestamp: () => 0 }) })
    .map((e) => {
      if (e.n === 1) writeFileSync('begun', String(process.pid));
      let sum = 0;
      for (let i = 0; i < 20_000_000; i++) sum ^= i;
      return sum === -1 ? { n: sum } : e;
    }, event, { uid: 'slow' })
    .sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
});
const slow = {
  id: 'slow', states: 'slow', parameters: [],
  generate: () => ({ in: [Array.from({ length: 10_000 }, (_, n) => ({ n }))] }),
  build: (plan) => ({ job, topics: topicsOf(slow, plan), confluent: false }),
  recordArbitrary: () => { throw new Error('not asked for'); },
};
export default { scenarios: [slow] };
`;

interface Ended {
  readonly code: number | null;
  readonly at: number;
  readonly out: string;
}
interface Command {
  readonly child: ChildProcess;
  /** Resolves when a run is under way, with the pid of the process that does it. */
  readonly begun: Promise<number>;
  readonly ended: Promise<Ended>;
}

let directories = 0;
function command(...args: readonly string[]): Command {
  const cwd = join(root, String((directories += 1)));
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'millrace.config.mjs'), CONFIG);
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const flags = ['--import', import.meta.resolve('tsx'), main, 'run', '--seed', 'x', ...args];
  const child = spawn(process.execPath, flags, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, at: performance.now(), out }));
  });
  const file = join(cwd, 'begun');
  const pid = (): number => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  const begun = vi.waitUntil(pid, { timeout: 100_000, interval: 20 });
  return { child, begun, ended };
}

/** A machine that has more to do than processors gives a process nothing for a while. */
const patience = (): number => ((loadavg()[0] ?? 0) > availableParallelism() ? 4 : 1);

it('SIGINT ends a run of the command’s own process within a second, with what there is', async () => {
  const { child, begun, ended } = command('--workers', '0', '--runs', '3');
  expect(await begun).toBe(child.pid);
  const at = performance.now();
  child.kill('SIGINT');
  const end = await ended;
  expect(end.at - at).toBeLessThan(1_000 * patience());
  expect([end.code, end.out]).toEqual([EXIT.interrupted, expect.stringContaining('INTERRUPTED  after 0 runs')]);
}, 120_000);

it('a worker ends within two seconds in the middle of a run when its parent is gone', async () => {
  const { child, begun, ended } = command('--workers', '1', '--runs', '3');
  const worker = await begun;
  expect([worker === child.pid, isAlive(worker)]).toEqual([false, true]);
  const at = performance.now();
  child.kill('SIGKILL');
  try {
    await vi.waitUntil(() => !isAlive(worker), { timeout: 60_000, interval: 20 });
    expect(performance.now() - at).toBeLessThan(2_000 * patience());
  } finally {
    if (isAlive(worker)) process.kill(worker, 'SIGKILL');
  }
  await ended;
}, 120_000);

it('a time limit ends a run of the command’s own process within two seconds', async () => {
  const { begun, ended } = command('--workers', '0', '--time-limit', '8s');
  await begun;
  const { code, out } = await ended;
  expect([code, out]).toEqual([EXIT.inconclusive, expect.stringMatching(/^INCONCLUSIVE {2}no run was done$/m)]);
  const [, seconds] = / runs +0 in (\d+\.\d) s .*, cut short/.exec(out) ?? [];
  expect(Number(seconds)).toBeLessThan(8 + 2 * patience());
}, 120_000);
