/**
 * What has to happen in some run of a job before its passing means anything: state that was restored, a kill behind a
 * checkpoint, records that were late.
 */
import type { Vitals } from '../outcome.ts';
import type { CompletedCheckpoint } from '../witness/checkpoints.ts';
import type { WitnessListener } from '../witness/listener.ts';
import type { Witness } from '../witness/witness.ts';

export class VitalSigns {
  #stateSeen = false;
  #stateRestored = 0;
  #killsAfterCheckpoint = 0;
  #late = 0;

  readonly watch = (witness: Witness): WitnessListener => {
    const withState = new Set<number>();
    let completed = false;
    witness.world.onKilled(() => {
      if (completed) this.#killsAfterCheckpoint++;
    });
    return {
      imaged: (checkpoint) => {
        completed = true;
        if (!holdsState(checkpoint)) return;
        this.#stateSeen = true;
        withState.add(checkpoint.listed.checkpoint);
      },
      attemptStarting: ({ restoredFrom }) => {
        if (restoredFrom !== undefined && withState.has(restoredFrom)) this.#stateRestored++;
      },
      recordLate: () => {
        this.#late++;
      },
    };
  };

  read(): Vitals {
    return {
      stateSeen: this.#stateSeen,
      stateRestored: this.#stateRestored,
      killsAfterCheckpoint: this.#killsAfterCheckpoint,
      late: this.#late,
    };
  }
}

/** Of keys, or broadcast. */
function holdsState({ image }: CompletedCheckpoint): boolean {
  if ('undecodable' in image) return false;
  return image.vertices.some(({ subtasks }) =>
    subtasks.some(
      ({ keyGroups, broadcast }) =>
        keyGroups.some(({ entries, timers }) => entries.length > 0 || timers.length > 0) ||
        broadcast?.some(({ entries }) => entries.length > 0) === true,
    ),
  );
}
