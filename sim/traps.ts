/**
 * Traps on the platform's clocks, timers and dice, for as long as a simulated run is on: a user's job that calls
 * `Date.now()` gets an error that names the call and what to use instead, at the call, rather than a run that cannot be
 * repeated.
 *
 * The globals are swapped and put back by the same function, also when the body throws, so traps nest and nothing of
 * them is left outside a run. A swap is some dozens of plain assignments, a few microseconds. What depends on the time zone
 * and the language is in `locale-traps.ts`. Left out: what a module took from the platform before the run.
 */
import { JobFault } from '../core/job-fault.ts';
import { LOCALE_TRAPS, refuseLocalDate } from './locale-traps.ts';

// What the functions of a job have. The guard of connectors adds what those have (`core/connectors/own-code.ts`).
const CLOCK = 'ctx.timerService.currentProcessingTime()';
const TIMER = 'a timer of ctx.timerService';
const DICE = 'ctx.random';

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
const untrappedParse = Date.parse;
function trappedParse(text: string): number {
  refuseLocalDate('Date.parse()', [text]);
  return untrappedParse(text);
}
/** `new Date(milliseconds)`, `Date.UTC`, and texts with a zone depend on their arguments only and stay. */
const TrappedDate = new Proxy(Date, {
  apply: () => refuse('Date()', CLOCK),
  construct: (target, args: unknown[], newTarget): object => {
    if (args.length === 0) refuse('new Date()', CLOCK);
    refuseLocalDate('new Date()', args);
    return Reflect.construct(target, args, newTarget) as object;
  },
  get: (target, member): unknown => {
    if (member === 'now') return trappedNow;
    return member === 'parse' ? trappedParse : Reflect.get(target, member);
  },
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

// Whatever a promise is waited for by goes through it, but for `await` of a promise of the platform's own.
const promiseMethods: { then: unknown } = Promise.prototype;

/** What of the platform is trapped. */
interface Platform extends TrappedGlobals {
  random: unknown;
  now: unknown;
  randomUUID: unknown;
  getRandomValues: unknown;
  then: unknown;
  /** In the order of `LOCALE_TRAPS`. */
  locale: readonly unknown[];
}

const TRAPPED: Platform = {
  Date: TrappedDate,
  setTimeout: trap('setTimeout()', TIMER),
  setInterval: trap('setInterval()', TIMER),
  setImmediate: trap('setImmediate()', TIMER),
  queueMicrotask: trap('queueMicrotask()', TIMER),
  random: trap('Math.random()', DICE),
  now: trap('performance.now()', CLOCK),
  randomUUID: trap('crypto.randomUUID()', DICE),
  getRandomValues: trap('crypto.getRandomValues()', DICE),
  then: trap('then() of a promise', 'the value itself, and leave what must wait to a source or a sink,'),
  locale: LOCALE_TRAPS.map(({ trapped }) => trapped),
};

function current(): Platform {
  const { Date: date, setTimeout: timeout, setInterval: interval } = globals;
  const { setImmediate: immediate, queueMicrotask: microtask } = globals;
  return {
    Date: date,
    setTimeout: timeout,
    setInterval: interval,
    setImmediate: immediate,
    queueMicrotask: microtask,
    random: math.random,
    now: performanceMethods.now,
    randomUUID: cryptoMethods.randomUUID,
    getRandomValues: cryptoMethods.getRandomValues,
    then: promiseMethods.then,
    locale: LOCALE_TRAPS.map(({ holder, name }): unknown => Reflect.get(holder, name)),
  };
}

function put(platform: Platform): void {
  globals.Date = platform.Date;
  globals.setTimeout = platform.setTimeout;
  globals.setInterval = platform.setInterval;
  globals.setImmediate = platform.setImmediate;
  globals.queueMicrotask = platform.queueMicrotask;
  math.random = platform.random;
  performanceMethods.now = platform.now;
  cryptoMethods.randomUUID = platform.randomUUID;
  cryptoMethods.getRandomValues = platform.getRandomValues;
  promiseMethods.then = platform.then;
  LOCALE_TRAPS.forEach(({ holder, name }, at) => Reflect.set(holder, name, platform.locale[at]));
}

/** What was there when the outermost traps were set; undefined: none are. Of the process, as the globals themselves are. */
const outermost: { untrapped: Platform | undefined } = { untrapped: undefined };

/** Runs `body` with the traps set and puts the platform back, also when it throws. */
export function withTraps<T>(body: () => T): T {
  const before = current();
  const isOutermost = outermost.untrapped === undefined;
  if (isOutermost) outermost.untrapped = before;
  try {
    put(TRAPPED);
    return body();
  } finally {
    put(before);
    if (isOutermost) outermost.untrapped = undefined;
  }
}

/** For whoever ends a body from outside, so that no `finally` runs: puts the platform back, whatever was going on. */
export function restorePlatform(): void {
  if (outermost.untrapped !== undefined) put(outermost.untrapped);
  outermost.untrapped = undefined;
}
