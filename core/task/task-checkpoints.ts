/**
 * Checkpoints at one task: what the barrier handler and the sequence decide is done here.
 *
 *   trigger, barrier, announcement, cancel marker, end, timeout --> barrier handler --> actions
 *   snapshot n   obsolete or aborted? -> pre-barrier flush (waits, the task takes nothing meanwhile) -> barrier on all outputs
 *                -> sync part of every operator -> [async part: in-flight data complete -> upload -> acknowledge]
 *   complete n   sinks commit; the final checkpoint lets the task finish
 *
 * Between the flush and the end of the sync part nothing is processed: the step is atomic with regard to records, timers
 * and watermarks. A failure of the sync part fails the task, one of the async part declines the checkpoint.
 */
import type { BarrierAction, BarrierHandler, BarrierInfo } from '../checkpoint/barriers/barrier-handler.ts';
import { ChannelStateWriter } from '../checkpoint/snapshot/channel-state-writer.ts';
import { CheckpointSequence } from '../checkpoint/barriers/checkpoint-sequence.ts';
import type { PendingTransaction, SplitState } from '../connectors/connector-state.ts';
import { prefixOf, type SubtaskSnapshot } from '../checkpoint/storage/metadata.ts';
import {
  type BarrierOptions,
  type CheckpointKind,
  type DeclineReason,
  endsJob,
  isTimed,
  optionsBehind,
} from '../barrier-options.ts';
import { optionsOnEdge } from '../checkpoint/barriers/edge-options.ts';
import type { SnapshotPlace } from '../checkpoint/snapshot/snapshot-output.ts';
import { type SnapshotParts, type UploadedSnapshot, uploadSnapshot } from '../checkpoint/snapshot/upload.ts';
import { IoError } from '../errors.ts';
import type { EpochMs, Timer } from '../ports.ts';
import { serializerOf } from '../values/serializers.ts';
import { ByteWriter } from '../values/bytes.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import { AlignmentClock } from './alignment-clock.ts';
import type { OutputEdge } from '../operators/chain.ts';
import type { BarrierElement, ControlElement, RecordElement, StreamElement } from '../channels/elements.ts';
import type { InputChannel, InputGate } from '../channels/input-gate.ts';
import type { TaskEnv } from './task-env.ts';
import type { BarrierEvents } from './task-input.ts';
import type { TaskSinks } from './task-sinks.ts';
import { senderName } from './task-wiring.ts';

/** How late a snapshot worker is where buggify makes it so. */
export const SLOW_WORKER_MS = 20;

/** What a task is to its checkpoints. */
export interface CheckpointHost {
  readonly env: TaskEnv;
  readonly scope: Scope;
  readonly gate: InputGate;
  readonly outputEdges: readonly OutputEdge[];
  readonly sinks: TaskSinks;
  readonly barriers: BarrierHandler | undefined;
  /** In-flight data of the restored checkpoint is not processed yet. */
  readonly replaying: boolean;
  readonly dataFinished: boolean;
  /** The sync part of the operators: structure only. */
  snapshot(): {
    readonly keyed: SnapshotParts['keyed'];
    readonly broadcast: SnapshotParts['broadcast'];
    readonly splits: readonly SplitState[];
  };
  broadcast(element: ControlElement): void;
  /** All input counts as processed: the source reads no more. */
  finishInput(endsTime: boolean): void;
  /** The task takes nothing until `resume`. */
  pause(why: string): void;
  resume(): void;
  post(letter: { readonly kind: 'alignment-timeout'; readonly checkpoint: number }): void;
  /** The final checkpoint is complete; `commits` are under way. */
  finish(commits: readonly Pending<void>[]): void;
}

interface Taken {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  readonly unaligned: boolean;
  readonly syncDurationMs: number;
}
type TakenState = SnapshotParts & {
  readonly splits: readonly SplitState[];
  readonly pending: readonly PendingTransaction[];
};

export class TaskCheckpoints implements BarrierEvents {
  readonly #host: CheckpointHost;
  readonly #writer: ChannelStateWriter;
  readonly #sequence = new CheckpointSequence();
  readonly #clock: AlignmentClock;
  /** The barrier by which each checkpoint under way was begun here. */
  readonly #begun = new Map<number, BarrierElement>();
  /** Checkpoints whose time is being watched. */
  readonly #timed = new Map<number, Timer>();
  readonly #async = new Set<Pending<void>>();
  readonly #scratch = new ByteWriter();
  /** The first checkpoint that this task took after all its input; its completion lets the task finish. */
  #finalFrom: number | undefined;
  #finishing = false;

