/**
 * Savepoints belong to the user who asked for them: once complete, one is never changed and never deleted (SEMANTICS U7).
 *
 * Verified for every savepoint, plain or of a stop, when an attempt starts and at the end of the run: it can be read from the
 * services, with all its objects, and holds what it held when it was complete. Not verified: that a copy of it restores; claimed
 * savepoints, since no restore claims one yet.
 */
import { sameValue } from '../model/equal.ts';
import type { ListedCheckpoint, WitnessedImage } from '../witness/checkpoints.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['gone', 'changed'] as const;
type Anomaly = (typeof ANOMALIES)[number];

interface Kept {
  readonly listed: ListedCheckpoint;
  readonly image: WitnessedImage;
}

export const savepointKept = defineLaw({
  name: 'savepoint-kept',
  states: 'A savepoint that is complete is never changed and never deleted.',
  anomalies: ANOMALIES,
  judge(witness, report) {
    const kept: Kept[] = [];
    const all = (): void => {
      for (const one of kept) judge(witness, report, one);
    };
    return {
      imaged({ image, listed }) {
        if (!('undecodable' in image) && image.kind !== 'checkpoint') kept.push({ listed, image });
      },
      attemptStarting: all,
      settled: all,
    };
  },
});

function judge(witness: Witness, report: Report<Anomaly>, { listed, image }: Kept): void {
  const now = witness.checkpoints.image(listed, witness.jobOf(listed.attempt));
  const place = 'savepoint';
  if ('undecodable' in now) {
    report('gone', place, `savepoint ${listed.checkpoint} can no longer be read`, [
      note.text('object', listed.metadata),
      note.text('why', now.undecodable),
    ]);
  } else if (!sameValue(now, image)) {
    report('changed', place, `savepoint ${listed.checkpoint} holds something else than when it was complete`, [
      note.text('object', listed.metadata),
    ]);
  }
}
