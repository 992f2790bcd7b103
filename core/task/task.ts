/**
 * A subtask: one actor with a mailbox. One step takes one letter, or one element of the input, and is atomic.
 *
 *   overtaking barriers                                           first, whether outputs have room or not
 *   letters (checkpoint triggers, timers, splits, notifications)  next; but no two of both in a row while input could be
 *                                                                 taken: short timers, or checkpoints that are declined
 *                                                                 one after the other, must not starve a slow task
 *   input                                                         only while every output has room, and no queue of requests is
 *                                                                 full: in-flight data of the
 *                                                                 restored checkpoint, then the channels
 *
 * Life: open (restore, open sinks) -> running -> all input processed (still takes checkpoints) -> finished once its final
 * checkpoint is complete; or failed; or cancelled. What waits (restore, flush before a checkpoint, upload, commit) is a
 * coroutine in the task's scope; while the flush runs the task takes nothing, so that the checkpoint's sequence stays atomic.
 * Checkpoints are `task-checkpoints.ts`'s business.
 */
import { definedAt } from '../defined-at.ts';
import { assert, messageOf, rethrowKilled } from '../errors.ts';
import type { TaskId } from '../facts.ts';
import { faultOf } from '../job-fault.ts';
import type { BarrierElement } from '../channels/elements.ts';
import { type ChannelListener, type InputChannel, InputGate } from '../channels/input-gate.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import type { Coroutine, Pending, Progress, Scope } from '../waiting.ts';
import { Admission } from './admission.ts';
import { createInput } from './create-input.ts';
import { Mailbox, type Offer } from './mailbox.ts';
import type { RunningTask } from './running-task.ts';
import { TaskCheckpoints } from './task-checkpoints.ts';
import type { Letter, TaskEnv } from './task-env.ts';
import type { TaskInput } from './task-input.ts';
import type { StateQuestion } from '../state/queried.ts';
import { TaskOperators } from './task-operators.ts';
import { inputChannelsOf } from './task-wiring.ts';

type Life =
  | { readonly phase: 'opening' }
  | { readonly phase: 'running'; input: TaskInput }
  | { readonly phase: 'finished' | 'failed' | 'cancelled' };

export class Task implements RunningTask, Offer {
  readonly id: TaskId;
  readonly #env: TaskEnv;
  readonly #scope: Scope;
  readonly #mailbox: Mailbox;
  readonly #gate: InputGate;
  readonly #operators: TaskOperators;
  readonly #checkpoints: TaskCheckpoints;
  readonly #admission: Admission;
  /** Barriers that may overtake later, announced and not yet taken. */
  readonly #announced: { readonly channel: InputChannel; readonly barrier: BarrierElement }[] = [];
  #life: Life = { phase: 'opening' };