  constructor(host: CheckpointHost) {
    this.#host = host;
    this.#writer = new ChannelStateWriter(host.env.task, host.env.ports.probe);
    this.#clock = new AlignmentClock(host.env.ports.clock);
  }

  // ---- events

  /** The coordinator starts a checkpoint here: at a source, or behind tasks that have all finished. */
  onTrigger(checkpoint: number, triggeredAt: EpochMs, options: BarrierOptions): void {
    const barrier: BarrierElement = { kind: 'barrier', checkpoint, triggeredAt, options };
    const { env, barriers } = this.#host;
    env.ports.probe.triggerReceived?.({ task: env.task, checkpoint });
    this.#begin(barrier);
    if (barriers !== undefined) {
      this.#do(barriers.onTrigger(infoOf(barrier, false)));
      return;
    }
    this.#do([{ kind: 'snapshot', checkpoint, unaligned: options.alignment === 'unaligned' }]);
  }

  /** `overtook`: it was read ahead of what was queued. */
  onBarrier(channel: InputChannel, barrier: BarrierElement, overtook: boolean): void {
    const { env, barriers } = this.#host;
    const { checkpoint } = barrier;
    env.ports.probe.barrierReceived?.({ task: env.task, channel: channel.id, checkpoint, overtook });
    if (barriers === undefined) return;
    const actions = barriers.onBarrier(channel.index, infoOf(barrier, overtook));
    if (actions[0]?.kind === 'obsolete') {
      env.ports.probe.barrierObsolete?.({ task: env.task, channel: channel.id, checkpoint });
      return;
    }
    this.#begin(barrier);
    this.#do(actions);
  }

  /** A barrier that may overtake later waits in a queue. */
  onAnnouncement(channel: InputChannel, barrier: BarrierElement): void {
    const { env, barriers } = this.#host;
    env.ports.probe.barrierAnnounced?.({ task: env.task, channel: channel.id, checkpoint: barrier.checkpoint });
    if (barriers === undefined) return;
    const actions = barriers.onAnnouncement(channel.index, infoOf(barrier, false));
    if (actions.length > 0) this.#begin(barrier);
    this.#do(actions);
  }

  onCancelMarker(channel: InputChannel, checkpoint: number): void {
    const { env, barriers } = this.#host;
    env.ports.probe.cancelReceived?.({ task: env.task, channel: channel.id, checkpoint });
    if (barriers !== undefined) this.#do(barriers.onCancel(checkpoint));
  }

  onEnd(channel: InputChannel): void {
    const { barriers } = this.#host;
    if (barriers !== undefined) this.#do(barriers.onEnd(channel.index));
  }

  /** In-flight data has arrived on a channel. */
  kept(channel: InputChannel, checkpoint: number, elements: readonly StreamElement[]): void {
    this.#writer.keepInput(checkpoint, channel, elements);
  }

  /** The time of a checkpoint is over: barriers that still wait overtake, at the inputs and at the outputs. */
  onTimeout(checkpoint: number): void {
    const { env, barriers } = this.#host;
    const actions = barriers?.onTimeout(checkpoint) ?? [];
    if (actions.length > 0) env.ports.probe.alignmentTimedOut?.({ task: env.task, checkpoint });
    this.#do(actions);
    for (const channel of this.#writer.waitingOutputs(checkpoint)) {
      const overtaken = channel.overtake(checkpoint);
      if (overtaken === undefined) continue;
      env.ports.probe.outputTimedOut?.({ task: env.task, channel: channel.id, checkpoint });
      this.#writer.keepOutput(checkpoint, channel, overtaken);
    }
    this.#writer.closeIfComplete(checkpoint);
  }

  /** The coordinator has aborted the checkpoint. The word also says what is complete, in case that was not heard. */
  onAborted(checkpoint: number, latestCompleted: number): void {
    const { env, barriers } = this.#host;
    const { probe } = env.ports;
    probe.notifiedAborted?.({ task: env.task, checkpoint, latestCompleted });
    const actions = barriers?.onAbort(checkpoint) ?? [];
    if (actions.length > 0) {
      this.#do(actions, true);
    } else {
      const answer = this.#sequence.abort(checkpoint);
      if (answer === 'remembered') probe.abortRemembered?.({ task: env.task, checkpoint });
      if (answer === 'cancel-async') this.#forget(checkpoint);
    }
    if (latestCompleted > 0) this.#complete(latestCompleted);
  }

  onComplete(checkpoint: number): void {
    const { env } = this.#host;
    env.ports.probe.notifiedComplete?.({ task: env.task, checkpoint });
    this.#complete(checkpoint);
  }

