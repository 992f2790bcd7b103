/** Whether a job can run as its configuration says. */
import { checkBatch } from '../batch/refusals.ts';
import type { JobConfig } from '../config.ts';
import { checkConnectors } from '../connectors/check.ts';
import type { JobSpec } from '../job/spec.ts';

/** @throws JobError that names what cannot be, and says what to do. */
export function checkJob(job: JobSpec, { executionMode, checkpointing }: JobConfig): void {
  checkConnectors(job, checkpointing.mode);
  if (executionMode === 'batch') checkBatch(job);
}
