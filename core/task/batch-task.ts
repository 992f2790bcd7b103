/**
 * A subtask of a stage: as `Task`, without checkpoints. It reads results of finished stages, or splits, and leaves results.
 *
 *   open (sinks) -> input, an element or the end of a key a step -> end of input -> results written, sinks prepared -> finished
 *
 * Nothing of it outlives a failure: the stage runs again from its inputs, as another attempt.
 */
import { PartitionLost } from '../batch/results.ts';
import { ResultWriter } from '../batch/result-writer.ts';
import { definedAt } from '../defined-at.ts';
import { EngineBug, messageOf, rethrowKilled } from '../errors.ts';
import type { TaskId } from '../facts.ts';
import { faultOf } from '../job-fault.ts';
import type { StateQuestion } from '../state/queried.ts';
import { serializerOf } from '../values/serializers.ts';
import type { Coroutine, Progress, Scope } from '../waiting.ts';
import { batchInputOf } from './batch-input.ts';
import { edgeOf } from './batch-wiring.ts';
import { Mailbox, type Offer } from './mailbox.ts';
import type { RunningTask } from './running-task.ts';
import type { BatchTaskEnv, Letter } from './task-env.ts';
import type { TaskInput } from './task-input.ts';
import { TaskOperators } from './task-operators.ts';

type Life =
  | { readonly phase: 'opening' | 'finishing' }
  | { readonly phase: 'running'; input: TaskInput }
  | { readonly phase: 'finished' | 'failed' | 'cancelled' };

export class BatchTask implements RunningTask, Offer {
  readonly id: TaskId;
  readonly hasOvertaking = false;
  readonly #env: BatchTaskEnv;
  readonly #scope: Scope;
  readonly #mailbox: Mailbox;
  readonly #operators: TaskOperators;
  readonly #results: ResultWriter;
  #life: Life = { phase: 'opening' };

  constructor(env: BatchTaskEnv) {
    this.#env = env;
    this.id = env.task;
    const name = `${env.task.vertex}[${env.task.subtask}]`;
    const { ports, job, config } = env;
    const actor = ports.executor.actor(name, () => this.#step());
    this.#mailbox = new Mailbox(actor, this);
    this.#scope = env.scope.child(name, (error) => {
      this.fail(error);
    });
    this.#operators = new TaskOperators(env, this.#scope, this.#mailbox);
    this.#results = new ResultWriter(this.#operators.outputs.channels, {
      job: job.name,
      task: env.task,
      probe: ports.probe,
      objects: ports.objects,
      scope: this.#scope,
      partBytes: config.resultPartBytes,
      typeOf: (edge) => serializerOf(edgeOf(job, edge).type),
      wake: () => {
        this.#mailbox.wake();
      },
    });
  }

  start(): void {
    this.#scope.spawn('open', this.#open());
  }

  post(letter: Letter): void {
    this.#mailbox.post(letter);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#end('cancelled');
    this.#env.ports.probe.taskCancelled?.({ task: this.id });
  }

  /** Idempotent. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const message = messageOf(error);
    const { vertex, subtask } = this.id;
    const fault = faultOf(error, vertex, (operator) => definedAt(this.#env.job, operator));
    this.#end('failed');
    this.#env.ports.probe.taskFailed?.({ task: this.id, message, fault });
    const { report } = this.#env;
    if (fault !== undefined)
      report('jobFault', -1, { vertex, subtask, operator: fault.operator, message: fault.message });
    else if (error instanceof PartitionLost) {
      const { partition } = error;
      this.#env.ports.probe.resultPartMissing?.({ task: this.id, channel: partition });
      report('resultLost', -1, { vertex, subtask, partition, message });
    } else report('taskFailed', -1, { vertex, subtask, message });
  }

  /** In batch state is that of one key at a time: there is nothing to ask for. */
  readState(question: StateQuestion): void {
    question.answer({ error: 'not-running' });
  }

  get waitsFor(): string | undefined {
    const life = this.#life;
    switch (life.phase) {
      case 'opening':
        return 'its sinks to open';
      case 'finishing':
        return 'its results to be written';
      case 'running':
        return this.#operators.outputs.hasRoom ? life.input.waitsFor : 'its results to be written';
      default:
        return undefined;
    }
  }

  // ---- life

  *#open(): Coroutine<void> {
    const { ports, vertex } = this.#env;
    yield* this.#operators.restore();
    const input = batchInputOf(this.#env, this.#scope, this.#mailbox, this.#operators);
    ports.probe.taskOpened?.({
      task: this.id,
      parallelism: vertex.parallelism,
      keyGroups: this.#operators.keyGroups,
      restoredFrom: undefined,
      finishedOnRestore: false,
    });
    this.#life = { phase: 'running', input };
    this.#results.open();
    input.open();
    this.#operators.open();
    this.#operators.outputs.afterStep();
    this.#env.report('taskRunning', -1, this.id);
    this.#mailbox.wake();
  }

  get #isOver(): boolean {
    const { phase } = this.#life;
    return phase === 'finished' || phase === 'failed' || phase === 'cancelled';
  }

  #end(phase: 'finished' | 'failed' | 'cancelled'): void {
    const before = this.#life;
    this.#life = { phase };
    this.#operators.cancelTimers();
    if (before.phase === 'running') before.input.close();
    this.#mailbox.clear();
    if (phase !== 'finished') this.#scope.cancel();
    this.#operators.close();
  }

  /** All input is processed. */
  *#finish(): Coroutine<void> {
    const partitions = yield* this.#results.finish();
    const { sinks } = this.#operators;
    const prepare = sinks.prepare(this.id.attempt);
    if (prepare !== undefined) yield* prepare;
    const pending = sinks.snapshot();
    this.#end('finished');
    this.#env.ports.probe.taskFinished?.({ task: this.id });
    const { vertex, subtask } = this.id;
    this.#env.report('stageTaskFinished', -1, { vertex, subtask, partitions, pending });
  }

  // ---- steps

  #step(): Progress {
    const life = this.#life;
    if (life.phase !== 'running') return 'idle';
    try {
      const next = this.#mailbox.next();
      if (next === 'input') {
        if (!this.hasRoom) return 'idle';
        life.input = life.input.read();
      } else if (next !== 'overtaking') this.#take(next, life.input);
      this.#operators.outputs.afterStep();
      if (this.#operators.finished) {
        life.input.close();
        this.#life = { phase: 'finishing' };
        this.#scope.spawn('finish', this.#finish());
        return 'idle';
      }
    } catch (error) {
      rethrowKilled(error);
      this.fail(error);
      return 'idle';
    }
    return this.#mailbox.hasWork ? 'more' : 'idle';
  }

  get canInput(): boolean {
    return this.#life.phase === 'running' && this.#life.input.readable && this.hasRoom;
  }

  get hasRoom(): boolean {
    return this.#operators.outputs.hasRoom;
  }

  #take(letter: Letter, input: TaskInput): void {
    switch (letter.kind) {
      case 'add-splits':
      case 'no-more-splits':
      case 'watermark-period':
      case 'idle-arrived':
        input.onLetter(letter);
        return;
      case 'flush':
        this.#operators.outputs.flush();
        return;
      default:
        throw new EngineBug(`a ${letter.kind} letter for ${this.id.vertex}, which runs in batch`);
    }
  }
}
