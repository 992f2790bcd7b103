/** Whole jobs that go on from what another run has taken, with another backend, or another right to its files. */
import { expect, it } from 'vitest';
import { readMetadata } from '../../core/checkpoint/storage/metadata.ts';
import { dedup } from '../../scenarios/jobs/keyed/dedup.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import { run } from '../run/run.ts';
import { keep, type KeptCheckpoint } from './kept-checkpoint.ts';
import { restoredScenario } from './restored.ts';

const HEAP = { stateBackend: 0 };
const LSM = { stateBackend: 1, stateMemoryBytes: 6_144, incrementalCheckpoints: 1 };

const planOf = (config: Plan['config'], incidents: readonly Incident[] = []): Plan => ({
  scenario: 'dedup',
  config: { checkpointIntervalMs: 60, recordIntervalUs: 25_000, parallelism: 2, maxParallelism: 12, ...config },
  workload: { kind: 'generated', seed: 'backends', count: 160 },
  incidents,
  choices: { seed: 'backends' },
});
const SAVEPOINT: Incident = {
  what: { kind: 'savepoint' },
  when: { kind: 'fact', fact: 'checkpointCompleted', nth: 4, where: { kind: 'checkpoint' } },
};
const killAt = (nth: number): Incident => ({
  what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
  when: { kind: 'fact', fact: 'checkpointCompleted', nth, where: {} },
});

/** The last one of this kind that a run of the plan takes before it has read everything. */
function taken(plan: Plan, kind: string, nth: number): KeptCheckpoint {
  const kept: KeptCheckpoint[] = [];
  const outcome = run(dedup, plan, {
    completed: (checkpoint) => {
      const { name, object } = checkpoint;
      if (readMetadata(object(name) ?? new Uint8Array()).kind === kind) kept.push(keep(checkpoint, plan));
    },
  });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  return kept[nth] ?? expect.fail(`no ${kind} ${nth}`);
}

/** A job that goes on from it. */
function goesOn(
  from: KeptCheckpoint,
  config: Plan['config'],
  options: { readonly claim: boolean; readonly at: number },
) {
  const metadata: number[] = [];
  const scenario = restoredScenario(dedup, from.origin, from.files, {
    claim: options.claim,
    allowNonRestoredState: false,
    parallelism: options.at,
    version: undefined,
  });
  const plan = scenario.planOf?.('go-on') ?? expect.fail();
  const foreign = new Set(scenario.from?.objects.keys());
  const shares: number[] = [];
  const outcome = run(
    scenario,
    { ...plan, config: { ...plan.config, ...config }, incidents: [killAt(2), killAt(4)] },
    {
      completed: ({ name, object }) => {
        const { attempt, checkpoint, vertices } = readMetadata(object(name) ?? new Uint8Array());
        const { from: origin } = scenario;
        if (attempt <= (origin?.attempt ?? 0) || checkpoint <= (origin?.checkpoint ?? 0)) return;
        metadata.push(checkpoint);
        const objects = vertices.flatMap(({ subtasks }) =>
          subtasks.flatMap(({ keyed }) => keyed.flatMap((one) => one.objects)),
        );
        shares.push(objects.filter((object_) => foreign.has(object_)).length);
      },
    },
  );
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(metadata.length).toBeGreaterThan(2);
  return shares;
}

it.each<[string, Plan['config'], string, Plan['config']]>([
  ['heap', HEAP, 'lsm', LSM],
  ['lsm', LSM, 'heap', HEAP],
])('a savepoint of a job on %s is restored by one on another backend, at any parallelism', (_, before, __, after) => {
  const savepoint = taken(planOf(before, [SAVEPOINT]), 'savepoint', 0);
  for (const at of [1, 2, 3]) goesOn(savepoint, after, { claim: false, at });
});

it('a full checkpoint of either backend is restored by the other one', () => {
  goesOn(taken(planOf(HEAP), 'checkpoint', 4), LSM, { claim: false, at: 3 });
  goesOn(taken(planOf({ ...LSM, incrementalCheckpoints: 0 }), 'checkpoint', 4), HEAP, { claim: true, at: 3 });
});

it('an incremental checkpoint that a job has not claimed is no base of its own ones; one that it has claimed is', () => {
  const original = taken(planOf(LSM), 'checkpoint', 4);
  const sharedBy = (claim: boolean) => goesOn(original, LSM, { claim, at: 2 });
  expect(sharedBy(true)[0]).toBeGreaterThan(0);
  expect(sharedBy(false).filter((shared) => shared > 0)).toEqual([]);
  for (const at of [1, 3])
    expect(goesOn(original, LSM, { claim: false, at }).filter((shared) => shared > 0)).toEqual([]);
});
