import { join } from 'node:path';
import { expect, it } from 'vitest';
import { currentTest, replayLine } from './runner.ts';

const here = { name: "sums > Bob's (1)", file: join(process.cwd(), 'tests/a b.test.ts') };

it.each<[string, Record<string, string>, string]>([
  ['vitest', { VITEST: 'true' }, "npx vitest run 'tests/a b.test.ts' -t 'sums Bob'\\''s \\(1\\)'"],
  ['jest', { JEST_WORKER_ID: '1' }, "npx jest 'tests/a b.test.ts' -t 'sums Bob'\\''s \\(1\\)'"],
])('names the test for %s, in a line that a shell takes', (_, env, line) => {
  expect(replayLine('cases/a.json', here, env)).toBe(`MILLRACE_CASE=cases/a.json ${line}`);
});

it('names the script where there is no runner', () => {
  const nowhere = { name: undefined, file: undefined };
  expect(replayLine('cases/a.json', nowhere, {})).toMatch(/^MILLRACE_CASE=cases\/a\.json node \S+/);
  expect(replayLine('cases/a.json', nowhere, { NODE_TEST_CONTEXT: 'child' })).toContain(' node --test ');
});

it('knows which test runs', () => {
  expect(currentTest()).toEqual({ name: 'knows which test runs', file: import.meta.filename });
});
