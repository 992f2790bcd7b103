import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { BadUsage } from '../exit-codes.ts';
import { findConfig } from './find-config.ts';
import { loadConfig } from './load-config.ts';
import { openHere } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const SCENARIO = `{ id: 'mine', states: 'Nothing.', parameters: [],
  build: () => ({}), generate: () => ({}), recordArbitrary: () => undefined }`;

it('a folder has a configuration by its name, .mjs before .js before .ts', () => {
  expect(findConfig(folder)).toBeUndefined();
  write('millrace.config.ts', '');
  expect(findConfig(folder)).toBe('millrace.config.ts');
  write('millrace.config.mjs', '');
  expect(findConfig(folder)).toBe('millrace.config.mjs');
});

it('scenarios take the place of ours, everything else is beside ours', async () => {
  const marks = `[{ name: 'seen', rarity: 2, condition: 'x', listen: () => ({}) }]`;
  const reporters = `[{ flag: 'html', describes: 'x', render: () => '' }]`;
  const own = write(
    'own.mjs',
    `export default { scenarios: [${SCENARIO}], marks: ${marks}, reporters: ${reporters} };`,
  );
  const workspace = await openHere({ kind: 'config', file: own, found: false });
  expect(workspace.scenarios.all.map(({ id }) => id)).toEqual(['mine']);
  expect(workspace.reporters.map(({ flag }) => flag)).toEqual(['json', 'junit', 'html']);
  // Of our marks none is asked for: nobody knows which of them the job can reach.
  expect(workspace.marks.filter(({ optional }) => optional !== true).map(({ name }) => name)).toEqual(['seen']);
  expect(workspace.caseDirectory).toBe('millrace-cases');

  const parts = write('parts.mjs', `export default { caseDirectory: 'kept' };`);
  const builtIn = await openHere({ kind: 'config', file: parts, found: true });
  expect(builtIn.scenarios.find('smoke')).toBeDefined();
  expect(builtIn.marks.every(({ optional }) => optional === undefined)).toBe(true);
  expect(builtIn.caseDirectory).toBe('kept');
});

it('what cannot be loaded is bad usage: the file, why, and where', async () => {
  const refusal = async (file: string): Promise<string> => {
    const error: unknown = await loadConfig(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadUsage);
    return error instanceof Error ? error.message : '';
  };
  expect(await refusal(join(folder, 'gone.mjs'))).toMatch(/^--config .*gone\.mjs: there is no such file$/);
  expect(await refusal(write('none.mjs', 'export const config = {};'))).toMatch(
    /none\.mjs exports nothing by default; write: export default defineConfig/,
  );
  expect(await refusal(write('throws.mjs', '\n\nthrow new TypeError("no topic");'))).toMatch(
    /throws\.mjs cannot be loaded: TypeError: no topic\n {2}.*throws\.mjs:3/,
  );
  // What is thrown by a file that it imports is placed there.
  write('helper.mjs', '\nthrow new Error("no help");');
  expect(await refusal(write('helped.mjs', 'import "./helper.mjs";'))).toMatch(/no help\n {2}.*helper\.mjs:2/);
  await expect(loadConfig(write('wrong.mjs', 'export default { laws: 3 };'))).rejects.toThrow(
    /wrong\.mjs is no configuration:\n {2}laws: expected a list of laws/,
  );
});

it('of what node itself refuses to load it says the line, which node tells to a terminal only', () => {
  write('broken.mjs', 'export const a = 1;\nexport default { scenarios: [ };');
  write('around.mjs', 'import "./broken.mjs";');
  write('missing.mjs', '\n\nimport x from "./nowhere.mjs";');
  write('stranger.mjs', '\nimport "no-such-package";');
  write('name.mjs', '\nimport { nope } from "./helper.mjs";');
  write('helper.mjs', '');
  const names = ['broken', 'around', 'missing', 'stranger', 'name'];
  const module = new URL('load-config.ts', import.meta.url).href;
  // Under a test runner another loader is at work.
  const script = write(
    'script.mjs',
    `import { loadConfig } from ${JSON.stringify(module)};
    for (const name of ${JSON.stringify(names)})
      await loadConfig(name + '.mjs').catch(({ message }) => console.log(message.split('\\n').at(-1)));`,
  );
  const tsx = ['--import', import.meta.resolve('tsx'), script];
  const places = execFileSync(process.execPath, tsx, { cwd: folder, encoding: 'utf8' }).trim().split('\n');
  expect(places.map((place) => place.replace(/^.*\//, ''))).toEqual([
    'broken.mjs:2',
    'broken.mjs:2',
    'missing.mjs:3',
    'stranger.mjs:2',
    'name.mjs:2',
  ]);
});
