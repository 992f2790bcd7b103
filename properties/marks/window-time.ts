/**
 * Which windows the watermark judges. Those of the clock have bounds on another scale: where one of them equals a watermark that
 * is chance, and no boundary of event time. A global window has none.
 */
import type { TaskId } from '../../core/facts.ts';
import type { WindowSpec } from '../../core/job/window-spec.ts';
import type { MarkWorld } from './mark.ts';

/** The windows of an operator, as the newest version of the job has them that has the operator at all. */
export function windowsOf({ jobs }: Pick<MarkWorld, 'jobs'>, { vertex }: TaskId): WindowSpec | undefined {
  const operator = jobs()
    .findLast(({ nodes }) => nodes.some(({ uid }) => uid === vertex))
    ?.nodes.find(({ uid }) => uid === vertex)?.operator;
  return operator?.kind === 'window' ? operator : undefined;
}

/** Whether an operator has windows that no watermark closes. One that no version of the job has is not known to. */
export function windowsWithoutEventTime(world: Pick<MarkWorld, 'jobs'>): (task: TaskId) => boolean {
  return (task) => {
    const assigner = windowsOf(world, task)?.assigner;
    return assigner !== undefined && (assigner.kind === 'global' || assigner.domain !== 'event');
  };
}