  constructor(env: TaskEnv) {
    this.#env = env;
    this.id = env.task;
    const name = `${env.task.vertex}[${env.task.subtask}]`;
    const actor = env.ports.executor.actor(name, () => this.#step());
    this.#mailbox = new Mailbox(actor, this);
    this.#scope = env.scope.child(name, (error) => {
      this.fail(error);
    });
    this.#operators = new TaskOperators(env, this.#scope, this.#mailbox);
    this.#gate = new InputGate(inputChannelsOf(env, this.#channelListener()));
    this.#checkpoints = this.#makeCheckpoints();
    this.#admission = new Admission(
      () => this.#operators.admit(),
      () => {
        actor.wake();
      },
    );
  }

  get inputs(): readonly InputChannel[] {
    return this.#gate.channels;
  }

  get outputs(): readonly OutputChannel[] {
    return this.#operators.outputs.channels;
  }

  // What the input offers to a step: the mailbox asks.

  get hasOvertaking(): boolean {
    const life = this.#life;
    return life.phase === 'running' && life.input.hasOvertaking;
  }

  get canInput(): boolean {
    const life = this.#life;
    if (life.phase !== 'running' || !life.input.readable) return false;
    return this.hasRoom && this.#operators.async?.isFull !== true;
  }

  get hasRoom(): boolean {
    return this.#operators.outputs.hasRoom;
  }

  start(): void {
    this.#scope.spawn('open', this.#open());
  }

  post(letter: Letter): void {
    this.#mailbox.post(letter);
  }

  /** Answered in a step of its own, between turns; not at all if the task ends before. */
  readState(question: StateQuestion): void {
    if (this.#life.phase === 'running') this.#mailbox.post({ kind: 'query', question });
    else question.answer({ error: 'not-running' });
  }

  wake(): void {
    this.#mailbox.wake();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#end('cancelled');
    this.#env.ports.probe.taskCancelled?.({ task: this.id });
  }

  /** The attempt of this task is over: an error of its own, of a coroutine of it, or of a connection. Idempotent. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const message = messageOf(error);
    const { vertex, subtask } = this.id;
    const fault = faultOf(error, vertex, (operator) => definedAt(this.#env.job, operator));
    this.#end('failed');
    this.#env.ports.probe.taskFailed?.({ task: this.id, message, fault });
    if (fault === undefined) this.#env.report('taskFailed', -1, { vertex, subtask, message });
    else this.#env.report('jobFault', -1, { vertex, subtask, operator: fault.operator, message: fault.message });
  }

  /** What it waits for, for the wait-for explanation; undefined if it could go on. */
  get waitsFor(): string | undefined {
    const life = this.#life;
    if (life.phase === 'opening') return 'its restore';
    if (life.phase !== 'running') return undefined;
    if (this.#mailbox.paused !== undefined) return this.#mailbox.paused;
    const backend = this.#admission.waitsFor;
    if (backend !== undefined) return backend;
    const full = this.outputs.find((channel) => !channel.hasRoom);
    if (full !== undefined)
      return `credit for edge ${full.id.edge} to subtask ${full.id.receiver} (${full.queued} buffers queued)`;
    const barriers = this.#checkpoints.waitsFor;
    if (barriers !== undefined) return barriers;
    const answers = this.#operators.async?.waitsFor;
    if (answers !== undefined) return answers;
    if (this.#operators.finished && !life.input.isReplaying) return 'the completion of its final checkpoint';
    return life.input.waitsFor;
  }

  // ---- life

  *#open(): Coroutine<void> {
    const { ports, restore, restoredFrom, vertex } = this.#env;
    yield* this.#operators.restore();
    const input = yield* createInput({
      env: this.#env,
      scope: this.#scope,
      mailbox: this.#mailbox,
      gate: this.#gate,
      operators: this.#operators,
      barriers: this.#checkpoints,
    });
    ports.probe.taskOpened?.({
      task: this.id,
      parallelism: vertex.parallelism,
      keyGroups: this.#operators.keyGroups,
      restoredFrom,
      finishedOnRestore: restore.finished,
    });
    this.#life = { phase: 'running', input };
    input.open();
    this.#operators.open();
    this.#operators.outputs.afterStep();
    this.#env.report('taskRunning', -1, this.id);
    this.#mailbox.wake();
  }

  get #isOver(): boolean {
    return this.#life.phase !== 'opening' && this.#life.phase !== 'running';
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

  /** The final checkpoint is complete: what it covers is committed, what else is under way comes to its end, then nothing follows. */
  *#finish(commits: readonly Pending<void>[]): Coroutine<void> {
    for (const commit of commits) yield* commit;
    for (let part = this.#checkpoints.underWay; part !== undefined; part = this.#checkpoints.underWay) yield* part;
    this.#operators.outputs.broadcast({ kind: 'end-of-partition' });
    this.#end('finished');
    this.#gate.discard();
    this.#env.ports.probe.taskFinished?.({ task: this.id });
    this.#env.report('taskFinished', -1, this.id);
  }

  // ---- steps

  #step(): Progress {
    const life = this.#life;
    if (life.phase !== 'running' || this.#mailbox.paused !== undefined) return 'idle';
    try {
      if (!this.#admission.isOpen()) return 'idle';
      const next = this.#mailbox.next();
      if (next === 'overtaking') this.#takeOvertaking();
      else if (next !== 'input') this.#take(next, life.input);
      else if (!this.#operators.outputs.hasRoom || this.#operators.async?.isFull === true) return 'idle';
      else life.input = life.input.read();
      this.#operators.outputs.afterStep();
    } catch (error) {
      rethrowKilled(error);
      this.fail(error);
      return 'idle';
    }
    return this.#hasWork() ? 'more' : 'idle';
  }

  #hasWork(): boolean {
    return this.#life.phase === 'running' && this.#mailbox.hasWork;
  }

  #take(letter: Letter, input: TaskInput): void {
    switch (letter.kind) {
      case 'trigger':
        this.#checkpoints.onTrigger(letter.checkpoint, letter.triggeredAt, letter.options);
        return;
      case 'notify-complete':
        this.#operators.notifyComplete(letter.checkpoint);
        this.#checkpoints.onComplete(letter.checkpoint);
        return;
      case 'notify-aborted':
        this.#operators.notifyAborted(letter.checkpoint, letter.latestCompleted);
        this.#checkpoints.onAborted(letter.checkpoint, letter.latestCompleted);
        return;
      case 'announcements':
        this.#takeAnnouncements();
        return;
      case 'alignment-timeout':
        this.#checkpoints.onTimeout(letter.checkpoint);
        return;
      case 'add-splits':
      case 'no-more-splits':
      case 'watermark-period':
      case 'idle-arrived':
      case 'alignment-period':
      case 'alignment-limit':
        input.onLetter(letter);
        return;
      case 'query':
        letter.question.answer(this.#operators.queried(letter.question));
        return;
      case 'processing-time':
        this.#operators.onProcessingTime();
        return;
      case 'request':
        this.#operators.async?.onEvent(letter.event);
        return;
      case 'flush':
        this.#operators.outputs.flush();
    }
  }

  /**
   * All that wait, in one step (Flink: `CheckpointedInputGate` polls until there is no further priority event). Each stands in front
   * of the data of its channel: with checkpoints denser than a slow task takes steps no data would ever come to the front.
   */
  #takeOvertaking(): void {
    do this.#runningInput().readOvertaking();
    while (this.#mailbox.paused === undefined && this.#life.phase === 'running' && this.#life.input.hasOvertaking);
  }

  /**
   * All that have come, in one step (Flink: `CheckpointedInputGate` drains its priority events): with dense checkpoints and a
   * slow task a step for each would be a queue that only grows, and what is due behind it, a timer say, would not come to pass.
   */
  #takeAnnouncements(): void {
    for (let next = this.#announced.shift(); next !== undefined; next = this.#announced.shift()) {
      this.#checkpoints.onAnnouncement(next.channel, next.barrier);
      if (this.#mailbox.paused === undefined) continue;
      if (this.#announced.length > 0) this.#mailbox.post({ kind: 'announcements' });
      return;
    }
  }

  // ---- checkpoints

  #makeCheckpoints(): TaskCheckpoints {
    return new TaskCheckpoints({
      env: this.#env,
      scope: this.#scope,
      mailbox: this.#mailbox,
      gate: this.#gate,
      operators: this.#operators,
      input: () => this.#runningInput(),
      finish: (commits) => {
        this.#scope.spawn('finish', this.#finish(commits));
      },
    });
  }

  #runningInput(): TaskInput {
    const life = this.#life;
    assert(
      life.phase === 'running',
      () => `a checkpoint of ${this.id.vertex}[${this.id.subtask}] while it does not run`,
    );
    return life.input;
  }

  #channelListener(): ChannelListener {
    return {
      arrived: () => {
        this.#mailbox.wake();
      },
      announced: (channel, barrier) => {
        this.#announced.push({ channel, barrier });
        if (this.#announced.length === 1) this.#mailbox.post({ kind: 'announcements' });
      },
      kept: (channel, checkpoint, elements) => {
        this.#checkpoints.kept(channel, checkpoint, elements);
      },
    };
  }
}
