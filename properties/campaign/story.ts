import { placeOf } from '../../core/defined-at.ts';
import type { JobSpec, NodeSpec } from '../../core/job/spec.ts';
import type { Violation } from '../outcome.ts';
import type { RunResult } from '../run/run.ts';

/** What explains a violation, beside itself. */
export interface Story {
  /** The run, line by line. */
  readonly trace: readonly string[];
  /** Kinds of facts that the violated law listens to. */
  readonly heard: readonly string[];
}

/** What a run that was traced tells of a violation of this law. */
export function storyOf({ trace = [], heard = {} }: RunResult, law: string): Story {
  return { trace, heard: heard[law] ?? [] };
}

/**
 * The violation with the lines at which the author of the job has added the operators that it is about, unless it says where it
 * was. A part of reports only: lines differ between machines.
 */
export function located(violation: Violation, job: JobSpec): Violation {
  const { place, evidence } = violation;
  if (evidence.some(({ label }) => label === 'where')) return violation;
  const places = place.split('->');
  const isNamed = ({ uid, operator }: NodeSpec): boolean =>
    places.includes(uid) || (operator.kind === 'sink' && places.includes(operator.sink.output));
  const lines = job.nodes.filter(isNamed).flatMap(({ uid, operator }) => {
    const [frame] = placeOf(operator);
    return frame === undefined ? [] : [`${uid}: ${frame}`];
  });
  const where = lines.map((text, index) => ({ kind: 'text', label: index === 0 ? 'defined' : '', text }) as const);
  return { ...violation, evidence: [...evidence, ...where] };
}
