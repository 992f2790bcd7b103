/**
 * Reads the splits of a log topic that the enumerator dealt to one source subtask. One fetcher coroutine per split
 * keeps a bounded queue; the task takes one record at a time, split by split in turn.
 *
 * The position of a split is the offset after the last record *taken*, never after the last one fetched.
 * Left out: idleness of splits, watermark alignment, growth of partitions.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../job/functions.ts';
import type { Erased, LogSourceSpec, WatermarkSpec } from '../../job/spec.ts';
import type { SplitState } from '../connector-state.ts';
import { assert, JobError } from '../../errors.ts';
import type { Probe, TaskId } from '../../facts.ts';
import type { LogBroker, LogRecord } from '../../ports.ts';
import { ByteReader } from '../../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../../values/serializers.ts';
import { SourceWatermarks, type SplitWatermarks } from '../../time/watermark-generators.ts';
import { type Coroutine, Deferred, type Scope } from '../../waiting.ts';

/** A split is a partition. */
export function splitName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
function partitionOf(split: string): number {
  return Number(split.slice(split.lastIndexOf('-') + 1));
}

/** Records fetched ahead of the task, per split. */
const QUEUE_RECORDS_MAX = 64;

interface ReaderSplit {
  readonly name: string;
  readonly partition: number;
  readonly watermarks: SplitWatermarks;
  /** Next offset to take. */
  offset: number;
  queue: LogRecord[];
  head: number;
  /** Where the partition ends; -1 while unknown or if it may grow. */
  end: number;
  finished: boolean;
  /** The fetcher waits on it while the queue is full. */
  room: Deferred<void> | undefined;
}

export interface SourceEnv {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly log: LogBroker;
  readonly scope: Scope;
  readonly fetchMaxRecords: number;
  /** Something to take has arrived, or a split has ended. */
  readonly wake: () => void;
}

export interface TakenRecord {
  readonly split: string;
  readonly offset: number;
  readonly value: unknown;
  readonly timestamp: Timestamp;
}

export class LogSourceReader {
  readonly #spec: LogSourceSpec;
  readonly #timestampOf: Erased<Timestamp>;
  readonly #env: SourceEnv;
  readonly #type: TypeSerializer<unknown>;
  readonly #watermarks: SourceWatermarks;
  readonly #splits: ReaderSplit[] = [];
  #next = 0;
  #noMoreSplits = false;

