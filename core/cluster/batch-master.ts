/**
 * Runs a batch job, stage by stage, while its job manager leads (SEMANTICS E3). A stage is a chain with all its subtasks: every
 * exchange is blocking, so that none runs while another does.
 *
 *   first stage that has not finished -> StageAttempt -> finished: the HA store names its result -> the next one
 *        ^                                  | failed: it runs again from its inputs
 *        '------ restart delay <------------| a result that it reads is gone: so do the stage that left it and all behind that
 *
 *   all have finished -> committing -> sinks' output committed, results deleted -> done
 *
 * Left out: stages side by side; a failure that takes one subtask along and not the others.
 */
import { faultOfConnector } from '../connectors/own-code.ts';
import { type PartitionResult, resultsPrefix } from '../batch/results.ts';
import { PatientReads } from '../checkpoint/storage/until-answered.ts';
import { IoError, JobError } from '../errors.ts';
import { type PhysicalGraph, physicalGraph, type PhysicalVertex } from '../graph/physical.ts';
import type { JobFaultData } from '../job-fault.ts';
import type { IncomingMessage } from '../messages.ts';
import { removeObject } from '../state/object-io.ts';
import type { Coroutine } from '../waiting.ts';
import { BatchStore, Deposed } from './batch-store.ts';
import { commitAll } from './commit-named.ts';
import type { JobMasterEnv } from './job-master.ts';
import { type Located, notRunning } from './located.ts';
import { type Registration, sendTo } from './placement.ts';
import { StageAttempt, type StageEnd } from './stage-attempt.ts';
import { deliverTo, welcome } from './under-way.ts';

const NO_OPERATION = 'the job runs in batch: it has no checkpoints, and its stages keep their parallelism';

export class BatchMaster {
  readonly #env: JobMasterEnv;
  readonly #graph: PhysicalGraph;
  #store: BatchStore;
  #leaderEpoch = 0;
  /** In a row, without a stage that has finished in between. */
  #failures = 0;
  #attempt: StageAttempt | undefined;
  #lastAttempt = 0;
  /** Finished, or failed. */
  #ended = false;
  /** A batch job is never stopped with a savepoint. */
  readonly stopped = undefined;

  /** @throws JobError if it is to start from a savepoint. */
  constructor(env: JobMasterEnv) {
    if (env.restoreFrom !== undefined)
      throw new JobError(
        `job "${env.job.name}": a batch job starts from its inputs; leave out the savepoint ${env.restoreFrom}, or run it in streaming mode`,
      );
    this.#env = env;
    this.#graph = physicalGraph(env.job, env.config.parallelism);
    this.#store = new BatchStore(env.ports, env.job.name, 0);
  }

  rescale(): string {
    return NO_OPERATION;
  }

  savepoint(): string {
    return NO_OPERATION;
  }

  resume(): string {
    return NO_OPERATION;
  }

