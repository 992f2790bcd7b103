import { expect, it } from 'vitest';
import { runBlock } from '../properties/campaign/campaign.ts';
import { findingOfEnded } from '../properties/campaign/outside.ts';
import { HarnessCrash } from '../properties/campaign/harness-crash.ts';
import { findingLine } from '../properties/campaign/sighting.ts';
import { caseDocument } from '../properties/case/case.ts';
import { caseOf } from '../properties/case/replay.ts';
import { uncounted, type Violation } from '../properties/outcome.ts';
import { expand } from '../properties/plan/generate.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { fakeScenario } from '../properties/plan/testing/scenario.ts';
import { run } from '../properties/run/run.ts';
import { sizeOf } from '../properties/shrink/parts.ts';
import { scenarios, scenarios as builtIn } from '../scenarios/index.ts';
import { smoke } from '../scenarios/jobs/smoke.ts';
import { answerInWords } from './commands/replay.ts';
import { problemsOf } from './commands/zoo.ts';
import { BadUsage, EXIT } from './exit-codes.ts';
import { parseDuration, parseSeeds, parseWhole } from './options.ts';
import type { Platform } from './platform.ts';
import { withArenas } from './node/blocks.ts';
import { execute } from './program.ts';
import { replayLine } from './scenarios.ts';
import { workspaceOf } from './workspace.ts';
import { addZoo } from './repository.ts';
import { type FakePlatform, fakePlatform } from './testing/platform.ts';
import { madeUpPool } from './testing/rows.ts';

const millrace = (platform: Platform, ...args: string[]) => execute(args, '1.2.3', platform, [addZoo(noZoo)]);
/** Its runs are made up: for what is about commands, not about runs. */
const withoutRuns = (changes: Partial<Platform> = {}): FakePlatform =>
  fakePlatform({ openPool: (campaign, workspace) => madeUpPool(campaign, workspace, false), ...changes });
const fail = (): never => {
  throw new Error('it was begun');
};
const noZoo = () => ({ hunt: () => Promise.resolve([]) });

it('a campaign that holds exits 0 and says what it did', async () => {
  const platform = fakePlatform();
  expect(
    await millrace(
      platform,
      'run',
      'smoke',
      'nexmark/q0',
      '--runs',
      '4',
      '--seed',
      'x',
      '--json',
      'out/report.json',
      '--junit',
      'out/report.xml',
    ),
  ).toBe(EXIT.held);
  expect(platform.out.join('\n')).toMatch(
    /^HELD {2}every law, in 4 runs\n {2}runs +4 in .* seed x\n {2}scenarios +nexmark\/q0 \d, smoke \d/,
  );
  expect(JSON.parse(platform.files.get('out/report.json') ?? '')).toMatchObject({ exitCode: 0, runs: 4, seed: 'x' });
  expect(platform.files.get('out/report.xml')).toContain('<testsuite name="millrace"');
});

it('the same seed is the same campaign, and a fresh one is used if none is given', async () => {
  const digests = async (...args: string[]) => {
    const platform = fakePlatform();
    await millrace(platform, 'run', 'nexmark/q0', '--runs', '2', '--json', 'r', ...args);
    const { seed, digest } = JSON.parse(platform.files.get('r') ?? '') as { seed: string; digest: string };
    return `${seed} ${digest}`;
  };
  const once = await digests('--seed', 'a');
  expect(await digests('--seed', 'a')).toBe(once);
  expect(await digests()).toMatch(/^fresh /);
});

it('a fresh seed is told first, and last with the command of the same campaign', async () => {
  const told: string[] = [];
  const platform = withoutRuns({ print: (text) => void told.push(text), warn: (text) => void told.push(text) });
  expect(await millrace(platform, 'run', 'smoke', 'nexmark/q0', '--runs', '20', '--max-failures', '3')).toBe(EXIT.held);
  expect(told[0]).toBe('seed fresh: a fresh one; --seed fresh is this campaign again');
  const [, command = ''] = /\n {2}again +seed fresh: npx millrace (.*)$/.exec(told.at(-1) ?? '') ?? [];
  expect(command).toBe('run smoke nexmark/q0 --runs 20 --seed fresh --max-failures 3');
  const again = withoutRuns();
  expect(await millrace(again, ...command.split(' '))).toBe(EXIT.held);
  const together = (text: string): string | undefined => /together (\w+)/.exec(text)?.[1];
  expect(together(again.out.join('\n'))).toBe(together(told.join('\n')));
  // Who names a seed knows it.
  expect(again.err).toEqual([]);
  expect(again.out.join('\n')).not.toMatch(/^ {2}again/m);
  const limited = withoutRuns();
  await millrace(limited, 'run', 'nexmark/q0', '--time-limit', '20ms');
  const [, done] = /^ {2}runs +(\d+) in/m.exec(limited.out.at(-1) ?? '') ?? [];
  expect(limited.out.at(-1)).toMatch(new RegExp(`npx millrace run nexmark/q0 --runs ${done ?? ''} --seed fresh$`));
});

