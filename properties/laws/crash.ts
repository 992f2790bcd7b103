/**
 * Crash: no invariant of the engine breaks, and no error escapes from its processes.
 *
 * Verified: no task and no attempt fails with an `EngineBug` (a restart would hide it: the job goes on, and yet an
 * assertion of the engine did not hold), and no process ends by an error that its code did not handle.
 * Not verified: that a user's function does not throw (a task may fail with any other error, and restarts); errors that
 * the engine catches and drops. Facts of any attempt count, a zombie's too.
 * Compared: what a task or an attempt has failed by; where none fails there is nothing to ask.
 */
import type { Facts } from '../../core/facts.ts';
import type { WorldView } from '../world.ts';
import { type Compared, defineLaw, type Report } from './define.ts';

/** How the message of an `EngineBug` begins. */
const ENGINE_BUG = 'EngineBug:';

export const crash = defineLaw({
  name: 'crash',
  states: 'No assertion of the engine fails, in a task or in a whole attempt, and no error escapes from a process.',
  compares: 'what a task or an attempt has failed by',
  anomalies: ['engine-bug', 'escaped-error'],
  judge: (witness, report, compared) => watchForCrashes(witness.world, report, compared),
});

interface FailureListener {
  taskFailed(fact: Facts['taskFailed']): void;
  attemptFailed(fact: Facts['attemptFailed']): void;
}

/** It needs no witness, so that runs without laws are watched, too: what is returned is a probe as well as a listener. */
export function watchForCrashes(
  world: WorldView,
  report: Report<'engine-bug' | 'escaped-error'>,
  compared: Compared,
): FailureListener {
  world.onCrashed((process, message) => {
    report('escaped-error', roleOf(process), `${process} ended by ${message}`, []);
  });
  return {
    taskFailed: ({ task, message }) => {
      compared();
      if (!message.startsWith(ENGINE_BUG)) return;
      report('engine-bug', task.vertex, `${task.vertex}[${task.subtask}] failed: ${message}`, []);
    },
    attemptFailed: ({ attempt, message }) => {
      compared();
      if (!message.startsWith(ENGINE_BUG)) return;
      report('engine-bug', world.job.name, `attempt ${attempt} failed: ${message}`, []);
    },
  };
}

/** "taskmanager-2" is one of the task managers: which one changes from plan to plan. */
function roleOf(process: string): string {
  return process.replace(/-\d+$/, '');
}
