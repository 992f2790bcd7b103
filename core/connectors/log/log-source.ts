/**
 * Reads a topic of the log broker: a split is a partition. The enumerator lists the partitions once, or looks for further
 * ones from time to time; a reader keeps a bounded queue that a fetcher coroutine fills.
 *
 * The position of a split is the offset after the last record *taken*, never after the last one fetched.
 * Left out: idleness of splits, watermark alignment, partitions that are taken away.
 */
import { int32, int64, record, string, type TypeInfo } from '../../job/types.ts';
import { JobError } from '../../errors.ts';
import type { LogRecord } from '../../ports.ts';
import { ByteReader } from '../../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../../values/serializers.ts';
import { type Coroutine, Deferred, type Pending, settled } from '../../waiting.ts';
import { versioned } from '../connector.ts';
import { listEnumerator, splitListSerializer, type SplitListState } from '../list-enumerator.ts';
import type { EnumeratorEnv, Source, SourceRecord, SourceSplit, SplitReader, SplitReaderEnv } from '../source.ts';
import { ours } from '../ours.ts';

/** Records fetched ahead of the task, per split. */
const QUEUE_RECORDS_MAX = 64;

/** `<topic>-<partition>`; its position is an offset. */
export interface LogSplit extends SourceSplit {
  /** Partition of the topic, from 0. */
  readonly partition: number;
}

const splitSerializer = versioned<LogSplit>(
  'splits of a log source',
  1,
  record({ id: string, partition: int32, position: int64 }),
);
const enumeratorSerializer = splitListSerializer(splitSerializer);

/** A topic as a source; made by `logSource`. */
export type LogSource<T> = Source<T, LogSplit, SplitListState<LogSplit>>;

/**
 * Reads a topic of the log broker, one split per partition.
 *
 * @param options.bounded ends at the partitions' end offsets (the default); otherwise the job runs until it is stopped.
 * @param options.startOffset where a partition that was never read begins: a whole number >= 0; 0, its beginning, by default.
 * @param options.discoveryIntervalMs looks so often for partitions that were added to the topic, in milliseconds: a whole
 *   number >= 0; 0, the default: never. Only without an end. A reader that has no partition yet holds event time back
 *   as one whose partition has no record does.
 * @throws JobError on a bad offset or interval, and if a source with an end is to look for partitions.
 *
 * @example
 * ```ts
 * const orders = logSource({ topic: 'orders', type: record({ id: string, cents: int64 }) });
 * ```
 */
export function logSource<T>(options: {
  readonly topic: string;
  readonly type: TypeInfo<T>;
  readonly bounded?: boolean;
  readonly startOffset?: number;
  readonly discoveryIntervalMs?: number;
}): LogSource<T> {
  const { topic, type, bounded = true, startOffset = 0, discoveryIntervalMs = 0 } = options;
  if (!Number.isSafeInteger(startOffset) || startOffset < 0) {
    throw new JobError(`logSource: startOffset is ${startOffset}; give a whole number >= 0`);
  }
  if (!Number.isSafeInteger(discoveryIntervalMs) || discoveryIntervalMs < 0) {
    throw new JobError(`logSource: discoveryIntervalMs is ${discoveryIntervalMs}; give a whole number >= 0`);
  }
  if (bounded && discoveryIntervalMs > 0) {
    throw new JobError(
      `logSource: ${topic} has an end, so that no partition is added to it; leave discoveryIntervalMs out, or give bounded: false`,
    );
  }
  return ours({
    connector: 'log',
    input: topic,
    type,
    bounded,
    startPosition: startOffset,
    rewindable: true,
    ...(discoveryIntervalMs === 0 ? {} : { discoveryIntervalMs }),
    splitSerializer,
    enumeratorSerializer,
    createEnumerator: (env, restored) =>
      listEnumerator(env, restored, () => partitionsOf(env, topic, startOffset), discoveryIntervalMs),
    createReader: (split, env) => new LogSplitReader({ topic, bounded, type: serializerOf(type) }, split, env),
    unassigned: ({ listed, unassigned }) => (listed ? unassigned : undefined),
  });
}

