/**
 * Watermarks of a source reader: a generator per split (bounded out-of-orderness, SEMANTICS V1, V3, V7;
 * Flink: `BoundedOutOfOrdernessWatermarks`), and their minimum (Flink: `WatermarkOutputMultiplexer`).
 *
 * - A split's watermark is `maxTimestamp - delayMs - 1`; it never falls and is MIN before its first record.
 * - The reader's watermark is the minimum over its splits that are neither finished nor idle, and only ever rises; when
 *   the last one goes idle, the maximum. A split counts from its registration, so one that has not been read yet holds the reader back. A finished split is
 *   released. With no split left nothing is emitted: the task emits MAX at the end of input.
 * - A restored split (W6) stands where it stood: its last watermark is emitted again before its first record.
 *
 * Left out: when a split is idle (the strategy's clock), alignment between sources.
 */
import { MIN_TIMESTAMP } from '../job/functions.ts';
import type { Timestamp } from '../job/functions.ts';
import type { WatermarkSpec } from '../job/spec.ts';
import { assert, JobError } from '../errors.ts';
import { refusedTimestamp, saturatingAdd } from './timestamps.ts';

/** What a snapshot holds for a split besides its offset. */
export interface GeneratorState {
  /** Greatest event time that the split has shown; MIN_TIMESTAMP before its first record. */
  readonly maxTimestamp: Timestamp;
  /** Last watermark of the split; MIN_TIMESTAMP if there was none. */
  readonly lastWatermark: Timestamp;
}

/** Called whenever a split's watermark rises, also when a restored one is emitted again. */
export type OnGenerated = (split: string, watermark: Timestamp) => void;

/** All splits of one source reader. */
export class SourceWatermarks {
  readonly #generator: WatermarkSpec['generator'];
  readonly #onGenerated: OnGenerated;
  readonly #splits: SplitWatermarks[] = [];
  #combined: Timestamp = MIN_TIMESTAMP;
  /** False only if no change since the last `poll` can have raised the minimum. */
  #stale = false;

  constructor(generator: WatermarkSpec['generator'], onGenerated: OnGenerated) {
    this.#generator = generator;
    this.#onGenerated = onGenerated;
  }

  /**
   * Registers a split. Register all splits that arrive together before the next `poll`: else the first one's restored
   * watermark would run ahead of the others.
   */
  add(split: string, restored?: GeneratorState): SplitWatermarks {
    assert(!this.#splits.some((other) => other.split === split), () => `split ${split} is registered twice`);
    const added = new SplitWatermarks(this, split, restored?.maxTimestamp ?? MIN_TIMESTAMP);
    this.#splits.push(added);
    if (restored !== undefined) added.rise(restored.lastWatermark);
    return added;
  }

  /**
   * Call every `periodMs` of processing time: each split that is not idle emits the watermark of its records so far.
   * Does nothing unless the generator is periodic.
   */
  onPeriod(): void {
    if (this.#generator.kind !== 'periodic') return;
    for (const split of this.#splits) if (!split.idle) split.rise(bounded(split.maxTimestamp, this.#generator.delayMs));
  }

  /** The reader's watermark if it rose since the last call, else undefined. */
  poll(): Timestamp | undefined {
    if (!this.#stale) return undefined;
    this.#stale = false;
    let least = Infinity;
    let greatest = MIN_TIMESTAMP;
    for (const { idle, lastWatermark } of this.#splits) {
      if (!idle && lastWatermark < least) least = lastWatermark;
      if (lastWatermark > greatest) greatest = lastWatermark;
    }
    const watermark = least === Infinity ? greatest : least;
    if (watermark <= this.#combined) return undefined;
    this.#combined = watermark;
    return watermark;
  }

  /** @internal For `SplitWatermarks`. */
  recordRead(split: SplitWatermarks): void {
    if (this.#generator.kind === 'perRecord') split.rise(bounded(split.maxTimestamp, this.#generator.delayMs));
  }

  /**
   * @internal For `SplitWatermarks`. A split above the combined watermark does not determine it, so its rise changes
   * nothing.
   */
  rose(split: SplitWatermarks, from: Timestamp): void {
    if (from <= this.#combined) this.#stale = true;
    this.#onGenerated(split.split, split.lastWatermark);
  }

  /** @internal For `SplitWatermarks`. */
  participationChanged(): void {
    this.#stale = true;
  }

  /** @internal For `SplitWatermarks`. */
  release(split: SplitWatermarks): void {
    const index = this.#splits.indexOf(split);
    assert(index >= 0, () => `split ${split.split} is finished twice`);
    this.#splits.splice(index, 1);
    this.#stale = true;
  }
}

/** One split's generator, and its part in the reader's minimum. */
export class SplitWatermarks {
  readonly split: string;
  readonly #owner: SourceWatermarks;
  #greatest: Timestamp;
  #last: Timestamp = MIN_TIMESTAMP;
  #idling = false;

  constructor(owner: SourceWatermarks, split: string, maxTimestamp: Timestamp) {
    this.#owner = owner;
    this.split = split;
    this.#greatest = maxTimestamp;
  }

  get maxTimestamp(): Timestamp {
    return this.#greatest;
  }
  get lastWatermark(): Timestamp {
    return this.#last;
  }
  get idle(): boolean {
    return this.#idling;
  }

  /** After a record with this event time has been emitted. Ends idleness. Throws a `JobError` if it is no timestamp. */
  onRecord(timestamp: Timestamp): void {
    const refusal = refusedTimestamp(timestamp, `a record in split ${this.split}`);
    if (refusal !== undefined) throw new JobError(refusal);
    if (this.#idling) this.setIdle(false);
    if (timestamp > this.#greatest) {
      this.#greatest = timestamp;
      this.#owner.recordRead(this);
    }
  }

  /** An idle split does not hold back the combined watermark. */
  setIdle(idle: boolean): void {
    this.#idling = idle;
    this.#owner.participationChanged();
  }

  /** The split has been read to its end: it is released and no longer holds back the combined watermark. */
  finish(): void {
    this.#owner.release(this);
  }

  /** For the snapshot. */
  state(): GeneratorState {
    return { maxTimestamp: this.#greatest, lastWatermark: this.#last };
  }

  /** @internal For `SourceWatermarks`: the split's watermark, which never falls. */
  rise(watermark: Timestamp): void {
    if (watermark <= this.#last) return;
    const from = this.#last;
    this.#last = watermark;
    this.#owner.rose(this, from);
  }
}

/** The watermark that `maxTimestamp` has earned; MIN before any record. */
function bounded(maxTimestamp: Timestamp, delayMs: number): Timestamp {
  return saturatingAdd(maxTimestamp, -delayMs - 1);
}
