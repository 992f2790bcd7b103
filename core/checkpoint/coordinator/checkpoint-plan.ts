/**
 * Who takes part in a checkpoint when some tasks have finished (Flink: `DefaultCheckpointPlanCalculator`). Pure.
 *
 *   finished     have finished: nothing of them is left, the metadata says so
 *   acknowledge  all others
 *   trigger      of these, the ones with no unfinished task before them: no barrier would ever reach them
 *
 * ```
 *   source[0] finished   source[1]      trigger      source[1], and map[0] if the edge is forward
 *       |        \  (hash)  /  |        acknowledge  source[1], map[0], map[1]
 *     map[0]               map[1]       finished     source[0]
 * ```
 * A task that has finished without our knowing is found out by its report, which aborts the checkpoint ('task-closing').
 */
import type { PhysicalGraph, PhysicalVertex } from '../../graph/physical.ts';
import { sendersInto } from '../../graph/pointwise.ts';

export interface PlannedTask {
  readonly vertex: string;
  readonly subtask: number;
}
/** Tasks by name ("window[1]"), in order of the graph. */
export interface CheckpointPlan {
  readonly trigger: readonly PlannedTask[];
  readonly acknowledge: ReadonlySet<string>;
  readonly finished: readonly string[];
}

export function taskName(vertex: string, subtask: number): string {
  return `${vertex}[${subtask}]`;
}

export function planOf(graph: PhysicalGraph, hasFinished: ReadonlySet<string>): CheckpointPlan {
  const trigger: PlannedTask[] = [];
  const acknowledge = new Set<string>();
  const finished: string[] = [];
  for (const vertex of graph.vertices) {
    for (let subtask = 0; subtask < vertex.parallelism; subtask++) {
      const name = taskName(vertex.uid, subtask);
      if (hasFinished.has(name)) {
        finished.push(name);
        continue;
      }
      acknowledge.add(name);
      if (!hasRunningBefore(graph, vertex, subtask, hasFinished)) trigger.push({ vertex: vertex.uid, subtask });
    }
  }
  return { trigger, acknowledge, finished };
}

function hasRunningBefore(
  graph: PhysicalGraph,
  vertex: PhysicalVertex,
  subtask: number,
  hasFinished: ReadonlySet<string>,
): boolean {
  return vertex.inEdges.some((edge) => {
    const sender = graph.sender(edge);
    const { start, end } = sendersInto(edge, subtask, sender.parallelism, vertex.parallelism);
    for (let index = start; index < end; index++) if (!hasFinished.has(taskName(sender.uid, index))) return true;
    return false;
  });
}
