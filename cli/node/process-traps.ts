/**
 * Traps on the process, beside those on the platform (`sim/traps.ts`): code of a job that ends the process, leaves
 * something for later, or asks its clock, gets an error at the call instead of a campaign without a report or a run that cannot be repeated.
 *
 * Node itself calls `process.nextTick` for output, so a call that comes from node's own code goes through.
 */
import { JobFault } from '../../core/job-fault.ts';

const ENDS = 'the job must not end the process: throw an error instead';
const LATER = 'functions are synchronous, and nothing of a turn can happen after it: use a timer of ctx.timerService';

const CLOCK = 'a run cannot be repeated by it: use ctx.timerService.currentProcessingTime() instead';

export function refuse(call: string, why: string): never {
  throw new JobFault('platform-call', `${call} was called in a simulated run: ${why}`);
}

type Method = (...args: never[]) => unknown;
interface TrappedProcess {
  exit: Method;
  abort: Method;
  kill: Method;
  nextTick: Method;
  hrtime: Method;
  uptime: Method;
}
const target: TrappedProcess = process;
const untrapped: TrappedProcess = {
  exit: target.exit,
  abort: target.abort,
  kill: target.kill,
  nextTick: target.nextTick,
  hrtime: target.hrtime,
  uptime: target.uptime,
};

const trapped: TrappedProcess = {
  exit: () => refuse('process.exit()', ENDS),
  abort: () => refuse('process.abort()', ENDS),
  kill: () => refuse('process.kill()', ENDS),
  nextTick: (...args) => {
    // The caller is the third line.
    const caller = new Error().stack?.split('\n')[2] ?? '';
    if (!caller.includes('node:internal')) refuse('process.nextTick()', LATER);
    return untrapped.nextTick.apply(process, args);
  },
  hrtime: Object.assign((): never => refuse('process.hrtime()', CLOCK), {
    bigint: () => refuse('process.hrtime.bigint()', CLOCK),
  }),
  uptime: () => refuse('process.uptime()', CLOCK),
};

let isTrapped = false;
/** A run is on, with the traps set. */
export function inTrappedRun(): boolean {
  return isTrapped;
}

/** Runs the body with the traps set, and puts the process back, also when it throws. */
export function withProcessTraps<T>(body: () => T): T {
  Object.assign(target, trapped);
  isTrapped = true;
  try {
    return body();
  } finally {
    restoreProcess();
  }
}

/** For whoever ends a body from outside, so that no `finally` runs. */
export function restoreProcess(): void {
  Object.assign(target, untrapped);
  isTrapped = false;
}
