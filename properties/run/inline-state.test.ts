/** Whole runs of a job whose checkpoints hold some of their state in their metadata (`checkpointing.inlineStateBytes`). */
import { describe, expect, it } from 'vitest';
import { inlineIn, objectsOf, readMetadata } from '../../core/checkpoint/storage/metadata.ts';
import { forked } from '../../scenarios/jobs/forked.ts';
import { dedup } from '../../scenarios/jobs/keyed/dedup.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import { keep } from '../case/kept-checkpoint.ts';
import { restoredScenario } from '../case/restored.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run } from './run.ts';

const planOf = (scenario: Scenario, config: Plan['config'], incidents: readonly Incident[] = []): Plan => ({
  scenario: scenario.id,
  config: { checkpointIntervalMs: 60, recordIntervalUs: 8_000, parallelism: 2, maxParallelism: 12, ...config },
  workload: { kind: 'generated', seed: 'inline', count: 120 },
  incidents,
  choices: { seed: 'inline' },
});
const after = (what: Incident['what'], nth: number): Incident => ({
  what,
  when: { kind: 'fact', fact: 'checkpointCompleted', nth, where: { kind: 'checkpoint' } },
});
const kill = (nth: number): Incident => after({ kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 }, nth);
const rescale = (nth: number, parallelism: number): Incident => after({ kind: 'rescale', parallelism }, nth);

interface Taken {
  /** See `CheckpointKind`. */
  readonly kind: string;
  readonly inline: readonly number[];
  /** Bytes of the state that is in objects. */
  readonly stored: readonly number[];
}

/** Everything that the run completes, and its outcome, which is good. */
function played(scenario: Scenario, plan: Plan) {
  const taken: Taken[] = [];
  const outcome = run(scenario, plan, {
    completed: (checkpoint) => {
      const metadata = readMetadata(checkpoint.object(checkpoint.name) ?? new Uint8Array());
      taken.push({
        kind: metadata.kind,
        inline: inlineIn(metadata).map(({ bytes }) => bytes.length),
        stored: [...objectsOf(metadata)].map((name) => checkpoint.object(name)?.length ?? 0),
      });
    },
  });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  return { outcome, taken };
}
const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

it('by default small state needs no object; with 0 all of it has one', () => {
  for (const { inline, stored } of played(dedup, planOf(dedup, {})).taken)
    expect([sum(inline) > 0, stored]).toEqual([true, []]);
  for (const { inline, stored } of played(dedup, planOf(dedup, { inlineStateBytes: 0 })).taken)
    expect([inline, sum(stored) > 0]).toEqual([[], true]);
});

describe.each([0, 1, 2, 3])('discipline %i', (discipline) => {
  it('the size of an object decides, at the bound exactly; both kinds are restored, at other parallelisms, too', () => {
    const all = played(dedup, planOf(dedup, { discipline }));
    // Between the sizes that there are in the first checkpoint.
    const [bound = 0] = [...(all.taken[1]?.inline ?? [])].sort((a, b) => a - b);
    const incidents = [kill(2), rescale(3, 3), kill(4), rescale(5, 1)];
    const mixed = played(
      dedup,
      planOf(dedup, { discipline, inlineStateBytes: bound, retainedCheckpoints: 2 }, incidents),
    );
    for (const { inline, stored } of mixed.taken) {
      expect(inline.every((size) => size <= bound)).toBe(true);
      expect(stored.every((size) => size > bound)).toBe(true);
    }
    expect(mixed.taken.some(({ inline }) => inline.includes(bound))).toBe(true);
    expect(mixed.outcome.marks).toContain('inline-and-stored-state-in-one-checkpoint');
    expect(mixed.outcome.counters.attempts).toBeGreaterThan(4);
  });
});

it('inline state is restored where the disk is the state’s home, and where hosts keep copies of the rest', () => {
  for (const config of [
    { stateBackend: 1, stateMemoryBytes: 6_144 },
    { stateBackend: 1, stateMemoryBytes: 6_144, incrementalCheckpoints: 1 },
    { localRecovery: 1 },
  ])
    for (const inlineStateBytes of [200, 20_480]) {
      const plan = planOf(dedup, { ...config, inlineStateBytes }, [kill(2), rescale(3, 3), kill(4)]);
      expect(played(dedup, plan).outcome.counters.attempts).toBeGreaterThan(3);
    }
});

it('savepoints hold it, too: a job goes on from one that was moved, with nothing but its own files', () => {
  const upgrade: Incident = after({ kind: 'upgrade', dirty: false, parallelism: 3 }, 2);
  const plan = planOf(forked, { claims: 0, moves: 3 }, [upgrade]);
  const { outcome, taken } = played(forked, plan);
  expect(outcome.marks).toContain('moved-savepoint-restored');
  expect(outcome.marks).toContain('inline-state-restored-at-other-parallelism');
  const savepoint = taken.find(({ kind }) => kind === 'stop') ?? expect.fail();
  expect([savepoint.stored, sum(savepoint.inline) > 0]).toEqual([[], true]);
});

it('a savepoint that was kept as files is its metadata alone, and a job goes on from it', () => {
  const savepoint: Incident = after({ kind: 'savepoint' }, 4);
  const plan = planOf(dedup, {}, [savepoint]);
  let kept: ReturnType<typeof keep> | undefined;
  run(dedup, plan, {
    completed: (checkpoint) => {
      if (readMetadata(checkpoint.object(checkpoint.name) ?? new Uint8Array()).kind === 'savepoint')
        kept = keep(checkpoint, plan);
    },
  });
  expect([...(kept?.files.keys() ?? [])]).toEqual(['metadata']);
  const { origin, files } = kept ?? expect.fail();
  const options = { claim: false, allowNonRestoredState: false, parallelism: 3, version: undefined };
  const scenario = restoredScenario(dedup, origin, files, options);
  const next = scenario.planOf?.('go-on') ?? expect.fail();
  const outcome = run(scenario, { ...next, incidents: [kill(2)] });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
});
