/**
 * One attempt to run a stage of a batch job, from its placement to its end. Its number is claimed as that of any attempt.
 *
 *   slots -> claim a number -> sweep what dead attempts left -> deploy -> all tasks run -> all have finished
 *                                                                   '- one fails, or its task manager is lost: all are cancelled
 */
import { attemptPrefix, type PartitionResult, resultsPrefix, type StageResult } from '../batch/results.ts';
import { taskName } from '../checkpoint/coordinator/checkpoint-plan.ts';
import { deleteObjects } from '../checkpoint/storage/delete-prefix.ts';
import type { JobConfig } from '../config.ts';
import type { PhysicalGraph, PhysicalVertex } from '../graph/physical.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Body, MessageHandlers } from '../messages.ts';
import type { Ports } from '../ports.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import { claim } from './attempt-preparation.ts';
import { Deployment } from './deployment.ts';
import { Enumerators } from './enumerators.ts';
import { type Failure, failureOf, failureOfStart } from './failure.ts';
import type { Registration } from './placement.ts';
import type { SlotPool } from './reactive.ts';

export interface StageAttemptEnv {
  readonly ports: Ports;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly leaderEpoch: number;
  readonly graph: PhysicalGraph;
  readonly vertex: PhysicalVertex;
  /** What the finished stages have left. */
  readonly finished: readonly StageResult[];
  readonly slots: Pick<SlotPool, 'take'>;
}

export type StageEnd =
  | { readonly kind: 'finished'; readonly result: StageResult }
  /** `lost`: a result that it had to read is not whole any more. */
  | (Failure & { readonly lost?: PartitionResult });

interface Deployed {
  readonly deployment: Deployment;
  readonly enumerators: Enumerators;
  readonly notRunning: Set<string>;
  readonly notFinished: Set<string>;
}

export class StageAttempt {
  readonly #env: StageAttemptEnv;
  readonly #ended = new Deferred<StageEnd>('the end of the stage');
  readonly #scope: Scope;
  readonly handlers: MessageHandlers<'stage', Registration | undefined>;
  #number = 0;
  #deployed: Deployed | undefined;
  #result: StageResult;

