import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Case } from '../../../properties/case/case.ts';
import { readCase, storeCase, storedCases } from './cases.ts';

const kase = (signature: string, scenario = 'job/name'): Case => ({
  format: 1,
  scenario,
  plan: {
    scenario,
    config: {},
    workload: { kind: 'explicit', topics: { in: [[1]] } },
    incidents: [],
    choices: { explicit: [] },
  },
  law: 'output',
  signature,
  message: 'm',
  digest: '0123456789abcdef',
  struck: 0,
  origin: { seed: 's', run: 0 },
  shrunk: {
    from: { records: 1, incidents: 0, config: 0, choices: undefined },
    to: { records: 1, incidents: 0, config: 0, choices: undefined },
    runs: 0,
    minimal: true,
  },
});

const COMMAND = 'npx tsx sums.ts late';
const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'millrace-cases-'));
beforeAll(() => {
  writeFileSync(join(folder, 'package.json'), '{}');
  mkdirSync(join(folder, 'tests'));
  process.chdir(join(folder, 'tests'));
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it('keeps one file for each check, signature and test file, in the folder of the package', () => {
  const a = storeCase(kase('output/missing/out'), join(folder, 'tests/a.test.ts'), COMMAND);
  expect(storeCase(kase('output/missing/out'), join(folder, 'tests/a.test.ts'), COMMAND)).toBe(a);
  expect(a).toMatch(/^\.\.\/millrace-cases\/job-name-[0-9a-f]{8}-[0-9a-f]{8}\.json$/);
  const others = [
    storeCase(kase('output/surplus/out'), join(folder, 'tests/a.test.ts'), COMMAND),
    // Another worker of the runner has the same job in another file.
    storeCase(kase('output/missing/out'), join(folder, 'tests/b.test.ts'), COMMAND),
    storeCase(kase('output/missing/out', 'job'), join(folder, 'tests/a.test.ts'), COMMAND),
  ];
  expect(new Set([a, ...others]).size).toBe(4);
  expect(readdirSync(join(folder, 'millrace-cases')).toSorted()).toEqual(
    [a, ...others].map((file) => file.replace(/^.*\//, '')).toSorted(),
  );
});

it('finds those of a check, and leaves what cannot be read to people', () => {
  const stored = storedCases('job/name', join(folder, 'tests/a.test.ts'));
  expect(stored.map(({ kase: { signature } }) => signature).toSorted()).toEqual([
    'output/missing/out',
    'output/surplus/out',
  ]);
  expect(new Set(stored.map(({ kase: { origin } }) => origin.check))).toEqual(new Set([COMMAND]));
  const [one] = stored;
  if (one === undefined) throw new Error('there is none');
  writeFileSync(one.file, '{ "format": 1');
  expect(storedCases('job/name', join(folder, 'tests/a.test.ts'))).toHaveLength(1);
  expect(readCase(one.file)).toMatchObject({ problem: expect.stringContaining('is not a case') as string });
  expect(readCase('nowhere.json')).toBeUndefined();
});
