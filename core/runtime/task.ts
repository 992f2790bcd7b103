/**
 * A subtask: one actor with a mailbox. One step takes one letter, or one element of the input, and is atomic.
 *
 *   letters (checkpoint triggers, timers, splits, notifications)  first, but no two in a row while input could be taken:
 *                                                                 a short timer on a slow task must not starve it
 *   input                                                         only while every output has room
 *
 * Life: open (restore, open sinks) -> running -> all input processed (still takes checkpoints) -> finished by the final
 * checkpoint; or failed; or cancelled. What waits (restore, flush before a checkpoint, upload, commit) is a coroutine
 * in the task's scope; while the flush runs the task takes nothing, so that the checkpoint's sequence stays atomic.
 */
import { MAX_TIMESTAMP, type Timestamp } from '../api/functions.ts';
import type { NodeSpec } from '../api/spec.ts';
import type { BarrierHandler } from '../checkpoint/barrier-handler.ts';
import { restoreBroadcast, uploadBroadcast } from '../checkpoint/broadcast-io.ts';
import { checkpointPrefix, type PendingTransaction, type SplitState, type SubtaskSnapshot } from '../checkpoint/metadata.ts';
import type { BarrierOptions } from '../checkpoint/options.ts';
import { uploadKeyed } from '../checkpoint/upload.ts';
import type { LogSinkWriter } from '../connectors/log-sink.ts';
import type { LogSourceReader } from '../connectors/log-source.ts';
import { assert, IoError, messageOf, rethrowKilled } from '../errors.ts';
import type { TaskId } from '../facts.ts';
import type { Timer } from '../ports.ts';
import type { KeyedSnapshot } from '../state/backend.ts';
import type { BroadcastSnapshot } from '../state/broadcast-state.ts';
import { StatusWatermarkValve, type ValveOutput } from '../time/status-watermark-valve.ts';
import type { Actor, Coroutine, Pending, Progress, Scope } from '../waiting.ts';
import type { BroadcastHead } from './broadcast-head.ts';
import { buildChain, type Chain, type Receiver } from './chain.ts';
import type { BarrierElement, ControlElement, StreamElement } from './elements.ts';
import { deepFreeze } from './freeze.ts';
import { type InputChannel, InputGate } from './input-gate.ts';
import type { KeyedHead } from './keyed-head.ts';
import type { OutputChannel } from './output-channel.ts';
import type { Letter, TaskEnv } from './task-env.ts';
import { broadcastHeadOf, inputChannelsOf, keyedHeadOf, outputEdgeOf, sinkOf, sourceOf } from './task-wiring.ts';

/** How late a snapshot worker is where buggify makes it so. */
const SLOW_WORKER_MS = 20;

export class Task {
  readonly id: TaskId;
  readonly outputs: readonly OutputChannel[];
  readonly gate: InputGate;
  readonly #env: TaskEnv;
  readonly #actor: Actor;
  readonly #scope: Scope;
  readonly #chain: Chain;
  readonly #sinks: LogSinkWriter[] = [];
  readonly #source: LogSourceReader | undefined;
  readonly #keyed: KeyedHead | undefined;
  /** What records go to, if it is more than the first operator of a chain. */
  readonly #head: KeyedHead | BroadcastHead | undefined;
  readonly #valve: StatusWatermarkValve | undefined;
  readonly #barriers: BarrierHandler | undefined;
  #letters: Letter[] = [];
  /** The last step took a letter. */
  #letterWasLast = false;
  #phase: 'opening' | 'running' | 'finished' | 'failed' | 'cancelled' = 'opening';
  /** Why the task takes nothing now; undefined while it does. */
  #paused: string | undefined;
  #dataFinished = false;
  /** The first checkpoint that this task took after all its input; its completion lets the task finish. */
  #finalFrom: number | undefined;
  /** The newest checkpoint that was aborted before its barrier came (sources). */
  #abortedUpTo = 0;
  #processingTimer: { readonly timer: Timer; readonly timestamp: Timestamp } | undefined;
  #flushTimer: Timer | undefined;
  #periodTimer: Timer | undefined;

