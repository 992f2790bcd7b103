/**
 * Watermarks of a source reader: a generator per split (SEMANTICS V1 to V3, V7; Flink:
 * `BoundedOutOfOrdernessWatermarks`), and their minimum (Flink: `WatermarkOutputMultiplexer`).
 *
 * - A split's watermark is what its generator says: `maxTimestamp - delayMs - 1`, or a function of the author's. It never
 *   falls and is MIN before its first record.
 * - The reader's watermark is the minimum over its splits that are neither finished nor idle, and only ever rises; when
 *   the last one goes idle, the maximum, and the reader is idle. A split counts from its registration, so one that has not been
 *   read yet holds the reader back. A finished split is released. With no split left nothing is emitted, and the reader is not
 *   idle, unless it is told so (V9): the task emits MAX at the end of input.
 * - A restored split (W6) stands where it stood: its last watermark is emitted again before its first record.
 *
 * Left out: when a split is idle (`idleness.ts`), alignment between sources.
 */
import { MIN_TIMESTAMP } from '../job/functions.ts';
import type { Timestamp } from '../job/functions.ts';
import type { GeneratorSpec } from '../job/spec.ts';
import { assert, JobError } from '../errors.ts';
import { refusedTimestamp, saturatingAdd } from './timestamps.ts';

/** What a snapshot holds for a split besides its offset. */
export interface GeneratorState {
  /** Greatest event time that the split has shown; MIN_TIMESTAMP before its first record. */
  readonly maxTimestamp: Timestamp;
  /** Last watermark of the split; MIN_TIMESTAMP if there was none. */
  readonly lastWatermark: Timestamp;
  /** What a generator of the author's remembers; undefined: nothing yet. */
  readonly own?: unknown;
}

/** Called whenever a split's watermark rises, also when a restored one is emitted again. */
export type OnGenerated = (split: string, watermark: Timestamp) => void;
/** Called whenever a split becomes idle, or active again. */
type OnStatus = (split: string, idle: boolean) => void;

/** All splits of one source reader. */
export class SourceWatermarks {
  readonly #generator: GeneratorSpec;
  readonly #onGenerated: OnGenerated;
  readonly #onStatus: OnStatus;
  readonly #splits: SplitWatermarks[] = [];
  #combined: Timestamp = MIN_TIMESTAMP;
  #idling = false;
  /** There is no split, and has not been for the timeout. */
  #vacant = false;
  /** False only if no change since the last `poll` can have raised the minimum. */
  #stale = false;

  constructor(generator: GeneratorSpec, onGenerated: OnGenerated, onStatus: OnStatus = () => undefined) {
    this.#generator = generator;
    this.#onGenerated = onGenerated;
    this.#onStatus = onStatus;
  }

  /** What `poll` said last; MIN before. */
  get combined(): Timestamp {
    return this.#combined;
  }

  /** All splits of the reader are idle, or `vacate` has been called since the last one left; as of the last `poll`. */
  get idle(): boolean {
    return this.#idling;
  }