it('a line that does a run again is what a shell takes, whatever the scenario is called', async () => {
  const [first] = scenarios;
  if (first === undefined) throw new Error('no scenario');
  const odd = "a;b'c$(d)";
  const source = { kind: 'built-in' } as const;
  const platform = withoutRuns({
    open: () => Promise.resolve(workspaceOf(source, { scenarios: [{ ...first, id: odd }] })),
  });
  await millrace(platform, 'run', odd, '--runs', '3');
  const lines = platform.out.join('\n').match(/npx millrace .*/g) ?? [];
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^npx millrace (replay|run) 'a;b'\\''c\$\(d\)' --/);
  expect(replayLine(odd, 's t', source)).toBe(`npx millrace replay 'a;b'\\''c$(d)' --seed 's t'`);
});

it('an interrupt keeps the results so far and exits 130', async () => {
  let asked = 0;
  const platform = withoutRuns({ interrupted: () => (asked += 1) > 1 });
  expect(await millrace(platform, 'run', 'nexmark/q0', '--runs', '1000')).toBe(EXIT.interrupted);
  expect(platform.out.join('\n')).toContain('in 16 runs');
  expect(platform.out.join('\n')).toContain('cut short');
});

it('a time limit begins no further run after it', async () => {
  const platform = withoutRuns();
  expect(await millrace(platform, 'run', 'nexmark/q0', '--time-limit', '20ms')).toBe(EXIT.held);
  expect(platform.out.join('\n')).toMatch(/runs +\d+ in .*, cut short/);
});

it('bad usage is named, with what there is', async () => {
  const refusal = async (...args: string[]): Promise<string> => {
    const platform = fakePlatform();
    try {
      return `exit ${await millrace(platform, ...args)}: ${platform.err.join(' ')}`;
    } catch (error) {
      return error instanceof BadUsage || error instanceof InvalidInput ? error.message : String(error);
    }
  };
  expect(await refusal('run', 'smok')).toBe(
    `there is no scenario smok; there are ${builtIn.map(({ id }) => id).join(', ')}`,
  );
  expect(await refusal('run', '--runs', 'many')).toMatch(/^--runs many: expected a whole number from 1 to/);
  expect(await refusal('run', '--time-limit', '30')).toMatch(/^--time-limit 30: expected a number with a unit/);
  expect(await refusal('run', '--key', 'k')).toBe('--key belongs to --input <path>');
  expect(await refusal('run', '--on-bad-line', 'skip')).toBe('--on-bad-line belongs to --input <path>');
  const input = ['run', '--input', 'x', '--key', 'k', '--time', 't'];
  expect(await refusal(...input, '--time-unit', 'h')).toMatch(/^exit 2: .*Allowed choices are s, ms, us, ns/);
  expect(await refusal(...input, '--window', '1h', '--offset', '-60m')).toMatch(/expected less than the window/);
  expect(await refusal('run', '--input', 'x')).toMatch(/^--input needs --key <field> and --time <field>/);
  expect(await refusal('run', '--input', 'x', '--key', 'k', '--time', 't')).toBe('--input x: there is no such file');
  expect(await refusal('replay', 'smoke')).toMatch(/expected --seed S as well/);
  expect(await refusal('replay', 'gone.json')).toBe('there is no file gone.json');
  expect(await refusal('zoo', '--only', 'gone')).toMatch(/^there is no zoo entry gone|^zoo: it is empty/);
  const packaged = fakePlatform();
  expect(await execute(['zoo'], '1.2.3', packaged)).toBe(EXIT.badUsage);
  expect(packaged.err.join(' ')).toMatch(/unknown command 'zoo'/);
  expect(await refusal('sing')).toMatch(/^exit 2: error: unknown command 'sing'/);
});

