/** The seam of state backends, end to end: whole clusters on a backend that is nothing like ours, judged by every law. */
import { withMembers } from '../testing/with-members.ts';
import { expect, it } from 'vitest';
import { IoError } from '../../core/errors.ts';
import { defaultParts, type Parts } from '../../core/parts.ts';
import type { KeyedStateBackend, StateBackend } from '../../core/state/backend.ts';
import { inspectHeapState } from '../../core/state/heap/heap-inspect.ts';
import { scenarios } from '../../scenarios/index.ts';
import { smoke } from '../../scenarios/jobs/smoke.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { expand } from '../plan/generate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run } from '../run/run.ts';
import { oddStateBackend } from './testing/odd-backend.ts';

/** By hand, for more of them: `ODD_PLANS=60 npx vitest run properties/contracts/odd-backend.property.test.ts`. */
const PLANS = Number(process.env['ODD_PLANS'] ?? 4);
/** The odd backend takes back what it wrote, and migrates nothing: a job that has one version is enough for it. */
const ofOneVersion = scenarios.filter(({ versions = 1 }) => versions === 1);
/** Without a value in memory each checkpoint of large state takes seconds: half of what this file would take otherwise. */
const dirtyMaxOf = ({ stateReads }: Scenario, plan: number): number => (stateReads === undefined ? plan % 4 : 3);
const scratch = new Scratch();
const withBackend = (stateBackend: StateBackend): Parts => ({ ...defaultParts, stateBackend });
/**
 * It has no checksums, and writes a file for a few values: at the rates that plans draw for the blocks of lsm, a bit of it
 * would rot in each attempt. That a read that fails is heard is a test of its own below.
 */
const onGoodDisks = (plan: Plan): Plan => ({
  ...plan,
  config: { ...plan.config, diskReadErrorPpm: 0, diskBitRotPer1000: 0, diskFullPer1000: 0, diskMisdirectedPer1000: 0 },
});
const failed = (parts: Parts, seed: string) => {
  const messages: string[] = [];
  const listener = { taskFailed: ({ message }: { readonly message: string }) => void messages.push(message) };
  // The reads that fail are counted over all runs of the backend: run again, as before the engine is accused, none would.
  const options = { parts, listeners: [listener], judged: false };
  const { verdict, violations, counters } = run(smoke, expand(smoke, seed), options);
  return { verdict, violations, attempts: counters.attempts, messages };
};

it.each(ofOneVersion.map((scenario, at) => [scenario.id, scenario, at] as const))(
  '%s: every law holds with a backend that reads from the disk, waits, and writes bytes of its own',
  (_, scenario, at) => {
    let checkpoints = 0;
    for (let i = 0; i < PLANS; i++) {
      const seed = `odd-${at}-${i}`;
      const parts = withBackend(oddStateBackend({ dirtyMax: dirtyMaxOf(scenario, i) }));
      const { verdict, violations, counters } = run(scenario, onGoodDisks(expand(scenario, seed)), { parts, scratch });
      expect({ seed, verdict, violations }).toEqual({ seed, verdict: 'pass', violations: [] });
      checkpoints += counters.checkpointsCompleted;
    }
    expect(checkpoints).toBeGreaterThan(PLANS);
  },
  300_000,
);

it('its images are read by its own inspect: with that of another backend they cannot be', () => {
  const { violations } = failed(withBackend({ ...oddStateBackend({ dirtyMax: 1 }), inspect: inspectHeapState }), 'odd');
  expect(violations.map(({ law, anomaly }) => `${law}/${anomaly}`)).toContain('re-execution/undecodable');
});

it('a blocking read that fails fails its task, and the job goes on from its checkpoint', () => {
  const calm = failed(withBackend(oddStateBackend({ dirtyMax: 0 })), 'odd');
  expect([calm.verdict, calm.messages]).toEqual(['pass', []]);
  const { violations, attempts, messages } = failed(
    withBackend(oddStateBackend({ dirtyMax: 0, readFails: (nth) => nth === 5 || nth === 60 })),
    'odd',
  );
  expect(messages).toHaveLength(2);
  expect(messages[0]).toMatch(/read of .* failed/);
  expect(attempts).toBeGreaterThan(calm.attempts);
  // It is the backend that makes them fail, by itself: no disk has done anything, and that is all that is wrong.
  expect(new Set(violations.map(({ law, anomaly }) => `${law}/${anomaly}`))).toEqual(new Set(['io-errors/unfounded']));
});

it('a failure that the user has caught fails the turn all the same', () => {
  let left = 40;
  const inner = defaultParts.stateBackend;
  const caught: StateBackend = {
    ...inner,
    create: (env) =>
      withMembers(inner.create(env), {
        get failure() {
          return --left === 0 ? new IoError('caught by the user') : undefined;
        },
      }),
  };
  const { verdict, messages } = failed(withBackend(caught), 'odd');
  expect([verdict, messages.length]).toEqual(['pass', 1]);
  expect(messages[0]).toMatch(/caught by the user/);
});

it.each([
  ['dedup', {}, 'the first use of a state'],
  ['topologies', { shape: 2, turn: 0 }, 'the keys of a state'],
] as const)(
  '%s: a read that fails is no fault of the job, where it comes by no method of a state',
  (id, values, what) => {
    let left = 1;
    const once = (call: string): void => {
      if (call === what && left-- === 1) throw new IoError('not the job');
    };
    const inner = defaultParts.stateBackend;
    const stateBackend: StateBackend = {
      ...inner,
      create: (env) => {
        const made = inner.create(env);
        const table: KeyedStateBackend['table'] = (name, type) => (
          once('the first use of a state'),
          made.table(name, type)
        );
        return withMembers(made, { table, keysOf: (state) => (once('the keys of a state'), made.keysOf(state)) });
      },
    };
    const scenario = scenarios.find((one) => one.id === id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    const messages: string[] = [];
    const listener = { taskFailed: ({ message }: { readonly message: string }) => void messages.push(message) };
    const plan = expand(scenario, 'odd');
    const calm = { ...plan, config: { ...plan.config, ...values }, incidents: [] };
    const { verdict } = run(scenario, calm, { parts: withBackend(stateBackend), listeners: [listener] });
    expect([verdict, messages]).toEqual(['pass', ['IoError: not the job']]);
  },
);
