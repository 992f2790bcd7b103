/** Jobs that have to be refused: versions that cannot read what an earlier one has left, and checkpoints of which a fault has taken something. */
import type { Facts } from '../../core/facts.ts';
import type { ModelTurn } from '../model/types.ts';
import type { Witness } from '../witness/witness.ts';
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
  if (due === 'whatever') return / was written as .* and is declared as /.test(fault.message);
  return fault.operator === due.operator && fault.message.includes(`"${due.state}" was written as`);
}

/** What the engine says of a job that cannot start from a checkpoint at all, by the part of it that the witness can check. */
const NOT_STARTED = [
  { says: /has state of operator .* or allow non-restored state/, isSo: (witness: Witness) => witness.losesOperators },
  { says: /the checkpoint has max parallelism \d+, the job has/, isSo: (witness: Witness) => witness.changesKeyGroups },
] as const;

/** A job that a person started from a checkpoint: why it had to be refused, if it had to be. */
export function isRefusedStart(witness: Witness, message: string): boolean {
  return (
    witness.world.refuses?.() === 'whatever' &&
    NOT_STARTED.some(({ says, isSo }) => says.test(message) && isSo(witness))
  );
}

/** An attempt could not begin for want of an object, which the engine names, and a fault has taken that very object. */
export function isLostObject({ isLost }: Pick<WorldView, 'isLost'>, message: string): boolean {
  const name = /cannot be restored: object (\S+) is missing;/.exec(message)?.[1];
  return name !== undefined && isLost(name);
}
