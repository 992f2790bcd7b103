/** All outputs of a task together: what goes to every receiver, whether there is room, and when open buffers leave. */
import type { Timestamp } from '../job/functions.ts';
import type { TaskId } from '../facts.ts';
import type { Ports, Timer } from '../ports.ts';
import type { ControlElement } from '../channels/elements.ts';
import type { OutputChannel } from '../channels/output-channel.ts';

export class TaskOutputs {
  readonly channels: readonly OutputChannel[];
  readonly #task: TaskId;
  readonly #ports: Ports;
  readonly #bufferTimeoutMs: number;
  readonly #flushIsDue: () => void;
  #flushTimer: Timer | undefined;

  /** `flushIsDue`: the buffer timeout is over, call `flush` in a step. */
  constructor(
    channels: readonly OutputChannel[],
    task: TaskId,
    ports: Ports,
    bufferTimeoutMs: number,
    flushIsDue: () => void,
  ) {
    this.channels = channels;
    this.#task = task;
    this.#ports = ports;
    this.#bufferTimeoutMs = bufferTimeoutMs;
    this.#flushIsDue = flushIsDue;
  }

  get hasRoom(): boolean {
    const { channels } = this;
    for (let i = 0; i < channels.length; i++) if (channels[i]?.hasRoom === false) return false;
    return true;
  }

  broadcast(element: ControlElement): void {
    for (const channel of this.channels) channel.sendControl(element);
  }

  sendWatermark(watermark: Timestamp | undefined): void {
    if (watermark === undefined) return;
    this.#ports.probe.watermarkSent?.({ task: this.#task, watermark });
    this.broadcast({ kind: 'watermark', timestamp: watermark });
  }

  sendStatus(idle: boolean): void {
    this.#ports.probe.statusSent?.({ task: this.#task, idle });
    this.broadcast({ kind: 'status', idle });
  }

  /** Open buffers leave at the end of the step, or when the buffer timeout is over. */
  afterStep(): void {
    if (this.#bufferTimeoutMs === 0) {
      const { channels } = this;
      for (let i = 0; i < channels.length; i++) channels[i]?.finishBuffer();
    } else if (this.#flushTimer === undefined && this.#hasOpenBuffer) {
      this.#flushTimer = this.#ports.clock.timer(this.#bufferTimeoutMs, this.#flushIsDue);
    }
  }

  get #hasOpenBuffer(): boolean {
    for (const channel of this.channels) if (channel.hasOpenBuffer) return true;
    return false;
  }

  flush(): void {
    this.#flushTimer = undefined;
    for (const channel of this.channels) channel.finishBuffer();
  }

  close(): void {
    this.#flushTimer?.cancel();
  }
}
