import { beforeAll, expect, it } from 'vitest';
import type { CheckpointFigures } from '../core/checkpoint/storage/figures.ts';
import { triggerOf } from './commands/savepoint.ts';
import { BadUsage, EXIT } from './exit-codes.ts';
import type { Platform } from './platform.ts';
import { execute } from './program.ts';
import { type FakePlatform, fakePlatform } from './testing/platform.ts';

const millrace = (platform: Platform, ...args: string[]) => execute(args, '1.2.3', platform);
const printed = async (platform: FakePlatform, ...args: string[]): Promise<string> => {
  platform.out.length = 0;
  expect(await millrace(platform, ...args)).toBe(EXIT.held);
  return platform.out.join('\n');
};

interface Replayed {
  readonly checkpoints: unknown[];
  readonly contents: CheckpointFigures[];
  readonly growing: unknown[];
}

/** Runs of `rules` (split, union and broadcast state) and `sessions` (keyed state), in a plan that puts all state into objects. */
const kept = fakePlatform();
let replayed: Replayed;
let keyed: Replayed;
const replay = async (scenario: string, directory: string): Promise<Replayed> => {
  const asked = ['--checkpoints', '--keep-checkpoints', directory, '--json', 'checkpoints.json'];
  expect(await millrace(kept, 'replay', scenario, '--seed', 'j', ...asked)).toBe(EXIT.held);
  return JSON.parse(kept.files.get('checkpoints.json') ?? '') as Replayed;
};
beforeAll(async () => {
  replayed = await replay('rules', 'kept');
  keyed = await replay('sessions', 'keyed');
});

it('replay says what is in each checkpoint, and copies all of them; inspect says the same of the copies', async () => {
  expect(replayed.contents.length).toBeGreaterThan(3);
  const kinds = new Set(
    [...replayed.contents, ...keyed.contents].flatMap(({ states }) => states.map(({ kind }) => kind)),
  );
  for (const kind of ['broadcast', 'split list', 'union list', 'value', 'map'] as const) expect(kinds).toContain(kind);
  for (const { type, bytes } of keyed.contents.flatMap(({ states }) => states)) {
    expect(type).toMatch(/^string -> /);
    expect(bytes).toBeGreaterThan(0);
  }
  for (const contents of replayed.contents) {
    const { kind, attempt, checkpoint } = contents;
    const text = await printed(kept, 'inspect', `kept/${kind}-${attempt}-${checkpoint}`, '--json');
    const { format, offsets, unassigned, transactions, ...figures } = JSON.parse(text) as Record<string, unknown>;
    expect(figures).toEqual(JSON.parse(JSON.stringify(contents)));
    expect([format, Array.isArray(offsets), Array.isArray(unassigned)]).toEqual([1, true, true]);
    const pending = contents.operators.reduce((sum, { pendingTransactions }) => sum + pendingTransactions, 0);
    expect(transactions).toHaveLength(pending);
  }
});

it('inspect shows operators, states, offsets and transactions to people', async () => {
  const [first] = replayed.contents.filter(({ operators }) => operators.some(({ splits }) => splits > 0));
  const text = await printed(kept, 'inspect', `kept/${first?.kind}-${first?.attempt}-${first?.checkpoint}/metadata`);
  expect(text).toMatch(
    /^CHECKPOINT \d+ {2}job rules, attempt \d, parallelism \d\n {2}of scenario rules, version 1 of its job\n/,
  );
  for (const section of ['operators', 'states', 'offsets']) expect(text).toContain(`\n${section}\n`);
  for (const { uid, state } of first?.states ?? []) expect(text).toContain(`${uid}/${state}`);
});

it('inspect prints the values of a state, of all keys or of one', async () => {
  const figures = keyed.contents.findLast(({ states }) => states.some(({ keys = 0 }) => keys > 1));
  const of = figures?.states.find(({ keys = 0 }) => keys > 1);
  const path = `keyed/${figures?.kind}-${figures?.attempt}-${figures?.checkpoint}`;
  const state = `${of?.uid}/${of?.state}`;
  const { values } = JSON.parse(await printed(kept, 'inspect', path, '--state', state, '--json')) as {
    values: { key: unknown; value: unknown }[];
  };
  expect(new Set(values.map(({ key }) => JSON.stringify(key))).size).toBe(of?.keys);
  const [one] = values;
  const asked = ['--key', JSON.stringify(one?.key)];
  expect(JSON.parse(await printed(kept, 'inspect', path, '--state', state, '--json', ...asked))).toEqual({
    format: 1,
    state,
    values: values.filter(({ key }) => JSON.stringify(key) === asked[1]),
  });
  expect(await printed(kept, 'inspect', path, '--state', state, '--key', 'nobody')).toBe(
    `${state} of key nobody: nothing`,
  );
});