  /** A record was processed: counted while the task aligns. */
  processed(edge: number, record: RecordElement): void {
    if (!this.#clock.running) return;
    const type = this.#host.env.job.edges[edge]?.type;
    if (type === undefined) return;
    serializerOf(type).write(record.value, this.#scratch);
    this.#clock.processed(this.#scratch.length);
    this.#scratch.reset();
  }

  /** For the wait-for explanation: barriers that have not come. */
  get waitsFor(): string | undefined {
    const { barriers, env, gate } = this.#host;
    const waits = barriers?.waitsFor;
    if (waits === undefined) return undefined;
    const from = gate.channels.filter(({ index }) => waits.channels.includes(index));
    return `barrier ${waits.checkpoint} from ${from.map((channel) => senderName(env, channel)).join(', ')}`;
  }

  /** An async part that is under way, if there is one. */
  get underWay(): Pending<void> | undefined {
    for (const part of this.#async) if (!part.settled) return part;
    return undefined;
  }

  // ---- what follows

  #begin(barrier: BarrierElement): void {
    if (!this.#begun.has(barrier.checkpoint)) this.#begun.set(barrier.checkpoint, barrier);
  }

  /** In order. A snapshot that has to wait for the sinks puts off what comes behind it. `told`: the coordinator knows. */
  #do(actions: readonly BarrierAction[], told = false): void {
    for (const [index, action] of actions.entries()) {
      if (action.kind === 'abort') {
        this.#giveUp(action.checkpoint, action.cause === 'subsumed' ? 'subsumed' : 'cancellation-marker', told);
      } else if (action.kind !== 'snapshot') {
        this.#doOne(action);
      } else if (this.#snapshot(action.checkpoint, action.unaligned, actions.slice(index + 1))) {
        return;
      }
    }
  }

  #doOne(action: Exclude<BarrierAction, { readonly kind: 'snapshot' | 'abort' }>): void {
    const { env, gate } = this.#host;
    const { checkpoint } = action;
    switch (action.kind) {
      case 'obsolete':
        return;
      case 'block': {
        const channel = gate.channels[action.channel];
        if (channel === undefined) return;
        channel.blocked = true;
        this.#clock.first(checkpoint, this.#begun.get(checkpoint)?.triggeredAt);
        env.ports.probe.channelBlocked?.({ task: env.task, channel: channel.id, checkpoint });
        return;
      }
      case 'unblock':
        this.#unblock(checkpoint);
        return;
      case 'prioritize':
        for (const channel of gate.channels) channel.prioritize(checkpoint);
        return;
      case 'start':
        this.#clock.first(checkpoint, this.#begun.get(checkpoint)?.triggeredAt);
        this.#writer.open(checkpoint);
        // A newer barrier has come on a channel: nothing of this checkpoint will be of use.
        if (gate.channels.map((channel) => channel.startPersisting(checkpoint)).every(Boolean)) return;
        this.#giveUp(checkpoint, 'subsumed', false);
        this.#awaitNoMore(checkpoint);
        return;
      case 'stop':
        this.#clock.last(checkpoint);
        for (const channel of gate.channels) channel.stopPersisting(checkpoint);
        this.#begun.delete(checkpoint);
        this.#writer.inputsDone(checkpoint);
        this.#writer.closeIfComplete(checkpoint);
        return;
      case 'await-timeout':
        this.#awaitTimeout(checkpoint);
    }
  }

  #unblock(checkpoint: number): void {
    const { env, gate } = this.#host;
    for (const channel of gate.channels) {
      if (!channel.blocked) continue;
      channel.blocked = false;
      env.ports.probe.channelUnblocked?.({ task: env.task, channel: channel.id, checkpoint });
    }
  }

  #awaitTimeout(checkpoint: number): void {
    const barrier = this.#begun.get(checkpoint);
    if (barrier === undefined || this.#timed.has(checkpoint)) return;
    const { clock } = this.#host.env.ports;
    const delay = Math.max(0, barrier.triggeredAt + barrier.options.timeoutMs - clock.now());
    const timer = clock.timer(delay, () => {
      this.#timed.delete(checkpoint);
      this.#host.post({ kind: 'alignment-timeout', checkpoint });
    });
    this.#timed.set(checkpoint, timer);
  }

