/** State whose count only grows over the checkpoints of a run: union lists that everybody adds again, keys that nobody clears. */
import type { CheckpointFigures, StateFigure } from '../../core/checkpoint/storage/figures.ts';

export interface Growing {
  readonly uid: string;
  readonly state: string;
  readonly kind: StateFigure['kind'];
  /** Entries in the first checkpoint that is counted, and in the last one. */
  readonly from: number;
  readonly to: number;
  /** How many checkpoints. */
  readonly over: number;
}

/** Fewer steps up than these are no sign of anything. */
const STEPS_MIN = 3;

/**
 * What never had fewer entries than in the checkpoint before, and more of them in at least three steps, in half of all of them
 * and in the last one. A hint: a state that goes on to fill for the time of a run looks like it.
 *
 * @param checkpoints in the order in which they were completed.
 */
export function growingIn(checkpoints: readonly CheckpointFigures[]): readonly Growing[] {
  const names = new Map<string, Pick<StateFigure, 'uid' | 'state' | 'kind'>>();
  for (const { states } of checkpoints)
    for (const { uid, state, kind } of states) names.set(JSON.stringify([uid, state]), { uid, state, kind });
  return [...names.values()].flatMap(({ uid, state, kind }) => {
    const counts = checkpoints.map(({ states }) => entriesOf(states, uid, state));
    const steps = counts.slice(1).map((count, at) => count - (counts[at] ?? 0));
    const up = steps.filter((step) => step > 0).length;
    const grows =
      steps.every((step) => step >= 0) && up >= STEPS_MIN && 2 * up >= steps.length && (steps.at(-1) ?? 0) > 0;
    return grows ? [{ uid, state, kind, from: counts[0] ?? 0, to: counts.at(-1) ?? 0, over: counts.length }] : [];
  });
}

/** In all types in which it is stored. */
function entriesOf(states: readonly StateFigure[], uid: string, state: string): number {
  return states
    .filter((figure) => figure.uid === uid && figure.state === state)
    .reduce((sum, { entries }) => sum + entries, 0);
}
