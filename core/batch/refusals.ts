/** What cannot run in batch, by name, before anything runs (SEMANTICS E3). */
import { JobError } from '../errors.ts';
import type { JobSpec } from '../job/spec.ts';

/** @throws JobError that names the operator and says what to do. */
export function checkBatch(job: JobSpec): void {
  for (const { uid, operator } of job.nodes) {
    if (operator.kind === 'source' && !operator.source.bounded) {
      throw new JobError(
        `job "${job.name}", source "${uid}" (${operator.source.connector}): it never ends, and in batch a stage is read when it is ` +
          'complete; give the source an end, or run the job in streaming mode',
      );
    }
    if (operator.kind === 'asyncWait') {
      throw new JobError(
        `job "${job.name}", operator "${uid}": requests to external services are not made in batch; run the job in streaming mode`,
      );
    }
  }
}
