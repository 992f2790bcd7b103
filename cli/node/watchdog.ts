/**
 * The watchdog: ends a run that takes no end, and says where it was.
 *
 * What can be counted is counted in the engine, and is the same in every run of a plan (`core/user-code.ts`: what a turn may
 * emit and set; `eventsMax` of a run). A loop that calls nothing can only be seen from outside: a thread of this process watches how
 * much CPU time passes without a step of the run, stops the main thread in the debugger, and reads which line of whose code
 * it was at. Beyond its bound a turn is not wrong, it is only slow on this machine: whoever uses the finding has it
 * confirmed, alone in a fresh process, at four times the bound.
 *
 *     in a worker   the thread writes the finding on a descriptor that the parent reads, and ends the process
 *     inline        `guarded` runs the batch as a script that SIGINT breaks; the thread sends it, and so does the user
 *
 * A script that is broken leaves no `finally` behind: traps are put back here, and arenas must be dropped by the caller.
 * Off while somebody debugs the process. Left out: Windows, which has no SIGINT; there `guarded` has a plain timeout.
 */
import { url as inspectorUrl } from 'node:inspector';
import { isMainThread, Worker } from 'node:worker_threads';
import { Script } from 'node:vm';
import type { Probe, TaskId } from '../../core/facts.ts';
import { UserCode } from '../../core/user-code.ts';
import type { Overrun } from '../../properties/campaign/outside.ts';
import { restorePlatform } from '../../sim/traps.ts';
import { restoreProcess } from './process-traps.ts';
import { WATCHDOG_THREAD } from './watchdog-thread.ts';

export interface Bounds {
  /** CPU time of one turn. */
  readonly turnCpuMs: number;
  /** So often it is looked at. */
  readonly pollMs: number;
}
export const DEFAULT_BOUNDS: Bounds = { turnCpuMs: 1_000, pollMs: 100 };
/** What a finding is confirmed at. */
export const CONFIRM_FACTOR = 4;
/** In wall clock the bound is so many times that of CPU time: it is for calls that wait without working. */
const WALL_FACTOR = 10;
/** And not less than this: a busy machine gives a process nothing for long. */
const WALL_LEAST_MS = 5_000;
/** Outside of turns there is nothing of a job, and much to do: to make the input, to restore, to judge the end. */
const IDLE_FACTOR = 20;

export type Guarded<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'overrun'; readonly overrun: Overrun }
  /** The user asked to stop. */
  | { readonly kind: 'interrupted' }
  /** The time that it was given is up. */
  | { readonly kind: 'cut' };

export interface WatchdogOptions {
  readonly bounds: Bounds;
  /** A worker: where its findings go, and whose child it is. Undefined: inline, for `guarded`. */
  readonly worker?: { readonly descriptor: number; readonly parent: number };
}

// Words of the shared memory, as the thread knows them; behind them the finding as text.
const STATE = 0;
const BEAT = 1;
const RUN = 2;
const EXPIRED = 3;
const LENGTH = 4;
const TEXT_AT = 32;
const MEMORY = 16_384;
const OFF = 0;
const ENGINE = 1;
const TURN = 2;

const GLOBAL = 'millrace.watchdog';
const BATCH = Symbol.for('millrace.batch');

