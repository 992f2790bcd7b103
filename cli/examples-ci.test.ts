/**
 * The examples for continuous integration are what the services accept, their commands are ones that there are, and together they are
 * one campaign.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { execute } from './program.ts';
import { fakePlatform } from './testing/platform.ts';
import { checkerOf } from './testing/ci-schemas.ts';
import { madeUpPool } from './testing/rows.ts';

const directory = new URL('../examples/ci/', import.meta.url);
const FILES = readdirSync(directory).filter((name) => name.endsWith('.yml'));
/** Of millrace itself, on one machine. */
const NIGHTLY = 'nightly.yml';
const ROOT = new URL('../', import.meta.url);
/** Each machine's variables, as the services set them. */
const machineOf = (index: number, total: number): Readonly<Record<string, string>> => ({
  'matrix.shard': String(index),
  CI_NODE_INDEX: String(index),
  CI_NODE_TOTAL: String(total),
  CI_COMMIT_SHA: '0123456789abcdef',
});
const podOf = (index: number, total: number): Readonly<Record<string, string>> => ({
  JOB_COMPLETION_INDEX: String(index - 1),
  JOB_COMPLETIONS: String(total),
  SEED: 'nightly',
});

function commandsIn(name: string): readonly string[] {
  const text = readFileSync(new URL(name, directory), 'utf8');
  return [...text.matchAll(/npx millrace (.*)$/gm)].map(([, command = '']) => command);
}

function wordsOf(command: string, variables: Readonly<Record<string, string>>): readonly string[] {
  const filled = command.replaceAll(/\$\{\{ ([\w.]+) \}\}|\$(\w+)/g, (_, a?: string, b?: string) => {
    const value = variables[a ?? b ?? ''];
    if (value === undefined) throw new Error(`${command}: nobody sets ${a ?? b ?? ''}`);
    return value;
  });
  return filled.replace(/--runs \d+/, '--runs 100').split(' ');
}

it.each(FILES)('%s is what its service accepts, and a mistake in it is none', (name) => {
  const text = readFileSync(new URL(name, directory), 'utf8');
  const objectionsTo = checkerOf(name);
  expect(objectionsTo(text)).toEqual([]);
  const mistakes: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    'github.yml': [
      ['runs-on:', 'runs-at:'],
      ['fail-fast: false', 'fail-fast: [1]'],
    ],
    'gitlab.yml': [
      ['parallel: 4', 'parallel: many'],
      ['when: always', 'when: sometimes'],
    ],
    'nightly.yml': [
      ["- cron: '43", "- crom: '43"],
      ['timeout-minutes: 345', 'timeout-minutes: long'],
    ],
    'kubernetes.yml': [
      ['podFailurePolicy:', 'podFailurePolicies:'],
      ['operator: In', 'operators: In'],
      ['completions: 16', 'completions: sixteen'],
    ],
  };
  for (const [right, wrong] of mistakes[name] ?? []) {
    expect(text).toContain(right);
    expect(objectionsTo(text.replace(right, wrong)), wrong).not.toEqual([]);
  }
});

it('the nightly example asks for what there is: scripts, files, options; its campaign has a fresh seed', async () => {
  const text = readFileSync(new URL(NIGHTLY, directory), 'utf8');
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  const [, torture = ''] = /npm run torture -- (.*)$/m.exec(text) ?? [];
  expect(scripts['torture']).toContain('bench/torture/main.ts');
  const options = /options: (\{[\s\S]*?\}),\n\}\)/.exec(
    readFileSync(new URL('bench/torture/main.ts', ROOT), 'utf8'),
  )?.[1];
  expect([...torture.matchAll(/--(\w+)/g)].map(([, name]) => name)).toEqual(['campaigns', 'seed']);
  expect([options?.includes('campaigns:'), options?.includes('seed:')]).toEqual([true, true]);
  expect(torture).toMatch(/^--campaigns 200 /);

  const [, files = ''] = /npx vitest run (.*) --testTimeout \d+$/m.exec(text) ?? [];
  const mutations = files.split(' ').map((file) => [file, existsSync(new URL(file, ROOT))]);
  expect(mutations).toEqual([
    ['scenarios/mutations.test.ts', true],
    ['cli/mutations.test.ts', true],
  ]);
  const [, variable = '', count] = /env:\n +(\w+): '(\d+)'/.exec(text) ?? [];
  expect(count).toBe('2000');
  for (const file of files.split(' ')) expect(readFileSync(new URL(file, ROOT), 'utf8')).toContain(`['${variable}']`);

  const [, campaign = ''] = /npm start -- (.*)$/m.exec(text) ?? [];
  expect(scripts['start']).toMatch(/millrace\.mjs run$/);
  const platform = fakePlatform({ openPool: (of, workspace) => madeUpPool(of, workspace, false) });
  const words = campaign.replace('--time-limit 5h', '--time-limit 50ms').split(' ');
  expect(words).not.toEqual(campaign.split(' '));
  expect(await execute(['run', ...words], '1.2.3', platform)).toBe(0);
  expect(platform.err[0]).toMatch(/^seed fresh: /);
  expect(platform.files.get('report.xml')).toContain('<testsuite');
});

it.each(FILES.filter((name) => name !== NIGHTLY))(
  '%s: its machines do a campaign, and merging gives a verdict',
  async (name) => {
    const commands = commandsIn(name);
    const [campaign = '', merge = ''] = [...commands].sort(
      (a, b) => Number(a.startsWith('merge')) - Number(b.startsWith('merge')),
    );
    expect(merge).toMatch(/^merge /);
    const total = Number(
      /completions: (\d+)|parallel: (\d+)/
        .exec(readFileSync(new URL(name, directory), 'utf8'))
        ?.slice(1)
        .find(Boolean) ?? 4,
    );
    const files = new Map<string, string>();
    for (let index = 1; index <= total; index++) {
      const variables = name.startsWith('kubernetes') ? podOf(index, total) : machineOf(index, total);
      const platform = fakePlatform({
        variable: (of) => variables[of],
        openPool: (of, workspace) => madeUpPool(of, workspace, false),
      });
      expect(await execute(wordsOf(campaign, variables), '1.2.3', platform)).toBeOneOf([0, 3]);
      for (const [path, text] of platform.files) files.set(path.replace(/^\/?[\w-]+\//, 'shards/'), text);
    }
    const last = fakePlatform();
    for (const [path, text] of files) last.files.set(path, text);
    const words = wordsOf(merge.replace('/shards ', 'shards ').replace(' --gate', ''), {});
    expect(await execute(words, '1.2.3', last)).toBe(0);
    expect(last.out.join('\n')).toMatch(/^HELD {2}every law, in 100 runs/);
  },
);