  /**
   * Registers a split. Register all splits that arrive together before the next `poll`: else the first one's restored
   * watermark would run ahead of the others.
   */
  add(split: string, restored?: GeneratorState): SplitWatermarks {
    assert(!this.#splits.some((other) => other.split === split), () => `split ${split} is registered twice`);
    const added = new SplitWatermarks(this, split, restored?.maxTimestamp ?? MIN_TIMESTAMP, this.#stateOf(restored));
    this.#splits.push(added);
    this.#stale = true;
    this.#vacant = false;
    if (restored !== undefined) added.rise(restored.lastWatermark);
    this.#idleByGenerator(added);
    return added;
  }

  /** Whether no split is registered. */
  get isEmpty(): boolean {
    return this.#splits.length === 0;
  }

  /** No split has been registered for the timeout of idleness: the reader is idle until one is. */
  vacate(): void {
    assert(this.isEmpty, () => 'a reader with splits is as idle as they are');
    this.#vacant = true;
    this.#stale = true;
  }

  /**
   * Call every `periodMs` of processing time: each split that is not idle emits the watermark of its records so far.
   * Does nothing unless the generator is periodic.
   */
  onPeriod(): void {
    const { kind } = this.#generator;
    if (kind !== 'periodic' && (kind !== 'custom' || this.#generator.periodMs === 0)) return;
    for (const split of this.#splits) if (!split.idle) split.rise(this.#earned(split));
  }

  /** The reader's watermark if it rose since the last call, else undefined. */
  poll(): Timestamp | undefined {
    if (!this.#stale) return undefined;
    this.#stale = false;
    let least = Infinity;
    let greatest = MIN_TIMESTAMP;
    this.#idling = this.isEmpty ? this.#vacant : this.#splits.every(({ idle }) => idle);
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
  recordRead(split: SplitWatermarks, value: unknown, timestamp: Timestamp): void {
    const generator = this.#generator;
    if (generator.kind === 'custom') split.own = generator.fn.onRecord(split.own, value, timestamp);
    if (generator.kind === 'perRecord' || (generator.kind === 'custom' && generator.periodMs === 0)) {
      split.rise(this.#earned(split));
    }
    this.#idleByGenerator(split);
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
  statusChanged({ split, idle }: SplitWatermarks): void {
    this.#stale = true;
    this.#onStatus(split, idle);
  }

  /** @internal For `SplitWatermarks`. */
  release(split: SplitWatermarks): void {
    const index = this.#splits.indexOf(split);
    assert(index >= 0, () => `split ${split.split} is finished twice`);
    this.#splits.splice(index, 1);
    this.#stale = true;
  }

  #idleByGenerator(split: SplitWatermarks): void {
    if (this.#generator.kind === 'custom' && this.#generator.fn.isIdle?.(split.own) === true) split.setIdle(true);
  }

  #stateOf(restored: GeneratorState | undefined): unknown {
    if (restored?.own !== undefined) return restored.own;
    return this.#generator.kind === 'custom' ? this.#generator.fn.createState() : undefined;
  }

  /** The watermark that the split's records have earned; MIN before any record. */
  #earned({ maxTimestamp, own }: SplitWatermarks): Timestamp {
    const generator = this.#generator;
    switch (generator.kind) {
      case 'periodic':
      case 'perRecord':
        return saturatingAdd(maxTimestamp, -generator.delayMs - 1);
      case 'custom':
        return generator.fn.watermark(own) ?? MIN_TIMESTAMP;
      case 'none':
        return MIN_TIMESTAMP;
    }
  }
}

/** One split's generator, and its part in the reader's minimum. */
export class SplitWatermarks {
  readonly split: string;
  readonly #owner: SourceWatermarks;
  #greatest: Timestamp;
  #last: Timestamp = MIN_TIMESTAMP;
  #idling = false;
  /** @internal What a generator of the author's remembers. */
  own: unknown;

  constructor(owner: SourceWatermarks, split: string, maxTimestamp: Timestamp, own: unknown) {
    this.#owner = owner;
    this.split = split;
    this.#greatest = maxTimestamp;
    this.own = own;
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
  onRecord(timestamp: Timestamp, value?: unknown): void {
    const refusal = refusedTimestamp(timestamp, `a record in split ${this.split}`);
    if (refusal !== undefined) throw new JobError(refusal);
    this.setIdle(false);
    if (timestamp > this.#greatest) this.#greatest = timestamp;
    this.#owner.recordRead(this, value, timestamp);
  }

  /** An idle split does not hold back the combined watermark. */
  setIdle(idle: boolean): void {
    if (idle === this.#idling) return;
    this.#idling = idle;
    this.#owner.statusChanged(this);
  }

  /** The split has been read to its end: it is released and no longer holds back the combined watermark. */
  finish(): void {
    this.#owner.release(this);
  }

  /** For the snapshot. */
  state(): GeneratorState {
    return {
      maxTimestamp: this.#greatest,
      lastWatermark: this.#last,
      ...(this.own === undefined ? {} : { own: this.own }),
    };
  }

  /** @internal For `SourceWatermarks`: the split's watermark, which never falls. */
  rise(watermark: Timestamp): void {
    if (watermark <= this.#last) return;
    const from = this.#last;
    this.#last = watermark;
    this.#owner.rose(this, from);
  }
}
