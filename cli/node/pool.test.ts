/** Every other run that is done twice is done in another process the second time. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it, vi } from 'vitest';
import type { Campaign, Judged, RunRow } from '../../properties/campaign/campaign.ts';
import { exitCodeOf } from '../../properties/campaign/summary.ts';
import { summarize } from '../../properties/campaign/tally.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { isBadInput } from '../bad-input.ts';
import type { Pool } from '../platform.ts';
import { openPool } from './pool.ts';
import { BEGUN, DEED, differingWorkspace, DIRECTORY_VARIABLE } from './testing/differing-worker.ts';
import type { Bounds } from './watchdog.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
function directory(deed?: string): string {
  const path = join(root, String((directories += 1)));
  mkdirSync(path);
  if (deed !== undefined) writeFileSync(join(path, DEED), deed);
  return path;
}

const tsx = ['--import', import.meta.resolve('tsx')];
const entry = fileURLToPath(new URL('testing/differing-worker.ts', import.meta.url));
/** Processes have to start, on a machine that may have other things to do. */
const PATIENCE_MS = 240_000;
/** Runs 0, 2, 4 are done twice in one process, 1, 3, 5 in two. */
const campaign: Campaign = {
  seed: 'twice',
  shares: ['honest', 'differs', 'interrupts'].map((scenario) => ({ scenario, weight: 1 })),
  repeatEvery: 1,
  relateEvery: 0,
};

async function withPool<T>(
  workers: number,
  at: string,
  body: (pool: Pool) => Promise<T>,
  {
    of = campaign,
    bounds,
    first = () => undefined,
  }: { readonly of?: Campaign; readonly bounds?: Bounds; readonly first?: (judged: Judged) => void } = {},
): Promise<T> {
  vi.stubEnv(DIRECTORY_VARIABLE, at);
  const pool = openPool(of, differingWorkspace(at), workers, {
    entry,
    flags: tsx,
    first,
    ...(bounds === undefined ? {} : { bounds }),
  });
  try {
    return await body(pool);
  } finally {
    pool.close();
    vi.unstubAllEnvs();
  }
}

const whole = (pool: Pool): Promise<readonly RunRow[]> => pool.run({ from: 0, to: 6 });
function told({ run, digest, digestAgain, againElsewhere }: RunRow): readonly unknown[] {
  const isEqual = digestAgain === undefined ? 'once' : digestAgain === digest ? 'equal' : 'differs';
  return [run, isEqual, againElsewhere === true];
}

it(
  'a run that is another one in another process is told of, and written down; with one worker nobody sees it',
  async () => {
    const at = directory();
    const { rows, written } = await withPool(2, at, async (pool) => ({
      rows: await whole(pool),
      written: pool.written(),
    }));
    const twice = [0, 1, 2, 3, 4, 5].map((run) => [run, run === 1 ? 'differs' : 'equal', run % 2 === 1]);
    expect(rows.map(told)).toEqual(twice);
    const summary = summarize(rows, []);
    expect([summary.repeated, summary.repeatedElsewhere, summary.differentRuns, exitCodeOf(summary)]).toEqual([
      6, 3, 1, 5,
    ]);
    expect(written).toMatchObject([{ run: 1, signatures: ['harness/not-deterministic/differs'] }]);
    const alone = await withPool(1, directory(), whole);
    expect(alone.map(told)).toEqual([0, 1, 2, 3, 4, 5].map((run) => [run, 'equal', false]));
  },
  PATIENCE_MS,
);

it(
  'a job of a user that is another one in another process breaks its own law',
  async () => {
    const ofUser: Campaign = { ...campaign, ofUser: true };
    const rows = await withPool(2, directory(), (pool) => pool.run({ from: 0, to: 2 }), { of: ofUser });
    expect(rows.map(({ violations }) => violations.map(signatureOf))).toEqual([[], ['job/module-state/differs']]);
    expect(rows[1]?.violations[0]?.message).toContain('in another process');
    expect(exitCodeOf(summarize(rows, []))).toBe(1);
  },
  PATIENCE_MS,
);

