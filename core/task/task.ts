/**
 * A subtask: one actor with a mailbox. One step takes one letter, or one element of the input, and is atomic.
 *
 *   overtaking barriers                                           first, whether outputs have room or not
 *   letters (checkpoint triggers, timers, splits, notifications)  next; but no two of both in a row while input could be
 *                                                                 taken: short timers, or checkpoints that are declined
 *                                                                 one after the other, must not starve a slow task
 *   input                                                         only while every output has room: in-flight data of the
 *                                                                 restored checkpoint, then the channels
 *
 * Life: open (restore, open sinks) -> running -> all input processed (still takes checkpoints) -> finished once its final
 * checkpoint is complete; or failed; or cancelled. What waits (restore, flush before a checkpoint, upload, commit) is a
 * coroutine in the task's scope; while the flush runs the task takes nothing, so that the checkpoint's sequence stays atomic.
 * Checkpoints are `task-checkpoints.ts`'s business.
 */
import { MAX_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { NodeSpec } from '../job/spec.ts';
import { restoreBroadcast } from '../checkpoint/restore/broadcast-io.ts';
import type { LogSinkWriter } from '../connectors/log/log-sink.ts';
import type { LogSourceReader } from '../connectors/log/log-source.ts';
import { EngineBug, messageOf, rethrowKilled } from '../errors.ts';
import type { ChannelId, TaskId } from '../facts.ts';
import type { Timer } from '../ports.ts';
import type { BarrierHandler } from '../checkpoint/barriers/barrier-handler.ts';
import { InputValves, type InputValvesListener } from '../time/input-valves.ts';
import type { Actor, Coroutine, Pending, Progress, Scope } from '../waiting.ts';
import type { BroadcastHead } from '../operators/heads/broadcast-head.ts';
import { buildChain, type Chain, type Receiver } from '../operators/chain.ts';
import type { RecordElement, StreamElement } from '../channels/elements.ts';
import { deepFreeze } from '../values/freeze.ts';
import { type ChannelListener, type InputChannel, InputGate } from '../channels/input-gate.ts';
import type { KeyedHead } from '../operators/heads/keyed-head.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import type { Replay, ReplayedElement } from './replay.ts';
import { TaskCheckpoints } from './task-checkpoints.ts';
import { TaskOutputs } from './task-outputs.ts';
import type { Letter, TaskEnv } from './task-env.ts';
import {
  barrierHandlerOf,
  broadcastHeadOf,
  inputChannelsOf,
  inputNumbersOf,
  keyedHeadOf,
  outputEdgeOf,
  replayOf,
  sinkOf,
  sourceOf,
} from './task-wiring.ts';

export class Task {
  readonly id: TaskId;
  readonly gate: InputGate;
  readonly #outputs: TaskOutputs;
  readonly #env: TaskEnv;
  readonly #actor: Actor;
  readonly #scope: Scope;
  readonly #chain: Chain;
  readonly #sinks: LogSinkWriter[] = [];
  readonly #source: LogSourceReader | undefined;
  readonly #keyed: KeyedHead | undefined;
  /** What records go to, if it is more than the first operator of a chain. */
  readonly #head: KeyedHead | BroadcastHead | undefined;
  readonly #valves: InputValves | undefined;
  readonly #barriers: BarrierHandler | undefined;
  readonly #checkpoints: TaskCheckpoints;
  /** In-flight data of the restored checkpoint; undefined once it is processed. */
  #replay: Replay | undefined;
  #letters: Letter[] = [];
  /** The last step took a letter or an overtaking barrier. */
  #eventWasLast = false;
  #phase: 'opening' | 'running' | 'finished' | 'failed' | 'cancelled' = 'opening';
  /** Why the task takes nothing now; undefined while it does. */
  #paused: string | undefined;
  #dataFinished = false;
  #processingTimer: { readonly timer: Timer; readonly timestamp: Timestamp } | undefined;
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
    const channels = this.#chain.outputEdges.flatMap((edge) => edge.channels);
    this.#outputs = new TaskOutputs(channels, this.id, env.ports, env.config.bufferTimeoutMs, () => {
      this.post({ kind: 'flush' });
    });
    this.gate = new InputGate(inputChannelsOf(env, this.#channelListener()));
    const inputs = this.gate.channels.length;
    this.#valves =
      inputs === 0 ? undefined : new InputValves(inputNumbersOf(env, this.gate.channels), this.#valvesListener());
    this.#barriers = barrierHandlerOf(env, inputs);
    this.#source = sourceOf(env, this.#scope, wake);
    this.#keyed = keyedHeadOf(env, this.#chain, (timestamp) => {
      this.#armProcessing(timestamp);
    });
    this.#head = this.#keyed ?? broadcastHeadOf(env, this.#chain);
    this.#checkpoints = this.#makeCheckpoints();
  }

  get outputs(): readonly OutputChannel[] {
    return this.#outputs.channels;
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
    if (full !== undefined)
      return `credit for edge ${full.id.edge} to subtask ${full.id.receiver} (${full.queued} buffers queued)`;
    const barriers = this.#barriers?.waitsFor;
    if (barriers !== undefined) {
      const from = barriers.channels.map((index) => this.#channelName(index));
      return `barrier ${barriers.checkpoint} from ${from.join(', ')}`;
    }
    if (this.#replay !== undefined) return 'its turn to process in-flight data of the restored checkpoint';
    if (this.#dataFinished) return 'the completion of its final checkpoint';
    if (this.#source !== undefined) return 'records or splits';
    const open = this.gate.channels
      .filter((channel) => !channel.dataEnded)
      .map((channel) => this.#channelName(channel.index));
    return `elements from ${open.join(', ')}`;
  }

  // ---- life

  *#open(): Coroutine<void> {
    const { ports, restore, restoredFrom, vertex } = this.#env;
    if (this.#keyed !== undefined) yield* this.#keyed.restore(restore.keyed, ports.objects);
    if (this.#head?.broadcast !== undefined)
      yield* restoreBroadcast(this.#head.broadcast, restore.broadcast, ports.objects);
    for (const sink of this.#sinks) {
      const pending = restore.pending.filter((candidate) => candidate.sink === sink.uid);
      yield* sink.open(pending, restore.pendingAnywhere);
    }
    this.#replay = yield* replayOf(this.#env, this.gate.channels);
    ports.probe.taskOpened?.({
      task: this.id,
      parallelism: vertex.parallelism,
      keyGroups: this.#keyed?.range,
      restoredFrom,
      finishedOnRestore: restore.finished,
    });
    this.#phase = 'running';
    if (this.#replay !== undefined) ports.probe.replayStarted?.({ task: this.id, channels: this.#replay.channels });
    if (restore.finished) {
      this.#outputs.sendWatermark(MAX_TIMESTAMP);
      this.#finishData();
    } else {
      this.#head?.open();
      this.#openSource();
    }
    this.#outputs.afterStep();
    this.#env.reports.running();
    this.#actor.wake();
  }

  #openSource(): void {
    if (this.#source === undefined) return;
    this.#source.addSplits(this.#env.restore.splits, true);
    this.#outputs.sendWatermark(this.#source.pollWatermark());
    this.#armPeriod();
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
    this.#outputs.close();
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
      const inputIsDue = this.#eventWasLast && this.#canInput();
      const overtaking = inputIsDue ? undefined : this.gate.overtaking;
      const letter = inputIsDue || overtaking !== undefined ? undefined : this.#letters.shift();
      this.#eventWasLast = overtaking !== undefined || letter !== undefined;
      if (overtaking !== undefined) this.#onElement(overtaking, overtaking.read(), true);
      else if (letter !== undefined) this.#take(letter);
      else if (!this.#outputs.hasRoom) return 'idle';
      else this.#input();
      this.#outputs.afterStep();
    } catch (error) {
      rethrowKilled(error);
      this.fail(error);
      return 'idle';
    }
    return this.#hasWork() ? 'more' : 'idle';
  }

  #hasWork(): boolean {
    if (this.#phase !== 'running' || this.#paused !== undefined) return false;
    return this.#letters.length > 0 || this.gate.overtaking !== undefined || this.#canInput();
  }

  /** There is input to take, and room for what it makes. */
  #canInput(): boolean {
    if (this.#source !== undefined) {
      if (this.#dataFinished || !(this.#source.readable || this.#source.finished)) return false;
    } else if (this.#replay === undefined && !this.gate.readable) {
      return false;
    }
    return this.#outputs.hasRoom;
  }

  #take(letter: Letter): void {
    switch (letter.kind) {
      case 'trigger':
        this.#checkpoints.onTrigger(letter.checkpoint, letter.triggeredAt, letter.options);
        return;
      case 'notify-complete':
        this.#checkpoints.onComplete(letter.checkpoint);
        return;
      case 'notify-aborted':
        this.#checkpoints.onAborted(letter.checkpoint, letter.latestCompleted);
        return;
      case 'announcement':
        this.#checkpoints.onAnnouncement(letter.channel, letter.barrier);
        return;
      case 'alignment-timeout':
        this.#checkpoints.onTimeout(letter.checkpoint);
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
        this.#outputs.sendWatermark(this.#source?.pollWatermark());
        this.#armPeriod();
        return;
      case 'processing-time':
        this.#onProcessingTime();
        return;
      case 'flush':
        this.#outputs.flush();
    }
  }

  // ---- input

  #input(): void {
    if (this.#source !== undefined) this.#readSource(this.#source);
    else if (this.#replay !== undefined) this.#readReplay(this.#replay);
    else this.#readGate();
  }

  #readSource(source: LogSourceReader): void {
    if (this.#dataFinished) return;
    const record = source.take();
    if (record === undefined) {
      source.finishSplits();
      this.#outputs.sendWatermark(source.pollWatermark());
      if (source.finished) {
        this.#outputs.sendWatermark(MAX_TIMESTAMP);
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
    this.#outputs.sendWatermark(source.pollWatermark());
  }

  #readGate(): void {
    const channel = this.gate.poll();
    if (channel === undefined) return;
    const overtook = channel.hasOvertaking;
    this.#onElement(channel, channel.read(), overtook);
  }

  #readReplay(replay: Replay): void {
    const replayed = replay.next();
    if (replayed !== undefined) {
      this.#onReplayed(replay, replayed);
      return;
    }
    this.#replay = undefined;
    // What the virtual channels were is over: the new senders begin active.
    this.#valves?.replayEnded();
    for (const { index } of this.gate.channels) this.#valves?.inputStatus(index, false);
    this.#env.ports.probe.replayEnded?.({ task: this.id });
  }

  #onReplayed(replay: Replay, replayed: ReplayedElement): void {
    const { element, id, physical } = replayed;
    const { probe } = this.#env.ports;
    switch (element.kind) {
      case 'record':
        this.#onRecord(id, element);
        return;
      case 'watermark':
        probe.watermarkReceived?.({ task: this.id, channel: id, watermark: element.timestamp });
        this.#valves?.inputWatermark(physical, replay.watermark(replayed, element.timestamp));
        return;
      case 'status':
        probe.statusReceived?.({ task: this.id, channel: id, idle: element.idle });
        this.#valves?.inputStatus(physical, replay.status(replayed, element.idle));
        return;
      default:
        throw new EngineBug(
          `in-flight data of ${this.id.vertex}[${this.id.subtask}] holds an element of kind ${element.kind}`,
        );
    }
  }

  #onRecord(channel: ChannelId, element: RecordElement): void {
    const { probe } = this.#env.ports;
    if (this.#env.restore.finished) {
      throw new EngineBug(
        `${this.id.vertex}[${this.id.subtask}] had finished in the restored checkpoint, yet a record comes`,
      );
    }
    const { value, timestamp, seq } = element;
    probe.recordProcessed?.({ task: this.id, channel, seq, value, timestamp });
    if (this.#head !== undefined) this.#head.process(channel.edge, value, timestamp);
    else this.#chain.head.receive(value, timestamp);
    probe.turnEnded?.({ task: this.id });
    if (this.#checkpoints.aligning) this.#checkpoints.processed(channel.edge, element);
  }

  #onElement(channel: InputChannel, element: StreamElement, overtook: boolean): void {
    const { probe } = this.#env.ports;
    switch (element.kind) {
      case 'record':
        this.#onRecord(channel.id, element);
        return;
      case 'watermark':
        probe.watermarkReceived?.({ task: this.id, channel: channel.id, watermark: element.timestamp });
        this.#valves?.inputWatermark(channel.index, element.timestamp);
        return;
      case 'status':
        probe.statusReceived?.({ task: this.id, channel: channel.id, idle: element.idle });
        this.#valves?.inputStatus(channel.index, element.idle);
        return;
      case 'barrier':
        this.#checkpoints.onBarrier(channel, element, overtook);
        return;
      case 'cancel':
        this.#checkpoints.onCancelMarker(channel, element.checkpoint);
        return;
      case 'end-of-data':
        probe.inputEnded?.({ task: this.id, channel: channel.id });
        channel.dataEnded = true;
        if (this.gate.channels.every((candidate) => candidate.dataEnded)) this.#finishData();
        return;
      case 'end-of-partition':
        probe.partitionEnded?.({ task: this.id, channel: channel.id });
        this.#checkpoints.onEnd(channel);
    }
  }

  #valvesListener(): InputValvesListener {
    return {
      advance: (watermark) => {
        this.#advance(watermark);
      },
      status: (idle) => {
        this.#outputs.sendStatus(idle);
      },
    };
  }

  #advance(watermark: Timestamp): void {
    const { probe } = this.#env.ports;
    if (this.#env.restore.finished) return;
    probe.watermarkAdvanced?.({ task: this.id, watermark });
    const forward = this.#keyed === undefined ? watermark : this.#keyed.advance(watermark);
    probe.turnEnded?.({ task: this.id });
    this.#outputs.sendWatermark(forward);
  }

  /** All input is processed: nothing follows but checkpoints. Processing-time timers that are still to come never fire. */
  #finishData(): void {
    if (this.#dataFinished) return;
    this.#dataFinished = true;
    this.#processingTimer?.timer.cancel();
    this.#processingTimer = undefined;
    this.#outputs.broadcast({ kind: 'end-of-data' });
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
    if (this.#dataFinished || this.#env.restore.inputEnded) return;
    if (this.#processingTimer !== undefined) {
      if (this.#processingTimer.timestamp <= timestamp) return;
      this.#processingTimer.timer.cancel();
    }
    // Due when its millisecond is over.
    const delay = Math.max(0, timestamp + 1 - this.#env.ports.clock.now());
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

  #makeCheckpoints(): TaskCheckpoints {
    const isReplaying = (): boolean => this.#replay !== undefined;
    const isDataFinished = (): boolean => this.#dataFinished;
    return new TaskCheckpoints({
      env: this.#env,
      scope: this.#scope,
      gate: this.gate,
      outputEdges: this.#chain.outputEdges,
      sinks: this.#sinks,
      barriers: this.#barriers,
      get replaying() {
        return isReplaying();
      },
      get dataFinished() {
        return isDataFinished();
      },
      snapshot: () => ({
        keyed:
          this.#keyed === undefined || this.#env.restore.finished
            ? undefined
            : { snapshot: this.#keyed.snapshot(), range: this.#keyed.range },
        broadcast: this.#env.restore.finished ? undefined : this.#head?.broadcast?.snapshot(),
        splits: this.#source?.snapshot() ?? [],
      }),
      broadcast: (element) => {
        this.#outputs.broadcast(element);
      },
      stopSource: (drain) => {
        if (this.#dataFinished) return;
        if (drain) this.#outputs.sendWatermark(MAX_TIMESTAMP);
        this.#finishData();
      },
      pause: (why) => {
        this.#paused = why;
      },
      resume: () => {
        this.#paused = undefined;
        this.#outputs.afterStep();
        this.#actor.wake();
      },
      post: (letter) => {
        this.post(letter);
      },
      finish: (commits) => {
        this.#scope.spawn('finish', this.#finish(commits));
      },
    });
  }

  #channelListener(): ChannelListener {
    return {
      arrived: () => {
        this.#actor.wake();
      },
      announced: (channel, barrier) => {
        this.post({ kind: 'announcement', channel, barrier });
      },
      kept: (channel, checkpoint, elements) => {
        this.#checkpoints.kept(channel, checkpoint, elements);
      },
    };
  }

  /** The final checkpoint is complete: what it covers is committed, what else is under way comes to its end, then nothing follows. */
  *#finish(commits: readonly Pending<void>[]): Coroutine<void> {
    for (const commit of commits) yield* commit;
    for (let part = this.#checkpoints.underWay; part !== undefined; part = this.#checkpoints.underWay) yield* part;
    this.#outputs.broadcast({ kind: 'end-of-partition' });
    this.#end('finished');
    this.gate.discard();
    this.#env.ports.probe.taskFinished?.({ task: this.id });
    this.#env.reports.finished();
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
