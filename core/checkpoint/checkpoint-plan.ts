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
import type { EdgeSpec } from '../api/spec.ts';
import type { PhysicalGraph, PhysicalVertex } from '../graph/physical.ts';

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

function hasRunningBefore(graph: PhysicalGraph, vertex: PhysicalVertex, subtask: number, hasFinished: ReadonlySet<string>): boolean {
  return vertex.inEdges.some((edge) => {
    const sender = graph.sender(edge);
    return sendersInto(edge, sender.parallelism, subtask, vertex.parallelism).some((index) => !hasFinished.has(taskName(sender.uid, index)));
  });
}

/** Subtasks that have a channel to this receiver; rescale as in Flink's `connectPointwise`. */
function sendersInto({ partition }: EdgeSpec, senders: number, receiver: number, receivers: number): readonly number[] {
  const all = Array.from({ length: senders }, (_, index) => index);
  if (partition.kind === 'forward') return [receiver];
  if (partition.kind !== 'rescale') return all;
  if (senders >= receivers) {
    const start = Math.floor((receiver * senders) / receivers);
    return all.slice(start, Math.floor(((receiver + 1) * senders) / receivers));
  }
  return all.filter((sender) => {
    const start = Math.floor((sender * receivers + senders - 1) / senders);
    const end = Math.floor(((sender + 1) * receivers + senders - 1) / senders);
    return receiver >= start && receiver < end;
  });
}
