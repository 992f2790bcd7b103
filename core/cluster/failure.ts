/** How an error in the job manager ends an attempt, of the job or of a stage of it: whether another one may help, and whose mistake it is. */
import type { JobConfig } from '../config.ts';
import { faultOfConnector } from '../connectors/own-code.ts';
import { IoError, JobError, messageOf } from '../errors.ts';
import { JobFault, type JobFaultData } from '../job-fault.ts';
import type { JobSpec } from '../job/spec.ts';

export interface Failure {
  /** Fatal: a restart cannot help. */
  readonly kind: 'failed' | 'fatal';
  readonly message: string;
  /** The enumerator of the author's that is to blame. */
  readonly fault?: JobFaultData;
}

/** Of a coroutine of the attempt: its enumerators, its checkpoints. */
export function failureOf(error: unknown, job: JobSpec, config: JobConfig): Failure {
  const fault = faultOfConnector(error, job);
  if (fault === undefined) return { kind: 'failed', message: messageOf(error) };
  return { kind: config.restartOnJobFaults ? 'failed' : 'fatal', message: fault.message, fault };
}

/** Of its start, where nothing helps a job that breaks a rule. @throws what is no such error and none of a service. */
export function failureOfStart(error: unknown, job: JobSpec, config: JobConfig): Failure {
  if (error instanceof JobFault) return failureOf(error, job, config);
  if (error instanceof JobError) return { kind: 'fatal', message: error.message };
  if (error instanceof IoError) return { kind: 'failed', message: error.message };
  throw error;
}
