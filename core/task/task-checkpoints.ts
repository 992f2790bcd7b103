/**
 * Checkpoints at one task: events come in here, the barrier handler decides, and its actions are done.
 *
 *   trigger, barrier, announcement, cancel marker, end, timeout --> barrier handler --> BarrierActions
 *                                                                       snapshot n --> SnapshotTaker --> BarrierSender
 *                                                                                                    --> AsyncSnapshots
 *   complete n   sinks commit; the final checkpoint lets the task finish
 *   aborted n    the pending one ends; one whose barrier has not come is remembered
 */
import type { BarrierHandler, BarrierInfo } from '../checkpoint/barriers/barrier-handler.ts';
import { FinalCheckpointOfTask } from '../checkpoint/coordinator/final-checkpoint.ts';
import { type BarrierOptions, isTimed } from '../barrier-options.ts';
import type { BarrierElement, RecordElement, StreamElement } from '../channels/elements.ts';
import type { InputChannel, InputGate } from '../channels/input-gate.ts';
import type { EpochMs } from '../ports.ts';
import { serializerOf } from '../values/serializers.ts';
import type { Pending, Scope } from '../waiting.ts';
import { AsyncSnapshots } from './async-snapshots.ts';
import { BarrierActions } from './barrier-actions.ts';
import { BarrierSender } from './barrier-sender.ts';
import { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import type { Mailbox } from './mailbox.ts';
import { SnapshotTaker } from './snapshot-taker.ts';
import type { TaskEnv } from './task-env.ts';
import type { BarrierEvents, TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';
import { barrierHandlerOf, senderName } from './task-wiring.ts';

/** The parts of a task that its checkpoints use. */
export interface CheckpointedTask {
  readonly env: TaskEnv;
  readonly scope: Scope;
  readonly mailbox: Mailbox;
  readonly gate: InputGate;
  readonly operators: TaskOperators;
  /** The present input; `read` may return another one. */
  readonly input: () => TaskInput;
  /** The final checkpoint is complete; `commits` are under way. */
  finish(commits: readonly Pending<void>[]): void;
}

export class TaskCheckpoints implements BarrierEvents {
  readonly #task: CheckpointedTask;
  /** Undefined for a source. */
  readonly #handler: BarrierHandler | undefined;
  readonly #underWay: CheckpointsUnderWay;
  readonly #sender: BarrierSender;
  readonly #actions: BarrierActions;
  readonly #async: AsyncSnapshots;
  readonly #final = new FinalCheckpointOfTask();

  constructor(task: CheckpointedTask) {
    const { env, scope, mailbox, gate, operators, input } = task;
    this.#task = task;
    this.#handler = barrierHandlerOf(env, gate.channels.length);
    this.#underWay = new CheckpointsUnderWay(env, gate, mailbox);
    this.#sender = new BarrierSender(env, operators.outputEdges, this.#underWay);
    this.#async = new AsyncSnapshots(env, scope, this.#underWay);
    this.#actions = new BarrierActions(env, {
      gate,
      handler: this.#handler,
      underWay: this.#underWay,
      sender: this.#sender,
      snapshots: new SnapshotTaker(env, this.#underWay, this.#final, {
        operators,
        input,
        sender: this.#sender,
        async: this.#async,
      }),
      mailbox,
      outputs: operators.outputs,
      scope,
    });
  }

  /** The coordinator starts a checkpoint here: at a source, or behind tasks that have all finished. */
  onTrigger(checkpoint: number, triggeredAt: EpochMs, options: BarrierOptions): void {
    const { task, ports } = this.#task.env;
    const barrier: BarrierElement = { kind: 'barrier', checkpoint, triggeredAt, options };
    ports.probe.triggerReceived?.({ task, checkpoint });
    this.#underWay.begin(barrier);
    this.#actions.do(
      this.#handler?.onTrigger(infoOf(barrier, false)) ?? [
        { kind: 'snapshot', checkpoint, unaligned: options.alignment === 'unaligned' },
      ],
    );
  }

  onBarrier(channel: InputChannel, barrier: BarrierElement, overtook: boolean): void {
    const { task, ports } = this.#task.env;
    const { checkpoint } = barrier;
    ports.probe.barrierReceived?.({ task, channel: channel.id, checkpoint, overtook });
    if (this.#handler === undefined) return;
    const actions = this.#handler.onBarrier(channel.index, infoOf(barrier, overtook));
    if (actions[0]?.kind === 'obsolete') {
      ports.probe.barrierObsolete?.({ task, channel: channel.id, checkpoint });
      return;
    }
    this.#underWay.begin(barrier);
    this.#actions.do(actions);
  }

  /** A barrier that may overtake later waits in a queue. */
  onAnnouncement(channel: InputChannel, barrier: BarrierElement): void {
    const { task, ports } = this.#task.env;
    ports.probe.barrierAnnounced?.({ task, channel: channel.id, checkpoint: barrier.checkpoint });
    const actions = this.#handler?.onAnnouncement(channel.index, infoOf(barrier, false)) ?? [];
    if (actions.length > 0) this.#underWay.begin(barrier);
    this.#actions.do(actions);
  }

  onCancelMarker(channel: InputChannel, checkpoint: number): void {
    const { task, ports } = this.#task.env;
    ports.probe.cancelReceived?.({ task, channel: channel.id, checkpoint });
    this.#actions.do(this.#handler?.onCancel(checkpoint) ?? []);
  }

  onEnd(channel: InputChannel): void {
    this.#actions.do(this.#handler?.onEnd(channel.index) ?? []);
  }

  /** In-flight data has arrived on a channel. */
  kept(channel: InputChannel, checkpoint: number, elements: readonly StreamElement[]): void {
    this.#underWay.channelState.keepInput(checkpoint, channel, elements);
  }

  /** The time of a checkpoint is over: barriers that still wait overtake, at the inputs and at the outputs. */
  onTimeout(checkpoint: number): void {
    const { task, ports } = this.#task.env;
    const actions = this.#handler?.onTimeout(checkpoint) ?? [];
    if (actions.length > 0) ports.probe.alignmentTimedOut?.({ task, checkpoint });
    this.#actions.do(actions);
    this.#sender.overtake(checkpoint);
  }

  /** The coordinator has aborted the checkpoint. It also says what is complete, in case that notification was lost. */
  onAborted(checkpoint: number, latestCompleted: number): void {
    const { task, ports } = this.#task.env;
    ports.probe.notifiedAborted?.({ task, checkpoint, latestCompleted });
    const actions = this.#handler?.onAbort(checkpoint) ?? [];
    if (actions.length > 0) this.#actions.do(actions, true);
    else this.#abortNotPending(checkpoint);
    if (latestCompleted > 0) this.#complete(latestCompleted);
  }

  onComplete(checkpoint: number): void {
    const { task, ports } = this.#task.env;
    ports.probe.notifiedComplete?.({ task, checkpoint });
    this.#complete(checkpoint);
  }

  /** Counted while the task aligns. */
  processed(edge: number, record: RecordElement): void {
    const { alignment } = this.#underWay;
    if (!alignment.running) return;
    const type = this.#task.env.job.edges[edge]?.type;
    if (type !== undefined) alignment.processed(record.value, serializerOf(type));
  }

  /** For the wait-for explanation: barriers that have not come. */
  get waitsFor(): string | undefined {
    const { env, gate } = this.#task;
    const waits = this.#handler?.waitsFor;
    if (waits === undefined) return undefined;
    const from = gate.channels.filter(({ index }) => waits.channels.includes(index));
    return `barrier ${waits.checkpoint} from ${from.map((channel) => senderName(env, channel)).join(', ')}`;
  }

  /** An async part that is under way, if there is one. */
  get underWay(): Pending<void> | undefined {
    return this.#async.underWay;
  }

  #abortNotPending(checkpoint: number): void {
    const { task, ports } = this.#task.env;
    const answer = this.#underWay.sequence.abort(checkpoint);
    if (answer === 'remembered') ports.probe.abortRemembered?.({ task, checkpoint });
    if (answer === 'cancel-async') this.#underWay.forget(checkpoint);
  }

  #complete(checkpoint: number): void {
    const commits = this.#task.operators.sinks.notifyComplete(checkpoint);
    if (this.#final.completed(checkpoint)) this.#task.finish(commits);
  }
}

function infoOf({ checkpoint, options }: BarrierElement, overtook: boolean): BarrierInfo {
  return { checkpoint, overtook, timed: isTimed(options), blocks: options.alignment !== 'at-least-once' };
}
