/**
 * Job: the job itself keeps the rules of the API. What breaks here is the user's code, found where it is called or where
 * its values are taken (`core/job-fault.ts`); the place is the operator.
 *
 * Verified: no task of any attempt fails by a mistake of the job. It is deterministic, so the job fails by the first one,
 * and no other law is asked about such a run: what it would say might follow from the mistake. With `restartOnJobFaults`
 * a mistake costs an attempt, and only a job that does not reach its end for it is reported.
 * Not verified: that what the job computes is what its author meant.
 */
import type { Facts } from '../../core/facts.ts';
import { JOB_FAULT_KINDS, type JobFaultData, type JobFaultKind } from '../../core/job-fault.ts';
import type { Evidence } from '../evidence.ts';
import type { Violation } from '../outcome.ts';
import type { WorldView } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';

export const job = defineLaw({
  name: 'job',
  states: 'The job keeps the rules of its API: its functions do not fail, and its values are of the declared types.',
  anomalies: JOB_FAULT_KINDS,
  judge(witness, report) {
    const faults = watchForJobFaults(witness.world, report);
    return {
      taskFailed: faults.taskFailed,
      jobEnded: ({ status }) => {
        if (status === 'failed') faults.ended();
      },
      stuck: faults.ended,
    };
  },
});

interface FaultListener {
  readonly taskFailed: (fact: Facts['taskFailed']) => void;
  /** The job has failed, or did not end. */
  readonly ended: () => void;
}

/** It needs no witness, so that runs without laws are watched, too. */
export function watchForJobFaults(world: WorldView, report: Report<JobFaultKind>): FaultListener {
  let last: JobFaultData | undefined;
  const accuse = (fault: JobFaultData): void => {
    report(fault.kind, fault.operator, fault.message, evidenceOf(fault));
  };
  return {
    taskFailed: ({ fault }) => {
      if (fault === undefined) return;
      last = fault;
      if (!world.restartOnJobFaults) accuse(fault);
    },
    ended: () => {
      if (last !== undefined && world.restartOnJobFaults) accuse(last);
    },
  };
}

/** For a fault that is found outside of any task. */
export function violationOf(fault: JobFaultData): Omit<Violation, 'atUs'> {
  const { kind, operator, message } = fault;
  return { law: job.name, anomaly: kind, place: operator, message, evidence: evidenceOf(fault) };
}

function evidenceOf({ record, stack }: Pick<JobFaultData, 'record' | 'stack'>): Evidence {
  return [
    ...(record === undefined ? [] : [note.text('record', record)]),
    ...stack.map((frame, index) => note.text(index === 0 ? 'where' : '', frame)),
  ];
}
