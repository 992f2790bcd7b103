/**
 * The sync part of the checkpoints of one task (SEMANTICS B6): in one step, so that no record,
 * timer or watermark comes between
 *
 *   order check -> sinks prepare (may wait, the task takes nothing meanwhile) -> barrier on all outputs -> snapshot of every
 *   operator -> the async part begins
 *
 * A failure here fails the task.
 */
import { type DeclineReason, endsJob } from '../barrier-options.ts';
import type { FinalCheckpointOfTask } from '../checkpoint/coordinator/final-checkpoint.ts';
import type { BarrierElement } from '../channels/elements.ts';
import type { Coroutine } from '../waiting.ts';
import type { AsyncSnapshots } from './async-snapshots.ts';
import type { BarrierSender } from './barrier-sender.ts';
import type { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import type { TaskEnv } from './task-env.ts';
import type { TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';

export type SnapshotAnswer =
  /** `obsolete`: nothing of it is wanted. `cancelled`: the coordinator has aborted it before. */
  | { readonly kind: 'taken' | 'obsolete' | 'cancelled' }
  /** The task takes no snapshot now. */
  | { readonly kind: 'refused'; readonly reason: DeclineReason; readonly message: string }
  /** It is taken at the end of `body`; the task must take nothing before. */
  | { readonly kind: 'waits'; readonly why: string; readonly body: Coroutine<void> };

/** What goes into a snapshot, and where its progress is reported. */
export interface SnapshotTargets {
  readonly operators: TaskOperators;
  /** The present input; `read` may return another one. */
  readonly input: () => TaskInput;
  readonly sender: BarrierSender;
  readonly async: AsyncSnapshots;
}

export class SnapshotTaker {
  readonly #env: TaskEnv;
  readonly #underWay: CheckpointsUnderWay;
  readonly #final: FinalCheckpointOfTask;
  readonly #targets: SnapshotTargets;

  constructor(env: TaskEnv, underWay: CheckpointsUnderWay, final: FinalCheckpointOfTask, targets: SnapshotTargets) {
    this.#env = env;
    this.#underWay = underWay;
    this.#final = final;
    this.#targets = targets;
  }

  take(checkpoint: number, unaligned: boolean): SnapshotAnswer {
    const { sequence, alignment } = this.#underWay;
    const barrier = this.#underWay.barrierOf(checkpoint);
    if (barrier === undefined) return { kind: 'obsolete' };
    alignment.first(checkpoint, barrier.triggeredAt);
    const begun = sequence.begin(checkpoint);
    if (begun !== 'take') return { kind: begun };
    const refused = this.#refused();
    if (refused !== undefined) {
      sequence.end(checkpoint);
      return refused;
    }
    const { operators } = this.#targets;
    const { kind } = barrier.options;
    if (this.#isSource && endsJob(kind)) operators.finish(kind === 'drain');
    const prepared = operators.sinks.prepare(checkpoint);
    if (prepared === undefined) {
      this.#take(barrier, unaligned);
      return { kind: 'taken' };
    }
    const why = `its sinks to prepare checkpoint ${checkpoint}`;
    return { kind: 'waits', why, body: this.#takePrepared(prepared, barrier, unaligned) };
  }

  #refused(): SnapshotAnswer | undefined {
    if (this.#targets.input().isReplaying) {
      const message = 'in-flight data of the restored checkpoint is not processed yet';
      return { kind: 'refused', reason: 'not-ready', message };
    }
    // Its end waits for the async parts that are under way: more of them, and it would never come where checkpoints are dense.
    if (this.#final.isComplete) {
      return { kind: 'refused', reason: 'closing', message: 'the final checkpoint is complete, the task finishes' };
    }
    return undefined;
  }

  *#takePrepared(prepared: Coroutine<void>, barrier: BarrierElement, unaligned: boolean): Coroutine<void> {
    yield* prepared;
    this.#take(barrier, unaligned);
  }

  #take(barrier: BarrierElement, unaligned: boolean): void {
    const { ports, task } = this.#env;
    const { checkpoint, options } = barrier;
    const { operators, input, sender, async } = this.#targets;
    const { alignment, channelState } = this.#underWay;
    if (!unaligned) alignment.last(checkpoint);
    sender.send(barrier, unaligned);
    const state = operators.snapshot();
    const splits = input().snapshot();
    const pending = operators.sinks.snapshot();
    if (operators.finished) this.#final.taken(checkpoint);
    ports.probe.snapshotTaken?.({ task, checkpoint, unaligned });
    const syncDurationMs = alignment.synced(checkpoint);
    const request = channelState.request(checkpoint);
    const barriersDone = !unaligned || this.#isSource;
    if (barriersDone) channelState.inputsDone(checkpoint);
    channelState.closeIfComplete(checkpoint);
    async.start({
      checkpoint,
      kind: options.kind,
      unaligned,
      syncDurationMs,
      state: { keyed: state.keyed, broadcast: state.broadcast, operator: state.operator, channelState: request },
      splits,
      pending,
      ended: operators.finished,
    });
    if (barriersDone) this.#underWay.barriersDone(checkpoint);
  }

  get #isSource(): boolean {
    return this.#env.vertex.inEdges.length === 0;
  }
}
