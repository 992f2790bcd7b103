/** A job runs in the copy of the package that made it; see `version.ts`. */
import { JobError } from './errors.ts';
import type { JobSpec } from './job/spec.ts';
import { KEEP_ONE_COPY, MADE_BY, otherCopy, THIS_COPY } from './version.ts';

/** The job was made by another copy of millrace than the one that is asked to run it. */
export class ForeignJob extends JobError {
  override readonly name = 'ForeignJob';
}

/** The job with the mark of this copy, and with how it is recorded anew. */
export function madeHere({ name, nodes, edges }: JobSpec, rebuild: () => JobSpec): JobSpec {
  const job = { name, nodes, edges, rebuild, [MADE_BY]: THIS_COPY };
  return job;
}

/** A job without any mark was written by hand, and may be. Throws `ForeignJob`. */
export function requireMadeHere(job: JobSpec): void {
  const other = otherCopy(job);
  if (other === undefined) return;
  const { version, from } = THIS_COPY;
  throw new ForeignJob(
    `job "${job.name}" was made by millrace ${other.version} (${other.from}) and is run by millrace ${version} (${from}): a job runs in the copy that made it; ${KEEP_ONE_COPY}`,
  );
}
