/**
 * The job manager: leads while it holds the lease, and then takes registrations of task managers and has the job run.
 *
 *   lease -> listen, watch heartbeats -> job master (attempt by attempt)        lease lost -> everything here ends
 *
 * Left out: regional failover, several candidates.
 */
import type { CheckpointKind } from '../barrier-options.ts';
import { checkJobConfig, type JobConfig } from '../config.ts';
import type { JobSpec } from '../job/spec.ts';
import { encodeMessage, type MessageHandlers, openMessage } from '../messages.ts';
import type { Parts } from '../parts.ts';
import type { Connection, Lease, Ports } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { BatchMaster } from './batch-master.ts';
import { checkJob } from './check-job.ts';
import { JobMaster, type JobMasterEnv } from './job-master.ts';
import { type Registration, sendTo } from './placement.ts';
import { Registrations } from './registrations.ts';
import { untilAnswered } from '../checkpoint/storage/until-answered.ts';
import type { Stopped } from './stopped-job.ts';

export const CONTROL_SERVICE = 'control';

export interface JobManagerOptions {
  /**
   * Metadata object of a savepoint, perhaps another job's: the first submission starts from it. Looked at only while the
   * HA store knows nothing of the job's checkpoints, so a restarted job manager does not fall back to it. Vertices are
   * matched by uid; state of an operator that the job does not have is an error by name. It is a fork: transactions of
   * another job are left to that job, so the output before the savepoint is not repeated here, and the job's sinks
   * should write to topics of their own. The savepoint must stay where it is until a checkpoint of the job is complete.
   */
  readonly restoreFrom?: string;
  /**
   * Claim mode: that savepoint is the job's own from now on, which deletes it, and everything beside it, once a checkpoint of the
   * job is complete. Default, no-claim: it is the user's, and never touched.
   */
  readonly claim?: boolean;
  /**
   * Start without the state of operators that this version of the job does not have (default: that is an error by name). Their
   * open transactions are left to the broker, which aborts them in time: the connector that could is gone.
   */
  readonly allowNonRestoredState?: boolean;
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
  checkJob(job, config);
  return new JobManager(ports, job, config, parts, options);
}

export class JobManager {
  readonly #ports: Ports;
  readonly #job: string;
  readonly #master: JobMaster | BatchMaster;
  readonly #registrations: Registrations;
  #leaderEpoch = 0;

  constructor(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts, options: JobManagerOptions) {
    this.#ports = ports;
    this.#job = job.name;
    this.#registrations = new Registrations(ports.clock, config, {
      registered: (registration) => {
        ports.probe.slotsChanged?.({ slots: this.#registrations.count });
        this.#master.onRegistered(registration);
      },
      lost: (registration, why) => {
        ports.probe.slotsChanged?.({ slots: this.#registrations.count });
        this.#master.onLost(registration, why);
      },
    });
    const env: JobMasterEnv = {
      ports,
      job,
      config,
      restarts: parts.restartStrategy(config),
      restoreFrom: options.restoreFrom,
      claim: options.claim ?? false,
      allowNonRestoredState: options.allowNonRestoredState ?? false,
      slots: this.#registrations,
    };
    this.#master = config.executionMode === 'batch' ? new BatchMaster(env) : new JobMaster(env);
    ports.scope.spawn('job', this.#run());
  }

  /**
   * Goes on at another parallelism from the newest completed checkpoint. Returns why not, if it cannot be: then
   * nothing changes.
   *
   * @param uid of an operator at the head of a chain: it alone, with those that forward edges join to it. Else the whole job:
   *   every operator that declares no parallelism.
   */
  rescale(parallelism: number, uid?: string): string | undefined {
    return this.#master.rescale(parallelism, uid);
  }

  /**
   * Takes a savepoint as soon as the checkpoints under way allow it: `savepoint`, and the job goes on (`checkpoint`: a
   * checkpoint, beside those that come by themselves); `stop` or `drain`,
   * and the job ends with it, without or with the end of event time. Returns why not, if it cannot be. An attempt that
   * ends before the savepoint is complete forgets it.
   */
  savepoint(kind: CheckpointKind): string | undefined {
    return this.#master.savepoint(kind);
  }

  /** Set once the job has ended with a savepoint, and until it is resumed. */
  get stopped(): Stopped | undefined {
    return this.#master.stopped;
  }

  /** Goes on from the savepoint that the job was stopped with. Returns why not, if it cannot be: then nothing changes. */
  resume(parallelism?: number): string | undefined {
    return this.#master.resume(parallelism);
  }

  /** For the wait-for explanation. */
  waiting(): readonly string[] {
    return this.#master.waiting();
  }

  *#run(): Coroutine<void> {
    const lease = yield* this.#leads();
    this.#leaderEpoch = lease.epoch;
    // Somebody else may lead from now on: nothing of this process goes on.
    lease.onLost(() => {
      this.#ports.scope.cancel();
    });
    this.#ports.network.listen(CONTROL_SERVICE, (connection) => {
      this.#accept(connection);
    });
    this.#registrations.watchHeartbeats();
    yield* this.#master.run(lease.epoch);
  }

  /** A session that is lost while this process waits for its turn is no reason to give up: it waits again, in a new one. */
  #leads(): Coroutine<Lease> {
    const { ha, clock } = this.#ports;
    return untilAnswered(clock, () => ha.lease(`leader/${this.#job}`));
  }

  #accept(connection: Connection): void {
    let registration: Registration | undefined;
    const handlers: MessageHandlers<'jobManager'> = {
      register: (_, body) => {
        registration = this.#registrations.register(connection, body);
      },
      heartbeat: ({ attempt, checkpoint }) => {
        if (registration === undefined) return;
        sendTo(registration, 'heartbeat', { leaderEpoch: this.#leaderEpoch, attempt, checkpoint }, {});
      },
      lookUp: (_, { operator }) => {
        const { attempt, ...located } = this.#master.locate(operator);
        const header = { leaderEpoch: this.#leaderEpoch, attempt, checkpoint: -1 };
        connection.send(encodeMessage('located', header, located));
      },
    };
    connection.onReceive((bytes) => {
      if (registration !== undefined) this.#registrations.heard(registration);
      const message = openMessage(bytes);
      if (message.isTo('attempt') || message.isTo('stage')) this.#master.onMessage(message, registration);
      else message.deliver(handlers, undefined);
    });
    connection.onClosed(() => {
      if (registration !== undefined) this.#registrations.lost(registration, 'its connection closed');
    });
  }
}
