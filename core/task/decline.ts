import type { DeclineReason } from '../barrier-options.ts';
import type { TaskEnv } from './task-env.ts';

/** The task does not take the checkpoint, or its part of it came to nothing: the coordinator aborts it. */
export function declineCheckpoint(
  { task, ports, report }: Pick<TaskEnv, 'task' | 'ports' | 'report'>,
  checkpoint: number,
  reason: DeclineReason,
  message: string,
): void {
  ports.probe.declined?.({ task, checkpoint, reason, message });
  report('decline', checkpoint, { vertex: task.vertex, subtask: task.subtask, reason, message });
}
