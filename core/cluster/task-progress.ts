/** What the tasks of an attempt have not reported yet. Tasks by name ("window[1]"). */
import { taskName } from '../checkpoint/coordinator/checkpoint-plan.ts';
import type { PhysicalGraph } from '../graph/physical.ts';

export interface TaskProgress {
  readonly notRunning: Set<string>;
  readonly notFinished: Set<string>;
}

export function noProgress(graph: PhysicalGraph): TaskProgress {
  const names = graph.vertices.flatMap(({ uid, parallelism }) =>
    Array.from({ length: parallelism }, (_, subtask) => taskName(uid, subtask)),
  );
  return { notRunning: new Set(names), notFinished: new Set(names) };
}
