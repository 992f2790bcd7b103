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

/** How this process was started: a part of `process`. */
interface Started {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The variable that names a case file: the check that it belongs to replays it, and does nothing else. */
export const CASE_VARIABLE = 'MILLRACE_CASE';

/** The line for a shell: "MILLRACE_CASE=millrace-cases/a.json npx vitest run -t 'adds up'". */
export function replayLine(caseFile: string, command: string): string {
  return `${CASE_VARIABLE}=${quoted(caseFile)} ${command}`;
}

/** What runs the check again, for a shell: "npx vitest run -t 'adds up'", "npx tsx sums.ts late". */
export function commandOf({ name, file }: CurrentTest, started: Started = process): string {
  const { env } = started;
  const where = file === undefined ? [] : [quoted(relative(process.cwd(), file))];
  const named = (flag: string): readonly string[] => (name === undefined ? [] : [flag, quoted(asPattern(name))]);
  if (env['VITEST'] !== undefined) return ['npx vitest run', ...where, ...named('-t')].join(' ');
  if (env['JEST_WORKER_ID'] !== undefined) return ['npx jest', ...where, ...named('-t')].join(' ');
  return scriptAgain(started);
}

/** A script is another one with other arguments, and may not load without the flags of node that it was started with. */
function scriptAgain({ argv, execArgv, env }: Started): string {
  const flags = flagsOf(execArgv);
  const isTsx = flags.some(isOfTsx);
  const kept = flags.filter((flag) => !isOfTsx(flag) && !isOfThisProcess(flag)).flat();
  const test = env['NODE_TEST_CONTEXT'] === undefined ? [] : ['--test'];
  const [, script, ...args] = argv;
  const words = script === undefined ? [] : [relative(process.cwd(), script) || '.', ...args];
  return [isTsx ? 'npx tsx' : 'node', ...[...kept, ...test, ...words].map(quoted)].join(' ');
}

/** Each flag, with its value if that is a word of its own. */
function flagsOf(execArgv: readonly string[]): readonly (readonly string[])[] {
  const flags: string[][] = [];
  for (const word of execArgv) {
    const last = flags.at(-1);
    if (word.startsWith('-') || last === undefined) flags.push([word]);
    else last.push(word);
  }
  return flags;
}

/** Added by the command `tsx`: modules of its own, by their paths. */
function isOfTsx(flag: readonly string[]): boolean {
  return /^--(?:import|require)[= ].*[/\\]tsx[/\\]dist[/\\]/.test(flag.join(' '));
}

/** A debugger is not wanted again, and a runner of tests says `--test` in another way. */
function isOfThisProcess([flag = '']: readonly string[]): boolean {
  return flag.startsWith('--inspect') || flag === '--test';
}

/** Runners take a name as a regular expression; vitest joins the names of suites by a blank, as `expect` does by " > ". */
function asPattern(name: string): string {
  return name
    .split(' > ')
    .join(' ')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
