/**
 * One attempt to run the job, from its placement to its end. Its number is claimed in the HA store, so it rises over
 * every leader; every message carries it.
 *
 *   prepare -> deploy -> all tasks run -> checkpoints, splits -> end -> all tasks cancelled
 *
 *   end       | when
 *   ----------|-----------------------------------------------------------------------------------------------
 *   finished  | all tasks have finished, and no stop-with-savepoint was complete
 *   stopped   | all tasks have finished, and one was
 *   failed    | anything else; whether a stop was complete before it, the HA store says (the job master looks)
 *   fatal     | as failed, and a restart cannot help
 */
import { type CheckpointKind, DECLINE_REASONS } from '../barrier-options.ts';
import { taskName } from '../checkpoint/coordinator/checkpoint-plan.ts';
import { CheckpointCoordinator } from '../checkpoint/coordinator/coordinator.ts';
import { assert, messageOf } from '../errors.ts';
import type { EnumeratorState } from '../connectors/connector-state.ts';
import { adoptedKeyGroups, type KeyGroupNumbers, type PhysicalGraph, undeclaredKeyGroups } from '../graph/physical.ts';
import type { MessageHandlers } from '../messages.ts';
import type { Ms } from '../ports.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import { type AttemptEnv, type PreparedAttempt, prepareAttempt } from './attempt-preparation.ts';
import { Alignment } from './alignment.ts';
import { assignTasks, Deployment } from './deployment.ts';
import { Enumerators } from './enumerators.ts';
import { type Failure, failureOf, failureOfStart } from './failure.ts';
import { type Located, located, notRunning } from './located.ts';
import type { Registration, Slot } from './placement.ts';
import { noProgress, type TaskProgress } from './task-progress.ts';

type End =
  | { readonly kind: 'finished' }
  /** `savepoint`: its metadata object. */
  | { readonly kind: 'stopped'; readonly savepoint: string }
  | Failure;
export interface AttemptEnd {
  readonly attempt: number;
  readonly end: End;
  /** The attempt got on: a checkpoint of it was completed. */
  readonly completedCheckpoint: boolean;
}

/** What is there once the attempt is deployed. */
interface Deployed {
  readonly graph: PhysicalGraph;
  /** Of what declares none. */
  readonly parallelism: number;
  readonly atMs: Ms;
  readonly slots: readonly Slot[];
  readonly deployment: Deployment;
  readonly progress: TaskProgress;
  readonly coordinator: CheckpointCoordinator;
  readonly enumerators: Enumerators;
  readonly alignment: Alignment;
}

export class Attempt {
  readonly #env: AttemptEnv;
  readonly #ended = new Deferred<End>('the end of the attempt');
  readonly #scope: Scope;
  /** `from`: the task manager that says so, if it is registered. */
  readonly handlers: MessageHandlers<'attempt', Registration | undefined>;
  #number = 0;
  #deployed: Deployed | undefined;
  /** A stop-with-savepoint is complete: there is no way back. */
  #stoppedWith: string | undefined;

