/**
 * Barriers on their way out, on each edge in the way that its receiver can take (`optionsOnEdge`):
 *
 *   unaligned           overtakes what waits in the output; that is in-flight data of the checkpoint
 *   aligned, timed      takes its turn; if it still waits when the time of the checkpoint is over it overtakes, too
 *   all else            takes its turn
 */
import { optionsOnEdge } from '../checkpoint/barriers/edge-options.ts';
import { type BarrierOptions, isTimed, optionsBehind, unalignedOptions } from '../barrier-options.ts';
import { type BarrierElement, barrierWith } from '../channels/elements.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import type { OutputEdge } from '../operators/chain.ts';
import type { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import type { TaskEnv } from './task-env.ts';

export class BarrierSender {
  readonly #env: TaskEnv;
  readonly #edges: readonly OutputEdge[];
  readonly #underWay: CheckpointsUnderWay;

  constructor(env: TaskEnv, edges: readonly OutputEdge[], underWay: CheckpointsUnderWay) {
    this.#env = env;
    this.#edges = edges;
    this.#underWay = underWay;
  }

  /** `unaligned`: this task's snapshot is. */
  send(barrier: BarrierElement, unaligned: boolean): void {
    const { task, ports, graph } = this.#env;
    const { checkpoint } = barrier;
    const own = optionsBehind(barrier.options);
    const options = unaligned ? unalignedOptions(own) : own;
    const edges: { edge: number; alignment: BarrierOptions['alignment']; timeoutMs: number }[] = [];
    for (const { edge, channels } of this.#edges) {
      const onEdge = optionsOnEdge(options, graph.receiver(edge));
      edges.push({ edge: edge.id, alignment: onEdge.alignment, timeoutMs: onEdge.timeoutMs });
      const sent = barrierWith(barrier, onEdge);
      for (const channel of channels) this.#sendOn(channel, sent);
    }
    const { channelState } = this.#underWay;
    if (channelState.waitingOutputs(checkpoint).length > 0) this.#underWay.awaitTimeout(checkpoint);
    ports.probe.barrierSent?.({ task, checkpoint, kind: options.kind, edges });
  }

  /** Sends a cancel marker in place of the barrier. */
  sendCancel(checkpoint: number): void {
    const { task, ports } = this.#env;
    for (const { channels } of this.#edges) {
      for (const channel of channels) channel.sendControl({ kind: 'cancel', checkpoint });
    }
    ports.probe.cancelSent?.({ task, checkpoint });
  }

  /** The time of the checkpoint is over: barriers that still wait in an output overtake. */
  overtake(checkpoint: number): void {
    const { task, ports } = this.#env;
    const { channelState } = this.#underWay;
    for (const channel of channelState.waitingOutputs(checkpoint)) {
      const overtaken = channel.overtake(checkpoint);
      if (overtaken === undefined) continue;
      ports.probe.outputTimedOut?.({ task, channel: channel.id, checkpoint });
      channelState.keepOutput(checkpoint, channel, overtaken);
    }
    channelState.closeIfComplete(checkpoint);
  }

  #sendOn(channel: OutputChannel, barrier: BarrierElement): void {
    const { checkpoint, options } = barrier;
    const { channelState } = this.#underWay;
    if (options.alignment === 'unaligned') {
      channelState.open(checkpoint);
      channelState.keepOutput(checkpoint, channel, channel.sendOvertaking(barrier));
    } else if (isTimed(options)) {
      channelState.open(checkpoint);
      channelState.awaitOutput(checkpoint, channel);
      channel.sendTimed(barrier, () => {
        channelState.keepOutput(checkpoint, channel, []);
        channelState.closeIfComplete(checkpoint);
      });
    } else {
      channel.sendControl(barrier);
    }
  }
}