it("anyone's own events run, and a bad line is named before anything runs", async () => {
  const flags = ['--input', 'events', '--key', 'user', '--time', 'at', '--window', '10m', '--lateness', '1m'];
  const platform = fakePlatform();
  const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ user: `u${i % 3}`, at: i * 60_000 }));
  platform.files.set('events', lines.join('\n'));
  expect(await millrace(platform, 'run', ...flags, '--runs', '4', '--seed', 'x')).toBe(EXIT.held);
  expect(platform.out.join('\n')).toContain('input/exact 2, input/spread 2, input/whole 1');
  platform.files.set('events', [...lines, '{"user":"u","at":"noon"}'].join('\n'));
  await expect(millrace(platform, 'run', ...flags)).rejects.toThrow(
    /^events cannot be read, nothing was run:\n {2}line 61, field at: /,
  );
});

it('the run over a whole input says what was understood of it, and is replayed by the line that it prints', async () => {
  const platform = fakePlatform();
  const day = Array.from(
    { length: 50 },
    (_, i) => `${i % 5 === 4 ? 'b c' : 'a'};2021-03-01 ${String(9 + (i % 3)).padStart(2, '0')}:30`,
  );
  platform.files.set('my events.csv', ['who;at', ...day, 'nobody'].join('\r\n'));
  const flags = [
    '--input',
    'my events.csv',
    '--key',
    'who',
    '--time',
    'at',
    '--zone',
    'Europe/Berlin',
    '--on-bad-line',
    'skip',
  ];
  const windows = ['--window', '1d', '--offset', '-1h'];
  expect(await millrace(platform, 'run', 'input/whole', ...flags, ...windows, '--seed', 'x')).toBe(EXIT.held);
  const report = platform.out.join('\n');
  for (const part of [
    'INPUT  my events.csv: 50 records, csv, 52 lines',
    '1 bad line\n               line 52: 1 fields, and the header has 2',
    'at: 2021-03-01T08:30Z to 2021-03-01T10:30Z (2 h)',
    'of the records come behind a newer one, by at most 2 h',
    'who: 2 keys, "a" 40, "b c" 10',
    'of 1 d with offset -1 h: 2 panes; the largest is "a" from 2021-02-28T23:00Z: 40',
    '0 records (0 %) with a watermark delay of 0 ms',
    'all 50 records, 2 kills',
    'as every law, and a plain count of the file says',
    'HELD  every law, in 1 run\n',
  ]) {
    expect(report).toContain(part);
  }
  const line = /npx millrace (replay input\/whole .*)/.exec(report)?.[1] ?? '';
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const again = fakePlatform();
  again.files.set('my events.csv', platform.files.get('my events.csv') ?? '');
  expect(await millrace(again, ...words)).toBe(EXIT.held);
  expect(again.out.at(-1)).toMatch(/^PASS {2}input\/whole, seed /);
});

it('the run over a whole input is cut by the time limit, and gives no verdict then', async () => {
  const given: number[] = [];
  const platform = fakePlatform({
    runWhole: (_source, _seed, seconds) => {
      given.push(seconds);
      return Promise.resolve('no-time');
    },
  });
  platform.files.set('events', JSON.stringify({ user: 'u', at: 1_600_000_000_000 }));
  const flags = [
    '--input',
    'events',
    '--key',
    'user',
    '--time',
    'at',
    '--runs',
    '2',
    '--seed',
    'x',
    '--time-limit',
    '30s',
  ];
  await millrace(platform, 'run', ...flags);
  expect(given).toEqual([expect.closeTo(30, 0)]);
  expect(platform.out.join('\n')).toMatch(
    /^INPUT {2}events: the run over all of it was cut by the time limit: no verdict$/m,
  );
});

it('every line that replays a run of an input names the input', async () => {
  const platform = fakePlatform();
  const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ user: `u${i % 3}`, at: i }));
  platform.files.set('events', lines.join('\n'));
  await millrace(platform, 'run', '--input', 'events', '--key', 'user', '--time', 'at', '--runs', '4', '--seed', 'x');
  const replays = platform.out.join('\n').match(/npx millrace replay .*/g) ?? [];
  expect(replays).toHaveLength(2);
  for (const replay of replays) {
    expect(replay).toMatch(/--input events --key user --time at --window 3600000ms --lateness 0ms$/);
  }
  expect(platform.err.join('\n')).toMatch(/--time at: read as milliseconds, all times are in 1970/);
});

it('a seed can be replayed, with its trace', async () => {
  const platform = fakePlatform();
  expect(await millrace(platform, 'replay', 'nexmark/q2', '--seed', 'abc', '--trace')).toBe(EXIT.held);
  expect(platform.out.some((line) => line.includes('checkpointCompleted'))).toBe(true);
  expect(platform.out.at(-1)).toMatch(/^PASS {2}nexmark\/q2, seed abc/);
});

