/**
 * A task manager: keeps a connection to the job manager, deploys the tasks of an attempt, passes letters in and
 * reports out.
 *
 * The job manager drops what is out of date by leader epoch and attempt, and so does a task manager. Tasks go on without
 * a job manager for `heartbeatTimeoutMs`, then they are cancelled.
 */
import { checkJob } from './check-job.ts';
import { optionsFromBody } from '../channels/barrier-codec.ts';
import { checkJobConfig, type JobConfig } from '../config.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Body, MessageHandlers, MessageHeader } from '../messages.ts';
import type { Parts } from '../parts.ts';
import type { Address, Ports, Timer } from '../ports.ts';
import { DataPlane } from '../task/data-plane.ts';
import { releaseHost } from '../state/host-files.ts';
import { JobManagerConnection } from './job-manager-connection.ts';
import { type RunningAttempt, runningAttempt, type RunningAttemptEnv, runningStage } from './running-attempt.ts';
import { serveState } from './state-server.ts';

/** Where a task manager finds its job manager. */
export interface TaskManagerOptions {
  readonly jobManager: Address;
}

/** Starts a task manager in this process. */
export function createTaskManager(
  ports: Ports,
  job: JobSpec,
  config: JobConfig,
  parts: Parts,
  options: TaskManagerOptions,
): TaskManager {
  checkJobConfig(config);
  checkJob(job, config);
  return new TaskManager(ports, job, config, parts, options);
}

export class TaskManager {
  readonly #ports: Ports;
  readonly #job: string;
  readonly #config: JobConfig;
  readonly #attempts: RunningAttemptEnv;
  readonly #connection: JobManagerConnection;
  #leaderEpoch = 0;
  #running: RunningAttempt | undefined;
  #orphanTimer: Timer | undefined;

  constructor(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts, options: TaskManagerOptions) {
    this.#ports = ports;
    this.#job = job.name;
    this.#config = config;
    this.#attempts = {
      ports,
      job,
      config,
      parts,
      data: new DataPlane(ports, config),
      report: (attempt, kind, checkpoint, body) => {
        this.#connection.report(kind, this.#header(checkpoint, attempt), body);
      },
    };
    if (config.queryableState) serveState(ports, () => this.#running);
    const handlers = this.#messageHandlers();
    this.#connection = new JobManagerConnection(ports, config, options.jobManager, {
      header: () => this.#header(-1),
      received: (message) => {
        message.deliver(handlers, undefined);
      },
      lost: () => {
        this.#armOrphanTimer();
      },
    });
  }

  /** What each task waits for: for the wait-for explanation. */
  waiting(): readonly string[] {
    return this.#running?.waiting() ?? [];
  }

  /** Without a job manager for too long, the tasks belong to no attempt any more. */
  #armOrphanTimer(): void {
    this.#orphanTimer?.cancel();
    this.#orphanTimer = this.#ports.clock.timer(this.#config.heartbeatTimeoutMs, () => {
      this.#cancelAttempt();
    });
  }

  #header(checkpoint: number, attempt = this.#running?.attempt ?? 0): MessageHeader {
    return { leaderEpoch: this.#leaderEpoch, attempt, checkpoint };
  }

  // ---- messages of the job manager

  #messageHandlers(): MessageHandlers<'taskManager'> {
    return {
      heartbeat: () => undefined,
      registered: (header) => {
        this.#onRegistered(header);
      },
      deploy: (header, body) => {
        this.#deploy(header, body, []);
      },
      deployAdopting: (header, body) => {
        this.#deploy(header, body, body.keyGroups);
      },
      deployStage: (header, body) => {
        if (header.leaderEpoch < this.#leaderEpoch) return;
        this.#cancelAttempt();
        this.#leaderEpoch = header.leaderEpoch;
        this.#running = runningStage(this.#attempts, header.attempt, body);
        this.#running.start();
      },
      cancel: (header) => {
        if (header.leaderEpoch < this.#leaderEpoch || (this.#running?.attempt ?? 0) > header.attempt) return;
        this.#cancelAttempt();
        this.#connection.report('attemptCancelled', this.#header(-1, header.attempt), {});
      },
      release: (header) => {
        if (header.leaderEpoch < this.#leaderEpoch || (this.#running?.attempt ?? 0) > header.attempt) return;
        this.#cancelAttempt();
        this.#ports.scope.spawn('release', releaseHost(this.#ports.disk, this.#job));
      },
      trigger: (header, body) => {
        const { checkpoint } = header;
        const { triggeredAt, tasks } = body;
        const options = optionsFromBody(body.options);
        for (const { vertex, subtask } of tasks) {
          const letter = { kind: 'trigger', checkpoint, triggeredAt, options } as const;
          this.#current(header)?.toTaskIfHere(vertex, subtask, letter);
        }
      },
      notifyComplete: (header) => {
        this.#current(header)?.toAll({ kind: 'notify-complete', checkpoint: header.checkpoint });
      },
      notifyAborted: (header, { latestCompleted }) => {
        this.#current(header)?.toAll({ kind: 'notify-aborted', checkpoint: header.checkpoint, latestCompleted });
      },
      addSplits: (header, { source, subtask, splits }) => {
        this.#current(header)?.toTask(source, subtask, { kind: 'add-splits', splits });
      },
      noMoreSplits: (header, { source, subtask }) => {
        this.#current(header)?.toTask(source, subtask, { kind: 'no-more-splits' });
      },
      alignmentLimit: (header, { source, subtask, limit }) => {
        this.#current(header)?.toTask(source, subtask, { kind: 'alignment-limit', limit });
      },
    };
  }

  #deploy(header: MessageHeader, body: Body<'deploy'>, keyGroups: Body<'deployAdopting'>['keyGroups']): void {
    if (header.leaderEpoch < this.#leaderEpoch) return;
    this.#cancelAttempt();
    this.#leaderEpoch = header.leaderEpoch;
    this.#running = runningAttempt(this.#attempts, header.attempt, body, keyGroups);
    this.#running.start();
  }

  /** What runs here, if the message is of its attempt. */
  #current(header: MessageHeader): RunningAttempt | undefined {
    if (header.leaderEpoch !== this.#leaderEpoch || header.attempt !== this.#running?.attempt) return undefined;
    return this.#running;
  }

  #onRegistered(header: MessageHeader): void {
    this.#orphanTimer?.cancel();
    this.#orphanTimer = undefined;
    const outdated = header.leaderEpoch > this.#leaderEpoch || header.attempt > (this.#running?.attempt ?? 0);
    this.#connection.sendOutbox();
    if (outdated) this.#cancelAttempt();
    this.#leaderEpoch = header.leaderEpoch;
  }

  #cancelAttempt(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.cancel();
  }
}
