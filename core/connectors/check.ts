/** Whether the connectors of a job can do what its configuration asks of them. */
import type { JobSpec } from '../job/spec.ts';
import { requireSink } from './sink.ts';
import { requireRewindable, requireSource } from './source.ts';

/** @throws JobError for a spec without a connector, and for a source that cannot rewind under exactly-once checkpoints. */
export function checkConnectors(job: JobSpec, mode: 'exactly-once' | 'at-least-once'): void {
  for (const { uid, operator } of job.nodes) {
    if (operator.kind === 'source') requireRewindable(job.name, uid, requireSource(uid, operator.source), mode);
    else if (operator.kind === 'sink') requireSink(uid, operator.sink);
  }
}
