/** Versions of a job that have to be refused, since they cannot read what an earlier one has left. */
import type { Facts } from '../../core/facts.ts';
import type { ModelTurn } from '../model/types.ts';
import type { WorldView } from '../world.ts';

/**
 * Whether a task failed by what the plan says: the state that this version cannot read, refused by its name. `modelled`: what the
 * model does in the turn, if it was in one; if that reads the state, the engine is to blame and not the plan.
 */
export function isRefusedState(
  { refuses }: WorldView,
  { fault }: Facts['taskFailed'],
  modelled: ModelTurn | undefined,
): boolean {
  const due = refuses?.();
  if (due === undefined || fault?.kind !== 'state' || modelled?.threw === false) return false;
  return fault.operator === due.operator && fault.message.includes(`"${due.state}" was written as`);
}