it('a replay of a seed that has no record says that it shows nothing', async () => {
  const isEmpty = (seed: string): boolean => {
    const { workload } = expand(smoke, seed);
    return workload.kind === 'generated' && workload.count === 0;
  };
  const seed = Array.from({ length: 10_000 }, (_, n) => String(n)).find(isEmpty) ?? 'none';
  const platform = fakePlatform();
  expect(await millrace(platform, 'replay', 'smoke', '--seed', seed)).toBe(EXIT.held);
  expect(platform.out.join('\n')).toMatch(
    /\n {2}vacuous {6}no record came in topic events, extras: this run shows nothing/,
  );
});

it('a replay is done again in a fresh process, and says so if that is another run', async () => {
  const answer = { kind: 'passes', signature: '', detail: '', digest: '0123456789abcdef' } as const;
  const platform = fakePlatform({
    openReplayer: () => ({ ask: () => Promise.resolve(answer), close: () => undefined }),
  });
  expect(await millrace(platform, 'replay', 'nexmark/q0', '--seed', 'abc')).toBe(EXIT.notDeterministic);
  expect(platform.out.join('\n')).toMatch(/NOT DETERMINISTIC {2}in a fresh process .* there 0123456789abcdef/);
});

it('a replay that takes no end is ended, and names whose code it was', async () => {
  const overrun = { run: 0, operator: 'map', frames: ['at f (a.ts:1:2)'], cpuMs: 4_000, wallMs: 4_100 };
  const platform = fakePlatform({ guarded: () => ({ kind: 'endless', overrun }) });
  expect(await millrace(platform, 'replay', 'nexmark/q0', '--seed', 'abc')).toBe(EXIT.lawBroke);
  expect(platform.out.join('\n')).toMatch(/^ENDLESS {2}job\/endless\/map[\s\S]*where {2}at f \(a\.ts:1:2\)/);
});

it('a case whose scenario is not known here says where it is replayed', async () => {
  const plan = { ...expand(fakeScenario, 's'), scenario: 'sums' };
  const violation: Violation = { law: 'sinks', anomaly: 'lost', place: 'x', message: '', evidence: [], atUs: 0 };
  const { kase } = findingOfEnded(plan, violation, { seed: 's', run: 0 });
  const platform = withoutRuns();
  platform.files.set('my cases/a.json', caseDocument(kase));
  expect(await millrace(platform, 'replay', 'my cases/a.json')).toBe(EXIT.inconclusive);
  expect(platform.out.join('\n')).toBe(
    [
      'NO LONGER APPLIES  there is no scenario sums',
      '  if it is of a configuration elsewhere: add --config <file>',
      "  if a check has made it: run the script or test of that check, MILLRACE_CASE='my cases/a.json' <command>",
    ].join('\n'),
  );
  // A check has said so itself: the command is the wrong one. A campaign leaves it to the check.
  const origin = { ...kase.origin, check: 'npx tsx sums.ts late' };
  platform.files.set(`${platform.caseDirectory}/a.json`, caseDocument({ ...kase, origin }));
  await expect(millrace(platform, 'replay', `${platform.caseDirectory}/a.json`)).rejects.toThrow(
    `${platform.caseDirectory}/a.json is the case of a check, which replays it: MILLRACE_CASE=${platform.caseDirectory}/a.json npx tsx sums.ts late`,
  );
  platform.out.length = 0;
  expect(await millrace(platform, 'run', 'nexmark/q0', '--runs', '1', '--seed', 's')).toBe(EXIT.held);
  expect(platform.out.join('\n')).not.toContain('sums');
});

it('a case that was made without a run to its end has none to be compared with', () => {
  const plan = expand(fakeScenario, 's');
  const violation: Violation = { law: 'sinks', anomaly: 'lost', place: 'x', message: '', evidence: [], atUs: 0 };
  const { kase } = findingOfEnded(plan, violation, { seed: 's', run: 0 });
  const outcome = uncounted({ digest: 'a'.repeat(16) });
  const words = (digest: string): string =>
    answerInWords(
      { kind: 'reproduced', failing: { plan, outcome, violation }, sameDigest: false },
      { ...kase, digest },
      'a.json',
      undefined,
      undefined,
    );
  expect(words(kase.digest)).toMatch(/^REPRODUCED {2}the same failure; the case was made without a run to its end/);
  expect(words('b'.repeat(16))).toMatch(/^REPRODUCED {2}the same failure in another run: the code has changed/);
});