  constructor(spec: LogSourceSpec, watermarks: WatermarkSpec, env: SourceEnv) {
    this.#spec = spec;
    this.#timestampOf = watermarks.timestamp;
    this.#env = env;
    this.#type = serializerOf(spec.type);
    this.#watermarks = new SourceWatermarks(watermarks.generator, (split, watermark) => {
      env.probe.watermarkGenerated?.({ task: env.task, split, watermark });
    });
  }

  /** All splits that arrive together, so that no restored watermark runs ahead of the others. */
  addSplits(states: readonly SplitState[], restored: boolean): void {
    for (const state of states) {
      assert(
        !this.#splits.some((split) => split.name === state.split),
        () => `split ${state.split} was given to the same reader twice`,
      );
      this.#env.probe.splitAdded?.({ task: this.#env.task, split: state.split, offset: state.offset, restored });
      const split: ReaderSplit = {
        name: state.split,
        partition: partitionOf(state.split),
        watermarks: this.#watermarks.add(state.split, state),
        offset: state.offset,
        queue: [],
        head: 0,
        end: -1,
        finished: false,
        room: undefined,
      };
      this.#splits.push(split);
      this.#env.scope.spawn(`fetch ${state.split}`, this.#fetch(split));
    }
    this.#env.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#env.wake();
  }

  /** The next record; undefined if nothing is there now. Moves the split's position behind it. */
  take(): TakenRecord | undefined {
    const count = this.#splits.length;
    for (let i = 0; i < count; i++) {
      const split = this.#splits[(this.#next + i) % count];
      const record = split?.queue[split.head];
      if (split === undefined || record === undefined) continue;
      this.#next = (this.#next + i + 1) % count;
      split.head++;
      split.offset = record.offset + 1;
      this.#afterTake(split);
      const value = this.#type.read(new ByteReader(record.bytes));
      const timestamp = this.#timestampOf(value);
      if (!Number.isSafeInteger(timestamp)) {
        throw new JobError(
          `source ${this.#env.task.vertex}: the timestamp of ${split.name}@${record.offset} is ${String(timestamp)}; ` +
            `watermarks.timestamp must return whole milliseconds`,
        );
      }
      return { split: split.name, offset: record.offset, value, timestamp };
    }
    return undefined;
  }

  /** After the record has been emitted: its event time counts for the split's watermark. */
  taken(record: TakenRecord): void {
    this.#splitNamed(record.split).watermarks.onRecord(record.timestamp);
  }

  /** `take` has a record, or `finishSplits` has a split to release. */
  get readable(): boolean {
    for (const split of this.#splits) {
      if (split.head < split.queue.length || (!split.finished && split.end >= 0 && split.offset >= split.end))
        return true;
    }
    return false;
  }

  /** Releases splits that have been read to their end; call when nothing was there to take. */
  finishSplits(): void {
    for (const split of this.#splits) {
      if (split.finished || split.end < 0 || split.offset < split.end) continue;
      split.finished = true;
      this.#env.probe.splitFinished?.({ task: this.#env.task, split: split.name, offset: split.offset });
      split.watermarks.finish();
    }
  }

  /** Every split has been dealt and read to its end. */
  get finished(): boolean {
    return this.#noMoreSplits && this.#splits.every((split) => split.finished);
  }

  onPeriod(): void {
    this.#watermarks.onPeriod();
  }

  /** The reader's watermark, if it rose since the last call. */
  pollWatermark(): Timestamp | undefined {
    return this.#watermarks.poll();
  }

  snapshot(): SplitState[] {
    return this.#splits.map((split) => ({
      split: split.name,
      offset: split.offset,
      maxTimestamp: split.watermarks.maxTimestamp,
      lastWatermark: split.watermarks.lastWatermark,
    }));
  }

  *#fetch(split: ReaderSplit): Coroutine<void> {
    let position = split.offset;
    for (;;) {
      const fetched = yield* this.#env.log.fetch(
        this.#spec.topic,
        split.partition,
        position,
        this.#env.fetchMaxRecords,
      );
      for (const record of fetched.records) split.queue.push(record);
      const last = fetched.records[fetched.records.length - 1];
      if (last !== undefined) position = last.offset + 1;
      if (this.#spec.bounded && fetched.endOffset >= 0 && position >= fetched.endOffset) {
        split.end = fetched.endOffset;
        // What the broker skipped before the end (aborted records) is behind us too.
        if (split.head === split.queue.length) split.offset = Math.max(split.offset, fetched.endOffset);
        this.#env.wake();
        return;
      }
      this.#env.wake();
      if (split.queue.length - split.head >= QUEUE_RECORDS_MAX) {
        split.room = new Deferred(`room in the queue of ${split.name}`);
        yield* split.room;
      }
    }
  }

  #afterTake(split: ReaderSplit): void {
    if (split.head === split.queue.length) {
      split.queue = [];
      split.head = 0;
      if (split.end >= 0) split.offset = Math.max(split.offset, split.end);
    }
    if (split.room !== undefined && split.queue.length - split.head < QUEUE_RECORDS_MAX) {
      const room = split.room;
      split.room = undefined;
      room.resolve();
    }
  }

  #splitNamed(name: string): ReaderSplit {
    const split = this.#splits.find((candidate) => candidate.name === name);
    assert(split !== undefined, () => `reader has no split ${name}`);
    return split;
  }
}

/** A split that nobody has read. */
export function freshSplit(split: string): SplitState {
  return { split, offset: 0, maxTimestamp: MIN_TIMESTAMP, lastWatermark: MIN_TIMESTAMP };
}
