/** Input of a task that is no source: the elements of its channels, one at a time, channel by channel in turn. */
import type { SplitState } from '../connectors/connector-state.ts';
import { EngineBug } from '../errors.ts';
import type { StreamElement } from '../channels/elements.ts';
import type { InputChannel, InputGate } from '../channels/input-gate.ts';
import type { InputWatermarks } from './input-watermarks.ts';
import type { SourceLetter, TaskEnv } from './task-env.ts';
import type { BarrierEvents, TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';
import { senderName } from './task-wiring.ts';

/** What takes the elements of channels. */
export interface ElementTargets {
  readonly operators: TaskOperators;
  readonly watermarks: InputWatermarks;
  readonly barriers: BarrierEvents;
}

export class GateInput implements TaskInput {
  readonly isReplaying = false;
  readonly #env: TaskEnv;
  readonly #gate: InputGate;
  readonly #targets: ElementTargets;

  constructor(env: TaskEnv, gate: InputGate, targets: ElementTargets) {
    this.#env = env;
    this.#gate = gate;
    this.#targets = targets;
  }

  get readable(): boolean {
    return this.#gate.readable;
  }

  get hasOvertaking(): boolean {
    return this.#gate.overtaking !== undefined;
  }

  get waitsFor(): string {
    const open = this.#gate.channels
      .filter((channel) => !channel.dataEnded)
      .map((channel) => senderName(this.#env, channel));
    return `elements from ${open.join(', ')}`;
  }

  open(): void {
    // Nothing to do: senders send once they have credit.
  }

  read(): TaskInput {
    const channel = this.#gate.poll();
    if (channel === undefined) return this;
    const overtook = channel.hasOvertaking;
    this.#onElement(channel, channel.read(), overtook);
    return this;
  }

  readOvertaking(): void {
    const channel = this.#gate.overtaking;
    if (channel !== undefined) this.#onElement(channel, channel.read(), true);
  }

  onLetter({ kind }: SourceLetter): void {
    throw new EngineBug(`a ${kind} letter for ${this.#env.task.vertex}, which is no source`);
  }

  snapshot(): readonly SplitState[] {
    return [];
  }

  close(): void {
    // Nothing to do: a task that fails loses its connections, one that finishes discards what is left.
  }

  #onElement(channel: InputChannel, element: StreamElement, overtook: boolean): void {
    const { operators, watermarks, barriers } = this.#targets;
    const { task } = this.#env;
    const { probe } = this.#env.ports;
    switch (element.kind) {
      case 'record':
        operators.process(channel.id, element);
        barriers.processed(channel.id.edge, element);
        return;
      case 'watermark':
        probe.watermarkReceived?.({ task, channel: channel.id, watermark: element.timestamp });
        watermarks.watermark(channel.index, element.timestamp);
        return;
      case 'status':
        probe.statusReceived?.({ task, channel: channel.id, idle: element.idle });
        watermarks.status(channel.index, element.idle);
        return;
      case 'barrier':
        barriers.onBarrier(channel, element, overtook);
        return;
      case 'cancel':
        barriers.onCancelMarker(channel, element.checkpoint);
        return;
      case 'end-of-data':
        probe.inputEnded?.({ task, channel: channel.id });
        channel.dataEnded = true;
        if (this.#gate.channels.every((candidate) => candidate.dataEnded)) operators.endInput();
        return;
      case 'end-of-partition':
        probe.partitionEnded?.({ task, channel: channel.id });
        barriers.onEnd(channel);
    }
  }
}