it('a case that does not fail any more passes now, and the gate accepts it', async () => {
  const cheap = scenarios.find(({ id }) => id === 'nexmark/q0');
  if (cheap === undefined) throw new Error('no scenario');
  const plan = { ...expand(cheap, 'kept'), incidents: [] };
  const outcome = run(cheap, plan);
  const violation: Violation = { law: 'sinks', anomaly: 'lost', place: 'x', message: '', evidence: [], atUs: 0 };
  const kase = caseOf(
    { plan, outcome, violation },
    { seed: 'kept', run: 0 },
    { from: sizeOf(plan), to: sizeOf(plan), runs: 0, minimal: false },
  );
  const platform = withoutRuns();
  platform.files.set('cases/a.json', caseDocument(kase));
  expect(await millrace(platform, 'replay', 'cases/a.json')).toBe(EXIT.held);
  expect(platform.out.join('\n')).toContain('PASSES NOW  sinks/lost/x');
  expect(await millrace(platform, 'gate', '--runs', '6')).toBe(EXIT.held);
  platform.files.set('cases/b.json', caseDocument({ ...kase, scenario: 'gone', plan: { ...plan, scenario: 'gone' } }));
  expect(await millrace(platform, 'gate', '--runs', '6')).toBe(EXIT.lawBroke);
  expect(platform.out.join('\n')).toContain('NO LONGER APPLIES  sinks/lost/x\n  there is no scenario gone');
});

it('what earlier campaigns kept is run again first; with --last-failed, nothing else', async () => {
  const sighted = (run: number, scenario: string, flags = ''): string =>
    findingLine({ campaign: 'c', flags, sighting: { run, scenario, seed: `s${run}`, signatures: ['sinks/lost/x'] } });
  const platform = withoutRuns();
  platform.files.set(
    'found/findings/c-1.jsonl',
    sighted(1, 'nexmark/q0') + sighted(2, 'nexmark/q0') + sighted(3, 'gone', ' -x'),
  );
  platform.files.set('found/findings/c-2.jsonl', `${sighted(1, 'nexmark/q2')}{"finding":`);
  platform.files.set('found/a.json', '{');
  expect(await millrace(platform, 'run', 'nexmark/q0', '--runs', '2', '--json', 'r')).toBe(EXIT.held);
  const report = (): unknown => JSON.parse(platform.files.get('r') ?? '');
  const kept = (scenario: string) => ({ scenario, kind: 'passes', keptFor: 'sinks/lost/x' });
  expect(report()).toMatchObject({ runs: 2, kept: [kept('nexmark/q0'), kept('nexmark/q2')] });
  expect(platform.err.join('\n')).toMatch(/found\/a\.json is not a case[\s\S]*c-2\.jsonl: 1 line cut off/);
  expect(await millrace(platform, 'run', '--last-failed', '--runs', '2', '--json', 'r')).toBe(EXIT.held);
  expect(report()).toMatchObject({ runs: 0, kept: [kept('nexmark/q0'), kept('nexmark/q0'), kept('nexmark/q2')] });
  const none = withoutRuns();
  await millrace(none, 'run', '--last-failed', '--runs', '2', '--json', 'r');
  expect(JSON.parse(none.files.get('r') ?? '')).toMatchObject({ runs: 2, kept: [] });
});

it('a time limit ends what was kept in the middle of it, and says what was not done again', async () => {
  const called: number[] = [];
  let late = (): void => undefined;
  let close = (): void => undefined;
  const platform = withoutRuns({
    after: (seconds, call) => {
      called.push(seconds);
      late = call;
      return () => undefined;
    },
    openReplayer: () => ({
      ask: ({ kind }) =>
        new Promise((resolve, reject) => {
          expect(kind).toBe('sighting');
          close = () => reject(new Error('closed'));
          // It takes no end, until the time is up.
          late();
          resolve({ kind: 'passes', signature: '', detail: '', digest: '' });
        }),
      close: () => close(),
    }),
  });
  const sighted = (run: number): string =>
    findingLine({
      campaign: 'c',
      flags: '',
      sighting: { run, scenario: 'smoke', seed: 's', signatures: [`a/b/${run}`] },
    });
  platform.files.set('found/findings/c-1.jsonl', [1, 2, 3].map(sighted).join(''));
  expect(await millrace(platform, 'run', 'smoke', '--time-limit', '30s', '--runs', '1')).toBe(EXIT.held);
  expect(called[0]).toBeCloseTo(31, 0);
  expect(platform.err.join('\n')).toContain(
    '--time-limit: no time for 3 runs of 3 that were kept: whether they still fail is not known; give it more time',
  );
});

