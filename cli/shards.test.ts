/** A campaign that machines share is the campaign. */
import { expect, it } from 'vitest';
import { blobLine, lineOf } from '../properties/campaign/blob.ts';
import { runsOf } from './campaign.ts';
import { BadUsage, EXIT } from './exit-codes.ts';
import type { Platform } from './platform.ts';
import { execute } from './program.ts';
import { shardOf } from './shard.ts';
import { type FakePlatform, fakePlatform } from './testing/platform.ts';
import { madeUpPool } from './testing/rows.ts';

const millrace = (platform: Platform, ...args: string[]) => execute(args, '1.2.3', platform);
const CAMPAIGN = ['run', 'nexmark/q0', '--runs', '70', '--seed', 'shared'];

function machine(isFailing: boolean): FakePlatform {
  return fakePlatform({
    openPool: (campaign, workspace) => madeUpPool(campaign, workspace, isFailing),
    investigate: () => Promise.resolve('no-time'),
  });
}
const failing = (): FakePlatform => machine(true);

/** What is the same on any number of machines. */
function shared(json: string | undefined): unknown {
  const { seconds, workers, findings, ...rest } = JSON.parse(json ?? '') as Record<string, unknown>;
  expect([typeof seconds, typeof workers, Array.isArray(findings)]).toEqual(['number', 'number', true]);
  return rest;
}

async function shard(platform: FakePlatform, index: number, total: number): Promise<void> {
  await millrace(platform, ...CAMPAIGN, '--shard', `${index}/${total}`, '--reporter', 'blob', '--blob-dir', 'b');
}

async function merged(files: ReadonlyMap<string, string>): Promise<{ readonly code: number; readonly json: unknown }> {
  const platform = fakePlatform();
  for (const [path, text] of files) platform.files.set(path, text);
  const code = await millrace(platform, 'merge', 'b', '--json', 'r');
  return { code, json: shared(platform.files.get('r')) };
}

const blobs = (platform: FakePlatform): Map<string, string> =>
  new Map([...platform.files].filter(([path]) => path.endsWith('.blob.jsonl')));

it('shards, merged in any order and more than once, are the campaign; what is missing or differs is told', async () => {
  const whole = failing();
  expect(await millrace(whole, ...CAMPAIGN, '--json', 'r')).toBe(EXIT.lawBroke);
  const expected = shared(whole.files.get('r'));
  const files = new Map<string, string>();
  for (const index of [3, 1, 2]) {
    const one = failing();
    await shard(one, index, 3);
    for (const [path, text] of blobs(one)) files.set(path, text);
  }
  expect(await merged(files)).toEqual({ code: EXIT.lawBroke, json: expected });
  const [first, ...others] = [...files];
  if (first === undefined) throw new Error('no file');
  const twice = new Map([...others.reverse(), first, ['b/again/x.blob.jsonl', first[1]] as const]);
  expect(await merged(twice)).toEqual({ code: EXIT.lawBroke, json: expected });
  const { code, json } = await merged(new Map(others));
  expect([code, JSON.stringify(json)]).toEqual([EXIT.lawBroke, expect.stringMatching(/"completeness","kind":"error"/)]);
});

