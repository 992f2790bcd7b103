/**
 * The job manager: leads while it holds the lease, keeps the registrations, and runs the job attempt by attempt.
 *
 *   lease -> wait for slots -> newest completed checkpoint -> claim attempt -> deploy -> running -> finished
 *                 ^                                                             |  task failed, task manager lost, rescale
 *                 '------ restart delay <- all tasks cancelled <----------------'
 *
 * A restart takes the newest completed checkpoint that the HA store lists at that moment, else the savepoint that it
 * names, never another one; if it cannot be read the job fails by name.
 *
 * A stop-with-savepoint is complete when the HA store says `stopped`, and from then on nothing is restored but by
 * `resume`. How the job ends then:
 *
 *   all tasks committed and finished           stopped, message = the savepoint's metadata object
 *   something failed after that point, or      stop: failed, StoppedWithSavepoint with that path: whether all of the last output
 *   a job manager finds the job so             is committed nobody knows; `resume` commits what the savepoint names
 *                                              drain: the job manager itself commits what the savepoint names (nothing else can:
 *                                              a drained job is never resumed), then stopped
 * Left out: regional failover, several candidates.
 */
import type { JobSpec } from '../job/spec.ts';
import { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { type CheckpointMetadata, type JobCheckpoints, readMetadata } from '../checkpoint/storage/metadata.ts';
import type { CheckpointKind } from '../barrier-options.ts';
import { commitNamed } from './commit-named.ts';
import { IoError, JobError, messageOf } from '../errors.ts';
import { physicalGraph } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Connection, Ports, ProcessId } from '../ports.ts';
import { type Coroutine, Deferred } from '../waiting.ts';
import { Attempt, type AttemptEnd } from './attempt.ts';
import type { Registration } from './placement.ts';
import { checkJobConfig, type JobConfig } from '../config.ts';
import {
  type Body,
  encodeMessage,
  type IncomingMessage,
  type MessageHandlers,
  type MessageHeader,
  type MessageKind,
  openMessage,
} from '../messages.ts';
import type { RestartStrategy } from '../restart-strategy.ts';

export const CONTROL_SERVICE = 'control';

/** Until the HA store is asked again that gave an error. */
const STORE_RETRY_MS = 20;

export interface JobManagerOptions {
  /**
   * Metadata object of a savepoint, perhaps another job's: the first submission starts from it. Looked at only while the
   * HA store knows nothing of the job's checkpoints, so a restarted job manager does not fall back to it. Vertices are
   * matched by uid; state of an operator that the job does not have is an error by name. It is a fork: transactions of
   * another job are left to that job, so the output before the savepoint is not repeated here, and the job's sinks
   * should write to topics of their own. The savepoint must stay where it is until a checkpoint of the job is complete.
   */
  readonly restoreFrom?: string;
}

/** Starts a job manager in this process. */
export function createJobManager(
  ports: Ports,
  job: JobSpec,
  config: JobConfig,
  parts: Parts,
  options: JobManagerOptions = {},
): JobManager {
  checkJobConfig(config);
  return new JobManager(ports, job, config, parts, options);
}

/** A job that has ended with a savepoint. */
export interface Stopped {
  /** Its metadata object. */
  readonly savepoint: string;
  readonly drained: boolean;
}

export class JobManager {
  readonly #ports: Ports;
  readonly #job: JobSpec;
  readonly #config: JobConfig;
  readonly #parts: Parts;
  readonly #options: JobManagerOptions;
  readonly #store: CompletedStore;
  readonly #restarts: RestartStrategy;
  readonly #registrations = new Map<ProcessId, Registration>();
  #leaderEpoch = 0;
  #parallelism: number;
  /** In a row, without a completed checkpoint in between. */
  #failures = 0;
  #restarted = false;
  #attempt: Attempt | undefined;
  #lastAttempt = 0;
  #registered: Deferred<void> | undefined;
  #stopped: Stopped | undefined;
  #resumed: Deferred<void> | undefined;