it('a kept failure that fails again makes the campaign red, in every report', async () => {
  const platform = withoutRuns({
    openReplayer: () => ({
      ask: () => Promise.resolve({ kind: 'fails', signature: 'sinks/lost/x', detail: 'gone', digest: '' }),
      close: () => undefined,
    }),
  });
  const sighting = { run: 1, scenario: 'smoke', seed: 's', signatures: ['sinks/lost/x'] };
  platform.files.set('found/findings/c-1.jsonl', findingLine({ campaign: 'c', flags: '', sighting }));
  const code = await millrace(platform, 'run', 'smoke', '--runs', '2', '--json', 'r', '--junit', 'x');
  expect(code).toBe(EXIT.lawBroke);
  expect(platform.out.join('\n')).toMatch(
    /STILL FAILS {2}sinks\/lost\/x[\s\S]*\nFALSIFIED {2}1 kept failure fails again/,
  );
  expect(JSON.parse(platform.files.get('r') ?? '')).toMatchObject({ exitCode: 1, kept: [{ kind: 'fails' }] });
  expect(platform.files.get('x')).toContain('<failure message="still fails: sinks/lost/x: gone"');
});

it('a report that cannot be written is known before anything runs, and never hides what broke', async () => {
  const refused = fakePlatform({ obstacleTo: (path) => (path === 'x' ? 'it is a directory' : undefined) });
  for (const command of ['run', 'gate']) {
    await expect(millrace(refused, command, '--junit', 'x')).rejects.toThrow(
      /^--junit x: cannot be written: it is a dir/,
    );
  }
  const directory = fakePlatform({ obstacleTo: (path) => (path.startsWith('d/') ? 'EROFS' : undefined) });
  for (const [args, option] of [
    [['replay', 'nexmark/q0', '--seed', 's', '--json', 'x'], '--json x: cannot'],
    [['recovery-cost', 'nexmark/q0', '--json', 'x'], '--json x: cannot'],
    [['replay', 'nexmark/q0', '--seed', 's', '--keep-checkpoints', 'd'], '--keep-checkpoints d: nothing can'],
    [['run', 'nexmark/q0', '--runs', '1', '--keep-checkpoints', 'd'], '--keep-checkpoints d: nothing can'],
    [['run', 'nexmark/q0', '--runs', '1', '--reporter', 'blob', '--blob-dir', 'd'], '--blob-dir d: nothing can'],
    [['savepoint', 'nexmark/q0', '--at', '10ms', '--out', 'd'], '--out d: nothing can'],
  ] as const) {
    const begun = { guarded: fail, openPool: fail };
    const platform = { ...(option.includes(' d:') ? directory : refused), ...begun };
    await expect(millrace(platform, ...args), option).rejects.toThrow(option);
  }
  expect([...refused.out, ...directory.out]).toEqual([]);
  const full = withoutRuns({
    writeText: () => {
      throw new BadUsage('x cannot be written: ENOSPC');
    },
  });
  expect(await millrace(full, 'run', 'smoke', '--runs', '1', '--json', 'x')).toBe(EXIT.badUsage);
  expect(full.out.join('\n')).toMatch(/^HELD/);
  expect(full.err.join('\n')).toMatch(/ENOSPC/);
});

it('a harness that crashes leaves reports of what was done until then', async () => {
  let blocks = 0;
  const platform = withoutRuns();
  const crashing: Platform = {
    ...platform,
    openPool: (...of) => {
      const pool = platform.openPool(...of);
      const run: typeof pool.run = (block) =>
        (blocks += 1) < 2 ? pool.run(block) : Promise.reject(new HarnessCrash('TypeError: x'));
      return { ...pool, run };
    },
  };
  const args = ['run', 'nexmark/q0', '--runs', '20', '--json', 'r', '--junit', 'x'];
  await expect(millrace(crashing, ...args)).rejects.toThrow(HarnessCrash);
  expect(JSON.parse(platform.files.get('r') ?? '')).toMatchObject({ exitCode: 70, runs: 16 });
  expect(platform.files.get('x')).toContain('<error message="TypeError: x"');
});

