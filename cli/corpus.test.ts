import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { KeptAnswer } from '../properties/campaign/kept.ts';
import { findingLine } from '../properties/campaign/sighting.ts';
import { caseFileName } from '../properties/case/case.ts';
import { parseCase } from '../properties/case/parse.ts';
import { fakeScenario } from '../properties/plan/testing/scenario.ts';
import { doctorCommand } from './commands/doctor.ts';
import { EXIT } from './exit-codes.ts';
import { execute } from './program.ts';
import { type FakePlatform, fakePlatform } from './testing/platform.ts';
import { workspaceOf } from './workspace.ts';

const directory = new URL('../scenarios/cases/', import.meta.url);
const [name = ''] = readdirSync(directory).filter((one) => one.startsWith('smoke-'));
const text = readFileSync(new URL(name, directory), 'utf8');
const kase = parseCase(text, name);
const corpus = (platform: FakePlatform, ...args: string[]) => execute(['corpus', ...args], '1.2.3', platform);

/** Answers by the seed, or by the signature of a case. */
function answering(kindOf: (what: string) => KeptAnswer['kind']): FakePlatform {
  return fakePlatform({
    openReplayer: () => ({
      ask: (kept) => {
        const what = kept.kind === 'case' ? kept.kase.signature : kept.sighting.seed;
        return Promise.resolve({ kind: kindOf(what), signature: what, detail: '', digest: '' });
      },
      close: () => undefined,
    }),
  });
}

it('a case is added under the name that its content gives it, listed, and checked', async () => {
  const platform = answering(() => 'passes');
  platform.files.set('found/x.json', text);
  expect(await corpus(platform, 'add', 'found/x.json')).toBe(EXIT.held);
  const path = `cases/${caseFileName(kase)}`;
  expect(parseCase(platform.files.get(path) ?? '', path)).toEqual(kase);
  await corpus(platform, 'list');
  expect(platform.out.at(-1)).toContain(`${path}  ${kase.signature}  `);
  expect(await corpus(platform, 'check')).toBe(EXIT.held);
  const broken = answering(() => 'no-longer-applies');
  broken.files.set(path, text);
  expect(await corpus(broken, 'check')).toBe(EXIT.lawBroke);
  expect(broken.out.at(-1)).toBe('0 of 1 case pass now');
  await expect(corpus(platform, 'add', 'gone.json')).rejects.toThrow('there is no file gone.json');
  platform.files.set('bad.json', '{}');
  await expect(corpus(platform, 'add', 'found/x.json', 'bad.json')).rejects.toThrow(/^bad\.json is not a case/);
});

it('what campaigns have left is taken away only if all of it passes now', async () => {
  const line = (seed: string, flags = ''): string =>
    findingLine({ campaign: 'c', flags, sighting: { run: 1, scenario: 'smoke', seed, signatures: ['a/b/c'] } });
  const platform = answering((what) => (what === 'bad' ? 'fails' : 'passes'));
  platform.files.set('found/findings/all-pass.jsonl', line('s1') + line('s2'));
  platform.files.set('found/findings/one-fails.jsonl', line('s3') + line('bad'));
  platform.files.set('found/findings/of-another.jsonl', line('s4') + line('s5', ' --config x.mjs'));
  platform.files.set('found/x.json', text);
  platform.files.set('cases/x.json', text);
  expect(await corpus(platform, 'prune')).toBe(EXIT.held);
  expect([...platform.files.keys()].sort()).toEqual([
    'cases/x.json',
    'found/findings/of-another.jsonl',
    'found/findings/one-fails.jsonl',
  ]);
});

it('the doctor compares two processes, the other one backwards, and names what differs', async () => {
  const asked: (readonly [string | undefined, string])[] = [];
  const doctor = async (isSame: boolean): Promise<FakePlatform & { readonly code: number }> => {
    const platform = fakePlatform({
      openReplayer: (_, environment) => ({
        ask: (kept) => {
          const seed = kept.kind === 'sighting' ? kept.sighting.seed : '';
          asked.push([environment?.['TZ'], seed]);
          const digest = isSame ? seed : `${seed}${environment?.['LANG'] ?? ''}`;
          return Promise.resolve({ kind: 'passes', signature: '', detail: '', digest });
        },
        close: () => undefined,
      }),
    });
    return { ...platform, code: await execute(['doctor', 'smoke', '--runs', '3', '--seed', 'x'], '1', platform) };
  };
  const sound = await doctor(true);
  expect([sound.code, sound.out.at(-1)]).toEqual([0, expect.stringMatching(/^SOUND {2}3 runs/)]);
  const seedsOf = (zone: string): readonly string[] => asked.flatMap(([at, seed]) => (at === zone ? [seed] : []));
  expect(seedsOf('Pacific/Auckland')).toEqual([...seedsOf('UTC')].reverse());
  const moody = await doctor(false);
  expect([moody.code, moody.out.at(-1)]).toEqual([5, expect.stringMatching(/^NOT DETERMINISTIC {2}3 runs of 3/)]);
  expect(moody.out[0]).toMatch(/npx millrace replay smoke --seed /);
});

it('a job of a user’s that the doctor finds to differ is the job’s doing, and not the engine’s', async () => {
  let digest = 0;
  const platform = fakePlatform({
    openReplayer: () => ({
      ask: () => Promise.resolve({ kind: 'passes', signature: '', detail: '', digest: String(digest++) }),
      close: () => undefined,
    }),
  });
  const workspace = workspaceOf(
    { kind: 'config', file: 'millrace.config.mjs', found: true },
    { scenarios: [fakeScenario] },
  );
  const code = await doctorCommand(platform, { workspace, scenarios: [], runs: 1, seed: 'x' });
  expect([code, platform.out.at(-1)]).toEqual([
    EXIT.lawBroke,
    expect.stringContaining('time zone or language, or memory in a module'),
  ]);
});
