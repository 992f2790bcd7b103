/**
 * A source of one's own: reads a topic of the log in batches, with a pause between them, as a backfill that must not take
 * all of the broker for itself.
 *
 *   fetcher   fetch a batch -> queue -> wait until it is taken -> pause -> fetch the next one
 *   poll      takes from the queue; never waits
 *
 * The position of the split is all that a checkpoint needs: what lies in the queue is fetched again.
 */
import {
  type Coroutine,
  Deferred,
  int32,
  int64,
  listEnumerator,
  type Pending,
  record,
  settled,
  type Source,
  type SourceRecord,
  type SourceSplit,
  splitListSerializer,
  type SplitListState,
  type SplitReader,
  type SplitReaderEnv,
  string,
  type TypeInfo,
  versioned,
} from 'millrace';
import { fromBytes } from 'millrace/parts';

export interface PacedOptions<T> {
  readonly topic: string;
  readonly type: TypeInfo<T>;
  /** Records of a batch at most. */
  readonly batch: number;
  readonly pauseMs: number;
}

interface PartitionSplit extends SourceSplit {
  readonly partition: number;
}

const splits = versioned('splits of a paced source', 1, record({ id: string, position: int64, partition: int32 }));

export function pacedSource<T>(options: PacedOptions<T>): Source<T, PartitionSplit, SplitListState<PartitionSplit>> {
  const { topic, type } = options;
  return {
    connector: 'paced',
    input: topic,
    type,
    bounded: true,
    startPosition: 0,
    rewindable: true,
    splitSerializer: splits,
    enumeratorSerializer: splitListSerializer(splits),
    createEnumerator: (env, restored) =>
      listEnumerator(env, restored, function* () {
        const partitions = yield* env.ports.log.partitions(topic);
        return Array.from({ length: partitions }, (_, partition) => ({
          id: `${topic}-${partition}`,
          partition,
          position: 0,
        }));
      }),
    createReader: (split, env) => new PacedReader(options, split, env),
    unassigned: ({ listed, unassigned }) => (listed ? unassigned : undefined),
  };
}

class PacedReader<T> implements SplitReader<T, PartitionSplit> {
  readonly #options: PacedOptions<T>;
  readonly #split: PartitionSplit;
  readonly #env: SplitReaderEnv;
  #queue: SourceRecord<T>[] = [];
  /** Next record to take. */
  #position: number;
  #ended = false;
  /** The task waits on it for records, the fetcher for an empty queue. */
  #arrival: Deferred<void> | undefined;
  #emptied: Deferred<void> | undefined;

  constructor(options: PacedOptions<T>, split: PartitionSplit, env: SplitReaderEnv) {
    this.#options = options;
    this.#split = split;
    this.#env = env;
    this.#position = split.position;
    env.scope.spawn(`fetch ${split.id}`, this.#fetch());
  }

  poll(): SourceRecord<T> | 'nothing' | 'end' {
    const next = this.#queue.shift();
    if (next === undefined) return this.#ended ? 'end' : 'nothing';
    this.#position = next.position + 1;
    if (this.#queue.length === 0) {
      this.#emptied?.resolve();
      this.#emptied = undefined;
    }
    return next;
  }

  available(): Pending<void> {
    if (this.#queue.length > 0 || this.#ended) return settled();
    this.#arrival = new Deferred(`records of ${this.#split.id}`);
    return this.#arrival;
  }

  snapshot(): PartitionSplit {
    return { ...this.#split, position: this.#position };
  }

  *#fetch(): Coroutine<void> {
    const { topic, type, batch, pauseMs } = this.#options;
    const { log, clock } = this.#env.ports;
    for (;;) {
      const { records, endOffset } = yield* log.fetch(topic, this.#split.partition, this.#position, batch);
      this.#queue = records.map(({ offset, bytes }) => ({ value: fromBytes(type, bytes), position: offset }));
      const next = (records.at(-1)?.offset ?? this.#position - 1) + 1;
      // The last offsets may hold no record: then there is no further one.
      this.#ended = endOffset >= 0 && (records.length === 0 || next >= endOffset);
      if (this.#queue.length > 0 || this.#ended) this.#arrived();
      if (this.#ended) return;
      if (this.#queue.length > 0) {
        this.#emptied = new Deferred(`an empty queue of ${this.#split.id}`);
        yield* this.#emptied;
      }
      yield* clock.sleep(pauseMs);
    }
  }

  #arrived(): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    arrival?.resolve();
  }
}
