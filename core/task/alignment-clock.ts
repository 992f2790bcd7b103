/** How long the checkpoints of one task take to align, and what it processes meanwhile (Flink: `CheckpointMetrics`). */
import type { Clock, EpochMs } from '../ports.ts';
import { ByteWriter } from '../values/bytes.ts';
import type { TypeSerializer } from '../values/serializers.ts';

interface Alignment {
  readonly startDelayMs: number;
  readonly firstMs: number;
  lastMs: number | undefined;
  bytesProcessed: number;
  isOpen: boolean;
}

/** Checkpoints whose figures are kept: more than can be under way. */
const KEPT_MAX = 100;

export class AlignmentClock {
  readonly #clock: Clock;
  readonly #scratch = new ByteWriter();
  readonly #alignments = new Map<number, Alignment>();
  /** Checkpoints between their first barrier and their last. */
  #open = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get running(): boolean {
    return this.#open > 0;
  }

  /** The first barrier has come, or the trigger. Only the first call for a checkpoint counts. */
  first(checkpoint: number, triggeredAt: EpochMs | undefined): void {
    if (this.#alignments.has(checkpoint)) return;
    const startDelayMs = triggeredAt === undefined ? 0 : Math.max(0, this.#clock.now() - triggeredAt);
    this.#alignments.set(checkpoint, {
      startDelayMs,
      firstMs: this.#clock.monotonic(),
      lastMs: undefined,
      bytesProcessed: 0,
      isOpen: true,
    });
    this.#open++;
    for (const old of this.#alignments.keys()) {
      if (this.#alignments.size <= KEPT_MAX) break;
      this.last(old);
      this.#alignments.delete(old);
    }
  }

  /** The last barrier has come, or the checkpoint is over here. */
  last(checkpoint: number): void {
    const alignment = this.#alignments.get(checkpoint);
    if (alignment?.isOpen !== true) return;
    alignment.isOpen = false;
    alignment.lastMs = this.#clock.monotonic();
    this.#open--;
  }

  /** A record was processed: its bytes count while a checkpoint aligns. */
  processed(value: unknown, type: TypeSerializer<unknown>): void {
    type.write(value, this.#scratch);
    const bytes = this.#scratch.length;
    this.#scratch.reset();
    for (const alignment of this.#alignments.values()) if (alignment.isOpen) alignment.bytesProcessed += bytes;
  }

  /** The sync part is done: milliseconds since the last barrier, or since the first if others are missing. */
  synced(checkpoint: number): number {
    const alignment = this.#alignments.get(checkpoint);
    if (alignment === undefined) return 0;
    return Math.floor(this.#clock.monotonic() - (alignment.lastMs ?? alignment.firstMs));
  }

  metrics(checkpoint: number): {
    readonly startDelayMs: number;
    readonly alignmentDurationMs: number;
    readonly bytesProcessedDuringAlignment: number;
  } {
    const alignment = this.#alignments.get(checkpoint);
    this.last(checkpoint);
    this.#alignments.delete(checkpoint);
    if (alignment === undefined) return { startDelayMs: 0, alignmentDurationMs: 0, bytesProcessedDuringAlignment: 0 };
    return {
      startDelayMs: Math.floor(alignment.startDelayMs),
      alignmentDurationMs: Math.floor((alignment.lastMs ?? alignment.firstMs) - alignment.firstMs),
      bytesProcessedDuringAlignment: alignment.bytesProcessed,
    };
  }
}
