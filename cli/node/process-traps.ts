/**
 * Traps on the process, beside those on the platform (`sim/traps.ts`): code of a job that ends the process, or leaves
 * something for later, gets an error at the call instead of a campaign without a report.
 *
 * Node itself calls `process.nextTick` for output, so a call that comes from node's own code goes through.
 */
import { JobFault } from '../../core/job-fault.ts';

const ENDS = 'the job must not end the process: throw an error instead';
const LATER = 'functions are synchronous, and nothing of a turn can happen after it: use a timer of ctx.timerService';

function refuse(call: string, why: string): never {
  throw new JobFault('platform-call', `${call} was called in a simulated run: ${why}`);
}

type Method = (...args: never[]) => unknown;
interface TrappedProcess {
  exit: Method;
  abort: Method;
  kill: Method;
  nextTick: Method;
}
const target: TrappedProcess = process;
const untrapped: TrappedProcess = {
  exit: target.exit,
  abort: target.abort,
  kill: target.kill,
  nextTick: target.nextTick,
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
};

/** Runs the body with the traps set, and puts the process back, also when it throws. */
export function withProcessTraps<T>(body: () => T): T {
  Object.assign(target, trapped);
  try {
    return body();
  } finally {
    restoreProcess();
  }
}

/** For whoever ends a body from outside, so that no `finally` runs. */
export function restoreProcess(): void {
  Object.assign(target, untrapped);
}
