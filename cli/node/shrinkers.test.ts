/** Whatever ends a process that makes a failure small: what it has found until then is what counts. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { sizeOf } from '../../properties/shrink/parts.ts';
import { investigateElsewhere } from './pool.ts';
import { BEGUN, DEED, DIRECTORY_VARIABLE, RECORDS } from './testing/shrinking-worker.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const entry = fileURLToPath(new URL('testing/shrinking-worker.ts', import.meta.url));
const tsx = ['--import', import.meta.resolve('tsx')];
const HOUR_MS = 3_600_000;
const failure = { scenario: 'forgets', seed: 's', run: 0, signature: 'output/missing/out', shrinkMs: HOUR_MS };
/** Processes have to start, on a machine that may have other things to do. */
const PATIENCE_MS = 240_000;

function shrinking(deed: string): { readonly begun: string; readonly work: ReturnType<typeof investigateElsewhere> } {
  const at = join(root, deed);
  mkdirSync(at);
  writeFileSync(join(at, DEED), deed);
  vi.stubEnv(DIRECTORY_VARIABLE, at);
  return { begun: join(at, BEGUN), work: investigateElsewhere(entry, { kind: 'built-in' }, failure, tsx) };
}

function requireFinding(found: Finding | 'no-time' | undefined): Finding {
  if (found === undefined || found === 'no-time') throw new Error(`there is no finding: ${String(found)}`);
  // Without its incidents, and no further.
  expect(found.kase.shrunk.runs).toBeGreaterThan(0);
  expect(sizeOf(found.kase.plan)).toMatchObject({ records: RECORDS, incidents: 0, config: 0 });
  return found;
}

it(
  'a candidate takes the process with it: the best before it is written out by another one',
  async () => {
    const { kase, trace } = requireFinding(await shrinking('kill').work.finding);
    expect(trace.length).toBeGreaterThan(0);
    expect(kase.shrunk.minimal).toBe(false);
  },
  PATIENCE_MS,
);

it(
  'it is ended from here: the best before counts',
  async () => {
    const { begun, work } = shrinking('loop');
    await vi.waitUntil(() => existsSync(begun), { timeout: PATIENCE_MS, interval: 20 });
    work.close();
    requireFinding(await work.finding);
  },
  PATIENCE_MS,
);
