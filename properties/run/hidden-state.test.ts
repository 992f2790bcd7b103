import { expect, it } from 'vitest';
import { defaultParts } from '../../core/parts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { KeyedSnapshot } from '../../core/state/backend.ts';
import { scenarios } from '../../scenarios/index.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { canonical } from '../model/equal.ts';
import { sequentialOutput } from '../model/sequential.ts';
import { type Outcome, signatureOf } from '../outcome.ts';
import { topicsOf } from '../plan/explicit.ts';
import { expand } from '../plan/generate.ts';
import { disciplineOf } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import { withMembers } from '../testing/with-members.ts';
import { judgeHiddenState, judgeRunZero, type RunAgain } from './hidden-state.ts';
import { run, type RunOptions } from './run.ts';
import { WatchedCalls } from './watched-job.ts';
import { FIRST_GAP, REMEMBERING_ELSEWHERE } from './testing/remembering-elsewhere.ts';
import { FIRST_WINS, LEGAL, REMEMBERING, type Remembering, scenarioOf } from './testing/remembering.ts';

const scratch = new Scratch();
const RECORDS_MAX = 60;
const PLANS = 3;

/** Exactly-once plans only: others may commit a record twice. */
function plansOf(of: Remembering): readonly Plan[] {
  const scenario = scenarioOf(of, RECORDS_MAX);
  const plans = Array.from({ length: 4 * PLANS }, (_, i) => expand(scenario, `hidden-${i}`));
  return plans.filter((plan) => disciplineOf(plan) !== 'at-least-once').slice(0, PLANS);
}

/** What depends on when broadcast elements come, or on the subtask, has no sequential output. */
const NOT_SEQUENTIAL: ReadonlySet<string> = new Set(['broadcast', 'keyedBroadcast', 'plainProcess']);

/** What is committed is not what one function object for the whole input would write. */
function isChanged(of: Remembering, plan: Plan, outcome: Outcome): boolean {
  of.forget();
  const job = of.job();
  if (job.nodes.some(({ operator }) => NOT_SEQUENTIAL.has(operator.kind))) return true;
  const due = sequentialOutput(job, topicsOf(scenarioOf(of, RECORDS_MAX), plan), 'run').get('out');
  const committed = new Map<string, number>();
  for (const value of outcome.observed.committed['out'] ?? []) {
    const text = canonical(value);
    committed.set(text, (committed.get(text) ?? 0) + 1);
  }
  return committed.size !== due?.size || [...committed].some(([text, n]) => due.get(text) !== n);
}

it.each([...REMEMBERING, ...REMEMBERING_ELSEWHERE].map((of) => [of.what, of] as const))(
  'memory is found, and nothing else is accused: %s',
  (_, of) => {
    for (const plan of plansOf(of)) {
      const outcome = run(scenarioOf(of, RECORDS_MAX), plan, { scratch });
      for (const violation of outcome.violations) {
        expect(signatureOf(violation)).toMatch(/^job\/(unmanaged-state|module-state)\/(at|events)$/);
      }
      if (isChanged(of, plan, outcome)) expect(outcome.verdict).toBe('fail');
    }
  },
);

it.each(LEGAL.map((of) => [of.what, of] as const))('a cache that nobody can observe is legal: %s', (_, of) => {
  for (const plan of plansOf(of)) {
    const scenario = scenarioOf(of, RECORDS_MAX);
    const outcome = run(scenario, plan, { scratch });
    expect(outcome.violations.map(signatureOf)).toEqual([]);
    const again: RunAgain = (detail) => run(scenario, plan, { ...detail, scratch, judged: false });
    expect(judgeRunZero(outcome, again, () => undefined)).toBeUndefined();
  }
});

/** A run of a job, and how it is run again. */
function ran(of: Remembering, options: RunOptions = {}): readonly [Outcome, RunAgain] {
  const scenario = scenarioOf(of, RECORDS_MAX);
  const [plan = expand(scenario, '')] = plansOf(of);
  const again: RunAgain = (detail) => run(scenario, plan, { ...options, ...detail, scratch, judged: false });
  return [again({}), again];
}