it('every kind of state has its values', async () => {
  for (const kind of ['split list', 'union list', 'broadcast'] as const) {
    const figures = replayed.contents.find(({ states }) =>
      states.some((state) => state.kind === kind && state.entries > 0),
    );
    if (figures === undefined) continue;
    const of = figures.states.find((state) => state.kind === kind && state.entries > 0);
    const path = `kept/${figures.kind}-${figures.attempt}-${figures.checkpoint}`;
    const text = await printed(kept, 'inspect', path, '--state', `${of?.uid}/${of?.state}`, '--json');
    expect((JSON.parse(text) as { values: unknown[] }).values).toHaveLength(of?.entries ?? -1);
  }
});

it('what is not there is named, with what is', async () => {
  const [first] = replayed.contents;
  const path = `kept/${first?.kind}-${first?.attempt}-${first?.checkpoint}`;
  await expect(millrace(kept, 'inspect', 'nowhere')).rejects.toThrow('there is no checkpoint in nowhere');
  await expect(millrace(kept, 'inspect', path, '--state', 'x/y')).rejects.toThrow(/^--state x\/y: .* it holds .*\//);
  await expect(millrace(kept, 'inspect', path, '--key', 'a')).rejects.toThrow('--key belongs to --state');
  const broken = fakePlatform();
  for (const [name, bytes] of kept.binaries)
    broken.binaries.set(name, name.endsWith('/metadata') ? bytes : bytes.slice(0, 1));
  await expect(millrace(broken, 'inspect', path)).rejects.toThrow(`${path} cannot be read`);
  broken.binaries.set(`${path}/metadata`, Uint8Array.of(1));
  await expect(millrace(broken, 'inspect', path)).rejects.toThrow('format version 1');
});

it('without knowing where it comes from, state is read all the same', async () => {
  const [first] = replayed.contents;
  const path = `kept/${first?.kind}-${first?.attempt}-${first?.checkpoint}`;
  const moved = fakePlatform();
  for (const [name, bytes] of kept.binaries) moved.binaries.set(name.replace(path, 'elsewhere/copy'), bytes);
  const text = await printed(moved, 'inspect', 'elsewhere/copy');
  expect(text).toContain('offsets and transactions: not decoded');
  const figures = JSON.parse(await printed(moved, 'inspect', 'elsewhere/copy', '--json')) as object;
  expect(figures).toEqual({ format: 1, ...(JSON.parse(JSON.stringify(first)) as object) });
});

it('a campaign keeps the checkpoints of its runs, if they are few', async () => {
  const platform = fakePlatform();
  await printed(platform, 'run', 'nexmark/q0', '--runs', '1', '--seed', 'x', '--keep-checkpoints', 'all');
  const runs = new Set([...platform.binaries.keys()].map((name) => name.split('/').slice(0, 4).join('/')));
  expect(runs.size).toBe(1);
  await expect(millrace(platform, 'run', 'rules', '--keep-checkpoints', 'all')).rejects.toThrow(
    'say --runs with at most',
  );
});

it('a savepoint is taken where it is asked for, is what inspect reads, and is never written over', async () => {
  const platform = fakePlatform();
  const args = ['savepoint', 'rules', '--at', '250ms', '--out', 'sp', '--seed', 'q', '--parallelism', '3'];
  expect(await printed(platform, ...args)).toContain('SAVEPOINT  rules, seed q: sp');
  expect(await printed(platform, 'inspect', 'sp')).toMatch(/^SAVEPOINT \d+ {2}job rules, attempt 1, parallelism 3\n/);
  await expect(millrace(platform, ...args)).rejects.toThrow('savepoints are never changed');
  expect(await millrace(platform, 'savepoint', 'rules', '--at', '1h', '--out', 'late', '--seed', 'q')).toBe(
    EXIT.inconclusive,
  );
  expect(platform.out.at(-1)).toContain(
    'NO SAVEPOINT  rules ended before one was complete (take a savepoint at 3,600,000 ms)',
  );
});

it('universes go on from a checkpoint: under the laws, by a line that pastes, and what its files hold is judged', async () => {
  const path = `keyed/${keyed.contents.map((c) => `${c.kind}-${c.attempt}-${c.checkpoint}`)[2] ?? ''}`;
  const text = await printed(kept, 'run', '--from', path, '--runs', '2', '--seed', 's', '--claim');
  expect(text).toMatch(/^HELD {2}every law, in 2 runs/);
  expect(text).toContain('100 % of the runs restored a completed checkpoint');
  const [, line = ''] = /npx millrace (replay .*)/.exec(text) ?? [];
  expect(line).toMatch(
    /^replay sessions\/from-[0-9a-f]{8} --seed [0-9a-f]{16} --from keyed\/checkpoint-\d-\d+ --claim$/,
  );
  expect(await printed(kept, ...line.split(' '))).toContain('checkpoints  ');
});

it('what cannot start is told before a run, with place and remedy; what does not fit is refused by name', async () => {
  const [, , path = ''] = keyed.contents.map((c) => `keyed/${c.kind}-${c.attempt}-${c.checkpoint}`);
  const start = (...args: string[]) => millrace(kept, 'run', '--from', path, '--runs', '1', '--seed', 's', ...args);
  await expect(millrace(kept, 'run', '--from', 'nowhere')).rejects.toThrow('there is no checkpoint in nowhere');
  await expect(millrace(kept, 'run', 'sessions', '--no-claim')).rejects.toThrow(
    '--no-claim belongs to --from <directory>',
  );
  await expect(start('smoke')).rejects.toThrow(`--from ${path}: it is of scenario sessions, and can start no smoke`);
  await expect(start('--job-version', '2')).rejects.toThrow('scenario sessions has 1 version of its job');
  await expect(start('--parallelism', '16')).rejects.toThrow('config.parallelism: expected a whole number from 1 to 5');
  await expect(start('--keep-checkpoints', 'x')).rejects.toThrow('leave one of them out');

  const copy = (leftOut: RegExp): FakePlatform => {
    const platform = fakePlatform();
    for (const [name, content] of kept.files) if (!leftOut.test(name)) platform.files.set(name, content);
    for (const [name, content] of kept.binaries) if (!leftOut.test(name)) platform.binaries.set(name, content);
    return platform;
  };
  const from = ['run', '--from', path, '--runs', '1', '--seed', 's'];
  await expect(millrace(copy(/checkpoint\.json$/), ...from)).rejects.toThrow('the file checkpoint.json is missing');
  await expect(millrace(copy(/-0$/), ...from)).rejects.toThrow(/its file .* is missing; copy the whole directory/);
  const changed = copy(/^$/);
  const [object = ''] = [...kept.binaries.keys()]
    .filter((name) => name.startsWith(`${path}/`))
    .filter((name) => !name.endsWith('/metadata'));
  changed.binaries.set(
    object,
    (kept.binaries.get(object) ?? new Uint8Array()).map((byte) => byte ^ 1),
  );
  await expect(millrace(changed, ...from)).rejects.toThrow(/--from keyed.*: the object .* its file was changed/);
  const other = copy(/^$/);
  const origin = other.files.get(`${path}/checkpoint.json`) ?? '';
  other.files.set(`${path}/checkpoint.json`, origin.replaceAll(/"seed":\s*"j"/g, '"seed": "r"'));
  await expect(millrace(other, ...from)).rejects.toThrow(/takes (another one|no such checkpoint) here/);

  // In the plan of this seed version 2 declares a type that nothing becomes.
  const forks = fakePlatform();
  const take = ['savepoint', 'forked', '--at', '500ms', '--out', 'sp', '--seed', 'i82'];
  expect(await millrace(forks, ...take)).toBe(EXIT.held);
  const next = ['run', '--from', 'sp', '--job-version', '2', '--runs', '1', '--seed', 's'];
  expect(await millrace(forks, ...next)).toBe(EXIT.inconclusive);
  expect(forks.out.join('\n')).toMatch(/1 x refused: .*state "total" was written as int32 and is declared as string/);
});

it('instants read as people write them', () => {
  expect(triggerOf('300ms')).toEqual({ kind: 'time', ms: 300 });
  expect(triggerOf('checkpointCompleted')).toEqual({ kind: 'fact', fact: 'checkpointCompleted', nth: 1 });
  expect(triggerOf('checkpointCompleted:2')).toEqual({ kind: 'fact', fact: 'checkpointCompleted', nth: 2 });
  expect(triggerOf('taskmanager-1@120')).toEqual({ kind: 'port-call', process: 'taskmanager-1', nth: 120 });
  for (const wrong of ['later', '3', 'checkpointCompleted:0', 'a b']) expect(() => triggerOf(wrong)).toThrow(BadUsage);
});