  constructor(env: StageAttemptEnv) {
    this.#env = env;
    this.#scope = env.ports.scope.child('stage', (error) => {
      this.#end(failureOf(error, env.job, env.config));
    });
    this.#result = { stage: env.vertex.uid, attempt: 0, partitions: [], pending: [] };
    this.handlers = this.#messageHandlers();
  }

  /** 0 until it is claimed. */
  get number(): number {
    return this.#number;
  }

  /** Deployed and not over. */
  get underWay(): boolean {
    return this.#deployed !== undefined && !this.#ended.settled;
  }

  /** Idempotent. */
  fail(message: string): void {
    this.#end({ kind: 'failed', message });
  }

  *run(): Coroutine<StageEnd> {
    try {
      yield* this.#start();
    } catch (error) {
      this.#end(failureOfStart(error, this.#env.job, this.#env.config));
    }
    const end = yield* this.#ended;
    this.#scope.cancel();
    if (end.kind === 'finished') return end;
    this.#env.ports.probe.attemptFailed?.({ attempt: this.#number, message: end.message, fault: end.fault });
    if (this.#deployed !== undefined) yield* this.#deployed.deployment.cancel();
    return end;
  }

  waiting(): readonly string[] {
    if (this.#deployed === undefined) return [];
    const { notRunning, notFinished } = this.#deployed;
    const names = notRunning.size > 0 ? [...notRunning] : [...notFinished];
    const what = notRunning.size > 0 ? 'to run' : 'to finish';
    return names.length === 0 ? [] : [`attempt ${this.#number} waits for ${names.join(', ')} ${what}`];
  }

  /** A task manager is gone. */
  onLost(registration: Registration, why: string): void {
    const deployment = this.#deployed?.deployment;
    if (deployment?.uses(registration) === true) this.fail(`${registration.taskManager} is lost: ${why}`);
    deployment?.onCancelled(registration);
  }

  *#start(): Coroutine<void> {
    const { ports, job, config, leaderEpoch, graph, vertex, finished, slots } = this.#env;
    const most = Math.max(...graph.vertices.map(({ parallelism }) => parallelism));
    yield* slots.take(vertex.parallelism);
    const { attempt, ownersMax } = yield* claim({ ports, job, leaderEpoch }, most, 0);
    yield* this.#sweep(attempt);
    const placed = yield* slots.take(vertex.parallelism);
    this.#number = attempt;
    this.#result = { stage: vertex.uid, attempt, partitions: [], pending: [] };
    ports.probe.attemptStarting?.({
      attempt,
      leaderEpoch,
      restoredFrom: undefined,
      parallelism: new Map(graph.vertices.map((one) => [one.uid, one.parallelism])),
      stage: { vertex: vertex.uid, finished: new Map(finished.map((one) => [one.stage, one.attempt])) },
    });
    const deployment = new Deployment(ports, { leaderEpoch, attempt }, placed);
    const enumerators = new Enumerators([vertex], undefined, {
      ports,
      config,
      attempt,
      toSubtask: (subtask, kind, body) => {
        deployment.toSubtask(subtask, kind, body);
      },
    });
    const names = Array.from({ length: vertex.parallelism }, (_, subtask) => taskName(vertex.uid, subtask));
    this.#deployed = { deployment, enumerators, notRunning: new Set(names), notFinished: new Set(names) };
    const edges = new Set(vertex.inEdges.map(({ id }) => id));
    const inputs = finished.flatMap(({ partitions }) => partitions).filter(({ edge }) => edges.has(edge));
    deployment.deployStage({ parallelism: config.parallelism, stage: vertex.uid, ownersMax, inputs });
  }

  /** Objects of attempts whose results no finished stage names. */
  *#sweep(attempt: number): Coroutine<void> {
    const { ports, job, finished } = this.#env;
    const kept = finished.map((one) => attemptPrefix(job.name, one.attempt));
    const names = yield* ports.objects.list(resultsPrefix(job.name));
    const own = attemptPrefix(job.name, attempt);
    yield* deleteObjects(
      ports.objects,
      names.filter((name) => !name.startsWith(own) && !kept.some((prefix) => name.startsWith(prefix))),
    );
  }

  #messageHandlers(): MessageHandlers<'stage', Registration | undefined> {
    return {
      taskRunning: (_, { vertex, subtask }) => {
        const deployed = this.#deployed;
        if (this.#ended.settled || deployed === undefined) return;
        if (!deployed.notRunning.delete(taskName(vertex, subtask)) || deployed.notRunning.size > 0) return;
        this.#env.ports.probe.attemptRunning?.({ attempt: this.#number });
        deployed.enumerators.start(this.#scope);
      },
      dataFinished: () => undefined,
      taskFailed: (_, { vertex, subtask, message }) => {
        this.fail(`${vertex}[${subtask}] failed: ${message}`);
      },
      jobFault: (_, { vertex, subtask, message }) => {
        const text = `${vertex}[${subtask}] failed: ${message}`;
        if (this.#env.config.restartOnJobFaults) this.fail(text);
        else this.#end({ kind: 'fatal', message: text });
      },
      resultLost: (_, { vertex, subtask, partition, message }) => {
        this.#end({ kind: 'failed', message: `${vertex}[${subtask}] failed: ${message}`, lost: partition });
      },
      stageTaskFinished: (_, body) => {
        this.#onFinished(body);
      },
      attemptCancelled: (_, __, from) => {
        if (from !== undefined) this.#deployed?.deployment.onCancelled(from);
      },
    };
  }

  #onFinished({ vertex, subtask, partitions, pending }: Body<'stageTaskFinished'>): void {
    const deployed = this.#deployed;
    if (this.#ended.settled || deployed?.notFinished.delete(taskName(vertex, subtask)) !== true) return;
    const { stage, attempt, partitions: others, pending: prepared } = this.#result;
    this.#result = { stage, attempt, partitions: [...others, ...partitions], pending: [...prepared, ...pending] };
    if (deployed.notFinished.size === 0) this.#end({ kind: 'finished', result: this.#result });
  }

  #end(end: StageEnd): void {
    if (this.#ended.settled) return;
    this.#ended.resolve(end);
    this.#deployed?.deployment.end();
  }
}
