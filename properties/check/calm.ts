/**
 * The plain story of most mistakes in jobs: calm weather, frequent checkpoints, records far apart, and one process that is
 * killed once some of them are behind a checkpoint. If a job fails in one of these plans as it did in the one that was
 * drawn, a reader has far less to look at than in the smallest plan that can be had from that one.
 */
import { isBatch, type KnobValues } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';

const PACES: readonly KnobValues[] = [
  { recordIntervalUs: 100_000, checkpointIntervalMs: 50 },
  { recordIntervalUs: 20_000, checkpointIntervalMs: 20, parallelism: 1, taskManagers: 1 },
];
/** Of the time in which the input becomes visible. */
const PARTS = [0.3, 0.55, 0.8] as const;

/** Plans with the records of `plan`, and as few incidents as there can be. */
export function* calmPlans(plan: Plan): Generator<Plan, void, void> {
  if (plan.workload.kind !== 'explicit') return;
  const longest = Math.max(
    0,
    ...Object.values(plan.workload.topics)
      .flat()
      .map(({ length }) => length),
  );
  const mode: KnobValues = isBatch(plan) ? { executionMode: 1 } : {};
  yield { ...plan, config: mode, incidents: [], choices: { explicit: [] } };
  for (const config of PACES) {
    const lengthMs = (longest * (config.recordIntervalUs ?? 0)) / 1000;
    for (const part of PARTS) {
      yield {
        ...plan,
        config: { ...config, ...mode },
        incidents: [
          {
            what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 20 },
            when: { kind: 'time', ms: Math.max(60, Math.round(part * lengthMs)) },
          },
        ],
        choices: { explicit: [] },
      };
    }
  }
}
