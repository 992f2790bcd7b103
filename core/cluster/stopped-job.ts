/**
 * The end of a job by stop-with-savepoint. The stop is complete when the HA store says `stopped`, and from then on
 * nothing is restored but by `resume`. How the job ends then:
 *
 *   all tasks committed and finished           stopped, message = the savepoint's metadata object
 *   something failed after that point, or      stop: failed, StoppedWithSavepoint with that path: it is unknown whether all
 *   a job manager finds the job so             of the last output is committed; `resume` commits what the savepoint names
 *                                              drain: the job manager itself commits what the savepoint names (nothing else can:
 *                                              a drained job is never resumed), then stopped
 */
import { faultOfConnector } from '../connectors/own-code.ts';
import type { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { askedAgainLater } from '../checkpoint/storage/until-answered.ts';
import type { JobFaultData } from '../job-fault.ts';
import type { JobSpec } from '../job/spec.ts';
import { IoError, JobError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { type Coroutine, Deferred } from '../waiting.ts';
import { commitNamed } from './commit-named.ts';
import { readSavepoint, readUntilAnswered } from './store-reads.ts';

/** A job that has ended with a savepoint. */
export interface Stopped {
  /** Its metadata object. */
  readonly savepoint: string;
  readonly drained: boolean;
}

type StateEnd = (status: 'stopped' | 'failed', message: string, fault?: JobFaultData) => void;

export class StoppedJob {
  readonly #ports: Ports;
  readonly #job: JobSpec;
  readonly #store: CompletedStore;
  readonly #stateEnd: StateEnd;
  #stopped: Stopped | undefined;
  #resumed: Deferred<void> | undefined;

  /** `stateEnd` is called when the job has ended, with its status and message. */
  constructor(ports: Ports, job: JobSpec, store: CompletedStore, stateEnd: StateEnd) {
    this.#ports = ports;
    this.#job = job;
    this.#store = store;
    this.#stateEnd = stateEnd;
  }

  /** Set once the job has ended with a savepoint, and until it is resumed. */
  get stopped(): Stopped | undefined {
    return this.#stopped;
  }

  /** Undefined: it can be resumed. */
  get notResumableBecause(): string | undefined {
    if (this.#stopped === undefined || this.#resumed === undefined) return 'the job is not stopped';
    const { savepoint, drained } = this.#stopped;
    if (!drained) return undefined;
    return `the job was drained: event time has ended in savepoint ${savepoint}, nothing can go on from it`;
  }

  /** It must be resumable. */
  resume(): void {
    const resumed = this.#resumed;
    this.#resumed = undefined;
    this.#stopped = undefined;
    resumed?.resolve();
  }

  /** All tasks have committed and finished. Ends when the job is resumed; never, if it was drained. */
  *finished(savepoint: string): Coroutine<void> {
    yield* this.#untilResumed('stopped', savepoint);
  }

  /** The savepoint is complete, no task runs any more, and it is not known whether all of them have committed. Ends as `finished`. */
  *interrupted(why: string): Coroutine<void> {
    const { savepoint, drained } = this.#store.entry;
    const path = savepoint?.metadata ?? '?';
    const message = `StoppedWithSavepoint: stopped with savepoint ${path}, but ${why}`;
    if (!drained) {
      yield* this.#untilResumed('failed', `${message}; resume from it to commit the rest of its output`);
      return;
    }
    try {
      yield* commitNamed(this.#ports, this.#job, yield* readSavepoint(this.#ports, path));
    } catch (error) {
      if (!(error instanceof JobError || error instanceof IoError)) throw error;
      const text = `${message}; its output could not be committed: ${error.message}`;
      yield* this.#untilResumed('failed', text, faultOfConnector(error, this.#job));
      return;
    }
    yield* this.#untilResumed('stopped', path);
  }

  *#untilResumed(status: 'stopped' | 'failed', message: string, fault?: JobFaultData): Coroutine<void> {
    const { clock } = this.#ports;
    const { savepoint, drained } = this.#store.entry;
    this.#stopped = { savepoint: savepoint?.metadata ?? '?', drained };
    const resumed = new Deferred<void>('somebody to resume the stopped job');
    this.#resumed = resumed;
    this.#stateEnd(status, message, fault);
    yield* resumed;
    // As long as it is not known to be written nothing may run: the next job manager would end the job again.
    while (this.#store.entry.stopped) {
      try {
        yield* this.#store.resume();
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        yield* askedAgainLater(clock, error);
        yield* readUntilAnswered(this.#store, clock);
      }
    }
  }
}
