/**
 * Named errors by which a job may end, and what in a plan justifies each. A table, so that a refusal without a cause is a
 * failure: what ends a job must be in its plan.
 *
 *   error                  means                                                     justified by
 *   ---------------------  --------------------------------------------------------  ----------------------------------------
 *   StoppedWithSavepoint   the savepoint of a drain was complete, but not all tasks  a drain, and something that can fail a
 *                          could commit and finish; the message names the savepoint  task or cut it off
 */
import type { What } from '../sim/incidents/incident.ts';
import type { Plan } from './plan/plan.ts';

const STRIKES: ReadonlySet<What['kind']> = new Set(['kill', 'reset-connections', 'isolate', 'rescale']);
/** Knobs of the world by which a task can fail without any incident. */
const FAILING_KNOBS = ['lostReplyPer1000', 'objectStoreRefusedPer1000', 'checkpointTimeoutMs', 'heartbeatTimeoutMs'] as const;

/** Why the run counts as refused; undefined: the plan holds nothing that justifies this end. */
export function refusalOf(plan: Plan, message: string): string | undefined {
  if (!message.startsWith('StoppedWithSavepoint:')) return undefined;
  const drains = plan.incidents.some(({ what }) => what.kind === 'stop' && what.drain);
  const canFail =
    plan.incidents.some(({ what }) => STRIKES.has(what.kind)) || FAILING_KNOBS.some((name) => plan.config[name] !== undefined);
  return drains && canFail ? 'StoppedWithSavepoint after a drain' : undefined;
}
