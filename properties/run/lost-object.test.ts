/** A checkpoint of which something is gone from the store: the job says so by name, and the plan justifies it. */
import { expect, it } from 'vitest';
import { dedup } from '../../scenarios/jobs/keyed/dedup.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import { run } from './run.ts';

const lose = (nth: number, fact: 'attemptFailed' | 'checkpointCompleted', at = 1): Incident => ({
  what: { kind: 'lost-object', nth },
  when: { kind: 'fact', fact, nth: at, where: {} },
});
const killAt = (nth: number): Incident => ({
  what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
  when: { kind: 'fact', fact: 'checkpointCompleted', nth, where: {} },
});
const played = (incidents: readonly Incident[], config: Plan['config'] = {}) =>
  run(dedup, {
    scenario: 'dedup',
    config: { checkpointIntervalMs: 60, recordIntervalUs: 8_000, inlineStateBytes: 0, ...config },
    workload: { kind: 'generated', seed: 'lost', count: 120 },
    incidents,
    choices: { seed: 'lost' },
  });

it.each([
  ['its metadata', 1, {}],
  ['its metadata, which is all that it has', 7, { inlineStateBytes: 20_480, retainedCheckpoints: 1 }],
  ['state on the heap', 2, {}],
  ['a file that checkpoints share', 2, { stateBackend: 1, incrementalCheckpoints: 1 }],
  ['state of which hosts have copies', 2, { localRecovery: 1 }],
])('a restore that lacks %s ends the job by name, and the run is refused', (_, nth, config) => {
  const outcome = played([killAt(3), lose(nth, 'attemptFailed')], config);
  expect(outcome).toMatchObject({ verdict: 'refused', violations: [] });
  expect(outcome.reason).toMatch(
    /^the plan has taken away what the checkpoint consists of: checkpoint 3 cannot be restored: object \S+ is missing; start the job from/,
  );
  expect(outcome.marks).toContain('restore-refused-for-lost-object');
});

it('a job that never goes back to it does not notice', () => {
  const outcome = played([lose(2, 'checkpointCompleted', 2)]);
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(outcome.counters.incidents).toMatchObject({ 'lost-object': 1 });
});

it('of a retained checkpoint the metadata must be there, since nobody else knows what it shares', () => {
  const config = { stateBackend: 1, incrementalCheckpoints: 1, retainedCheckpoints: 3 };
  const counted = (nth: number) => played([lose(nth, 'checkpointCompleted', 2), killAt(3)], config);
  const reasons = [1, 2, 3, 4].map((nth) => counted(nth).reason ?? '');
  // Of the one before, where the newest itself is whole.
  expect(
    reasons.filter((reason) => /checkpoint 3 cannot be restored: object \S+-2\/metadata is missing;/.test(reason)),
  ).toHaveLength(1);
});
