/**
 * Blobs and configurations may be edited, cut off or garbled, as cases may (`scenarios/mutations.test.ts`): whatever they hold
 * is used, or refused by an error that is for people. The full form, `MILLRACE_MUTATIONS=2000`, is for the night.
 */
import { expect, it } from 'vitest';
import { mutated } from '../properties/case/testing/mutations.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { configFrom } from './config.ts';
import { BadUsage, EXIT } from './exit-codes.ts';
import { execute } from './program.ts';
import { fakePlatform } from './testing/platform.ts';
import { madeUpPool } from './testing/rows.ts';

const MUTATIONS = Number(process.env['MILLRACE_MUTATIONS'] ?? 120);
const numbers = Array.from({ length: MUTATIONS }, (_, index) => index);

/** What comes of each, counted; what is thrown must be for people. */
async function countedBy(answer: (index: number) => unknown): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const index of numbers) {
    let what: string;
    try {
      what = String(await answer(index));
    } catch (error) {
      if (!(error instanceof BadUsage || error instanceof InvalidInput)) throw error;
      what = 'refused';
    }
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

it('a blob with a mutated line is refused, or its runs are missing: never held', async () => {
  const platform = fakePlatform({
    openPool: (campaign, workspace) => madeUpPool(campaign, workspace, false),
  });
  const campaign = ['run', 'nexmark/q0', '--runs', '20', '--seed', 'x', '--reporter', 'blob', '--blob-dir', 'b'];
  expect(await execute(campaign, '1', platform)).toBe(EXIT.held);
  const [path = '', text = ''] = [...platform.files].find(([name]) => name.endsWith('.blob.jsonl')) ?? [];
  const lines = text.trimEnd().split('\n');
  const counts = await countedBy(async (index) => {
    const at = index % lines.length;
    const other = lines.map((line, position) => (position === at ? mutated(line, index) : line));
    // A mutation may leave the line as it is.
    if (other[at] === lines[at]) return 'same';
    const reader = fakePlatform();
    reader.files.set(path, other.join('\n'));
    return execute(['merge', 'b'], '1', reader);
  });
  expect(counts[EXIT.held]).toBeUndefined();
  expect(counts[EXIT.inconclusive]).toBeGreaterThan(MUTATIONS / 2);
});

const CONFIG = JSON.stringify({
  scenarios: [{ id: 'mine', title: 'x', weight: 2, knobs: { n: [1, 2] }, build: 'function', input: 'function' }],
  laws: [{ name: 'mine', states: 'x', anomalies: ['a'], listen: 'function' }],
  marks: [{ name: 'seen', rarity: 3, condition: 'x', listen: 'function' }],
  parts: {},
  reporters: [{ flag: 'html', describes: 'x', render: 'function' }],
  caseDirectory: 'c',
});
const withFunctions = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => (value === 'function' ? () => ({ probe: {} }) : value));

it('a mutated configuration is used, or refused', async () => {
  const counts = await countedBy((index) => {
    const text = mutated(CONFIG, index);
    let value: unknown;
    try {
      value = withFunctions(text);
    } catch {
      return 'no module';
    }
    configFrom(value, 'millrace.config.mjs');
    return 'used';
  });
  expect(counts['used']).toBeGreaterThan(0);
  expect(counts['refused']).toBeGreaterThan(MUTATIONS / 4);
});
