/** Watermarks and statuses of all input channels of a task: what comes of them for its operators and its outputs. */
import type { Timestamp } from '../job/functions.ts';
import { StatusWatermarkValve, type ValveOutput } from '../time/status-watermark-valve.ts';
import type { TaskOperators } from './task-operators.ts';

export class InputWatermarks {
  readonly #channels: number;
  readonly #valve: StatusWatermarkValve;
  readonly #operators: TaskOperators;

  /** `channels`: >= 1. */
  constructor(channels: number, operators: TaskOperators) {
    this.#channels = channels;
    this.#valve = new StatusWatermarkValve(channels);
    this.#operators = operators;
  }

  /** What the channel at `index` stands at now. */
  watermark(index: number, watermark: Timestamp): void {
    this.#do(this.#valve.inputWatermark(index, watermark));
  }

  /** Whether the channel at `index` is idle now. */
  status(index: number, idle: boolean): void {
    this.#do(this.#valve.inputStatus(index, idle));
  }

  /** The virtual channels are over: the new senders begin active. */
  replayEnded(): void {
    this.#valve.replayEnded();
    for (let index = 0; index < this.#channels; index++) this.status(index, false);
  }

  #do(output: ValveOutput | undefined): void {
    if (output === undefined) return;
    // The valve reuses its output: read it before anything else happens.
    const { watermark, status } = output;
    const { outputs } = this.#operators;
    if (status === 'active') outputs.sendStatus(false);
    if (watermark !== undefined) this.#operators.advance(watermark);
    if (status === 'idle') outputs.sendStatus(true);
  }
}
