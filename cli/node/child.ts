/** A forked worker: one question at a time, and what its watchdog says of it when it ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { HarnessCrash } from '../../properties/campaign/harness-crash.ts';
import type { Judged } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import type { Overrun } from '../../properties/campaign/outside.ts';
import { BadUsage } from '../exit-codes.ts';
import { BestSoFar } from './best-so-far.ts';
import { overrunOf } from './watchdog.ts';
import { Progress } from './progress.ts';
import { FINDINGS_DESCRIPTOR, type FromWorker, type ToWorker, WORKER_ARGUMENT } from './protocol.ts';

/** The process was ended by its own watchdog, because a run took no end. */
export class EndedByWatchdog extends Error {
  override readonly name = 'EndedByWatchdog';
  readonly overrun: Overrun;

  constructor(overrun: Overrun) {
    super(`run ${overrun.run} took no end, and the worker was ended`);
    this.overrun = overrun;
  }
}

/** The process ended before it had answered, and nobody here ended it: a signal, no memory left, an exit in code of the job's. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
  /** "SIGKILL", "exit 134". */
  readonly how: string;
  /** Number of the run that it was doing; undefined: none, or not known. */
  readonly run: number | undefined;

  constructor(how: string, run: number | undefined) {
    super(`a worker process ended (${how}) before it had answered`);
    this.how = how;
    this.run = run;
  }
}

/** A worker hands over what it says of an error, and whose that is. */
function errorOf({ message, isBadInput }: Extract<FromWorker, { readonly kind: 'crashed' }>): Error {
  return isBadInput ? new BadUsage(message) : new HarnessCrash(message);
}

export type Answer = Exclude<FromWorker, { readonly kind: 'crashed' | 'judged' }>;
interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A universe allocates some megabytes and lives some milliseconds. With node's default young generation of 16 MiB a
 * collection meets it half done and copies it; with 128 MiB most universes are gone by then. Plans of all scenarios on Node
 * 20: 12 % less processor time than with 64 MiB, for 140 MB more a worker; 256 MiB bring nothing more.
 */
const MEMORY_FLAGS = ['--max-semi-space-size=128'];

interface ChildOptions {
  /** Of node. Default: those of the parent, which say how to load TypeScript. */
  readonly flags?: readonly string[] | undefined;
  /** Of node, too. Default: for many small universes. */
  readonly memory?: readonly string[];
  /** Variables beside those of the parent. */
  readonly environment?: Readonly<Record<string, string>>;
  /** It makes a failure small: what it has found so far is to be had, see `best`. */
  readonly shrinks?: boolean;
  /** Hears what comes before an answer. */
  readonly judged?: (judged: Judged) => void;
}

/** A forked worker; one question at a time. */
export class Child {
  /** Of its watchdog: a line, the last thing that it says. */
  #finding = '';
  readonly #progress = new Progress();
  readonly #best: BestSoFar | undefined;
  readonly #process: ChildProcess;
  #waiting: Waiting | undefined;
  #ended: Error | undefined;

  constructor(entry: string, options: ChildOptions = {}) {
    const { flags = process.execArgv, memory = MEMORY_FLAGS, environment = {}, shrinks = false, judged } = options;
    this.#best = shrinks ? new BestSoFar() : undefined;
    this.#process = fork(entry, [WORKER_ARGUMENT], {
      execArgv: [...flags, ...memory],
      env: { ...process.env, ...environment },
      serialization: 'advanced',
      // The last three are `FINDINGS_DESCRIPTOR`, `PROGRESS_DESCRIPTOR` and `BEST_DESCRIPTOR`.
      stdio: [
        'ignore',
        'inherit',
        'inherit',
        'ipc',
        'pipe',
        this.#progress.file.descriptor,
        this.#best?.descriptor ?? 'ignore',
      ],
    });
    this.#process.on('message', (message: FromWorker) => {
      if (message.kind === 'judged') judged?.(message.judged);
      else if (message.kind === 'crashed') this.#take()?.reject(errorOf(message));
      else this.#take()?.resolve(message);
    });
    this.#process.on('error', (error) => this.#end(error));
    const findings = this.#process.stdio[FINDINGS_DESCRIPTOR] as Readable | null | undefined;
    findings?.setEncoding('utf8').on('data', (text: string) => {
      this.#finding += text;
    });
    // Not `exit`: by then what it has written may still be under way.
    this.#process.on('close', (code, signal) => {
      const overrun = this.#finding === '' ? undefined : overrunOf(this.#finding);
      const how = signal ?? `exit ${String(code)}`;
      this.#end(overrun === undefined ? new WorkerDied(how, this.#progress.read()) : new EndedByWatchdog(overrun));
      this.#progress.file.close();
      this.#best?.close();
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  /** It has ended: another one has to take its place. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** The smallest that it has found so far, whatever has become of it; undefined: nothing, or it does not shrink. */
  get best(): Finding | undefined {
    return this.#best?.read();
  }

  tell(message: ToWorker): void {
    // Whether it has arrived is known by the answer; one that has ended says so by `close`.
    this.#process.send(message, () => undefined);
  }

  /** Rejects with `BadUsage` or `HarnessCrash` if the worker says so, and if it ends before it has answered. */
  ask(message: ToWorker): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.tell(message);
    });
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#take()?.reject(error);
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