it('what a project gave and cannot be used ends a campaign as bad input, with reports of what was done until then', async () => {
  const platform = withoutRuns();
  let blocks = 0;
  const refusing = (done: number): Platform => ({
    ...platform,
    openPool: (...of) => {
      const pool = platform.openPool(...of);
      const refused = new InvalidInput('scenario x cannot be run', ['build threw Error: x']);
      return { ...pool, run: (block) => ((blocks += 1) <= done ? pool.run(block) : Promise.reject(refused)) };
    },
  });
  const args = ['run', 'nexmark/q0', '--runs', '20', '--json', 'r', '--junit', 'x'];
  await expect(millrace(refusing(0), ...args)).rejects.toThrow(InvalidInput);
  expect([platform.out, platform.files.get('r')]).toEqual([[], undefined]);
  blocks = 0;
  await expect(millrace(refusing(1), ...args)).rejects.toThrow(InvalidInput);
  expect(platform.out.join('\n')).toMatch(/^BAD INPUT {2}no verdict; until then: HELD/);
  expect(JSON.parse(platform.files.get('r') ?? '')).toMatchObject({ exitCode: 2, runs: 16 });
  expect(platform.files.get('x')).toContain('<error message="scenario x cannot be run:');
});

it('the seed of the gate is derived from the commit; without git it has to be named', async () => {
  const seedOf = async (platform: FakePlatform, ...args: string[]) => {
    await millrace(platform, ...args, '--runs', '2', '--json', 'r');
    return (JSON.parse(platform.files.get('r') ?? '') as { seed: string }).seed;
  };
  expect(await seedOf(withoutRuns(), 'gate')).toBe('0123456789abcdef');
  expect(await seedOf(withoutRuns(), 'run', 'smoke', '--seed', 'commit')).toBe('0123456789abcdef');
  const withoutGit = { commit: () => undefined };
  expect(await seedOf(withoutRuns(withoutGit), 'gate', '--seed', 'mine')).toBe('mine');
  await expect(millrace(withoutRuns(withoutGit), 'gate')).rejects.toThrow(
    /^--seed commit: there is no git commit here/,
  );
});

it('the gate of a change that is prose replays what is kept, and nothing else', async () => {
  const of = async (files: readonly string[] | undefined, ...args: string[]) => {
    const platform = withoutRuns({ changedSince: (commit) => (commit === 'main' ? files : undefined) });
    const code = await millrace(platform, 'gate', '--runs', '2', '--json', 'r', '--junit', 'x', ...args);
    const { runs, headline } = JSON.parse(platform.files.get('r') ?? '') as { runs: number; headline: string };
    expect(platform.files.get('x')).not.toMatch(/<(failure|error)/);
    return { code, runs, headline };
  };
  const prose = ['README.md', 'core/SEMANTICS.md', 'LICENSE', 'docs/a.txt'];
  expect(await of(prose, '--changed', 'main')).toEqual({
    code: EXIT.held,
    runs: 0,
    headline: 'HELD  only text differs from main, so no campaign; 0 kept failures pass now',
  });
  expect(await of([], '--changed', 'main')).toMatchObject({ code: EXIT.held, runs: 0 });
  for (const file of ['core/a.ts', 'package-lock.json', 'scenarios/data/x.ndjson', 'a.md/b', 'LICENSE.ts'])
    expect(await of([...prose, file], '--changed', 'main')).toMatchObject({ code: EXIT.held, runs: 2 });
  expect(await of(prose)).toMatchObject({ runs: 2 });
  await expect(of(prose, '--changed', 'gone')).rejects.toThrow(/^--changed gone: git knows no such commit here/);
  await expect(of(prose, '--changed', 'main', '--shard', '1/2')).rejects.toThrow(BadUsage);
});

it('a failing seed is told as it is where there is no time to make it smaller', async () => {
  const gone = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'it is gone', evidence: [], atUs: 1 };
  const platform = fakePlatform({
    guarded: (_, body) => ({
      kind: 'done',
      value: body((scenario, plan, detail) => ({
        ...run(scenario, plan, detail),
        verdict: 'fail',
        violations: [gone],
      })),
    }),
    investigate: () => Promise.resolve('no-time'),
  });
  expect(await millrace(platform, 'replay', 'nexmark/q0', '--seed', 'x')).toBe(EXIT.lawBroke);
  expect(platform.out.at(-1)).toMatch(/^\nsinks\/lost\/out\n {2}divergence {2}it is gone$/);
});

it('the list names scenarios, and on demand laws, marks and knobs', async () => {
  const platform = fakePlatform();
  await millrace(platform, 'list');
  expect(platform.out.join('\n')).toContain('earthquakes/exact');
  expect(platform.out.join('\n')).not.toContain('bufferRecords');
  await millrace(platform, 'list', '--all');
  expect(platform.out.join('\n')).toContain('bufferRecords');
});

