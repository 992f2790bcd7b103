/** What the HA store lists of the newest version of the job: for marks. */
import {
  completedKey,
  type JobCheckpoints,
  NO_CHECKPOINTS,
  readCompleted,
} from '../../core/checkpoint/storage/metadata.ts';
import type { MarkWorld } from './mark.ts';

export function listOf(world: MarkWorld): JobCheckpoints {
  const job = world.jobs().at(-1);
  const bytes = job === undefined ? undefined : world.haValue(completedKey(job.name));
  return bytes === undefined ? NO_CHECKPOINTS : readCompleted(bytes);
}
