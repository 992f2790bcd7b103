/**
 * The watermark and the status of a task with inputs (SEMANTICS V6; Flink: a `StatusWatermarkValve`
 * for each input, `CombinedWatermarkStatus` over them).
 *
 *     channels --> valve of the first input  --> least over the inputs that are not idle --> the task
 *              --> valve of the second input -->
 *
 * - The channels of one input go through one valve. A task of one input is what its valve says.
 * - Two inputs: the least over those that are not idle, if it rises. An input that comes back from idleness counts at once,
 *   however far behind it stands: what it promised is a minimum again. (A channel of a valve has to catch up first.)
 * - When the last one goes idle the greatest over both is passed on, then the task is idle.
 * - *Ours*, as in the valve: an input at MAX has ended and takes no part; MAX is passed on when both have ended (Flink lets
 *   the end of one input run over the other while that one is idle).
 *
 * What one element causes may be two steps: the last active channel of an input goes idle, its valve flushes (one), and then
 * the other input counts alone (two). They come one after the other.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import { EngineBug } from '../errors.ts';
import { StatusWatermarkValve, type ValveOutput } from './status-watermark-valve.ts';

/** In the order in which they come. */
export interface InputValvesListener {
  /** The task's watermark rose. */
  advance(watermark: Timestamp): void;
  /** The task is idle from here on, or active again. */
  status(idle: boolean): void;
}

interface Input {
  readonly valve: StatusWatermarkValve;
  watermark: Timestamp;
  idle: boolean;
}

export class InputValves {
  readonly #listener: InputValvesListener;
  readonly #inputs: readonly Input[];
  /** By channel: its input, and its place in the valve of that. */
  readonly #places: readonly { readonly input: Input; readonly index: number }[];
  #watermark: Timestamp = MIN_TIMESTAMP;
  #idle = false;

  /** `inputOf`: for each channel, at least one, the number of its input. */
  constructor(inputOf: readonly number[], listener: InputValvesListener) {
    this.#listener = listener;
    const inputs = new Map<number, Input>();
    const counts = new Map<number, number>();
    for (const input of inputOf) counts.set(input, (counts.get(input) ?? 0) + 1);
    for (const [input, channels] of counts) {
      inputs.set(input, { valve: new StatusWatermarkValve(channels), watermark: MIN_TIMESTAMP, idle: false });
    }
    const taken = new Map<number, number>();
    this.#places = inputOf.map((number) => {
      const input = inputs.get(number);
      if (input === undefined) throw new EngineBug(`no valve for input ${number}`);
      const index = taken.get(number) ?? 0;
      taken.set(number, index + 1);
      return { input, index };
    });
    this.#inputs = [...inputs.values()];
  }

  inputWatermark(channel: number, watermark: Timestamp): void {
    const { input, index } = this.#place(channel);
    this.#take(input, input.valve.inputWatermark(index, watermark));
  }

  inputStatus(channel: number, idle: boolean): void {
    const { input, index } = this.#place(channel);
    this.#take(input, input.valve.inputStatus(index, idle));
  }

  /** See `StatusWatermarkValve.replayEnded`. */
  replayEnded(): void {
    for (const { valve } of this.#inputs) valve.replayEnded();
  }

  #place(channel: number): { readonly input: Input; readonly index: number } {
    const place = this.#places[channel];
    if (place === undefined) throw new EngineBug(`no input has channel ${channel}`);
    return place;
  }

  /** The valve reuses its output: it is read before anything else happens. */
  #take(input: Input, { watermark, status }: ValveOutput): void {
    const isIdle = input.idle && status !== 'active';
    if (watermark !== undefined || status === 'active') this.#set(input, watermark ?? input.watermark, isIdle);
    if (status === 'idle') this.#set(input, input.watermark, true);
  }

  #set(input: Input, watermark: Timestamp, idle: boolean): void {
    input.watermark = watermark;
    input.idle = idle;
    let least = MAX_TIMESTAMP;
    let greatest = MIN_TIMESTAMP;
    let hasEnded = true;
    let isActive = false;
    for (const each of this.#inputs) {
      if (each.watermark === MAX_TIMESTAMP) continue;
      hasEnded = false;
      greatest = Math.max(greatest, each.watermark);
      if (each.idle) continue;
      isActive = true;
      least = Math.min(least, each.watermark);
    }
    if (hasEnded || isActive) {
      this.#status(false);
      this.#rise(hasEnded ? MAX_TIMESTAMP : least);
    } else {
      this.#rise(greatest);
      this.#status(true);
    }
  }

  #rise(watermark: Timestamp): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    this.#listener.advance(watermark);
  }

  #status(idle: boolean): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    this.#listener.status(idle);
  }
}