it.each([
  ['once: all is done again', 'die once', ['pass', 'equal']],
  ['again: the run is a finding', 'die', ['fail', 'once']],
])(
  'the other worker dies %s',
  async (_, deed, expected) => {
    const at = directory(deed);
    // The last one is done twice in two processes.
    const rows = await withPool(2, at, whole);
    expect(existsSync(join(at, BEGUN))).toBe(true);
    expect(rows.map(({ run }) => run)).toEqual([0, 1, 2, 3, 4, 5]);
    const last = rows[5];
    expect(last === undefined ? [] : [last.verdict, told(last)[1]]).toEqual(expected);
    if (deed === 'die') expect(last?.violations.map(signatureOf)).toEqual(['harness/worker-died/interrupts']);
  },
  PATIENCE_MS,
);

it(
  'a campaign that is ended during a second run keeps the first one',
  async () => {
    const at = directory('loop');
    const bounds = { turnCpuMs: 600_000, pollMs: 20 };
    const rows = await withPool(
      2,
      at,
      async (pool) => {
        const running = pool.run({ from: 5, to: 6 });
        await vi.waitUntil(() => existsSync(join(at, BEGUN)), { timeout: 60_000, interval: 20 });
        pool.close();
        return running;
      },
      { bounds },
    );
    expect(rows.map(told)).toEqual([[5, 'once', false]]);
  },
  PATIENCE_MS,
);

it(
  'a real campaign comes to the same with any number of workers, and says how many were done in another process',
  async () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const at = directory();
    const reportOf = async (workers: number): Promise<readonly string[]> => {
      const args = [
        'run',
        'nexmark/q0',
        '--runs',
        '41',
        '--seed',
        'twice',
        '--no-config',
        '--workers',
        String(workers),
      ];
      const { stdout } = await promisify(execFile)(process.execPath, [...tsx, main, ...args], {
        cwd: at,
        timeout: PATIENCE_MS / 2,
        killSignal: 'SIGKILL',
      });
      const [, digest = '', twice = ''] = /distinct, together (\w+); (.*)/.exec(stdout) ?? [];
      return [digest, twice];
    };
    const [[digest, twice], alone] = [await reportOf(2), await reportOf(1)];
    expect(twice).toBe('2 runs done twice (1 in another process), 0 differ');
    expect(alone).toEqual([digest, '2 runs done twice (none in another process), 0 differ']);
  },
  PATIENCE_MS,
);

it(
  'the first run is told once, the same from this process and from another one, before its block has come to its end',
  async () => {
    const heard = async (workers: number): Promise<readonly unknown[]> => {
      const told: unknown[] = [];
      const first = (judged: Judged): void => void told.push(judged);
      const of = { ...campaign, shares: [{ scenario: 'honest', weight: 1 }] };
      await withPool(
        workers,
        directory(),
        async (pool) => {
          await pool.run({ from: 0, to: 2 });
          told.push('block');
          await pool.run({ from: 2, to: 3 });
        },
        { of, first },
      );
      return told;
    };
    const here = await heard(0);
    expect(here).toEqual([expect.objectContaining({ run: 0, scenario: 'honest', verdict: 'pass' }), 'block']);
    expect(await heard(1)).toEqual(here);
    expect(await heard(2)).toEqual(here);
  },
  PATIENCE_MS,
);

it.each([0, 2])(
  'a scenario that cannot be used is bad input, also where a worker says so (%i)',
  async (workers) => {
    const of = { ...campaign, shares: [{ scenario: 'cannot-be-built', weight: 1 }] };
    const error: unknown = await withPool(workers, directory(), (pool) => pool.run({ from: 0, to: 2 }), { of }).catch(
      (reason: unknown) => reason,
    );
    expect(isBadInput(error)).toBe(true);
    expect(String(error)).toMatch(
      /: scenario cannot-be-built cannot be run:\n {2}build threw Error: no job; it has to return/,
    );
  },
  PATIENCE_MS,
);
