/** The test runner that a check runs in, as far as it shows: which test this is, and the line that runs it again. */
import { relative } from 'node:path';
import { quoted } from '../../../reports/words.ts';

/** What vitest and jest say of the test that runs now. */
interface CurrentTest {
  readonly name: string | undefined;
  readonly file: string | undefined;
}

interface ExpectLike {
  getState(): { readonly currentTestName?: unknown; readonly testPath?: unknown };
}

function isExpect(value: unknown): value is ExpectLike {
  const hasMembers = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return hasMembers && typeof Reflect.get(value, 'getState') === 'function';
}

/** Vitest keeps its `expect` under this symbol, also when it sets no globals; jest's is a global. */
const EXPECT = Symbol.for('expect-global');

export function currentTest(): CurrentTest {
  const found = [Reflect.get(globalThis, EXPECT), Reflect.get(globalThis, 'expect')].find(isExpect);
  const { currentTestName, testPath } = found?.getState() ?? {};
  return {
    name: typeof currentTestName === 'string' ? currentTestName : undefined,
    file: typeof testPath === 'string' ? testPath : undefined,
  };
}

/** The line for a shell: "MILLRACE_CASE=millrace-cases/a.json npx vitest run -t 'adds up'". */
export function replayLine(caseFile: string, { name, file }: CurrentTest, env = process.env): string {
  const assignment = `MILLRACE_CASE=${quoted(caseFile)}`;
  const where = file === undefined ? [] : [quoted(relative(process.cwd(), file))];
  const named = (flag: string): readonly string[] => (name === undefined ? [] : [flag, quoted(asPattern(name))]);
  if (env['VITEST'] !== undefined) return [assignment, 'npx vitest run', ...where, ...named('-t')].join(' ');
  if (env['JEST_WORKER_ID'] !== undefined) return [assignment, 'npx jest', ...where, ...named('-t')].join(' ');
  const script = process.argv[1] === undefined ? [] : [quoted(relative(process.cwd(), process.argv[1]))];
  const test = env['NODE_TEST_CONTEXT'] === undefined ? [] : ['--test'];
  return [assignment, 'node', ...test, ...script].join(' ');
}

/** Runners take a name as a regular expression; vitest joins the names of suites by a blank, as `expect` does by " > ". */
function asPattern(name: string): string {
  return name
    .split(' > ')
    .join(' ')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