function* partitionsOf(env: EnumeratorEnv<LogSplit>, topic: string, startOffset: number): Coroutine<LogSplit[]> {
  const partitions = yield* env.ports.log.partitions(topic);
  return Array.from({ length: partitions }, (_, partition) => ({
    id: `${topic}-${partition}`,
    partition,
    position: startOffset,
  }));
}

interface Topic<T> {
  readonly topic: string;
  readonly bounded: boolean;
  readonly type: TypeSerializer<T>;
}

class LogSplitReader<T> implements SplitReader<T, LogSplit> {
  readonly #topic: Topic<T>;
  readonly #split: LogSplit;
  readonly #env: SplitReaderEnv;
  /** Next offset to take. */
  #offset: number;
  #queue: LogRecord[] = [];
  #head = 0;
  /** Where the partition ends; -1 while unknown or if it may grow. */
  #end = -1;
  /** The fetcher waits on it while the queue is full. */
  #room: Deferred<void> | undefined;
  /** The task waits on it while the queue is empty. */
  #arrival: Deferred<void> | undefined;

  constructor(topic: Topic<T>, split: LogSplit, env: SplitReaderEnv) {
    this.#topic = topic;
    this.#split = split;
    this.#env = env;
    this.#offset = split.position;
    env.scope.spawn(`fetch ${split.id}`, this.#fetch());
  }

  poll(): SourceRecord<T> | 'nothing' | 'end' {
    const record = this.#queue[this.#head];
    if (record === undefined) return this.#atEnd ? 'end' : 'nothing';
    this.#head++;
    this.#offset = record.offset + 1;
    this.#makeRoom();
    return { value: this.#topic.type.read(new ByteReader(record.bytes)), position: record.offset };
  }

  available(): Pending<void> {
    if (this.#head < this.#queue.length || this.#atEnd) return settled();
    this.#arrival ??= new Deferred(`records of ${this.#split.id}`);
    return this.#arrival;
  }

  snapshot(): LogSplit {
    return { ...this.#split, position: this.#offset };
  }

  get #atEnd(): boolean {
    return this.#end >= 0 && this.#offset >= this.#end;
  }

  *#fetch(): Coroutine<void> {
    const { topic, bounded } = this.#topic;
    const { log } = this.#env.ports;
    let position = this.#offset;
    for (;;) {
      const fetched = yield* log.fetch(topic, this.#split.partition, position, this.#env.fetchMaxRecords);
      for (const record of fetched.records) this.#queue.push(record);
      const last = fetched.records[fetched.records.length - 1];
      if (last !== undefined) position = last.offset + 1;
      const ended = bounded && fetched.endOffset >= 0 && position >= fetched.endOffset;
      if (ended) {
        this.#end = fetched.endOffset;
        // What the broker skipped before the end (aborted records) is behind us too.
        if (this.#head === this.#queue.length) this.#offset = Math.max(this.#offset, fetched.endOffset);
      }
      if (ended || fetched.records.length > 0) this.#arrived();
      if (ended) return;
      if (this.#queue.length - this.#head >= QUEUE_RECORDS_MAX) {
        this.#room = new Deferred(`room in the queue of ${this.#split.id}`);
        yield* this.#room;
      }
    }
  }

  #arrived(): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    arrival?.resolve();
  }

  #makeRoom(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      if (this.#end >= 0) this.#offset = Math.max(this.#offset, this.#end);
    }
    // A queue that is never empty would keep every record of the partition.
    if (this.#head >= QUEUE_RECORDS_MAX) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (this.#room !== undefined && this.#queue.length - this.#head < QUEUE_RECORDS_MAX) {
      const room = this.#room;
      this.#room = undefined;
      room.resolve();
    }
  }
}
