import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandOf, currentTest, replayLine } from './runner.ts';

const here = { name: "sums > Bob's (1)", file: join(process.cwd(), 'tests/a b.test.ts') };

const started = { argv: ['/bin/node', join(process.cwd(), 'jobs/sums.ts')], execArgv: [], env: {} };
const nowhere = { name: undefined, file: undefined };
/** What the command tsx starts node with. */
const TSX = [
  '--require',
  '/w/node_modules/tsx/dist/preflight.cjs',
  '--import',
  'file:///w/node_modules/tsx/dist/loader.mjs',
];

it.each<[string, Record<string, string>, string]>([
  ['vitest', { VITEST: 'true' }, "npx vitest run 'tests/a b.test.ts' -t 'sums Bob'\\''s \\(1\\)'"],
  ['jest', { JEST_WORKER_ID: '1' }, "npx jest 'tests/a b.test.ts' -t 'sums Bob'\\''s \\(1\\)'"],
])('names the test for %s, in a line that a shell takes', (_, env, line) => {
  expect(replayLine('my cases/a.json', commandOf(here, { ...started, env }))).toBe(
    `MILLRACE_CASE='my cases/a.json' ${line}`,
  );
});

it.each<[string, readonly string[], readonly string[], string]>([
  ['as it is', [], [], 'node jobs/sums.ts'],
  ['with its arguments', [], ['late', "Bob's", ''], "node jobs/sums.ts late 'Bob'\\''s' ''"],
  [
    'with what loads it',
    ['--import', 'tsx', '--conditions=x'],
    ['--a'],
    'node --import tsx --conditions=x jobs/sums.ts --a',
  ],
  [
    'with what node is told of types',
    ['--experimental-strip-types'],
    [],
    'node --experimental-strip-types jobs/sums.ts',
  ],
  ['without a debugger', ['--inspect-brk=0', '--expose-gc'], [], 'node --expose-gc jobs/sums.ts'],
  ['under tsx', TSX, ['late'], 'npx tsx jobs/sums.ts late'],
  [
    'under tsx of old, with more',
    ['--loader', './own.mjs', '--import=file:///C:/w/tsx/dist/loader.mjs'],
    [],
    'npx tsx --loader ./own.mjs jobs/sums.ts',
  ],
])('names the script %s where there is no runner', (_, execArgv, args, line) => {
  expect(commandOf(nowhere, { ...started, execArgv, argv: [...started.argv, ...args] })).toBe(line);
});

it('the runner of node is asked for with its flag, once', () => {
  const env = { NODE_TEST_CONTEXT: 'child' };
  expect(commandOf(nowhere, { ...started, env })).toBe('node --test jobs/sums.ts');
  expect(commandOf(nowhere, { ...started, env, execArgv: [...TSX, '--test'] })).toBe('npx tsx --test jobs/sums.ts');
});

it('code that is no file is named by its flags, a directory by a dot', () => {
  expect(commandOf(nowhere, { ...started, argv: ['node'], execArgv: ['-e', 'go()'] })).toBe("node -e 'go()'");
  expect(commandOf(nowhere, { ...started, argv: ['node', process.cwd()] })).toBe('node .');
});

it('knows which test runs', () => {
  expect(currentTest()).toEqual({ name: 'knows which test runs', file: import.meta.filename });
});