it('a missing run is no verdict, exit 3; two machines that differ are exit 5; two campaigns are refused', async () => {
  const both = machine(false);
  await shard(both, 1, 2);
  expect((await merged(blobs(both))).code).toBe(EXIT.inconclusive);
  await shard(both, 2, 2);
  const files = blobs(both);
  expect((await merged(files)).code).toBe(EXIT.held);
  const [path = '', text = ''] = [...files][0] ?? [];
  // A line that was cut off is a run that is missing.
  expect((await merged(new Map([...files, [path, text.replace(/"run":\d+/, '"run":999')]]))).code).toBe(
    EXIT.inconclusive,
  );
  const lines = text.split('\n').map((line) => {
    const of = lineOf(line);
    return of?.kind === 'row' ? blobLine({ ...of, row: { ...of.row, digest: 'f'.repeat(16) } }) : `${line}\n`;
  });
  const differing = await merged(new Map([...files, ['b/other.blob.jsonl', lines.join('')]]));
  expect([differing.code, JSON.stringify(differing.json)]).toEqual([5, expect.stringContaining('NOT DETERMINISTIC')]);
  await millrace(both, ...CAMPAIGN.slice(0, -1), 'another', '--reporter', 'blob', '--blob-dir', 'b');
  await expect(merged(blobs(both))).rejects.toThrow(/are of two campaigns \(id: /);
  await expect(merged(new Map())).rejects.toThrow(BadUsage);
});

it('a machine that is lost, or did not come to its end, is no verdict, though nobody knows how many runs there were', async () => {
  const both = machine(false);
  for (const index of [1, 2]) {
    const args = ['run', 'nexmark/q0', '--time-limit', '100ms', '--seed', 'shared', '--shard', `${index}/2`];
    await millrace(both, ...args, '--reporter', 'blob', '--blob-dir', 'b');
  }
  const files = [...blobs(both)];
  expect((await merged(new Map(files))).code).toBe(EXIT.held);
  for (const [at, [path, text]] of files.entries()) {
    const other = files.filter((_, index) => index !== at);
    const withoutEnd = text.split('\n').filter((line) => lineOf(line)?.kind !== 'end');
    for (const rest of [[], [[path, withoutEnd.join('\n')] as const]]) {
      const { code, json } = await merged(new Map([...other, ...rest]));
      expect(code).toBe(EXIT.inconclusive);
      expect(json).toMatchObject({
        headline: expect.stringContaining(`shard ${at + 1} of 2 not to the end`) as string,
      });
    }
  }
});

it('a file of another version is refused', async () => {
  const platform = machine(false);
  await shard(platform, 1, 1);
  const older = [...blobs(platform)].map(([path, text]) => {
    const [head = '', ...rows] = text.split('\n');
    const line = lineOf(head);
    if (line?.kind !== 'head') throw new Error('no head');
    return [path, blobLine({ ...line, version: '0.0.1' }) + rows.join('\n')] as const;
  });
  await expect(merged(new Map(older))).rejects.toThrow(/^this command and b\/.* are of two campaigns \(version: /);
});

it('every run of a campaign is of one shard', () => {
  for (const runs of [1, 15, 16, 17, 70, 96]) {
    for (const total of [1, 2, 3, 7]) {
      const shares = Array.from({ length: total }, (_, at) =>
        runsOf({ runs, seconds: undefined, shard: { index: at + 1, total } }),
      );
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(runs);
    }
  }
});

it('a shard is named on the command line or by the service; half of it is bad usage', async () => {
  const of = (variables: Readonly<Record<string, string>>) => shardOf('ci', (name) => variables[name]);
  expect(shardOf('2/4', () => undefined)).toEqual({ index: 2, total: 4 });
  expect(of({ CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' })).toEqual({ index: 1, total: 4 });
  expect(of({ CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '4' })).toEqual({ index: 1, total: 4 });
  expect(of({ JOB_COMPLETION_INDEX: '3', JOB_COMPLETIONS: '4', CI_NODE_TOTAL: '1' })).toEqual({ index: 4, total: 4 });
  for (const text of ['0/4', '5/4', '4', '1/0', 'a/b', '1/99999']) {
    expect(() => shardOf(text, () => undefined)).toThrow(BadUsage);
  }
  expect(() => of({ JOB_COMPLETION_INDEX: '3' })).toThrow(/sets JOB_COMPLETION_INDEX, and JOB_COMPLETIONS is not set/);
  expect(() => of({ CI_NODE_TOTAL: '4' })).toThrow(BadUsage);
  expect(() => of({ CI_NODE_INDEX: '5', CI_NODE_TOTAL: '4' })).toThrow(BadUsage);
  expect(() => of({})).toThrow(/the environment names no machine/);
  await expect(millrace(fakePlatform(), 'run', '--shard', '1/2')).rejects.toThrow(/say which seed, the same on all/);
});

it('a campaign ends with the failures that were asked for, and tells GitHub of each cause once', async () => {
  const platform = failing();
  const args = [...CAMPAIGN.slice(0, 2), '--runs', '200', '--seed', 'x', '--max-failures', '3', '--reporter', 'github'];
  const summary: FakePlatform = {
    ...platform,
    variable: (name) => (name === 'GITHUB_STEP_SUMMARY' ? 's.md' : undefined),
  };
  expect(await millrace(summary, ...args, '--json', 'r')).toBe(EXIT.lawBroke);
  expect(JSON.parse(platform.files.get('r') ?? '')).toMatchObject({ runs: 32, failed: 5, cutShort: true });
  const told = platform.out.filter((line) => line.startsWith('::error'));
  expect(told).toEqual(['::error title=sinks/lost/out::gone']);
  expect(platform.files.get('s.md')).toMatch(/^### millrace: FALSIFIED {2}sinks\/lost\/out/);
});
