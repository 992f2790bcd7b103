/** The topics of a job, as its sources and sinks name them: each once, in the order in which the job names them. */
import type { JobSpec } from '../../core/job/spec.ts';

export function inputTopics({ nodes }: JobSpec): readonly string[] {
  return [...new Set(nodes.flatMap(({ operator }) => (operator.kind === 'source' ? [operator.source.input] : [])))];
}

export function outputTopics({ nodes }: JobSpec): readonly string[] {
  return [...new Set(nodes.flatMap(({ operator }) => (operator.kind === 'sink' ? [operator.sink.output] : [])))];
}
