/**
 * Does what the barrier handler has decided, in order: the handler knows ids and channels by number, this knows the channels
 * themselves, the outputs, and the coordinator.
 */
import type { BarrierAction, BarrierHandler } from '../checkpoint/barriers/barrier-handler.ts';
import type { DeclineReason } from '../barrier-options.ts';
import type { InputGate } from '../channels/input-gate.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import type { BarrierSender } from './barrier-sender.ts';
import type { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import { declineCheckpoint } from './decline.ts';
import type { Mailbox } from './mailbox.ts';
import type { SnapshotAnswer } from './snapshot-taker.ts';
import type { TaskEnv } from './task-env.ts';
import type { TaskOutputs } from './task-outputs.ts';

type Waits = Extract<SnapshotAnswer, { readonly kind: 'waits' }>;

export interface ActionTargets {
  readonly gate: InputGate;
  /** Undefined for a source. */
  readonly handler: Pick<BarrierHandler, 'onCancel'> | undefined;
  readonly underWay: CheckpointsUnderWay;
  readonly sender: Pick<BarrierSender, 'sendCancel'>;
  readonly snapshots: { take(checkpoint: number, unaligned: boolean): SnapshotAnswer };
  /** The task's: closed while a snapshot waits. */
  readonly mailbox: Mailbox;
  readonly outputs: Pick<TaskOutputs, 'afterStep'>;
  readonly scope: Scope;
}

export class BarrierActions {
  readonly #env: Pick<TaskEnv, 'task' | 'ports' | 'report'>;
  readonly #targets: ActionTargets;

  constructor(env: Pick<TaskEnv, 'task' | 'ports' | 'report'>, targets: ActionTargets) {
    this.#env = env;
    this.#targets = targets;
  }

  /** In order. A snapshot that has to wait delays what comes behind it. `coordinatorKnows`: of what is aborted. */
  do(actions: readonly BarrierAction[], coordinatorKnows = false): void {
    for (const [index, action] of actions.entries()) {
      if (action.kind === 'abort') {
        this.#abort(
          action.checkpoint,
          action.cause === 'subsumed' ? 'subsumed' : 'cancellation-marker',
          coordinatorKnows,
        );
      } else if (action.kind !== 'snapshot') {
        this.#doOne(action);
      } else {
        const waits = this.#snapshot(action.checkpoint, action.unaligned);
        if (waits === undefined) continue;
        this.#goOnAfter(waits, action.checkpoint, actions.slice(index + 1));
        return;
      }
    }
  }

  #doOne(action: Exclude<BarrierAction, { readonly kind: 'snapshot' | 'abort' }>): void {
    const { gate, underWay } = this.#targets;
    const { checkpoint } = action;
    switch (action.kind) {
      case 'obsolete':
        return;
      case 'block':
        this.#block(checkpoint, action.channel);
        return;
      case 'unblock':
        this.#unblock(checkpoint);
        return;
      case 'prioritize':
        for (const channel of gate.channels) channel.prioritize(checkpoint);
        return;
      case 'start':
        this.#startPersisting(checkpoint);
        return;
      case 'stop':
        underWay.alignment.last(checkpoint);
        for (const channel of gate.channels) channel.stopPersisting(checkpoint);
        underWay.barriersDone(checkpoint);
        underWay.channelState.inputsDone(checkpoint);
        underWay.channelState.closeIfComplete(checkpoint);
        return;
      case 'await-timeout':
        underWay.awaitTimeout(checkpoint);
    }
  }

  // ---- inputs

  #block(checkpoint: number, index: number): void {
    const { gate, underWay } = this.#targets;
    const { task, ports } = this.#env;
    const channel = gate.channels[index];
    if (channel === undefined) return;
    channel.blocked = true;
    underWay.alignment.first(checkpoint, underWay.barrierOf(checkpoint)?.triggeredAt);
    ports.probe.channelBlocked?.({ task, channel: channel.id, checkpoint });
  }

  #unblock(checkpoint: number): void {
    const { task, ports } = this.#env;
    for (const channel of this.#targets.gate.channels) {
      if (!channel.blocked) continue;
      channel.blocked = false;
      ports.probe.channelUnblocked?.({ task, channel: channel.id, checkpoint });
    }
  }

  #startPersisting(checkpoint: number): void {
    const { gate, underWay } = this.#targets;
    underWay.alignment.first(checkpoint, underWay.barrierOf(checkpoint)?.triggeredAt);
    underWay.channelState.open(checkpoint);
    // A newer barrier has come on a channel: nothing of this checkpoint will be of use.
    if (gate.channels.map((channel) => channel.startPersisting(checkpoint)).every(Boolean)) return;
    this.#abort(checkpoint, 'subsumed', false);
    this.#awaitNoMore(checkpoint);
  }

  // ---- snapshot, or none

  /** Returns what it waits for, if it does. */
  #snapshot(checkpoint: number, unaligned: boolean): Waits | undefined {
    const answer = this.#targets.snapshots.take(checkpoint, unaligned);
    switch (answer.kind) {
      case 'taken':
      case 'obsolete':
        return undefined;
      case 'cancelled':
        this.#passOver(checkpoint);
        return undefined;
      case 'refused':
        this.#passOver(checkpoint);
        declineCheckpoint(this.#env, checkpoint, answer.reason, answer.message);
        return undefined;
      case 'waits':
        return answer;
    }
  }

  #goOnAfter({ why, body }: Waits, checkpoint: number, rest: readonly BarrierAction[]): void {
    const { mailbox, scope } = this.#targets;
    mailbox.pause(why);
    scope.spawn(`prepare ${checkpoint}`, this.#goOn(body, rest));
  }

  *#goOn(body: Coroutine<void>, rest: readonly BarrierAction[]): Coroutine<void> {
    const { mailbox, outputs } = this.#targets;
    yield* body;
    // Nothing is written while the task takes nothing: no snapshot among the rest has to wait.
    this.do(rest);
    outputs.afterStep();
    mailbox.resume();
  }

  /** Sends a cancel marker in place of the barrier. */
  #passOver(checkpoint: number): void {
    const { sender, underWay } = this.#targets;
    sender.sendCancel(checkpoint);
    underWay.forget(checkpoint);
    this.#awaitNoMore(checkpoint);
  }

  /** The task has given the checkpoint up by itself: its handler may still wait for other barriers of it. */
  #awaitNoMore(checkpoint: number): void {
    const rest = this.#targets.handler?.onCancel(checkpoint) ?? [];
    for (const action of rest) if (action.kind === 'unblock') this.#doOne(action);
  }

  /** The checkpoint ends here, before or after its snapshot: downstream hears it, and so does the coordinator. */
  #abort(checkpoint: number, reason: DeclineReason, coordinatorKnows: boolean): void {
    const { sender, underWay } = this.#targets;
    const { vertex, subtask } = this.#env.task;
    const answer = underWay.sequence.giveUp(checkpoint);
    if (answer === 'before-begin') sender.sendCancel(checkpoint);
    underWay.forget(checkpoint);
    if (coordinatorKnows || answer === 'late') return;
    declineCheckpoint(this.#env, checkpoint, reason, `${vertex}[${subtask}] gave it up: ${reason}`);
  }
}
