/** What the HA store keeps of a batch job: read there, so that what the engine says of it can be compared. */
import { batchEntry, type BatchEntry, batchKey } from '../../core/cluster/batch-store.ts';
import { IoError } from '../../core/errors.ts';
import { fromBytes } from '../../core/values/serializers.ts';
import type { WorldView } from '../world.ts';

/** As the HA store holds it now; undefined: there is none, or it cannot be read. */
export function batchEntryIn({ job, haValue }: Pick<WorldView, 'job' | 'haValue'>): BatchEntry | undefined {
  const bytes = haValue(batchKey(job.name));
  if (bytes === undefined) return undefined;
  try {
    return fromBytes(batchEntry, bytes);
  } catch (error) {
    if (error instanceof IoError) return undefined;
    throw error;
  }
}
