/** Watermarks and statuses of all input channels of a task: what comes of them for its operators and its outputs. */
import type { Timestamp } from '../job/functions.ts';
import { InputValves } from '../time/input-valves.ts';
import type { TaskOperators } from './task-operators.ts';

export class InputWatermarks {
  readonly #channels: number;
  readonly #valves: InputValves;

  /** `inputOf`: for each channel, at least one, the number of its input. */
  constructor(inputOf: readonly number[], operators: TaskOperators) {
    this.#channels = inputOf.length;
    this.#valves = new InputValves(inputOf, {
      advance: (watermark) => {
        operators.advance(watermark);
      },
      status: (idle) => {
        operators.status(idle);
      },
    });
  }

  /** What the channel at `index` stands at now. */
  watermark(index: number, watermark: Timestamp): void {
    this.#valves.inputWatermark(index, watermark);
  }

  /** Whether the channel at `index` is idle now. */
  status(index: number, idle: boolean): void {
    this.#valves.inputStatus(index, idle);
  }

  /** The virtual channels are over: the new senders begin active. */
  replayEnded(): void {
    this.#valves.replayEnded();
    for (let index = 0; index < this.#channels; index++) this.status(index, false);
  }
}
