/**
 * Runs the job, attempt by attempt, while its job manager leads (Flink: `JobMaster`).
 *
 *   wait for slots -> newest completed checkpoint -> claim attempt -> deploy -> running -> finished | stopped
 *        ^                                                              |  task failed, task manager lost, rescale
 *        '---------------- restart delay <- all tasks cancelled <-------'
 *
 * A restart takes the newest completed checkpoint that the HA store lists at that moment, else the savepoint that it
 * names, never another one; if it cannot be read the job fails by name.
 */
import type { CheckpointKind } from '../barrier-options.ts';
import { sweepLeftovers } from '../checkpoint/restore/leftovers.ts';
import { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { PatientReads } from '../checkpoint/storage/until-answered.ts';
import type { JobConfig } from '../config.ts';
import { IoError, JobError, messageOf } from '../errors.ts';
import { type KeyGroupNumbers, physicalGraph, rescaled, type Scale } from '../graph/physical.ts';
import type { JobFaultData } from '../job-fault.ts';
import type { JobSpec } from '../job/spec.ts';
import type { IncomingMessage } from '../messages.ts';
import type { Ports } from '../ports.ts';
import type { RestartStrategy } from '../restart-strategy.ts';
import type { Coroutine } from '../waiting.ts';
import { Attempt, type AttemptEnd } from './attempt.ts';
import type { Failure } from './failure.ts';
import { type Located, notRunning } from './located.ts';
import { type Registration, sendTo } from './placement.ts';
import { ScaleUp, type SlotPool } from './reactive.ts';
import { type Stopped, StoppedJob } from './stopped-job.ts';
import { readSavepoint, readUntilAnswered } from './store-reads.ts';
import { deliverTo, welcome } from './under-way.ts';

export interface JobMasterEnv {
  readonly ports: Ports;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly restarts: RestartStrategy;
  /** Metadata object of the savepoint that the first submission starts from. */
  readonly restoreFrom: string | undefined;
  /** That savepoint is the job's own. */
  readonly claim: boolean;
  readonly allowNonRestoredState: boolean;
  readonly slots: SlotPool;
}

const REACTIVE =
  'in reactive mode the job has the parallelism of its slots: add task managers or take some away, or choose the default mode';

export class JobMaster {
  readonly #env: JobMasterEnv;
  readonly #store: CompletedStore;
  readonly #stop: StoppedJob;
  #leaderEpoch = 0;
  #scale: Scale;
  /** In a row, without a completed checkpoint in between. */
  #failures = 0;
  #restarted = false;
  #attempt: Attempt | undefined;
  #lastAttempt = 0;
  /** The end of the job has been stated, with this attempt, and no other one has followed. */
  #endedWith: number | undefined;
  /** In reactive mode. */
  readonly #scaleUp: ScaleUp | undefined;
  /** Of the last attempt that was deployed: what it leaves behind may be restored by the next one. */
  #keyGroups: KeyGroupNumbers = new Map();

  constructor(env: JobMasterEnv) {
    this.#env = env;
    this.#store = new CompletedStore(env.ports.ha, env.job.name);
    this.#stop = new StoppedJob(env.ports, env.job, this.#store, (status, message, fault) => {
      this.#stateEnd(status, message, fault);
    });
    this.#scale = { parallelism: env.config.parallelism, vertices: new Map() };
    if (env.config.schedulerMode !== 'reactive') return;
    const { ports, job, config, slots } = env;
    this.#scaleUp = new ScaleUp({ clock: ports.clock, job, config, slots, attempt: () => this.#attempt });
  }

  get stopped(): Stopped | undefined {
    return this.#stop.stopped;
  }

  /**
   * Why not, if it cannot be: then nothing changes. What asks for more subtasks than key groups before those are known is judged when
   * the attempt starts, and ends the job by name. `uid`: that operator only, with those that forward edges join to it; else the
   * whole job, whatever was rescaled before.
   */
  rescale(parallelism: number, uid?: string): string | undefined {
    const { job } = this.#env;
    if (this.#scaleUp !== undefined) return REACTIVE;
    try {
      if (uid !== undefined) this.#scale = rescaled(job, this.#scale, uid, parallelism, this.#inForce);
      else {
        physicalGraph(job, parallelism, undefined, this.#inForce);
        this.#scale = { parallelism, vertices: new Map() };
        // What a person says counts, also if it is the first restart.
        this.#restarted = true;
      }
    } catch (error) {
      return messageOf(error);
    }
    this.#attempt?.fail(`${uid ?? 'the job'} was rescaled to parallelism ${parallelism}`);
    return undefined;
  }

  /** Why not, if it cannot be. An attempt that ends before the savepoint is complete forgets it. */
  savepoint(kind: CheckpointKind): string | undefined {
    if (this.stopped !== undefined) return `the job is stopped with savepoint ${this.stopped.savepoint}`;
    return this.#attempt === undefined ? 'no attempt of the job is under way' : this.#attempt.savepoint(kind);
  }

  /** Why not, if it cannot be: then nothing changes. `parallelism` undefined: as before. */
  resume(parallelism = this.#scale.parallelism): string | undefined {
    const refusal = this.#stop.notResumableBecause ?? this.#refusedParallelism(parallelism);
    if (refusal !== undefined) return refusal;
    this.#scale = { parallelism, vertices: this.#scale.vertices };
    this.#stop.resume();
    return undefined;
  }

  /** Where the keyed state of an operator is, as far as the present attempt is deployed. */
  locate(operator: string): Located {
    return this.#attempt?.locate(operator) ?? notRunning(this.#lastAttempt);
  }

  waiting(): readonly string[] {
    return this.#attempt?.waiting() ?? [];
  }

  /** Until the job has finished or failed. */
  *run(leaderEpoch: number): Coroutine<void> {
    this.#leaderEpoch = leaderEpoch;
    try {
      yield* this.#submit();
    } catch (error) {
      if (!(error instanceof JobError || error instanceof IoError)) throw error;
      this.#stateEnd('failed', error.message);
      return;
    }
    if (this.#store.entry.stopped) {
      yield* this.#sweep();
      yield* this.#stop.interrupted('its job manager was lost');
    }
    for (;;) {
      const { end, completedCheckpoint } = yield* this.#runAttempt();
      switch (end.kind) {
        case 'finished':
          yield* this.#sweep();
          this.#stateEnd('finished', '');
          return;
        case 'stopped':
          yield* this.#sweep();
          yield* this.#stop.finished(end.savepoint);
          this.#failures = 0;
          break;
        case 'failed':
        case 'fatal': {
          if ((yield* readUntilAnswered(this.#store, this.#env.ports.clock)).stopped) {
            yield* this.#sweep();
            yield* this.#stop.interrupted(end.message);
            this.#failures = 0;
            break;
          }
          const delay = this.#delayAfter(end, completedCheckpoint);
          if (delay === undefined) return;
          yield* this.#env.ports.clock.sleep(delay, 'runs the job again');
        }
      }
    }
  }

  /** What the job starts from, if nothing is known of it yet. */
  *#submit(): Coroutine<void> {
    const { ports, restoreFrom, claim } = this.#env;
    yield* readUntilAnswered(this.#store, ports.clock);
    if (restoreFrom === undefined || this.#store.exists) return;
    const { checkpoint, attempt } = yield* readSavepoint(ports, restoreFrom);
    yield* this.#store.submit({ checkpoint, attempt, metadata: restoreFrom }, claim);
  }

  *#runAttempt(): Coroutine<AttemptEnd> {
    const { ports, job, config, slots, allowNonRestoredState } = this.#env;
    const attempt = new Attempt({
      ports,
      job,
      config,
      leaderEpoch: this.#leaderEpoch,
      scale: this.#scale,
      store: this.#store,
      allowNonRestoredState,
      slots,
      deployed: () => this.#scaleUp?.slotsChanged(),
    });
    this.#attempt = attempt;
    this.#endedWith = undefined;
    try {
      return yield* attempt.run();
    } finally {
      this.#lastAttempt = Math.max(this.#lastAttempt, attempt.number);
      this.#keyGroups = this.#inForce;
      this.#attempt = undefined;
    }
  }

  /** The job has ended: nothing else removes what its attempts have left. */
  *#sweep(): Coroutine<void> {
    const { ports, job } = this.#env;
    const checkpoints = yield* readUntilAnswered(this.#store, ports.clock);
    try {
      yield* sweepLeftovers(ports, job.name, checkpoints, new PatientReads(ports));
    } catch (error) {
      // The metadata of a retained checkpoint is gone, or cannot be read: what it shares cannot be told from what nobody needs.
      if (!(error instanceof IoError || error instanceof JobError)) throw error;
    }
  }

  /** Milliseconds until the next attempt; undefined: there is none, and the end of the job is stated. */
  #delayAfter(end: Failure, completedCheckpoint: boolean): number | undefined {
    this.#failures = completedCheckpoint ? 1 : this.#failures + 1;
    const delay = this.#env.restarts.next(this.#failures);
    if (delay === undefined || end.kind === 'fatal') {
      const tries = end.kind === 'fatal' ? '' : `${this.#failures} attempts in a row failed, the last one so: `;
      this.#stateEnd('failed', `${tries}${end.message}`);
      return undefined;
    }
    const { parallelismAfterRestart } = this.#env.config;
    if (parallelismAfterRestart > 0 && !this.#restarted)
      this.#scale = { parallelism: parallelismAfterRestart, vertices: this.#scale.vertices };
    this.#restarted = true;
    return delay;
  }

  /** Numbers of key groups that no parallelism may exceed. None is known before the first attempt has read its checkpoint. */
  get #inForce(): KeyGroupNumbers {
    return this.#attempt?.keyGroups ?? this.#keyGroups;
  }

  #refusedParallelism(parallelism: number): string | undefined {
    if (this.#scaleUp !== undefined) return parallelism === this.#scale.parallelism ? undefined : REACTIVE;
    try {
      physicalGraph(this.#env.job, parallelism, this.#scale.vertices, this.#inForce);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #stateEnd(status: 'finished' | 'stopped' | 'failed', message: string, fault?: JobFaultData): void {
    // A job manager that finds the job stopped has run no attempt of it.
    const stoppedAttempt = this.stopped === undefined ? 0 : (this.#store.entry.savepoint?.attempt ?? 0);
    const attempt = Math.max(this.#lastAttempt, stoppedAttempt);
    this.#endedWith = attempt;
    for (const registration of this.#env.slots.taskManagers) this.#release(registration);
    this.#env.ports.probe.jobEnded?.({ attempt, status, message, fault });
  }

  // ---- task managers

  onRegistered(registration: Registration): void {
    welcome(registration, this.#leaderEpoch, this.#lastAttempt, this.#attempt);
    this.#release(registration);
    this.#scaleUp?.slotsChanged();
  }

  /** Once the job has ended nothing is restored from what of its state the host keeps. */
  #release(registration: Registration): void {
    const { localRecovery, stateBackend } = this.#env.config;
    if (this.#endedWith === undefined || (!localRecovery && stateBackend === 'heap')) return;
    sendTo(registration, 'release', { leaderEpoch: this.#leaderEpoch, attempt: this.#endedWith, checkpoint: -1 }, {});
  }

  onLost(registration: Registration, why: string): void {
    this.#attempt?.onLost(registration, why);
    this.#scaleUp?.slotsChanged();
  }

  onMessage(message: IncomingMessage, from: Registration | undefined): void {
    deliverTo(this.#attempt, this.#leaderEpoch, message, from);
  }
}