  /** State is that of one key at a time: there is nothing to ask for. */
  locate(): Located {
    return notRunning(this.#lastAttempt);
  }

  waiting(): readonly string[] {
    return this.#attempt?.waiting() ?? [];
  }

  /** Until the job has finished or failed. */
  *run(leaderEpoch: number): Coroutine<void> {
    this.#leaderEpoch = leaderEpoch;
    this.#store = new BatchStore(this.#env.ports, this.#env.job.name, leaderEpoch);
    try {
      yield* this.#store.update((entry) => entry);
      yield* this.#runStages();
    } catch (error) {
      if (error instanceof Deposed) return;
      if (!(error instanceof JobError || error instanceof IoError)) throw error;
      this.#stateEnd('failed', error.message, faultOfConnector(error, this.#env.job));
    }
  }

  *#runStages(): Coroutine<void> {
    const { clock } = this.#env.ports;
    while (!this.#store.entry.committing) {
      const vertex = this.#graph.vertices.find(({ uid }) => this.#store.resultOf(uid) === undefined);
      if (vertex === undefined) {
        yield* this.#store.update(({ finished, done }) => ({ finished, committing: true, done }));
        continue;
      }
      const end = yield* this.#runStage(vertex);
      if (end.kind === 'finished') {
        const { result } = end;
        yield* this.#store.update(({ finished, committing, done }) => ({
          finished: [...finished.filter(({ stage }) => stage !== result.stage), result],
          committing,
          done,
        }));
        this.#env.ports.probe.stageFinished?.({ attempt: result.attempt, stage: result.stage });
        this.#failures = 0;
        continue;
      }
      if (end.kind === 'failed' && end.lost !== undefined) yield* this.#reset(end.lost);
      const delay = this.#delayAfter(end);
      if (delay === undefined) return;
      yield* clock.sleep(delay, 'runs the stage again');
    }
    if (!this.#store.entry.done) yield* this.#commit();
    this.#stateEnd('finished', '');
  }

  *#runStage(vertex: PhysicalVertex): Coroutine<StageEnd> {
    const { ports, job, config, slots } = this.#env;
    const { finished } = this.#store.entry;
    const attempt = new StageAttempt({
      ports,
      job,
      config,
      leaderEpoch: this.#leaderEpoch,
      graph: this.#graph,
      vertex,
      finished,
      slots,
    });
    this.#attempt = attempt;
    try {
      return yield* attempt.run();
    } finally {
      this.#lastAttempt = Math.max(this.#lastAttempt, attempt.number);
      this.#attempt = undefined;
    }
  }

  /** What a lost result came from runs again, with every stage that has read it or what came of it: it may come out otherwise. */
  *#reset({ edge, attempt }: PartitionResult): Coroutine<void> {
    const sender = this.#graph.vertices.find(({ outEdges }) => outEdges.some(({ id }) => id === edge));
    if (sender === undefined || this.#store.resultOf(sender.uid)?.attempt !== attempt) return;
    const reset = new Set([sender.uid]);
    for (const vertex of this.#graph.vertices) {
      if (vertex.inEdges.some((one) => reset.has(this.#graph.sender(one).uid))) reset.add(vertex.uid);
    }
    const stages = this.#store.entry.finished.map(({ stage }) => stage).filter((stage) => reset.has(stage));
    yield* this.#store.update(({ finished, committing, done }) => ({
      finished: finished.filter(({ stage }) => !reset.has(stage)),
      committing,
      done,
    }));
    this.#env.ports.probe.stagesReset?.({ attempt: this.#lastAttempt, lost: sender.uid, stages });
  }

  /** Idempotent: another leader may have begun with it. */
  *#commit(): Coroutine<void> {
    const { ports, job } = this.#env;
    ports.probe.batchCommitting?.({ attempt: this.#lastAttempt });
    const { finished } = this.#store.entry;
    yield* commitAll(
      ports,
      job,
      finished.flatMap(({ pending }) => pending),
    );
    yield* this.#deleteResults();
    yield* this.#store.update(({ finished: all, committing }) => ({ finished: all, committing, done: true }));
  }

  /** Once the job is done nobody looks for them any more. */
  *#deleteResults(): Coroutine<void> {
    const { ports, job } = this.#env;
    const names = yield* new PatientReads(ports).list(resultsPrefix(job.name));
    for (const name of names) yield* removeObject(ports.objects, name);
  }

  /** Milliseconds until the next attempt; undefined: there is none, and the end of the job is stated. */
  #delayAfter(end: StageEnd & { readonly kind: 'failed' | 'fatal' }): number | undefined {
    this.#failures++;
    const delay = this.#env.restarts.next(this.#failures);
    if (delay !== undefined && end.kind === 'failed') return delay;
    const tries = end.kind === 'fatal' ? '' : `${this.#failures} attempts in a row failed, the last one so: `;
    this.#stateEnd('failed', `${tries}${end.message}`);
    return undefined;
  }

  #stateEnd(status: 'finished' | 'failed', message: string, fault?: JobFaultData): void {
    this.#ended = true;
    for (const registration of this.#env.slots.taskManagers) this.#release(registration);
    this.#env.ports.probe.jobEnded?.({ attempt: this.#lastAttempt, status, message, fault });
  }

  // ---- task managers

  onRegistered(registration: Registration): void {
    welcome(registration, this.#leaderEpoch, this.#lastAttempt, this.#attempt);
    if (this.#ended) this.#release(registration);
  }

  /** What tasks that were killed have left on the host is of no use any more. */
  #release(registration: Registration): void {
    sendTo(registration, 'release', { leaderEpoch: this.#leaderEpoch, attempt: this.#lastAttempt, checkpoint: -1 }, {});
  }

  onLost(registration: Registration, why: string): void {
    this.#attempt?.onLost(registration, why);
  }

  onMessage(message: IncomingMessage, from: Registration | undefined): void {
    deliverTo(this.#attempt, this.#leaderEpoch, message, from);
  }
}