  constructor(env: AttemptEnv) {
    this.#env = env;
    this.#scope = env.ports.scope.child('attempt', (error) => {
      this.#end(failureOf(error, env.job, env.config));
    });
    this.handlers = this.#messageHandlers();
  }

  /** 0 until it is claimed. */
  get number(): number {
    return this.#number;
  }

  /** See `undeclaredKeyGroups`; undefined until it is deployed. */
  get keyGroups(): KeyGroupNumbers | undefined {
    return this.#deployed && undeclaredKeyGroups(this.#deployed.graph);
  }

  get failing(): boolean {
    return this.#ended.settled;
  }

  /** Deployed and not over. */
  get underWay(): boolean {
    return this.#deployed !== undefined && !this.failing;
  }

  /** Undefined: it is not, or over. */
  get deployed(): { readonly parallelism: number; readonly atMs: Ms } | undefined {
    return this.underWay ? this.#deployed : undefined;
  }

  /** A person has asked for its end by a savepoint. */
  get stopAsked(): boolean {
    return this.#stoppedWith !== undefined || this.#deployed?.coordinator.stopAsked === true;
  }

  /** Fails the attempt. Idempotent. */
  fail(message: string): void {
    this.#end({ kind: 'failed', message });
  }

  /** Takes a savepoint as soon as it may be. Returns why not, if there is nothing to take one of. */
  savepoint(kind: CheckpointKind): string | undefined {
    if (this.failing || this.#deployed === undefined) return 'no attempt of the job is under way';
    if (this.#stoppedWith !== undefined) return `the job is being stopped with savepoint ${this.#stoppedWith}`;
    this.#deployed.coordinator.requestSavepoint(kind);
    return undefined;
  }

  /** See `JobMaster.locate`. */
  locate(operator: string): Located {
    if (this.#deployed === undefined) return notRunning(this.#number);
    const { graph, slots, progress } = this.#deployed;
    return located(this.#number, graph, slots, operator, !this.failing && progress.notRunning.size === 0);
  }

  *run(): Coroutine<AttemptEnd> {
    try {
      const prepared = yield* prepareAttempt(this.#env);
      this.#number = prepared.number;
      this.#deploy(prepared);
    } catch (error) {
      this.#end(failureOfStart(error, this.#env.job, this.#env.config));
    }
    const end = yield* this.#ended;
    const deployed = this.#deployed;
    const attempt = this.#number;
    const completedCheckpoint = deployed?.coordinator.completedAny ?? false;
    this.#scope.cancel();
    if (end.kind === 'failed' || end.kind === 'fatal') {
      this.#env.ports.probe.attemptFailed?.({ attempt, message: end.message, fault: end.fault });
      if (deployed !== undefined) yield* deployed.deployment.cancel();
    }
    return { attempt, end, completedCheckpoint };
  }

  waiting(): readonly string[] {
    if (this.#deployed === undefined) return [];
    const { coordinator, progress } = this.#deployed;
    const lines = [...coordinator.waiting()];
    if (progress.notRunning.size > 0)
      lines.push(`attempt ${this.#number} waits for ${[...progress.notRunning].join(', ')} to run`);
    return lines;
  }

  /** A task manager is gone. */
  onLost(registration: Registration, why: string): void {
    const deployment = this.#deployed?.deployment;
    if (deployment?.uses(registration) === true) this.fail(`${registration.taskManager} is lost: ${why}`);
    deployment?.onCancelled(registration);
  }

  #deploy({ number, scale, graph, slots, metadata, owned, shared, ownersMax }: PreparedAttempt): void {
    const { ports, job, config, leaderEpoch, store } = this.#env;
    const { parallelism } = scale;
    ports.probe.attemptStarting?.({
      attempt: number,
      leaderEpoch,
      restoredFrom: metadata?.checkpoint,
      parallelism: new Map(graph.vertices.map((vertex) => [vertex.uid, vertex.parallelism])),
    });
    const tasks = assignTasks(graph, metadata, owned, slots);
    const deployment = new Deployment(ports, { leaderEpoch, attempt: number }, slots);
    const enumerators = new Enumerators(graph.vertices, metadata, {
      ports,
      config,
      attempt: number,
      toSubtask: (subtask, kind, body) => {
        deployment.toSubtask(subtask, kind, body);
      },
    });
    const alignment = new Alignment(graph, {
      attempt: number,
      probe: ports.probe,
      tell: (source, subtask, limit) => {
        deployment.toSubtask(subtask, 'alignmentLimit', { source, subtask, limit });
      },
    });
    const progress = noProgress(graph);
    const coordinator = new CheckpointCoordinator({
      attempt: {
        job: job.name,
        attempt: number,
        leaderEpoch,
        parallelism,
        graph,
        restoredFrom: metadata?.checkpoint ?? 0,
        shared,
      },
      ports,
      config,
      scope: this.#scope,
      store,
      enumerators: () => this.#stateOf(enumerators),
      tasks: deployment,
      listener: {
        failed: (message) => {
          // A stop that came to nothing when all tasks had finished by themselves is no failure.
          if (progress.notFinished.size === 0) this.#end({ kind: 'finished' });
          else this.fail(message);
        },
        deposed: (error) => {
          this.#end({ kind: 'fatal', message: messageOf(error) });
        },
        stopped: (savepoint) => {
          this.#stoppedWith = savepoint;
          this.#endIfAllFinished();
        },
      },
    });
    const atMs = ports.clock.monotonic();
    this.#deployed = { graph, parallelism, atMs, slots, deployment, progress, coordinator, enumerators, alignment };
    const scaled = [...scale.vertices].map(([vertex, own]) => ({ vertex, parallelism: own }));
    const keyGroups = [...adoptedKeyGroups(graph)].map(([vertex, maxParallelism]) => ({ vertex, maxParallelism }));
    const restoredFrom = metadata?.checkpoint ?? -1;
    deployment.deploy(tasks, { parallelism, scaled, restoredFrom, ownersMax }, keyGroups);
    this.#env.deployed();
  }

  #stateOf(enumerators: Enumerators): readonly EnumeratorState[] | undefined {
    try {
      return enumerators.snapshot();
    } catch (error) {
      const failure = failureOf(error, this.#env.job, this.#env.config);
      if (failure.fault === undefined) throw error;
      this.#end(failure);
      return undefined;
    }
  }

  /** The job manager hands over only what is of this attempt. */
  #messageHandlers(): MessageHandlers<'attempt', Registration | undefined> {
    return {
      taskRunning: (_, { vertex, subtask }) => {
        if (this.failing || this.#deployed === undefined) return;
        const { coordinator, enumerators, progress } = this.#deployed;
        if (!progress.notRunning.delete(taskName(vertex, subtask)) || progress.notRunning.size > 0) return;
        this.#env.ports.probe.attemptRunning?.({ attempt: this.#number });
        coordinator.start();
        enumerators.start(this.#scope);
      },
      acknowledge: ({ attempt, checkpoint }, { vertex, subtask, snapshot, metrics }) => {
        if (this.failing) return;
        this.#deployed?.coordinator.onAcknowledge(checkpoint, { vertex, subtask, attempt }, snapshot, metrics);
      },
      decline: ({ checkpoint }, { vertex, subtask, reason: text }) => {
        const reason = DECLINE_REASONS.find((candidate) => candidate === text);
        assert(reason !== undefined, () => `${vertex}[${subtask}] declines for no known reason: ${text}`);
        if (!this.failing) this.#deployed?.coordinator.onDecline(checkpoint, reason);
      },
      taskFailed: (_, { vertex, subtask, message }) => {
        this.fail(`${vertex}[${subtask}] failed: ${message}`);
      },
      jobFault: (_, { vertex, subtask, message }) => {
        const text = `${vertex}[${subtask}] failed: ${message}`;
        if (this.#env.config.restartOnJobFaults) this.fail(text);
        else this.#end({ kind: 'fatal', message: text });
      },
      dataFinished: (_, { vertex, subtask }) => {
        if (this.failing) return;
        this.#deployed?.coordinator.onDataFinished(vertex, subtask);
        this.#deployed?.alignment.ended(vertex, subtask);
      },
      watermarkReport: (_, { vertex, subtask, watermark }) => {
        if (!this.failing) this.#deployed?.alignment.report(vertex, subtask, watermark);
      },
      taskFinished: (_, { vertex, subtask }) => {
        if (this.#deployed?.progress.notFinished.delete(taskName(vertex, subtask)) !== true) return;
        if (!this.failing) this.#deployed.coordinator.onTaskFinished(vertex, subtask);
        this.#endIfAllFinished();
      },
      attemptCancelled: (_, __, from) => {
        if (from !== undefined) this.#deployed?.deployment.onCancelled(from);
      },
    };
  }

  #endIfAllFinished(): void {
    if (this.#deployed === undefined) return;
    const { coordinator, progress } = this.#deployed;
    // A stop that is with the stores decides which end it is.
    if (progress.notFinished.size > 0 || coordinator.stopUndecided) return;
    const savepoint = this.#stoppedWith;
    this.#end(savepoint === undefined ? { kind: 'finished' } : { kind: 'stopped', savepoint });
  }

  #end(end: End): void {
    if (this.#ended.settled) return;
    this.#ended.resolve(end);
    this.#deployed?.deployment.end();
    this.#deployed?.coordinator.stop(end.kind === 'finished' || end.kind === 'stopped' ? 'stopped' : 'failover');
  }
}
