/**
 * Savepoints belong to the user who asked for them: once complete, one is never changed, and deleted only by a job that was started
 * from it and has claimed it, once a checkpoint or savepoint of its own is complete (SEMANTICS U7).
 *
 * Verified for every savepoint, plain or of a stop, when an attempt starts and at the end of the run: it can be read from the
 * services, with all its objects, and holds what it held when it was complete; of one that somebody has moved, at its new place.
 * Not verified: that a claimed one is deleted (whoever dies over it leaves it).
 */
import { sameValue } from '../model/equal.ts';
import type { ListedCheckpoint, WitnessedImage } from '../witness/checkpoints.ts';
import type { Fork } from '../witness/fork.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['gone', 'changed'] as const;
type Anomaly = (typeof ANOMALIES)[number];

interface Kept {
  readonly listed: ListedCheckpoint;
  readonly image: WitnessedImage;
}

export const savepointKept = defineLaw({
  name: 'savepoint-kept',
  states: 'A savepoint that is complete is never changed, and deleted only by a job that has claimed it.',
  compares: 'savepoints at a later start, or at the end',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    let kept: readonly Kept[] = [];
    let fork: Fork | undefined;
    /** Claimed savepoints whose job has got so far that it may delete them, and those that their owner has deleted. */
    const free = new Set<string>();
    const all = (): void => {
      for (const one of kept) {
        if (free.has(one.listed.metadata)) continue;
        compared();
        judge(witness, report, one);
      }
    };
    return {
      imaged({ image, listed, plain }) {
        if (fork?.claimed === true && !plain && listed.metadata !== fork.to) free.add(fork.to);
        if ('undecodable' in image || image.kind === 'checkpoint') return;
        if (kept.every((one) => one.listed.metadata !== listed.metadata)) kept = [...kept, { listed, image }];
      },
      forked(next) {
        fork = next;
        const { from, to } = next;
        kept = kept.map((one) =>
          one.listed.metadata === from ? { ...one, listed: { ...one.listed, metadata: to } } : one,
        );
      },
      originalDeleted(metadata) {
        free.add(metadata);
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
