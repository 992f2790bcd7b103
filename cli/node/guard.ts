/**
 * Runs of a command in its own process, watched: code of the job's that does not come back is ended, and named by operator
 * and line. A run of a person's that is only slow on this machine is no mistake, so the bound is that of a confirmation.
 */
import { Scratch } from '../../sim/kernel/scratch.ts';
import { run } from '../../properties/run/run.ts';
import type { GuardedRun, GuardedRuns } from '../platform.ts';
import type { Workspace } from '../workspace.ts';
import { withProcessTraps } from './process-traps.ts';
import { type Bounds, CONFIRM_FACTOR, DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

const BOUNDS: Bounds = { ...DEFAULT_BOUNDS, turnCpuMs: CONFIRM_FACTOR * DEFAULT_BOUNDS.turnCpuMs };

/** Throws what the body throws; an interrupt ends the process of the command as it would without a run. */
export function guardedRuns<T>({ options }: Workspace, body: (run: GuardedRun) => T, bounds = BOUNDS): GuardedRuns<T> {
  const watchdog = new Watchdog({ bounds });
  const scratch = new Scratch();
  const runPlan: GuardedRun = (scenario, plan, detail = {}) =>
    watchdog.watched(() =>
      withProcessTraps(() => {
        const listeners = [...(detail.listeners ?? []), watchdog.probe];
        return run(scenario, plan, { ...options, ...detail, scratch, listeners });
      }),
    );
  try {
    const guarded = watchdog.guarded(() => body(runPlan));
    if (guarded.kind === 'done') return guarded;
    if (guarded.kind === 'overrun') return { kind: 'endless', overrun: guarded.overrun };
    process.emit('SIGINT');
    throw new Error('interrupted');
  } finally {
    watchdog.close();
  }
}
