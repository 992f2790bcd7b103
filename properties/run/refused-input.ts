/** The outcome of a run that did not begin: its input is not of the type that the job declares for it. */
import type { JobFault } from '../../core/job-fault.ts';
import { violationOf } from '../laws/job.ts';
import type { Outcome } from '../outcome.ts';
import { recordCount } from '../plan/records.ts';
import type { Subject } from './compose.ts';
import { Tally } from './tally.ts';

export function refusedInput(fault: JobFault, { workload }: Subject): Outcome {
  return {
    verdict: 'fail',
    violations: [{ ...violationOf(fault.data('source')), atUs: 0 }],
    marks: [],
    laws: [],
    counters: {
      ...new Tally(() => undefined).counters(),
      sourceRecords: recordCount(workload.topics),
      events: 0,
      draws: 0,
      virtualUs: 0,
      pendingProcessingTimers: 0,
      incidents: {},
    },
    checkpoints: [],
    observed: { committed: {} },
    digest: '0'.repeat(16),
    reason: undefined,
  };
}
