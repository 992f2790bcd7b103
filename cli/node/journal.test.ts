import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Campaign } from '../../properties/campaign/campaign.ts';
import { campaignId, readFindings, type Sighting } from '../../properties/campaign/sighting.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { BadUsage } from '../exit-codes.ts';
import { obstacleTo, readText, removeStale, writeText } from './files.ts';
import { Journal } from './journal.ts';
import { openPool } from './pool.ts';
import { dyingWorkspace } from './testing/dying-worker.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
function directory(): string {
  const path = join(root, String((directories += 1)));
  mkdirSync(path);
  return path;
}

const sighting = (run: number): Sighting => ({ run, scenario: 'smoke', seed: `s${run}`, signatures: ['a/b/c'] });
const place = (of: string) => ({ directory: of, campaign: 'c0ffee', flags: '' });
const fileIn = (of: string): string => join(of, 'findings', `c0ffee-${process.pid}.jsonl`);
const read = (of: string) => readFindings(readText(fileIn(of)) ?? '');

it('a failing run is on the disk when `met` returns; nothing is made before the first', () => {
  const at = directory();
  const journal = new Journal(place(at));
  expect(readdirSync(at)).toEqual([]);
  for (const run of [4, 2]) {
    journal.met(sighting(run));
    expect(read(at).findings.at(-1)?.sighting).toEqual(sighting(run));
  }
  expect(journal.takeProblems()).toEqual([]);
  journal.close();
});

it('a line behind one that was cut off is a line of its own', () => {
  const at = directory();
  const journal = new Journal(place(at));
  journal.met(sighting(1));
  appendFileSync(fileIn(at), '{"finding":{"camp');
  journal.met(sighting(2));
  journal.close();
  expect(read(at)).toMatchObject({ findings: [{ sighting: { run: 1 } }, { sighting: { run: 2 } }], torn: 1 });
});

it('a full disk and a file in the way are told, and never end the campaign', () => {
  const full = directory();
  mkdirSync(join(full, 'findings'));
  symlinkSync('/dev/full', fileIn(full));
  const inTheWay = join(directory(), 'file');
  writeFileSync(inTheWay, '');
  for (const [at, problem] of [
    [full, /ENOSPC/],
    [inTheWay, /ENOTDIR/],
    ['/proc/millrace', /ENOENT|EACCES|EROFS/],
  ] as const) {
    const journal = new Journal(place(at));
    journal.met(sighting(1));
    journal.met(sighting(2));
    expect(journal.takeProblems()).toEqual([expect.stringMatching(problem)]);
    expect(journal.takeProblems()).toEqual([]);
    journal.close();
    expect(() => writeText(join(at === full ? '/dev/full/x' : at, 'case.json'), 'x')).toThrow(BadUsage);
  }
});

it('what is in the way of a report is known without writing it', () => {
  const at = directory();
  writeFileSync(join(at, 'file'), '');
  expect(obstacleTo(join(at, 'a/b/report.xml'))).toBeUndefined();
  expect(obstacleTo(join(at, 'file'))).toBeUndefined();
  expect(obstacleTo('/dev/stdout')).toBeUndefined();
  expect(obstacleTo(at)).toBe('it is a directory');
  expect(obstacleTo(join(at, 'file/report.xml'))).toMatch(/ENOTDIR|no directory/);
  expect(readdirSync(at)).toEqual(['file']);
});

it('what killed writers have left is taken away, and nothing that is being written', () => {
  const at = directory();
  for (const name of ['a.json', 'a.json.17.tmp', 'b.json.18.tmp', 'mine.tmp']) writeFileSync(join(at, name), '');
  const past = new Date(Date.now() - 120_000);
  for (const name of ['a.json', 'a.json.17.tmp', 'mine.tmp']) utimesSync(join(at, name), past, past);
  removeStale(at);
  expect(readdirSync(at)).toEqual(['a.json', 'b.json.18.tmp', 'mine.tmp']);
  removeStale(join(at, 'none'));
});

it('a run that takes its worker with it is told from the others, which are done; it is written down', async () => {
  const at = directory();
  const workspace = dyingWorkspace(at);
  const campaign: Campaign = {
    seed: 'dying',
    shares: workspace.scenarios.all.map(({ id }) => ({ scenario: id, weight: 1 })),
    repeatEvery: 0,
    relateEvery: 0,
  };
  const pool = openPool(campaign, workspace, 1, {
    entry: fileURLToPath(new URL('testing/dying-worker.ts', import.meta.url)),
    flags: ['--import', import.meta.resolve('tsx')],
  });
  try {
    const rows = await pool.run({ from: 0, to: 3 });
    expect(rows.map(({ run, scenario, verdict }) => [run, scenario, verdict])).toEqual([
      [0, 'honest', 'pass'],
      [1, 'dies', 'fail'],
      [2, 'honest', 'pass'],
    ]);
    const [violation] = rows[1]?.violations ?? [];
    expect(violation === undefined ? '' : signatureOf(violation)).toBe('harness/worker-died/dies');
    expect(violation?.message).toContain('SIGKILL');
  } finally {
    pool.close();
  }
  const file = join(at, 'findings', `${campaignId(campaign)}-${process.pid}.jsonl`);
  const { findings } = readFindings(readFileSync(file, 'utf8'));
  expect(findings.map(({ sighting: { run, signatures } }) => [run, signatures])).toEqual([
    [1, ['harness/worker-died/dies']],
  ]);
}, 120_000);