export class Watchdog {
  /** States the steps of a run; to be among its listeners, as the last. */
  readonly probe: Probe;
  readonly #options: WatchdogOptions;
  readonly #memory = new SharedArrayBuffer(MEMORY);
  readonly #words = new Int32Array(this.#memory, 0, TEXT_AT / 4);
  readonly #thread: Worker | undefined;
  /** The vertex whose turn it was last in the run that is on. */
  #vertex: string | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.probe = probeOf(this.#words, (vertex) => {
      this.#vertex = vertex;
    });
    this.#thread = canWatch() ? this.#start() : undefined;
  }

  /** uid of the operator whose code was called last in the run that is on; undefined: none was. */
  get operator(): string | undefined {
    return this.#vertex === undefined ? undefined : (UserCode.lastOperator ?? this.#vertex);
  }

  /** The next steps belong to this run of the campaign. */
  began(run: number): void {
    this.#words[RUN] = run;
  }

  /** The body is watched: its first step may take as long as any that is no turn. */
  watched<T>(body: () => T): T {
    const words = this.#words;
    const before = words[STATE] ?? OFF;
    this.#vertex = undefined;
    Atomics.add(words, BEAT, 1);
    Atomics.store(words, STATE, ENGINE);
    try {
      return watchedByMillrace(body);
    } finally {
      Atomics.store(words, STATE, before);
    }
  }

  /**
   * Runs a batch so that it can be ended from outside. What it was working on is undefined after it was: drop arenas, and
   * whatever else it wrote to. An error of the batch passes through. `cutMs`: all the time that it has; no timer of this process
   * would be heard before its end.
   */
  guarded<T>(batch: () => T, cutMs = Infinity): Guarded<T> {
    if (!isMainThread || process.platform === 'win32') return this.#timed(batch, cutMs);
    const limit = cutMs === Infinity ? {} : { timeout: wholeMs(cutMs) };
    try {
      return { kind: 'done', value: asScript(batch, { breakOnSigint: true, ...limit }) };
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.#recover();
      if (codeOf(error) === TIMEOUT) return { kind: 'cut' };
      const overrun = this.#takeOverrun();
      return overrun === undefined ? { kind: 'interrupted' } : { kind: 'overrun', overrun };
    }
  }

  close(): void {
    Atomics.store(this.#words, STATE, OFF);
    void this.#thread?.terminate();
  }

  /** Without the thread nobody knows where it was: a plain timeout for the whole batch. */
  #timed<T>(batch: () => T, cutMs: number): Guarded<T> {
    const bound = this.#options.bounds.turnCpuMs * IDLE_FACTOR;
    const timeout = wholeMs(Math.min(bound, cutMs));
    try {
      return { kind: 'done', value: asScript(batch, { timeout }) };
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.#recover();
      if (cutMs < bound) return { kind: 'cut' };
      const run = this.#words[RUN] ?? 0;
      return {
        kind: 'overrun',
        overrun: { run, operator: this.operator, frames: [], cpuMs: timeout, wallMs: timeout },
      };
    }
  }

  #recover(): void {
    Atomics.store(this.#words, STATE, OFF);
    restorePlatform();
    restoreProcess();
  }

  #takeOverrun(): Overrun | undefined {
    if (Atomics.exchange(this.#words, EXPIRED, 0) === 0) return undefined;
    const length = Atomics.load(this.#words, LENGTH);
    return overrunOf(Buffer.from(new Uint8Array(this.#memory, TEXT_AT, length)).toString());
  }

  #start(): Worker {
    const { bounds, worker } = this.#options;
    Object.assign(globalThis, {
      [Symbol.for(GLOBAL)]: () => ({ operator: this.operator, debugged: inspectorUrl() !== undefined }),
    });
    const thread = new Worker(WATCHDOG_THREAD, {
      eval: true,
      execArgv: [],
      workerData: {
        memory: this.#memory,
        turnCpuMs: bounds.turnCpuMs,
        pollMs: bounds.pollMs,
        idleFactor: IDLE_FACTOR,
        wallFactor: WALL_FACTOR,
        wallLeastMs: WALL_LEAST_MS,
        ends: worker !== undefined,
        descriptor: worker?.descriptor ?? -1,
        parent: worker?.parent ?? 0,
        ours: oursIn(import.meta.url),
        frameName: watchedByMillrace.name,
        global: GLOBAL,
      },
    });
    thread.unref();
    return thread;
  }
}

/** A line of the thread. Undefined: there is none, or it is torn. */
export function overrunOf(line: string): Overrun | undefined {
  try {
    const { run, operator, frames, cpuMs, wallMs } = JSON.parse(line) as Overrun;
    return { run, operator, frames, cpuMs, wallMs };
  } catch {
    return undefined;
  }
}

function canWatch(): boolean {
  return isMainThread && inspectorUrl() === undefined;
}

/** Frames outside of it are the harness's, or those of a test that calls it. */
function watchedByMillrace<T>(body: () => T): T {
  return body();
}

function probeOf(words: Int32Array, at: (vertex: string) => void): Probe {
  const turn = ({ task }: { readonly task: TaskId }): void => {
    at(task.vertex);
    Atomics.add(words, BEAT, 1);
    Atomics.store(words, STATE, TURN);
  };
  const step = (): void => {
    Atomics.add(words, BEAT, 1);
    Atomics.store(words, STATE, ENGINE);
  };
  // What follows is `open`, of the job's functions.
  const opening = ({ task }: { readonly task: TaskId }): void => {
    at(task.vertex);
    step();
  };
  return {
    sourceRecord: turn,
    recordProcessed: turn,
    watermarkAdvanced: turn,
    eventTimerFired: turn,
    processingTimerFired: turn,
    turnEnded: step,
    attemptStarting: step,
    taskOpened: opening,
    checkpointTriggered: step,
    checkpointCompleted: step,
  };
}

const SCRIPT = new Script(`globalThis[Symbol.for(${JSON.stringify('millrace.batch')})]()`, {
  filename: 'millrace-batch.js',
});

function asScript<T>(batch: () => T, options: { readonly breakOnSigint?: boolean; readonly timeout?: number }): T {
  let result: { readonly value: T } | undefined;
  const globals = globalThis as { [BATCH]?: (() => void) | undefined };
  const outer = globals[BATCH];
  globals[BATCH] = () => {
    result = { value: batch() };
  };
  try {
    SCRIPT.runInThisContext(options);
  } finally {
    globals[BATCH] = outer;
  }
  if (result === undefined) throw new Error('a batch that ended has no result');
  return result.value;
}

const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
const TIMEOUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function isBroken(error: unknown): boolean {
  const code = codeOf(error);
  return code === INTERRUPTED || code === TIMEOUT;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** As a script takes it. */
function wholeMs(ms: number): number {
  return Math.min(2 ** 31 - 1, Math.max(1, Math.ceil(ms)));
}

/** Patterns of the files that are no user's: those of this package's checkout, or of the folder that it is bundled into. */
function oursIn(self: string): readonly string[] {
  const checkout = /^(.*\/)cli\/node\/watchdog\.[^/]*$/.exec(self)?.[1];
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  if (checkout === undefined) return [`^${escaped(self.replace(/[^/]*$/, ''))}`];
  return [`^${escaped(checkout)}(?:core|sim|properties|reports|cli|bench)/(?!.*(?:\\.test\\.|/testing/))`];
}
