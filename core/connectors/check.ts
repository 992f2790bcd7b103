/** Whether the connectors of a job are there, and can do what its configuration asks of them. */
import type { JobSpec, SinkSpec, SourceSpec } from '../job/spec.ts';
import { JobError } from '../errors.ts';
import type { ExactlyOnceSink, Sink } from './sink.ts';
import type { Source } from './source.ts';

/** @throws JobError for a spec without a connector, and for a source that cannot rewind under exactly-once checkpoints. */
export function checkConnectors(job: JobSpec, mode: 'exactly-once' | 'at-least-once'): void {
  for (const { uid, operator } of job.nodes) {
    if (operator.kind === 'source') requireRewindable(job.name, uid, requireSource(uid, operator.source), mode);
    else if (operator.kind === 'sink') requireSink(uid, operator.sink);
  }
}

/** The connector of a job's source. @throws JobError if the spec was written by hand and names none. */
export function requireSource(uid: string, spec: SourceSpec): Source {
  if (isSource(spec)) return spec;
  throw new JobError(
    `source ${uid}: "${spec.connector}" says what to read, not how; give fromSource a source with createReader and createEnumerator`,
  );
}

function isSource(spec: SourceSpec): spec is Source {
  return 'createReader' in spec && 'createEnumerator' in spec && 'splitSerializer' in spec;
}

/**
 * An exactly-once checkpoint holds positions to read again from: a source that cannot go back to one would lose what was
 * read behind it.
 *
 * @throws JobError that says what to do.
 */
export function requireRewindable(
  job: string,
  uid: string,
  spec: SourceSpec,
  mode: 'exactly-once' | 'at-least-once',
): void {
  if (spec.rewindable || mode !== 'exactly-once') return;
  throw new JobError(
    `job "${job}", source "${uid}" (${spec.connector}): it cannot be read again from an earlier position, so after a ` +
      'failure the records behind the last checkpoint would be lost, and exactly-once could not hold; put a log between ' +
      'it and the job, or declare checkpointing "at-least-once"',
  );
}

/** The connector of a job's sink. @throws JobError if the spec was written by hand and names none. */
export function requireSink(uid: string, spec: SinkSpec): Sink {
  if (isSink(spec)) return spec;
  throw new JobError(
    `sink ${uid}: "${spec.connector}" says where to write, not how; give sinkTo a sink with createWriter` +
      (spec.delivery === 'exactly-once' ? ' and createCommitter' : ''),
  );
}

function isSink(spec: SinkSpec): spec is Sink {
  return 'createWriter' in spec && (spec.delivery === 'at-least-once' || 'createCommitter' in spec);
}

/** The same, of one that commits. @throws JobError if it does not. */
export function requireExactlyOnceSink(uid: string, spec: SinkSpec): ExactlyOnceSink {
  const sink = requireSink(uid, spec);
  if (sink.delivery === 'exactly-once') return sink;
  throw new JobError(
    `sink ${uid} (${spec.connector}): the checkpoint holds committables of it, yet it commits nothing`,
  );
}
