/**
 * Traps on the platform's clocks, timers and dice, for as long as a simulated run is on: a user's job that calls
 * `Date.now()` gets an error that names the call and what to use instead, at the call, rather than a run that cannot be
 * repeated.
 *
 * The globals are swapped and put back by the same function, also when the body throws, so traps nest and nothing of
 * them is left outside a run. A swap is a dozen plain assignments, well below a microsecond. Left out: `Intl` and
 * methods that use the local time zone (lint names them), and what a module took from the platform before the run.
 */
import { JobFault } from '../core/job-fault.ts';

const CLOCK = 'ctx.timerService.currentProcessingTime(), or ports.clock in the engine';
const TIMER = 'a timer of ctx.timerService, or ports.clock.timer in the engine';
const DICE = 'ctx.random, or ports.random in the engine';

function refuse(call: string, instead: string): never {
  throw new JobFault(
    'platform-call',
    `${call} was called in a simulated run, where it cannot be repeated: use ${instead} instead`,
  );
}

/** Fits in the place of any function. */
type Trap = (...args: never[]) => never;
function trap(call: string, instead: string): Trap {
  return () => refuse(call, instead);
}

const trappedNow = trap('Date.now()', CLOCK);
/** `new Date(milliseconds)`, `Date.UTC` and `Date.parse` depend on their arguments only and stay. */
const TrappedDate = new Proxy(Date, {
  apply: () => refuse('Date()', CLOCK),
  construct: (target, args: unknown[], newTarget): object =>
    args.length === 0 ? refuse('new Date()', CLOCK) : (Reflect.construct(target, args, newTarget) as object),
  get: (target, member): unknown => (member === 'now' ? trappedNow : Reflect.get(target, member)),
});

/** The global object, as far as it is trapped. */
interface TrappedGlobals {
  Date: unknown;
  setTimeout: unknown;
  setInterval: unknown;
  setImmediate: unknown;
  queueMicrotask: unknown;
}
const globals: TrappedGlobals = globalThis;
const math: { random: unknown } = Math;
// These two are getters on the global object, which are slow to swap; their methods are plain properties of prototypes.
const performanceMethods: { now: unknown } = Object.getPrototypeOf(performance) as { now: unknown };
const cryptoMethods: { randomUUID: unknown; getRandomValues: unknown } = Object.getPrototypeOf(crypto) as {
  randomUUID: unknown;
  getRandomValues: unknown;
};

const trappedTimeout = trap('setTimeout()', TIMER);
const trappedInterval = trap('setInterval()', TIMER);
const trappedImmediate = trap('setImmediate()', TIMER);
const trappedMicrotask = trap('queueMicrotask()', TIMER);
const trappedRandom = trap('Math.random()', DICE);
const trappedPerformance = trap('performance.now()', CLOCK);
const trappedUuid = trap('crypto.randomUUID()', DICE);
const trappedValues = trap('crypto.getRandomValues()', DICE);

/** Runs `body` with the traps set and puts the platform back, also when it throws. */
export function withTraps<T>(body: () => T): T {
  const { Date: date, setTimeout: timeout, setInterval: interval } = globals;
  const { setImmediate: immediate, queueMicrotask: microtask } = globals;
  const { random } = math;
  const { now } = performanceMethods;
  const { randomUUID, getRandomValues } = cryptoMethods;
  try {
    globals.Date = TrappedDate;
    globals.setTimeout = trappedTimeout;
    globals.setInterval = trappedInterval;
    globals.setImmediate = trappedImmediate;
    globals.queueMicrotask = trappedMicrotask;
    math.random = trappedRandom;
    performanceMethods.now = trappedPerformance;
    cryptoMethods.randomUUID = trappedUuid;
    cryptoMethods.getRandomValues = trappedValues;
    return body();
  } finally {
    globals.Date = date;
    globals.setTimeout = timeout;
    globals.setInterval = interval;
    globals.setImmediate = immediate;
    globals.queueMicrotask = microtask;
    math.random = random;
    performanceMethods.now = now;
    cryptoMethods.randomUUID = randomUUID;
    cryptoMethods.getRandomValues = getRandomValues;
  }
}