  constructor(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts, options: JobManagerOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#config = config;
    this.#parts = parts;
    this.#options = options;
    this.#store = new CompletedStore(ports.ha, job.name);
    this.#restarts = parts.restartStrategy(config);
    this.#parallelism = config.parallelism;
    ports.scope.spawn('job', this.#run());
  }

  /**
   * Goes on at another parallelism from the newest completed checkpoint. Returns why not, if it cannot be: then
   * nothing changes.
   */
  rescale(parallelism: number): string | undefined {
    try {
      physicalGraph(this.#job, parallelism);
    } catch (error) {
      return messageOf(error);
    }
    this.#parallelism = parallelism;
    this.#attempt?.fail(`rescaled to parallelism ${parallelism}`);
    return undefined;
  }

  /**
   * Takes a savepoint as soon as the checkpoints under way allow it: `savepoint`, and the job goes on; `stop` or `drain`,
   * and the job ends with it, without or with the end of event time. Returns why not, if it cannot be. An attempt that
   * ends before the savepoint is complete forgets it.
   */
  savepoint(kind: Exclude<CheckpointKind, 'checkpoint'>): string | undefined {
    if (this.#stopped !== undefined) return `the job is stopped with savepoint ${this.#stopped.savepoint}`;
    return this.#attempt === undefined ? 'no attempt of the job is under way' : this.#attempt.savepoint(kind);
  }

  /** Set once the job has ended with a savepoint, and until it is resumed. */
  get stopped(): Stopped | undefined {
    return this.#stopped;
  }

  /** Goes on from the savepoint that the job was stopped with. Returns why not, if it cannot be: then nothing changes. */
  resume(parallelism = this.#parallelism): string | undefined {
    const stopped = this.#stopped;
    if (stopped === undefined || this.#resumed === undefined) return 'the job is not stopped';
    if (stopped.drained)
      return `the job was drained: event time has ended in savepoint ${stopped.savepoint}, nothing can go on from it`;
    try {
      physicalGraph(this.#job, parallelism);
    } catch (error) {
      return messageOf(error);
    }
    this.#parallelism = parallelism;
    const resumed = this.#resumed;
    this.#resumed = undefined;
    this.#stopped = undefined;
    resumed.resolve();
    return undefined;
  }

  /** For the wait-for explanation. */
  waiting(): readonly string[] {
    return this.#attempt?.waiting() ?? [];
  }

  // ---- the job

  *#run(): Coroutine<void> {
    const lease = yield* this.#ports.ha.lease(`leader/${this.#job.name}`);
    this.#leaderEpoch = lease.epoch;
    // Somebody else may lead from now on: nothing of this process goes on.
    lease.onLost(() => {
      this.#ports.scope.cancel();
    });
    this.#listen();
    this.#watchHeartbeats();
    try {
      yield* this.#submit();
    } catch (error) {
      if (!(error instanceof JobError || error instanceof IoError)) throw error;
      this.#jobEnded('failed', error.message);
      return;
    }
    if (this.#store.entry.stopped) yield* this.#stoppedBefore('its job manager was lost');
    for (;;) {
      const end = yield* this.#runAttempt();
      if (end.kind === 'finished') {
        this.#jobEnded('finished', '');
        return;
      }
      if (end.kind === 'stopped') {
        yield* this.#untilResumed('stopped', end.savepoint);
        continue;
      }
      if ((yield* this.#readStore()).stopped) {
        yield* this.#stoppedBefore(end.message);
        continue;
      }
      this.#failures = end.completedCheckpoint ? 1 : this.#failures + 1;
      const delay = this.#restarts.next(this.#failures);
      if (delay === undefined || end.kind === 'fatal') {
        const tries = end.kind === 'fatal' ? '' : `${this.#failures} attempts in a row failed, the last one so: `;
        this.#jobEnded('failed', `${tries}${end.message}`);
        return;
      }
      if (this.#config.parallelismAfterRestart > 0 && !this.#restarted) {
        this.#parallelism = this.#config.parallelismAfterRestart;
      }
      this.#restarted = true;
      yield* this.#ports.clock.sleep(delay);
    }
  }

  #jobEnded(status: 'finished' | 'stopped' | 'failed', message: string): void {
    // A job manager that finds the job stopped has run no attempt of it.
    const attempt = Math.max(
      this.#lastAttempt,
      this.#stopped === undefined ? 0 : (this.#store.entry.savepoint?.attempt ?? 0),
    );
    this.#ports.probe.jobEnded?.({ attempt, status, message });
  }

  *#readStore(): Coroutine<JobCheckpoints> {
    for (;;) {
      try {
        return yield* this.#store.read();
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        yield* this.#ports.clock.sleep(STORE_RETRY_MS);
      }
    }
  }

  /** What the job starts from, if nothing is known of it yet. */
  *#submit(): Coroutine<void> {
    yield* this.#readStore();
    const { restoreFrom } = this.#options;
    if (restoreFrom === undefined || this.#store.exists) return;
    const { checkpoint, attempt } = yield* this.#readSavepoint(restoreFrom);
    yield* this.#store.submit({ checkpoint, attempt, metadata: restoreFrom });
  }

  *#readSavepoint(metadata: string): Coroutine<CheckpointMetadata> {
    const bytes = yield* this.#ports.objects.get(metadata);
    if (bytes === undefined) throw new JobError(`savepoint ${metadata} cannot be restored: there is no such object`);
    return readMetadata(bytes);
  }

  // ---- stopped

  /** The savepoint is complete, and it is not known whether all tasks have committed. All tasks are cancelled or nobody's. */
  *#stoppedBefore(why: string): Coroutine<void> {
    const { savepoint, drained } = this.#store.entry;
    const path = savepoint?.metadata ?? '?';
    const message = `StoppedWithSavepoint: stopped with savepoint ${path}, but ${why}`;
    if (!drained) {
      yield* this.#untilResumed('failed', `${message}; resume from it to commit the rest of its output`);
      return;
    }
    try {
      yield* commitNamed(this.#ports, yield* this.#readSavepoint(path));
    } catch (error) {
      if (!(error instanceof JobError || error instanceof IoError)) throw error;
      yield* this.#untilResumed('failed', `${message}; its output could not be committed: ${error.message}`);
      return;
    }
    yield* this.#untilResumed('stopped', path);
  }

  /** States the end, and waits for `resume`; for ever, if the job was drained. */
  *#untilResumed(status: 'stopped' | 'failed', message: string): Coroutine<void> {
    const { savepoint, drained } = this.#store.entry;
    this.#stopped = { savepoint: savepoint?.metadata ?? '?', drained };
    const resumed = new Deferred<void>('somebody to resume the stopped job');
    this.#resumed = resumed;
    this.#jobEnded(status, message);
    yield* resumed;
    this.#failures = 0;
    // As long as it is not known to be written nothing may run: the next job manager would end the job again.
    while (this.#store.entry.stopped) {
      try {
        yield* this.#store.resume();
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        yield* this.#ports.clock.sleep(STORE_RETRY_MS);
        yield* this.#readStore();
      }
    }
  }

  *#runAttempt(): Coroutine<AttemptEnd> {
    const attempt = new Attempt({
      ports: this.#ports,
      job: this.#job,
      config: this.#config,
      parts: this.#parts,
      leaderEpoch: this.#leaderEpoch,
      parallelism: this.#parallelism,
      store: this.#store,
      registrations: this.#registrations,
      slots: (needed) => this.#slots(needed),
      send: (to, kind, header, body) => {
        this.#send(to, kind, header, body);
      },
    });
    this.#attempt = attempt;
    try {
      return yield* attempt.run();
    } finally {
      this.#lastAttempt = Math.max(this.#lastAttempt, attempt.number);
      this.#attempt = undefined;
    }
  }

  /** Waits until the registered task managers have that many slots. */
  *#slots(needed: number): Coroutine<void> {
    for (;;) {
      let slots = 0;
      for (const registration of this.#registrations.values()) slots += registration.slots;
      if (slots >= needed) return;
      this.#registered = new Deferred(`${needed} slots (${slots} are registered)`);
      yield* this.#registered;
    }
  }

  // ---- task managers

  #listen(): void {
    this.#ports.network.listen(CONTROL_SERVICE, (connection) => {
      let registration: Registration | undefined;
      const handlers: MessageHandlers<'jobManager'> = {
        register: (_, body) => {
          registration = this.#register(connection, body);
        },
        heartbeat: (header) => {
          if (registration === undefined) return;
          this.#send(registration, 'heartbeat', { ...header, leaderEpoch: this.#leaderEpoch }, {});
        },
      };
      connection.onReceive((bytes) => {
        if (registration !== undefined) registration.lastHeard = this.#ports.clock.monotonic();
        const message = openMessage(bytes);
        if (message.isTo('attempt')) this.#toAttempt(message, registration);
        else message.deliver(handlers, undefined);
      });
      connection.onClosed(() => {
        if (registration !== undefined) this.#lost(registration, 'its connection closed');
      });
    });
  }

  #register(connection: Connection, body: Body<'register'>): Registration {
    const { taskManager, host, slots } = body;
    const before = this.#registrations.get(taskManager);
    if (before !== undefined) this.#lost(before, 'it registered again');
    const registration: Registration = {
      taskManager,
      host,
      slots,
      connection,
      lastHeard: this.#ports.clock.monotonic(),
    };
    this.#registrations.set(taskManager, registration);
    const attempt = Math.max(this.#lastAttempt, this.#attempt?.number ?? 0);
    const header = { leaderEpoch: this.#leaderEpoch, attempt, checkpoint: -1 };
    this.#send(registration, 'registered', header, {});
    // Unless an attempt is under way, whatever still runs there is over.
    if (this.#attempt?.underWay !== true) this.#send(registration, 'cancel', header, {});
    const waiting = this.#registered;
    this.#registered = undefined;
    waiting?.resolve();
    return registration;
  }

  #lost(registration: Registration, why: string): void {
    if (this.#registrations.get(registration.taskManager) !== registration) return;
    this.#registrations.delete(registration.taskManager);
    registration.connection.close();
    this.#attempt?.onLost(registration, why);
  }

  #watchHeartbeats(): void {
    const { clock } = this.#ports;
    const check = (): void => {
      const now = clock.monotonic();
      for (const registration of [...this.#registrations.values()]) {
        if (now - registration.lastHeard > this.#config.heartbeatTimeoutMs)
          this.#lost(registration, 'its heartbeats stopped');
      }
      clock.timer(this.#config.heartbeatIntervalMs, check);
    };
    clock.timer(this.#config.heartbeatIntervalMs, check);
  }

  #send<K extends MessageKind>(to: Registration, kind: K, header: MessageHeader, body: Body<K>): void {
    to.connection.send(encodeMessage(kind, header, body));
  }

  /** What a zombie or a former leader's task says is dropped here. */
  #toAttempt(message: IncomingMessage, from: Registration | undefined): void {
    const { leaderEpoch, attempt } = message.header;
    if (leaderEpoch !== this.#leaderEpoch || attempt !== this.#attempt?.number) return;
    message.deliver(this.#attempt.handlers, from);
  }
}
