import { expect, it } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { execute } from './program.ts';
import { fakePlatform, type FakePlatform } from './testing/platform.ts';

async function asked(...args: readonly string[]): Promise<FakePlatform & { readonly code: number }> {
  const platform = fakePlatform();
  const code = await execute(['recovery-cost', ...args], '1', platform);
  return { ...platform, code };
}

it('prints a line an interval, with the cheapest one marked, and writes the figures', async () => {
  const { code, out, files } = await asked(
    ...['windows', '--records', '200', '--kills', '2', '--intervals', '10ms,50ms', '--json', 'costs.json'],
  );
  expect(code).toBe(EXIT.held);
  const lines = out.join('\n').split('\n');
  expect(lines[0]).toBe('windows, 200 records, virtual time; 2 failures an interval, one a run');
  expect(lines[1]).toMatch(/^ +interval +checkpoints +run +overhead +records again +recovery +worst +with a failure$/);
  expect(lines.slice(2).map((line) => /^ +(\S+(?: ms)?)/.exec(line)?.[1])).toEqual(['none', '10 ms', '50 ms', 'batch']);
  expect(lines.filter((line) => line.endsWith('<- least'))).toHaveLength(1);
  const figures: unknown = JSON.parse(files.get('costs.json') ?? '');
  expect(figures).toMatchObject({ format: 1, scenario: 'windows', records: 200, kills: 2 });
});

it.each([
  [['unbounded'], 'a source of its job has no end'],
  [['windows', '--intervals', '3h'], '--intervals 3h: expected from 1ms to 2000ms'],
  [['windows', '--intervals', '10'], 'expected a number with a unit'],
  [['windows', '--kills', '0'], '--kills 0: expected a whole number'],
  [['nothing'], 'nothing'],
])('refuses %j', async (args, message) => {
  await expect(asked(...args)).rejects.toThrow(message);
});