it('init writes what one begins with, and overwrites nothing', async () => {
  const platform = fakePlatform();
  expect(await millrace(platform, 'init')).toBe(EXIT.held);
  const files = ['millrace-example.mjs', 'millrace-example.test.mjs', 'millrace.config.mjs'];
  expect([...platform.files.keys()].sort()).toEqual(files);
  platform.files.set('millrace-example.mjs', 'mine');
  platform.files.delete('millrace.config.mjs');
  await expect(millrace(platform, 'init')).rejects.toThrow(
    /^init: millrace-example\.mjs, millrace-example\.test\.mjs: there already; nothing was written/,
  );
  expect(platform.files.get('millrace-example.mjs')).toBe('mine');
  expect(platform.files.has('millrace.config.mjs')).toBe(false);
  const typed = fakePlatform({ findConfig: () => 'millrace.config.ts' });
  await expect(millrace(typed, 'init')).rejects.toThrow(/^init: millrace\.config\.ts: there already/);
});

it('a zoo entry escapes if a seed does not find it, or finds it by another law first', () => {
  const entry = { id: 'e', title: '', origin: '', file: '', find: '', replace: '', law: 'sinks' };
  const caught = (runs: number | undefined, ...laws: string[]) => ({
    seed: 's',
    runs,
    laws,
    signatures: laws.map((law) => `${law}/a/b`),
    size: undefined,
  });
  expect(problemsOf(entry, [caught(3, 'order', 'sinks')], 300)).toEqual([]);
  expect(problemsOf(entry, [caught(undefined)], 300)).toEqual(['seed s: not within 300 runs']);
  expect(problemsOf(entry, [caught(7, 'order')], 300)).toEqual(['seed s: run 7 broke order/a/b, not sinks']);
});

it('durations, numbers and seeds read as people write them', () => {
  expect(['250ms', '30s', '1.5m', '1h', '2d'].map((text) => parseDuration(text, '-'))).toEqual([
    250, 30_000, 90_000, 3_600_000, 172_800_000,
  ]);
  expect(() => parseDuration('1 week', '--window')).toThrow(BadUsage);
  expect(parseWhole('7', '-', 0, 9)).toBe(7);
  for (const text of ['-1', '10', '1.5', '', '0x1']) expect(() => parseWhole(text, '-', 0, 9)).toThrow(BadUsage);
  expect(parseSeeds('a, b', '-')).toEqual(['a', 'b']);
  expect(() => parseSeeds('a,,b', '-')).toThrow(BadUsage);
});

it('the first verdict is told before the run is done again, and its seed is the same run', async () => {
  const platform = fakePlatform();
  const told: string[] = [];
  const watched: Platform = {
    ...platform,
    warn: (text) => void told.push(text),
    openPool: (campaign, workspace, _workers, first) => {
      const runPlan = withArenas(workspace, undefined, undefined);
      const counted: typeof runPlan = (scenario, plan, detail) => {
        told.push('run');
        return runPlan(scenario, plan, detail);
      };
      return {
        lanes: 1,
        run: (block) =>
          Promise.resolve(
            runBlock({ ...campaign, relateEvery: 0 }, block, (id) => workspace.scenarios.named(id), counted, {
              judged: first,
            }),
          ),
        written: () => [],
        close: () => undefined,
      };
    },
  };
  expect(await millrace(watched, 'run', 'smoke', '--runs', '1', '--seed', 'x', '--json', 'r')).toBe(EXIT.held);
  const line = expect.stringMatching(/^run 0: passed {2}smoke, [3-6] records, seed tiny-[0-9a-f]{16}$/) as unknown;
  expect(told).toEqual(['run', line, 'run']);
  const [, seed = ''] = /seed (\S+)$/.exec(told[1] ?? '') ?? [];
  expect(await millrace(platform, 'replay', 'smoke', '--seed', seed)).toBe(EXIT.held);
  expect(platform.out.join('\n')).toMatch(/^PASS {2}smoke, seed tiny-.*\n {2}config +calm\n {2}run +[3-6] records/m);
});

it('a shard that does not begin the campaign has no first run to tell', async () => {
  const platform = fakePlatform();
  await millrace(platform, 'run', 'nexmark/q0', '--runs', '18', '--seed', 'x', '--shard', '2/2');
  expect(platform.err).toEqual([]);
});