it('memory that gives one value for good shows only after other runs, or in a fresh process', () => {
  FIRST_WINS.forget();
  const [outcome, again] = ran(FIRST_WINS);
  expect(outcome.violations).toEqual([]);
  expect(judgeHiddenState(outcome, again)).toBeUndefined();
  const elsewhere = {
    committed: { out: [...(outcome.observed.committed['out'] ?? []), { key: 'x', value: 1, ts: 1 }] },
  };
  expect(judgeHiddenState(outcome, again, () => elsewhere)).toMatchObject({ law: 'job', anomaly: 'module-state' });
  const others = (): void => {
    FIRST_WINS.forget();
    const scenario = scenarioOf(FIRST_WINS, RECORDS_MAX);
    run(scenario, expand(scenario, 'another'), { scratch, laws: false });
  };
  expect(judgeRunZero(outcome, again, others)).toMatchObject({ law: 'job', anomaly: 'module-state' });
});

it('memory of a plain function that an attempt which has died has filled is named: functions that are new tell another result', () => {
  const calls = new WatchedCalls();
  const scenario = scenarioOf(FIRST_GAP, RECORDS_MAX);
  const [plan = expand(scenario, '')] = plansOf(FIRST_GAP);
  run(scenario, plan, { scratch, laws: false, watch: (job) => calls.watch(job) });
  expect(calls.verdict()).toMatchObject({ operator: 'at', method: 'the session gap' });
  for (const legal of LEGAL) {
    const watched = new WatchedCalls();
    run(scenarioOf(legal, RECORDS_MAX), plan, { scratch, laws: false, watch: (job) => watched.watch(job) });
    expect(watched.verdict()).toBeUndefined();
  }
});

const toEachVersion = scenarios.flatMap((scenario) =>
  Array.from({ length: scenario.versions ?? 1 }, (_, upgrades) => [scenario.id, upgrades, scenario] as const),
);
it.each(toEachVersion)(
  'no function of %s, upgraded %i times, is accused: asked anew, each is asked what it was asked, in its version of the job',
  (_, upgrades, scenario) => {
    const calls = new WatchedCalls();
    const plan = expand(scenario, 'watched-0');
    const incidents = Array.from({ length: upgrades }, (): Incident => ({
      what: { kind: 'upgrade', dirty: true, parallelism: 2 },
      when: { kind: 'fact', fact: 'checkpointCompleted', nth: 4, where: { kind: 'checkpoint' } },
    }));
    let watched = 0;
    const watch = (job: JobSpec): JobSpec => (watched++, calls.watch(job));
    run(
      scenario,
      { ...plan, config: { ...plan.config, executionMode: 0 }, incidents },
      { scratch, laws: false, watch },
    );
    expect(watched).toBeGreaterThan(upgrades);
    expect(calls.verdict()).toBeUndefined();
  },
);

it('memory beside the job’s functions, which a dead attempt has filled, is found by functions that are made anew', () => {
  const [growing] = REMEMBERING_ELSEWHERE.filter(({ what }) => what === 'a session gap that grows');
  if (growing === undefined) throw new Error('unreachable');
  const scenario = scenarioOf(growing, RECORDS_MAX);
  const outcome = run(scenario, expand(scenario, 'scan-10'), { scratch });
  expect(outcome.violations.map(signatureOf)).toEqual([expect.stringMatching(/^job\/(unmanaged|module)-state\/at$/)]);
});

it('a fault of the engine stays the engine’s, whatever a job without memory is asked', () => {
  const { stateBackend } = defaultParts;
  const parts = {
    ...defaultParts,
    stateBackend: {
      ...stateBackend,
      create: (env: Parameters<typeof stateBackend.create>[0]) => {
        const backend = stateBackend.create(env);
        const nothing: KeyedSnapshot = { discard: () => undefined, write: (out) => backend.snapshot([]).write(out) };
        return withMembers(backend, { snapshot: () => nothing });
      },
    },
  };
  const [, legal] = LEGAL;
  if (legal === undefined) throw new Error('unreachable');
  const [outcome, again] = ran(legal, { parts });
  expect(outcome.verdict).toBe('fail');
  expect(judgeHiddenState(outcome, again)).toBeUndefined();
});
