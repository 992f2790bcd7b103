/** The outcome of a run that did not begin: its input is not of the type that the job declares for it. */
import type { JobFault } from '../../core/job-fault.ts';
import { violationOf } from '../laws/job.ts';
import { type Outcome, uncounted } from '../outcome.ts';
import { recordCount } from '../plan/records.ts';
import type { Subject } from './compose.ts';

export function refusedInput(fault: JobFault, { workload }: Subject): Outcome {
  return uncounted({
    verdict: 'fail',
    violations: [{ atUs: 0, ...violationOf(fault.data('source')) }],
    counters: { sourceRecords: recordCount(workload.topics) },
  });
}
