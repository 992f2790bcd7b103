/**
 * The job manager: leads while it holds the lease, keeps the registrations, and runs the job attempt by attempt.
 *
 *   lease -> wait for slots -> newest completed checkpoint -> claim attempt -> deploy -> running -> finished
 *                 ^                                                             |  task failed, task manager lost, rescale
 *                 '------ restart delay <- all tasks cancelled <----------------'
 *
 * A restart takes the newest completed checkpoint that the HA store lists at that moment, never another one; if it
 * cannot be read the job fails by name. Left out: regional failover, several candidates, savepoints.
 */
import type { JobSpec } from '../api/spec.ts';
import { messageOf } from '../errors.ts';
import { physicalGraph } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Connection, HostId, Ports, ProcessId } from '../ports.ts';
import { type Coroutine, Deferred } from '../waiting.ts';
import { Attempt, type AttemptEnd } from './attempt.ts';
import { checkJobConfig, type JobConfig } from './config.ts';
import { dispatchMessage, encodeMessage, type Body, type MessageHandlers, type MessageHeader, type MessageKind } from './messages.ts';
import type { RestartStrategy } from './restart-strategy.ts';

export const CONTROL_SERVICE = 'control';

/** Starts a job manager in this process. */
export function createJobManager(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts): JobManager {
  checkJobConfig(config);
  return new JobManager(ports, job, config, parts);
}

/** A registered task manager. A new registration of the same one replaces it. */
export interface Registration {
  readonly taskManager: ProcessId;
  readonly host: HostId;
  readonly slots: number;
  readonly connection: Connection;
  lastHeard: number;
}

export class JobManager {
  readonly #ports: Ports;
  readonly #job: JobSpec;
  readonly #config: JobConfig;
  readonly #parts: Parts;
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

  constructor(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts) {
    this.#ports = ports;
    this.#job = job;
    this.#config = config;
    this.#parts = parts;
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
    for (;;) {
      const end = yield* this.#runAttempt();
      if (end.kind === 'finished') return;
      this.#failures = end.completedCheckpoint ? 1 : this.#failures + 1;
      const delay = this.#restarts.next(this.#failures);
      if (delay === undefined || end.kind === 'fatal') {
        const tries = end.kind === 'fatal' ? '' : `${this.#failures} attempts in a row failed, the last one so: `;
        this.#ports.probe.jobEnded?.({ attempt: end.attempt, status: 'failed', message: `${tries}${end.message}` });
        return;
      }
      if (this.#config.parallelismAfterRestart > 0 && !this.#restarted) {
        this.#parallelism = this.#config.parallelismAfterRestart;
      }
      this.#restarted = true;
      yield* this.#ports.clock.sleep(delay);
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
      const handlers = this.#handlers(
        () => registration,
        (body) => {
          registration = this.#register(connection, body);
        },
      );
      connection.onReceive((bytes) => {
        if (registration !== undefined) registration.lastHeard = this.#ports.clock.monotonic();
        dispatchMessage(bytes, handlers);
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
        if (now - registration.lastHeard > this.#config.heartbeatTimeoutMs) this.#lost(registration, 'its heartbeats stopped');
      }
      clock.timer(this.#config.heartbeatIntervalMs, check);
    };
    clock.timer(this.#config.heartbeatIntervalMs, check);
  }

  #send<K extends MessageKind>(to: Registration, kind: K, header: MessageHeader, body: Body<K>): void {
    to.connection.send(encodeMessage(kind, header, body));
  }

  /** The current attempt, if the message is of it: what a zombie or a former leader's task says is dropped here. */
  #current(header: MessageHeader): Attempt | undefined {
    if (header.leaderEpoch !== this.#leaderEpoch || header.attempt !== this.#attempt?.number) return undefined;
    return this.#attempt;
  }

  #handlers(registered: () => Registration | undefined, register: (body: Body<'register'>) => void): MessageHandlers {
    return {
      register: (_, body) => {
        register(body);
      },
      heartbeat: (header) => {
        const to = registered();
        if (to !== undefined) this.#send(to, 'heartbeat', { ...header, leaderEpoch: this.#leaderEpoch }, {});
      },
      taskRunning: (header, body) => {
        this.#current(header)?.onTaskRunning(body.vertex, body.subtask);
      },
      acknowledge: (header, body) => {
        this.#current(header)?.onAcknowledge(header, body);
      },
      decline: (header) => {
        this.#current(header)?.onDecline(header.checkpoint);
      },
      taskFailed: (header, body) => {
        this.#current(header)?.fail(`${body.vertex}[${body.subtask}] failed: ${body.message}`);
      },
      dataFinished: (header, body) => {
        this.#current(header)?.onDataFinished(body.vertex, body.subtask);
      },
      taskFinished: (header, body) => {
        this.#current(header)?.onTaskFinished(body.vertex, body.subtask);
      },
      attemptCancelled: (header) => {
        const from = registered();
        if (from !== undefined) this.#current(header)?.onCancelled(from);
      },
    };
  }
}