  #untime(checkpoint: number): void {
    this.#timed.get(checkpoint)?.cancel();
    this.#timed.delete(checkpoint);
  }

  /** The checkpoint ends here, before or after its snapshot: downstream hears it, and so does the coordinator. */
  #giveUp(checkpoint: number, reason: DeclineReason, told: boolean): void {
    const { env } = this.#host;
    const answer = this.#sequence.giveUp(checkpoint);
    if (answer === 'before-begin') this.#cancel(checkpoint);
    this.#forget(checkpoint);
    if (told || answer === 'late') return;
    this.#decline(checkpoint, reason, `${env.task.vertex}[${env.task.subtask}] gave it up: ${reason}`);
  }

  /** In place of the barrier. */
  #cancel(checkpoint: number): void {
    const { env } = this.#host;
    this.#host.broadcast({ kind: 'cancel', checkpoint });
    env.ports.probe.cancelSent?.({ task: env.task, checkpoint });
  }

  #forget(checkpoint: number): void {
    this.#clock.last(checkpoint);
    this.#begun.delete(checkpoint);
    this.#untime(checkpoint);
    this.#writer.giveUp(checkpoint);
    for (const channel of this.#host.gate.channels) channel.stopPersisting(checkpoint);
  }

  #decline(checkpoint: number, reason: DeclineReason, message: string): void {
    const { env } = this.#host;
    env.ports.probe.declined?.({ task: env.task, checkpoint, reason, message });
    env.reports.decline(checkpoint, reason, message);
  }

  // ---- snapshots

  /** True: it waits for the sinks, and goes on by itself, with `after` behind it. */
  #snapshot(checkpoint: number, unaligned: boolean, after: readonly BarrierAction[]): boolean {
    const barrier = this.#begun.get(checkpoint);
    if (barrier === undefined) return false;
    this.#clock.first(checkpoint, barrier.triggeredAt);
    const answer = this.#sequence.begin(checkpoint);
    if (answer === 'obsolete') return false;
    if (answer === 'cancelled') {
      this.#passOver(checkpoint);
      return false;
    }
    if (this.#host.replaying) {
      this.#refuse(checkpoint, 'not-ready', 'in-flight data of the restored checkpoint is not processed yet');
      return false;
    }
    // Its end waits for the async parts that are under way: more of them, and it would never come where checkpoints are dense.
    if (this.#finishing) {
      this.#refuse(checkpoint, 'closing', 'the final checkpoint is complete, the task finishes');
      return false;
    }
    const { kind } = barrier.options;
    if (this.#host.barriers === undefined && endsJob(kind)) this.#host.finishInput(kind === 'drain');
    const prepared = this.#host.sinks.prepare(checkpoint);
    if (prepared === undefined) {
      this.#take(barrier, unaligned);
      return false;
    }
    this.#host.pause(`its sinks to prepare checkpoint ${checkpoint}`);
    this.#host.scope.spawn(`prepare ${checkpoint}`, this.#prepare(prepared, barrier, unaligned, after));
    return true;
  }

  /** The task takes no snapshot now: what it still replays is in none of it, or it is about to end. */
  #refuse(checkpoint: number, reason: DeclineReason, message: string): void {
    this.#sequence.end(checkpoint);
    this.#passOver(checkpoint);
    this.#decline(checkpoint, reason, message);
  }

  /** A cancel marker in place of the barrier. */
  #passOver(checkpoint: number): void {
    this.#cancel(checkpoint);
    this.#forget(checkpoint);
    this.#awaitNoMore(checkpoint);
  }

  /** The task has given the checkpoint up by itself: its handler may still wait for other barriers of it. */
  #awaitNoMore(checkpoint: number): void {
    const rest = this.#host.barriers?.onCancel(checkpoint) ?? [];
    for (const action of rest) if (action.kind === 'unblock') this.#doOne(action);
  }

  *#prepare(
    prepared: Coroutine<void>,
    barrier: BarrierElement,
    unaligned: boolean,
    after: readonly BarrierAction[],
  ): Coroutine<void> {
    yield* prepared;
    this.#take(barrier, unaligned);
    this.#do(after);
    this.#host.resume();
  }

  /** Barrier out, sync part; the async part goes on beside the records. */
  #take(barrier: BarrierElement, unaligned: boolean): void {
    const { env, sinks, dataFinished, barriers } = this.#host;
    const { checkpoint } = barrier;
    const { probe } = env.ports;
    if (!unaligned) this.#clock.last(checkpoint);
    this.#send(barrier, unaligned);
    const state = this.#host.snapshot();
    const pending = sinks.snapshot();
    if (dataFinished) this.#finalFrom ??= checkpoint;
    probe.snapshotTaken?.({ task: env.task, checkpoint, unaligned });
    const syncDurationMs = this.#clock.synced(checkpoint);
    const request = this.#writer.request(checkpoint);
    if (!unaligned || barriers === undefined) this.#writer.inputsDone(checkpoint);
    this.#writer.closeIfComplete(checkpoint);
    const part = this.#host.scope.spawn(
      `upload ${checkpoint}`,
      this.#upload(
        { checkpoint, kind: barrier.options.kind, unaligned, syncDurationMs },
        { ...state, pending, channelState: request },
      ),
    );
    for (const old of this.#async) if (old.settled) this.#async.delete(old);
    this.#async.add(part);
    if (barriers === undefined || !unaligned) this.#begun.delete(checkpoint);
  }

  /** On each edge in the way that its receiver can take. */
  #send(barrier: BarrierElement, unaligned: boolean): void {
    const { env, outputEdges } = this.#host;
    const { checkpoint } = barrier;
    const own = optionsBehind(barrier.options);
    const options: BarrierOptions = unaligned ? { ...own, alignment: 'unaligned' } : own;
    const edges: { edge: number; alignment: BarrierOptions['alignment']; timeoutMs: number }[] = [];
    for (const { edge, channels } of outputEdges) {
      const onEdge = optionsOnEdge(options, env.graph.receiver(edge));
      edges.push({ edge: edge.id, alignment: onEdge.alignment, timeoutMs: onEdge.timeoutMs });
      const sent: BarrierElement = { ...barrier, options: onEdge };
      const timed = isTimed(onEdge);
      for (const channel of channels) {
        if (onEdge.alignment === 'unaligned') {
          this.#writer.open(checkpoint);
          this.#writer.keepOutput(checkpoint, channel, channel.sendOvertaking(sent));
        } else if (timed) {
          this.#writer.open(checkpoint);
          this.#writer.awaitOutput(checkpoint, channel);
          channel.sendTimed(sent, () => {
            this.#writer.keepOutput(checkpoint, channel, []);
            this.#writer.closeIfComplete(checkpoint);
          });
        } else {
          channel.sendControl(sent);
        }
      }
    }
    if (this.#writer.waitingOutputs(checkpoint).length > 0) this.#awaitTimeout(checkpoint);
    env.ports.probe.barrierSent?.({ task: env.task, checkpoint, kind: options.kind, edges });
  }

  *#upload(taken: Taken, state: TakenState): Coroutine<void> {
    const { checkpoint, unaligned, syncDurationMs } = taken;
    const request = state.channelState;
    const { env } = this.#host;
    const { probe, objects, clock, buggify } = env.ports;
    const started = clock.monotonic();
    // The worker that makes bytes of the snapshot may come to it late: records go on meanwhile.
    if (buggify.fires('snapshot-worker')) yield* clock.sleep(SLOW_WORKER_MS);
    if (request !== undefined && !(yield* request.closed)) {
      state.keyed?.snapshot.discard();
      this.#sequence.end(checkpoint);
      return;
    }
    let uploaded: UploadedSnapshot;
    try {
      uploaded = yield* uploadSnapshot(objects, this.#place(taken), state, (edge) => env.job.edges[edge]?.type);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (this.#sequence.end(checkpoint)) this.#decline(checkpoint, 'failed', error.message);
      return;
    }
    probe.snapshotUploaded?.({ task: env.task, checkpoint });
    if (!this.#sequence.end(checkpoint)) return;
    this.#untime(checkpoint);
    probe.acknowledged?.({ task: env.task, checkpoint });
    const { splits, pending } = state;
    const snapshot: SubtaskSnapshot = { ...uploaded.handles, splits, pending, finished: env.restore.finished };
    env.reports.acknowledge(checkpoint, snapshot, {
      ...this.#clock.metrics(checkpoint),
      syncDurationMs,
      asyncDurationMs: Math.floor(clock.monotonic() - started),
      bytesPersistedDuringAlignment: uploaded.channelStateBytes,
      unalignedCheckpoint: unaligned,
      stateSizeBytes: uploaded.totalBytes,
    });
  }

  #place({ checkpoint, kind }: Taken): SnapshotPlace {
    const { job, task } = this.#host.env;
    const prefix = `${prefixOf(kind, job.name, task.attempt, checkpoint)}${task.vertex}-${task.subtask}`;
    return { checkpoint, kind, prefix };
  }

  #complete(checkpoint: number): void {
    const commits = this.#host.sinks.notifyComplete(checkpoint);
    if (this.#finishing || this.#finalFrom === undefined || checkpoint < this.#finalFrom) return;
    this.#finishing = true;
    this.#host.finish(commits);
  }
}

function infoOf({ checkpoint, options }: BarrierElement, overtook: boolean): BarrierInfo {
  return { checkpoint, overtook, timed: isTimed(options), blocks: options.alignment !== 'at-least-once' };
}
