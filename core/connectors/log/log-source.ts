/**
 * Reads a topic of the log broker: a split is a partition. The enumerator lists the partitions once, or looks for further
 * ones from time to time; a reader keeps a bounded queue, and one fetch under way while it has room. It takes in the answer when it is
 * polled, so that no coroutine stands between the broker and the task.
 *
 * The position of a split is the offset after the last record *taken*, never after the last one fetched.
 * Left out: idleness of splits, watermark alignment, partitions that are taken away.
 */
import { int32, int64, record, string, type TypeInfo } from '../../job/types.ts';
import { JobError } from '../../errors.ts';
import type { Fetched, LogRecord } from '../../ports.ts';
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
  /** Nothing follows what is queued. */
  #ended = false;
  /** Offset of the next fetch. */
  #next: number;
  /** The fetch that is under way, or whose answer has not been taken in. */
  #asked: Pending<Fetched> | undefined;
  /** The task waits on it while the queue is empty. */
  #arrival: Deferred<void> | undefined;
  /** For whoever need not wait. */
  readonly #there = settled();

  constructor(topic: Topic<T>, split: LogSplit, env: SplitReaderEnv) {
    this.#topic = topic;
    this.#split = split;
    this.#env = env;
    this.#offset = split.position;
    this.#next = split.position;
    this.#ask();
  }

  poll(): SourceRecord<T> | 'nothing' | 'end' {
    this.#takeIn();
    const record = this.#queue[this.#head];
    if (record === undefined) return this.#ended ? 'end' : 'nothing';
    this.#head++;
    this.#offset = record.offset + 1;
    this.#makeRoom();
    this.#ask();
    return { value: this.#topic.type.read(new ByteReader(record.bytes)), position: record.offset };
  }

  available(): Pending<void> {
    const asked = this.#asked;
    if (this.#head < this.#queue.length || asked === undefined || asked.settled) return this.#there;
    if (this.#arrival !== undefined) return this.#arrival;
    const arrival = new Deferred<void>(`records of ${this.#split.id}`);
    this.#arrival = arrival;
    asked.onSettled(() => {
      arrival.resolve();
    });
    return arrival;
  }

  snapshot(): LogSplit {
    const { id, partition } = this.#split;
    return { id, partition, position: this.#offset };
  }

  /** The next fetch, unless one is under way, the partition has ended, or enough is queued. */
  #ask(): void {
    if (this.#asked !== undefined || this.#ended || this.#queue.length - this.#head >= QUEUE_RECORDS_MAX) return;
    const { partition } = this.#split;
    this.#asked = this.#env.ports.log.fetch(this.#topic.topic, partition, this.#next, this.#env.fetchMaxRecords);
  }

  /** Throws what the fetch has failed with. */
  #takeIn(): void {
    if (this.#asked?.settled !== true) return;
    const { records, endOffset } = this.#asked.take();
    this.#asked = undefined;
    this.#arrival = undefined;
    for (const record of records) this.#queue.push(record);
    const last = records[records.length - 1];
    if (last !== undefined) this.#next = last.offset + 1;
    // The last offsets may hold no record, so that no record says that the end is reached: then there is no further one.
    if (this.#topic.bounded && endOffset >= 0) this.#ended = last === undefined || this.#next >= endOffset;
    this.#ask();
  }

  #makeRoom(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    // A queue that is never empty would keep every record of the partition.
    if (this.#head >= QUEUE_RECORDS_MAX) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
