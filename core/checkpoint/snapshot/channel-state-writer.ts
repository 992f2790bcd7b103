/**
 * Collects the in-flight data of one task, by checkpoint (Flink: `ChannelStateWriter`). A request is opened when the
 * checkpoint begins to overtake, and closed when nothing is missing or it is given up:
 *
 *   open -> inputs: kept until all barriers have come (`inputsDone`)
 *        -> outputs: what a barrier overtook, or nothing once a waiting barrier has left in its turn
 *        -> closed: the async part goes on
 *
 * Only checkpoints that may overtake have a request: a savepoint has none.
 */
import type { Probe, TaskId } from '../../facts.ts';
import type { StreamElement } from '../../channels/elements.ts';
import type { InputChannel } from '../../channels/input-gate.ts';
import type { OutputChannel } from '../../channels/output-channel.ts';
import { Deferred } from '../../waiting.ts';

export interface ChannelStateRequest {
  readonly checkpoint: number;
  readonly inputs: ReadonlyMap<InputChannel, readonly StreamElement[]>;
  readonly outputs: ReadonlyMap<OutputChannel, readonly StreamElement[]>;
  /** True: complete; false: given up. */
  readonly closed: Deferred<boolean>;
}

class Request implements ChannelStateRequest {
  readonly checkpoint: number;
  readonly inputs = new Map<InputChannel, StreamElement[]>();
  readonly outputs = new Map<OutputChannel, readonly StreamElement[]>();
  readonly closed: Deferred<boolean>;
  waitsForInputs = true;
  readonly waitsForOutputs = new Set<OutputChannel>();

  constructor(checkpoint: number) {
    this.checkpoint = checkpoint;
    this.closed = new Deferred(`in-flight data of checkpoint ${checkpoint}`);
  }
}

export class ChannelStateWriter {
  readonly #task: TaskId;
  readonly #probe: Probe;
  readonly #requests = new Map<number, Request>();

  constructor(task: TaskId, probe: Probe) {
    this.#task = task;
    this.#probe = probe;
  }

  /**
   * Idempotent. `inputsDone` has to follow. Barriers that may overtake are under way one checkpoint at a time, so an older
   * request is obsolete, even if the notification of its end was lost.
   */
  open(checkpoint: number): void {
    if (this.#requests.has(checkpoint)) return;
    for (const older of [...this.#requests.keys()]) if (older < checkpoint) this.giveUp(older);
    this.#requests.set(checkpoint, new Request(checkpoint));
    this.#probe.channelStateOpened?.({ task: this.#task, checkpoint });
  }

  request(checkpoint: number): ChannelStateRequest | undefined {
    return this.#requests.get(checkpoint);
  }

  /** Without effect once the checkpoint has been given up. */
  keepInput(checkpoint: number, channel: InputChannel, elements: readonly StreamElement[]): void {
    const inputs = this.#requests.get(checkpoint)?.inputs;
    const known = inputs?.get(channel);
    if (known === undefined) inputs?.set(channel, [...elements]);
    else known.push(...elements);
  }

  inputsDone(checkpoint: number): void {
    const request = this.#requests.get(checkpoint);
    if (request !== undefined) request.waitsForInputs = false;
  }

  awaitOutput(checkpoint: number, channel: OutputChannel): void {
    this.#requests.get(checkpoint)?.waitsForOutputs.add(channel);
  }

  /** What the barrier overtook on the channel; nothing if it left in its turn. */
  keepOutput(checkpoint: number, channel: OutputChannel, elements: readonly StreamElement[]): void {
    const request = this.#requests.get(checkpoint);
    if (request === undefined) return;
    request.waitsForOutputs.delete(channel);
    if (elements.length > 0) request.outputs.set(channel, elements);
  }

  /** Outputs whose barrier may still overtake. */
  waitingOutputs(checkpoint: number): readonly OutputChannel[] {
    return [...(this.#requests.get(checkpoint)?.waitsForOutputs ?? [])];
  }

  /** Closes the request if nothing is missing. Call it at the end of every step that may have completed it. */
  closeIfComplete(checkpoint: number): void {
    const request = this.#requests.get(checkpoint);
    if (request === undefined || request.waitsForInputs || request.waitsForOutputs.size > 0) return;
    this.#requests.delete(checkpoint);
    for (const [side, channels] of [
      ['input', request.inputs],
      ['output', request.outputs],
    ] as const) {
      for (const [channel, elements] of channels) {
        const records = elements.filter(({ kind }) => kind === 'record').length;
        this.#probe.channelStatePersisted?.({ task: this.#task, channel: channel.id, checkpoint, side, records });
      }
    }
    this.#probe.channelStateClosed?.({ task: this.#task, checkpoint, aborted: false });
    request.closed.resolve(true);
  }

  giveUp(checkpoint: number): void {
    const request = this.#requests.get(checkpoint);
    if (request === undefined) return;
    this.#requests.delete(checkpoint);
    for (const channel of request.waitsForOutputs) channel.forget(checkpoint);
    this.#probe.channelStateClosed?.({ task: this.#task, checkpoint, aborted: true });
    request.closed.resolve(false);
  }
}