  constructor(env: TaskEnv) {
    this.#env = env;
    this.id = env.task;
    const name = `${env.task.vertex}[${env.task.subtask}]`;
    this.#actor = env.ports.executor.actor(name, () => this.#step());
    this.#scope = env.scope.child(name, (error) => {
      this.fail(error);
    });
    const wake = (): void => {
      this.#actor.wake();
    };
    this.#chain = buildChain({
      nodes: env.vertex.nodes,
      edges: env.job.edges,
      outputEdge: (edge) => outputEdgeOf(env, edge, wake),
      sink: (node) => this.#addSink(node),
    });
    this.outputs = this.#chain.outputEdges.flatMap((edge) => edge.channels);
    this.gate = new InputGate(inputChannelsOf(env, wake));
    const inputs = this.gate.channels.length;
    this.#valve = inputs === 0 ? undefined : new StatusWatermarkValve(inputs);
    this.#barriers = inputs === 0 ? undefined : env.parts.barrierHandler(inputs);
    this.#source = sourceOf(env, this.#scope, wake);
    this.#keyed = keyedHeadOf(env, this.#chain, (timestamp) => {
      this.#armProcessing(timestamp);
    });
    this.#head = this.#keyed ?? broadcastHeadOf(env, this.#chain);
  }

  start(): void {
    this.#scope.spawn('open', this.#open());
  }

  post(letter: Letter): void {
    this.#letters.push(letter);
    this.#actor.wake();
  }

  wake(): void {
    this.#actor.wake();
  }

  cancel(): void {
    if (this.#phase === 'finished' || this.#phase === 'failed' || this.#phase === 'cancelled') return;
    this.#end('cancelled');
    this.#env.ports.probe.taskCancelled?.({ task: this.id });
  }

  /** What it waits for, for the wait-for explanation; undefined if it could go on. */
  get waitsFor(): string | undefined {
    if (this.#phase === 'opening') return 'its restore';
    if (this.#phase !== 'running') return undefined;
    if (this.#paused !== undefined) return this.#paused;
    const full = this.outputs.find((channel) => !channel.hasRoom);
    if (full !== undefined) return `credit for edge ${full.id.edge} to subtask ${full.id.receiver} (${full.queued} buffers queued)`;
    const barriers = this.#barriers?.waitsFor;
    if (barriers !== undefined) {
      const from = barriers.channels.map((index) => this.#channelName(index));
      return `barrier ${barriers.checkpoint} from ${from.join(', ')}`;
    }
    if (this.#dataFinished) return 'the final checkpoint';
    if (this.#source !== undefined) return 'records or splits';
    const open = this.gate.channels.filter((channel) => !channel.ended).map((channel) => this.#channelName(channel.index));
    return `elements from ${open.join(', ')}`;
  }

  // ---- life

  *#open(): Coroutine<void> {
    const { ports, restore, restoredFrom, vertex } = this.#env;
    if (this.#keyed !== undefined) yield* this.#keyed.restore(restore.keyed, ports.objects);
    if (this.#head?.broadcast !== undefined) yield* restoreBroadcast(this.#head.broadcast, restore.broadcast, ports.objects);
    for (const sink of this.#sinks) {
      const pending = restore.pending.filter((candidate) => candidate.sink === sink.uid);
      yield* sink.open(pending, restore.pendingAnywhere);
    }
    ports.probe.taskOpened?.({
      task: this.id,
      parallelism: vertex.parallelism,
      keyGroups: this.#keyed?.range,
      restoredFrom,
      finishedOnRestore: restore.finished,
    });
    this.#phase = 'running';
    this.#head?.open();
    if (this.#source !== undefined) {
      this.#source.addSplits(restore.splits, true);
      this.#sendWatermark(this.#source.pollWatermark());
      this.#armPeriod();
    }
    this.#env.reports.running();
    this.#actor.wake();
  }

  /** The attempt of this task is over: an error of its own, of a coroutine of it, or of a connection. Idempotent. */
  fail(error: unknown): void {
    if (this.#phase === 'finished' || this.#phase === 'failed' || this.#phase === 'cancelled') return;
    const message = messageOf(error);
    this.#end('failed');
    this.#env.ports.probe.taskFailed?.({ task: this.id, message });
    this.#env.reports.failed(message);
  }

  #end(phase: 'finished' | 'failed' | 'cancelled'): void {
    this.#phase = phase;
    this.#processingTimer?.timer.cancel();
    this.#flushTimer?.cancel();
    this.#periodTimer?.cancel();
    this.#letters = [];
    if (phase !== 'finished') this.#scope.cancel();
    try {
      this.#head?.close();
    } catch (error) {
      // The task has ended either way; what `close` throws after a failure would only hide the failure.
      rethrowKilled(error);
    }
  }

  #step(): Progress {
    if (this.#phase !== 'running' || this.#paused !== undefined) return 'idle';
    try {
      const letter = this.#letterWasLast && this.#canInput() ? undefined : this.#letters.shift();
      this.#letterWasLast = letter !== undefined;
      if (letter !== undefined) this.#take(letter);
      else if (!this.#hasRoom()) return 'idle';
      else this.#input();
      this.#flushAfterStep();
    } catch (error) {
      rethrowKilled(error);
      this.fail(error);
      return 'idle';
    }
    return this.#hasWork() ? 'more' : 'idle';
  }

  #hasWork(): boolean {
    if (this.#phase !== 'running' || this.#paused !== undefined) return false;
    return this.#letters.length > 0 || this.#canInput();
  }

  /** There is input to take, and room for what it makes. */
  #canInput(): boolean {
    if (this.#source !== undefined) {
      if (this.#dataFinished || !(this.#source.readable || this.#source.finished)) return false;
    } else if (!this.gate.readable) {
      return false;
    }
    return this.#hasRoom();
  }

  #hasRoom(): boolean {
    for (const channel of this.outputs) if (!channel.hasRoom) return false;
    return true;
  }

  #take(letter: Letter): void {
    switch (letter.kind) {
      case 'trigger':
        this.#onTrigger(letter.checkpoint, letter.triggeredAt, letter.options);
        return;
      case 'notify-complete':
        this.#onComplete(letter.checkpoint, letter.final === true);
        return;
      case 'notify-aborted':
        this.#env.ports.probe.notifiedAborted?.({ task: this.id, checkpoint: letter.checkpoint, latestCompleted: letter.latestCompleted });
        this.#onAbort(letter.checkpoint);
        return;
      case 'add-splits':
        this.#source?.addSplits(letter.splits, false);
        return;
      case 'no-more-splits':
        this.#source?.noMoreSplits();
        return;
      case 'watermark-period':
        this.#periodTimer = undefined;
        if (this.#dataFinished) return;
        this.#source?.onPeriod();
        this.#sendWatermark(this.#source?.pollWatermark());
        this.#armPeriod();
        return;
      case 'processing-time':
        this.#onProcessingTime();
        return;
      case 'flush':
        this.#flushTimer = undefined;
        for (const channel of this.outputs) channel.finishBuffer();
    }
  }

  // ---- input

  #input(): void {
    if (this.#source !== undefined) this.#readSource(this.#source);
    else this.#readGate();
  }

  #readSource(source: LogSourceReader): void {
    if (this.#dataFinished) return;
    const record = source.take();
    if (record === undefined) {
      source.finishSplits();
      this.#sendWatermark(source.pollWatermark());
      if (source.finished) {
        this.#sendWatermark(MAX_TIMESTAMP);
        this.#finishData();
      }
      return;
    }
    const { probe } = this.#env.ports;
    if (this.#env.config.freezeValues) deepFreeze(record.value);
    probe.sourceRecord?.({
      task: this.id,
      split: record.split,
      offset: record.offset,
      value: record.value,
      timestamp: record.timestamp,
    });
    this.#chain.headOutputs.main.receive(record.value, record.timestamp);
    probe.turnEnded?.({ task: this.id });
    source.taken(record);
    this.#sendWatermark(source.pollWatermark());
  }

  #readGate(): void {
    const channel = this.gate.poll();
    if (channel === undefined) return;
    this.#onElement(channel, channel.read());
  }

  #onElement(channel: InputChannel, element: StreamElement): void {
    const { probe } = this.#env.ports;
    switch (element.kind) {
      case 'record':
        probe.recordProcessed?.({
          task: this.id,
          channel: channel.id,
          seq: element.seq,
          value: element.value,
          timestamp: element.timestamp,
        });
        if (this.#head !== undefined) this.#head.process(channel.id.edge, element.value, element.timestamp);
        else this.#chain.head.receive(element.value, element.timestamp);
        probe.turnEnded?.({ task: this.id });
        return;
      case 'watermark':
        probe.watermarkReceived?.({ task: this.id, channel: channel.id, watermark: element.timestamp });
        this.#onValve(this.#valve?.inputWatermark(channel.index, element.timestamp));
        return;
      case 'status':
        probe.statusReceived?.({ task: this.id, channel: channel.id, idle: element.idle });
        this.#onValve(this.#valve?.inputStatus(channel.index, element.idle));
        return;
      case 'barrier':
        probe.barrierReceived?.({ task: this.id, channel: channel.id, checkpoint: element.checkpoint, overtook: false });
        this.#onBarrier(channel, element);
        return;
      case 'cancel':
        this.#onAbort(element.checkpoint);
        return;
      case 'end-of-data':
        probe.inputEnded?.({ task: this.id, channel: channel.id });
        channel.ended = true;
        if (this.gate.channels.every((candidate) => candidate.ended)) this.#finishData();
        return;
      case 'end-of-partition':
        probe.partitionEnded?.({ task: this.id, channel: channel.id });
    }
  }

  #onValve(output: ValveOutput | undefined): void {
    if (output === undefined) return;
    // The valve reuses its output: read it before anything else happens.
    const { watermark, status } = output;
    if (status === 'active') this.#broadcast({ kind: 'status', idle: false });
    if (watermark !== undefined) this.#advance(watermark);
    if (status === 'idle') this.#broadcast({ kind: 'status', idle: true });
  }

  #advance(watermark: Timestamp): void {
    const { probe } = this.#env.ports;
    probe.watermarkAdvanced?.({ task: this.id, watermark });
    const forward = this.#keyed === undefined ? watermark : this.#keyed.advance(watermark);
    probe.turnEnded?.({ task: this.id });
    this.#sendWatermark(forward);
  }

  #sendWatermark(watermark: Timestamp | undefined): void {
    if (watermark === undefined) return;
    this.#env.ports.probe.watermarkSent?.({ task: this.id, watermark });
    this.#broadcast({ kind: 'watermark', timestamp: watermark });
  }

  /** All input is processed: nothing follows but checkpoints. Processing-time timers that are still to come never fire. */
  #finishData(): void {
    this.#dataFinished = true;
    this.#processingTimer?.timer.cancel();
    this.#processingTimer = undefined;
    this.#broadcast({ kind: 'end-of-data' });
    this.#env.reports.dataFinished();
  }

  // ---- time

  #armPeriod(): void {
    const head = this.#env.vertex.nodes[0]?.operator;
    if (head?.kind !== 'source' || head.watermarks.generator.kind !== 'periodic') return;
    this.#periodTimer = this.#env.ports.clock.timer(head.watermarks.generator.periodMs, () => {
      this.post({ kind: 'watermark-period' });
    });
  }

  #armProcessing(timestamp: Timestamp): void {
    if (this.#dataFinished) return;
    if (this.#processingTimer !== undefined) {
      if (this.#processingTimer.timestamp <= timestamp) return;
      this.#processingTimer.timer.cancel();
    }
    const delay = Math.max(0, timestamp - this.#env.ports.clock.now());
    const timer = this.#env.ports.clock.timer(delay, () => {
      this.#processingTimer = undefined;
      this.post({ kind: 'processing-time' });
    });
    this.#processingTimer = { timer, timestamp };
  }

  #onProcessingTime(): void {
    if (this.#dataFinished) return;
    // The wall clock may be behind what the timer promised; then nothing is due and it is armed again.
    const next = this.#keyed?.fireProcessingTimers();
    if (next !== undefined) this.#armProcessing(next);
  }

  // ---- checkpoints

  /** Sources: the coordinator starts a checkpoint here. */
  #onTrigger(checkpoint: number, triggeredAt: Timestamp, options: BarrierOptions): void {
    if (checkpoint <= this.#abortedUpTo) this.#broadcast({ kind: 'cancel', checkpoint });
    else this.#checkpoint({ kind: 'barrier', checkpoint, triggeredAt, options });
  }

  #onBarrier(channel: InputChannel, barrier: BarrierElement): void {
    const { checkpoint } = barrier;
    assert(this.#barriers !== undefined, () => `${this.id.vertex} got a barrier without inputs`);
    const action = this.#barriers.onBarrier(channel.index, checkpoint);
    switch (action.kind) {
      case 'obsolete':
      case 'abort':
        return;
      case 'block':
        if (action.abandoned !== undefined) this.#unblock(action.abandoned);
        channel.blocked = true;
        this.#env.ports.probe.channelBlocked?.({ task: this.id, channel: channel.id, checkpoint });
        return;
      case 'snapshot':
        if (action.abandoned !== undefined) this.#unblock(action.abandoned);
        this.#checkpoint(barrier);
    }
  }

  /** The coordinator's word, or a cancel marker from upstream. */
  #onAbort(checkpoint: number): void {
    if (this.#barriers === undefined) {
      this.#abortedUpTo = Math.max(this.#abortedUpTo, checkpoint);
      return;
    }
    if (this.#barriers.onAbort(checkpoint).kind !== 'abort') return;
    this.#unblock(checkpoint);
    this.#broadcast({ kind: 'cancel', checkpoint });
  }

  #unblock(checkpoint: number): void {
    for (const channel of this.gate.channels) {
      if (!channel.blocked) continue;
      channel.blocked = false;
      this.#env.ports.probe.channelUnblocked?.({ task: this.id, channel: channel.id, checkpoint });
    }
  }

  /** Pre-barrier flush, if a sink has something to flush; then the rest in one step. */
  #checkpoint(barrier: BarrierElement): void {
    const { checkpoint } = barrier;
    const dirty = this.#sinks.filter((sink) => sink.dirty);
    if (dirty.length === 0) {
      this.#snapshot(barrier);
      return;
    }
    this.#paused = `its sinks to prepare checkpoint ${checkpoint}`;
    this.#scope.spawn(`prepare ${checkpoint}`, this.#prepare(dirty, barrier));
  }

  *#prepare(dirty: readonly LogSinkWriter[], barrier: BarrierElement): Coroutine<void> {
    for (const sink of dirty) yield* sink.prepare(barrier.checkpoint);
    this.#paused = undefined;
    this.#snapshot(barrier);
    this.#flushAfterStep();
    this.#actor.wake();
  }

  /** Barrier out, sync part, unblock; the async part goes on beside the records. */
  #snapshot(barrier: BarrierElement): void {
    const { checkpoint, options } = barrier;
    const { probe } = this.#env.ports;
    this.#broadcast(barrier);
    probe.barrierSent?.({
      task: this.id,
      checkpoint,
      kind: options.kind,
      edges: this.#env.vertex.outEdges.map(({ id }) => ({ edge: id, alignment: options.alignment, timeoutMs: options.timeoutMs })),
    });
    const keyed = this.#keyed?.snapshot();
    const broadcast = this.#head?.broadcast?.snapshot();
    const splits = this.#source?.snapshot() ?? [];
    const pending = this.#sinks.flatMap((sink) => sink.snapshot());
    if (this.#dataFinished) this.#finalFrom ??= checkpoint;
    probe.snapshotTaken?.({ task: this.id, checkpoint, unaligned: false });
    this.#unblock(checkpoint);
    this.#scope.spawn(`upload ${checkpoint}`, this.#upload(checkpoint, keyed, broadcast, splits, pending));
  }

  *#upload(
    checkpoint: number,
    snapshot: KeyedSnapshot | undefined,
    broadcastSnapshot: BroadcastSnapshot | undefined,
    splits: readonly SplitState[],
    pending: readonly PendingTransaction[],
  ): Coroutine<void> {
    const { probe, objects, clock, buggify } = this.#env.ports;
    // The worker that makes bytes of the snapshot may come to it late: records go on meanwhile.
    if (buggify.fires('snapshot-worker')) yield* clock.sleep(SLOW_WORKER_MS);
    let acknowledged: SubtaskSnapshot;
    try {
      let keyed = null;
      const prefix = checkpointPrefix(this.#env.job.name, this.id.attempt, checkpoint);
      const name = `${prefix}${this.id.vertex}-${this.id.subtask}`;
      const broadcast = broadcastSnapshot === undefined ? null : yield* uploadBroadcast(objects, `${name}-broadcast`, broadcastSnapshot);
      if (snapshot !== undefined && this.#keyed !== undefined) {
        keyed = yield* uploadKeyed(objects, name, snapshot, this.#keyed.range);
        probe.snapshotUploaded?.({ task: this.id, checkpoint });
      }
      acknowledged = { keyed, splits, pending, broadcast, channelState: [], finished: false };
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      probe.declined?.({ task: this.id, checkpoint, reason: 'failed', message: error.message });
      this.#env.reports.decline(checkpoint, 'failed', error.message);
      return;
    }
    probe.acknowledged?.({ task: this.id, checkpoint });
    this.#env.reports.acknowledge(checkpoint, acknowledged, {
      startDelayMs: 0, alignmentDurationMs: 0, syncDurationMs: 0, asyncDurationMs: 0, bytesProcessedDuringAlignment: 0,
      bytesPersistedDuringAlignment: 0, unalignedCheckpoint: false, stateSizeBytes: 0,
    });
  }

  #onComplete(checkpoint: number, final: boolean): void {
    this.#env.ports.probe.notifiedComplete?.({ task: this.id, checkpoint });
    const commits = this.#sinks.map((sink) => sink.notifyComplete(checkpoint));
    if (!final || this.#finalFrom === undefined || checkpoint < this.#finalFrom) return;
    this.#scope.spawn('finish', this.#finish(commits));
  }

  *#finish(commits: readonly Pending<void>[]): Coroutine<void> {
    for (const commit of commits) yield* commit;
    this.#broadcast({ kind: 'end-of-partition' });
    this.#end('finished');
    this.#env.ports.probe.taskFinished?.({ task: this.id });
    this.#env.reports.finished();
  }

  // ---- outputs

  #broadcast(element: ControlElement): void {
    for (const channel of this.outputs) channel.sendControl(element);
  }

  /** Open buffers leave at the end of the step, or when the buffer timeout is over. */
  #flushAfterStep(): void {
    const timeout = this.#env.config.bufferTimeoutMs;
    if (timeout === 0) {
      for (const channel of this.outputs) channel.finishBuffer();
    } else if (this.#flushTimer === undefined && this.outputs.some((channel) => channel.hasOpenBuffer)) {
      this.#flushTimer = this.#env.ports.clock.timer(timeout, () => {
        this.post({ kind: 'flush' });
      });
    }
  }

  // ---- helpers

  #addSink(node: NodeSpec): Receiver {
    const writer = sinkOf(this.#env, node, this.#scope);
    this.#sinks.push(writer);
    return {
      receive: (value) => {
        writer.write(value);
      },
    };
  }

  #channelName(index: number): string {
    const channel = this.gate.channels[index];
    if (channel === undefined) return `channel ${index}`;
    const edge = this.#env.job.edges[channel.id.edge];
    const sender = edge === undefined ? '?' : this.#env.graph.vertexOf(edge.from).uid;
    return `${sender}[${channel.id.sender}]`;
  }
}
