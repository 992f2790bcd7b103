/**
 * The operators of a task and what is behind them: head, chain, sinks, outputs. Records and watermarks go in, turn by turn.
 *
 *   restore -> open -> records, watermarks, processing-time timers -> finish -> close
 */
import { MAX_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import { restoreBroadcast } from '../checkpoint/restore/broadcast-io.ts';
import { readRestored } from '../checkpoint/restore/restored-objects.ts';
import type { SnapshotParts } from '../checkpoint/snapshot/upload.ts';
import { EngineBug, rethrowKilled } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import { buildChain, type Chain, type OutputEdge } from '../operators/chain.ts';
import type { RecordElement } from '../channels/elements.ts';
import type { StateQuestion, StateRead } from '../state/queried.ts';
import type { AsyncHead } from '../operators/heads/async-head.ts';
import type { KeyedHead } from '../operators/heads/keyed-head.ts';
import type { PlainHead } from '../operators/heads/plain-head.ts';
import type { Mailbox } from './mailbox.ts';
import { ProcessingTimer } from './processing-timer.ts';
import type { TaskEnv } from './task-env.ts';
import { TaskOutputs } from './task-outputs.ts';
import { TaskSinks } from './task-sinks.ts';
import { UserCode } from '../user-code.ts';
import { deepFreeze } from '../values/freeze.ts';
import { asyncHeadOf, keyedHeadOf, outputEdgeOf, plainHeadOf } from './task-wiring.ts';

export class TaskOperators {
  readonly outputs: TaskOutputs;
  readonly sinks: TaskSinks;
  readonly #env: TaskEnv;
  readonly #chain: Chain;
  readonly #keyed: KeyedHead | undefined;
  /** What records go to, if it is more than the first operator of a chain. */
  readonly #head: KeyedHead | PlainHead | AsyncHead | undefined;
  /** Undefined unless the head asks an external service. */
  readonly async: AsyncHead | undefined;
  /** Undefined unless the head is a process function without key. */
  readonly #plain: PlainHead | undefined;
  readonly #timer: ProcessingTimer;
  /** The border to the job's functions. */
  readonly user = new UserCode();
  #finished = false;

  constructor(env: TaskEnv, scope: Scope, mailbox: Mailbox) {
    this.#env = env;
    this.sinks = new TaskSinks(env, scope);
    const wake = (): void => {
      mailbox.wake();
    };
    this.#chain = buildChain({
      nodes: env.vertex.nodes,
      edges: env.job.edges,
      user: this.user,
      outputEdge: (edge) => outputEdgeOf(env, edge, this.user, wake),
      sink: (node) => this.sinks.add(node),
    });
    const channels = this.#chain.outputEdges.flatMap((edge) => edge.channels);
    this.outputs = new TaskOutputs(channels, env.task, env.ports, env.config.bufferTimeoutMs, () => {
      mailbox.post({ kind: 'flush' });
    });
    this.#timer = new ProcessingTimer(env.ports.clock, () => {
      mailbox.post({ kind: 'processing-time' });
    });
    this.#keyed = keyedHeadOf(env, this.#chain, this.user, scope, (timestamp) => {
      this.#armTimer(timestamp);
    });
    this.#plain = plainHeadOf(env, this.#chain, this.user);
    this.async = asyncHeadOf(env, this.#chain, this.user, this.outputs, mailbox);
    this.#head = this.#keyed ?? this.#plain ?? this.async;
  }

  get outputEdges(): readonly OutputEdge[] {
    return this.#chain.outputEdges;
  }

  /** Undefined unless the head is keyed. */
  get keyGroups(): KeyGroupRange | undefined {
    return this.#keyed?.range;
  }

  /** All input is processed. */
  get finished(): boolean {
    return this.#finished;
  }

  /** See `KeyedHead.queried`. */
  queried(question: StateQuestion): StateRead {
    return this.#keyed?.queried(question) ?? { error: 'unknown-state' };
  }

  // ---- life

  *restore(): Coroutine<void> {
    const { ports, restore, copies } = this.#env;
    const { objects } = ports;
    if (this.#keyed !== undefined)
      yield* this.#keyed.restore(restore.keyed, (name) => readRestored(restore, objects, name, copies));
    if (this.#head?.broadcast !== undefined)
      yield* restoreBroadcast(this.#head.broadcast, restore.broadcast, (name) => readRestored(restore, objects, name));
    const withLists = this.#plain ?? this.async;
    if (withLists !== undefined)
      yield* withLists.restore(restore.operatorState, (name) => readRestored(restore, objects, name));
    yield* this.sinks.open();
  }

  /** If all subtasks had finished in the restored checkpoint no operator runs again: the ends go downstream, and that is all. */
  open(): void {
    if (this.#env.restore.finished) this.finish(true);
    else this.#head?.open();
  }

  /** All input has come. What waits for answers comes first. */
  endInput(): void {
    if (this.async === undefined || this.#env.restore.finished) this.finish(false);
    else
      this.async.endInput(() => {
        this.finish(false);
      });
  }

  /**
   * All input is processed: nothing follows but checkpoints. Processing-time timers that are still to come never fire.
   * `endsTime`: event time ends, too, where no watermark of an input has said so. Idempotent.
   */
  finish(endsTime: boolean): void {
    if (this.#finished) return;
    if (endsTime) this.outputs.sendWatermark(MAX_TIMESTAMP);
    this.#finished = true;
    this.#timer.cancel();
    this.outputs.broadcast({ kind: 'end-of-data' });
    this.#env.report('dataFinished', -1, this.#env.task);
  }

  /** The task has ended: finished, failed or cancelled. */
  close(): void {
    try {
      this.#head?.close();
    } catch (error) {
      // The task has ended either way; what `close` throws after a failure would only hide the failure.
      rethrowKilled(error);
    }
  }

  /** No timer rings any more, no open buffer leaves by itself. */
  cancelTimers(): void {
    this.#timer.cancel();
    this.outputs.close();
  }

  /** Between turns: undefined, or what has to settle before the next one. */
  admit(): Pending<void> | undefined {
    return this.#keyed?.backend.admit();
  }

  // ---- turns

  /** A record of a source. `side`: for a side output. */
  emit(value: unknown, timestamp: Timestamp, side?: string): void {
    this.user.atRecord(value);
    const { headOutputs } = this.#chain;
    (side === undefined ? headOutputs.main : headOutputs.side(side)).receive(value, timestamp);
    this.user.check();
    this.#env.ports.probe.turnEnded?.({ task: this.#env.task });
  }

  /** A record of an input channel. */
  process(channel: ChannelId, element: RecordElement): void {
    const { ports, task, restore } = this.#env;
    if (restore.finished) {
      throw new EngineBug(
        `${task.vertex}[${task.subtask}] had finished in the restored checkpoint, yet a record comes`,
      );
    }
    const { value, timestamp, seq } = element;
    // What came as bytes is fresh; what came by reference was frozen by its sender.
    deepFreeze(value);
    this.user.atRecord(value);
    ports.probe.recordProcessed?.({ task, channel, seq, value, timestamp });
    if (this.#head !== undefined) this.#head.process(channel.edge, value, timestamp);
    else this.#chain.head.receive(value, timestamp);
    this.user.check();
    ports.probe.turnEnded?.({ task });
  }

  /** The watermark of the task's input rose. */
  advance(watermark: Timestamp): void {
    const { ports, task, restore } = this.#env;
    if (restore.finished) return;
    ports.probe.watermarkAdvanced?.({ task, watermark });
    this.user.bounds.atStep();
    const forward = this.#keyed === undefined ? watermark : this.#keyed.advance(watermark);
    this.user.check();
    ports.probe.turnEnded?.({ task });
    if (this.async === undefined) this.outputs.sendWatermark(forward);
    else this.async.advance(watermark);
  }

  /** Whether elements are to be expected of the task's input. */
  status(idle: boolean): void {
    if (this.async === undefined || this.#env.restore.finished) this.outputs.sendStatus(idle);
    else this.async.status(idle);
  }

  /** Batch: the last record of the current key has been processed. */
  endKey(): void {
    this.user.bounds.atStep();
    this.#keyed?.endKey();
  }

  onProcessingTime(): void {
    if (this.#finished) return;
    this.user.bounds.atStep();
    // The wall clock may be behind what the timer promised; then nothing is due and it is armed again.
    const next = this.#keyed?.fireProcessingTimers();
    if (next !== undefined) this.#armTimer(next);
  }

  /** The sync part of a checkpoint: structure only. */
  snapshot(): Pick<SnapshotParts, 'keyed' | 'broadcast' | 'operator'> {
    if (this.#env.restore.finished) return { keyed: undefined, broadcast: undefined, operator: undefined };
    return {
      keyed: this.#keyed === undefined ? undefined : { snapshot: this.#keyed.snapshot(), range: this.#keyed.range },
      broadcast: this.#head?.broadcast?.isUsed === true ? this.#head.broadcast.snapshot() : undefined,
      operator: this.#plain?.states.snapshot() ?? this.async?.snapshot(),
    };
  }

  notifyComplete(checkpoint: number): void {
    this.#keyed?.backend.notifyComplete(checkpoint);
    this.#env.copies?.notifyComplete(checkpoint);
  }

  /** `latestCompleted`: 0 if there is none. */
  notifyAborted(checkpoint: number, latestCompleted: number): void {
    this.#keyed?.backend.notifyAborted(checkpoint);
    this.#env.copies?.notifyAborted(checkpoint);
    if (latestCompleted > 0) this.notifyComplete(latestCompleted);
  }

  #armTimer(timestamp: Timestamp): void {
    // In batch they fire at the end of their key, whatever the clock says.
    if (this.#env.config.executionMode === 'batch') return;
    if (!this.#finished && !this.#env.restore.inputEnded) this.#timer.arm(timestamp);
  }
}
