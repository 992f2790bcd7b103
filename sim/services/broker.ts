/**
 * A log broker like Kafka: topics with partitions, offsets, transactions, and readers of committed data only.
 *
 * What it models: long-polling fetches that are answered as soon as one committed record is there (no order between
 * fetches); producers with epochs that fence older ones, whose requests take effect in order; transactions that are
 * prepared before they are committed, commit atomically over partitions, and time out by the broker's clock while open
 * (`broker-transactions.ts`); the last stable offset (`broker-partition.ts`); lost replies (`unknown`, applied or not).
 * Partitions of an input may be added while the job runs; nobody is told of it.
 * Fetches fail where a fault says so.
 * What it leaves out: brokers that throttle, other requests that fail, retention, readers of uncommitted data, idempotent producers for
 * records outside transactions.
 */
import { assert, IoError } from '../../core/errors.ts';
import type { Fetched, LogBroker, Producer, TransactionInfo, Written } from '../../core/ports.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Kernel, SimProcess, WorldContext } from '../kernel/types.ts';
import { Partition, type TransactionState } from './broker-partition.ts';
import { Transactions } from './broker-transactions.ts';
import type { Transaction } from './broker-transactions.ts';
import { Lines, WRITTEN } from './line.ts';
import type { Call, Line } from './line.ts';

/** How long requests take, when records become visible, and how often a reply is lost. */
export interface BrokerConfig {
  readonly brokerLatencyUs: number;
  readonly brokerJitterUs: number;
  /** An open transaction is aborted this long after its last request, by the broker's clock. */
  readonly brokerTransactionTimeoutMs: number;
  /** Record i of a source partition becomes visible at i x this. 0: all are there from the start. */
  readonly recordIntervalUs: number;
  /** Share of writes whose reply is lost. */
  readonly lostReplyPer1000: number;
  /** Blocks of a source partition before which it is quiet for `quietMs`. */
  readonly quietPer1000: number;
  readonly quietMs: number;
  /** Share of the partitions of a growing input, but for its first, that are added later, and by when. */
  readonly addedPartitionPer1000: number;
  readonly addedPartitionMs: number;
  /** Offsets without a record at the end of a source partition that does not grow, at most. */
  readonly recordlessTailMax: number;
}

export interface CommittedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Undefined: it was appended outside any. */
  readonly transaction: string | undefined;
}

/** One commit: its records by partition in the order in which the transaction touched them. An append outside transactions is one, too. */
export interface Commit {
  readonly transaction: string | undefined;
  readonly owner: string | undefined;
  readonly records: readonly CommittedRecord[];
}

/** Called in the very event that applies a commit. It must draw, schedule and change nothing. */
export type CommitListener = (commit: Commit) => void;

interface Topic {
  readonly partitions: readonly Partition[];
  /** By partition: from when on it is there. Never falls from one to the next. */
  readonly addedAtUs: readonly number[];
  readonly committed: CommittedRecord[];
}

/** How long a source partition is quiet before each of its blocks, in microseconds; undefined: never. */
type Quiet = (topic: string, index: number) => ((block: number) => number) | undefined;

function quietBlocks({ choices }: WorldContext, { quietPer1000, quietMs }: BrokerConfig): Quiet {
  return (topic, index) => {
    if (quietPer1000 === 0 || quietMs === 0) return undefined;
    const stream = choices.stream(`quiet/${topic}[${index}]`);
    return (block) => (stream.chanceAt(block, quietPer1000) ? 1_000 * quietMs : 0);
  };
}

/** How many offsets at the end of a source partition hold no record. */
type Tails = (topic: string, index: number) => number;

function tailsOf({ choices }: WorldContext, { recordlessTailMax }: BrokerConfig): Tails {
  return (topic, index) =>
    recordlessTailMax === 0 ? 0 : choices.stream(`recordless-tail/${topic}[${index}]`).at(0, recordlessTailMax + 1);
}

/** From when on a partition is there, in microseconds. */
type Additions = (topic: string, index: number) => number;

function additions({ choices }: WorldContext, { addedPartitionPer1000, addedPartitionMs }: BrokerConfig): Additions {
  return (topic, index) => {
    if (index === 0 || addedPartitionPer1000 === 0 || addedPartitionMs === 0) return 0;
    const stream = choices.stream(`added-partition/${topic}[${index}]`);
    return stream.chanceAt(0, addedPartitionPer1000) ? 1_000 * stream.at(1, addedPartitionMs + 1) : 0;
  };
}

export class SimBroker {
  readonly #kernel: Kernel;
  readonly #recordIntervalUs: number;
  readonly #quiet: Quiet;
  readonly #addedAtUs: Additions;
  readonly #tailOf: Tails;
  readonly #lines: Lines;
  readonly #topics = new Map<string, Topic>();
  readonly #transactions: Transactions;
  readonly #listeners: CommitListener[] = [];
  /** So many fetches that come next fail. */
  #failing = 0;

  constructor(context: WorldContext, config: BrokerConfig) {
    this.#kernel = context.kernel;
    this.#recordIntervalUs = config.recordIntervalUs;
    this.#quiet = quietBlocks(context, config);
    this.#addedAtUs = additions(context, config);
    this.#tailOf = tailsOf(context, config);
    this.#lines = new Lines(context, 'broker', {
      latencyUs: config.brokerLatencyUs,
      jitterUs: config.brokerJitterUs,
      lostReplyPer1000: config.lostReplyPer1000,
    });
    this.#transactions = new Transactions(context.kernel, config.brokerTransactionTimeoutMs, (transaction) =>
      this.#committed(transaction),
    );
  }

  /** The end of chaos: no reply is lost any more, and no fetch fails. */
  heal(): void {
    this.#failing = 0;
    this.#lines.heal();
  }

  door(process: SimProcess): LogBroker {
    return new Door(this, this.#transactions, this.#lines, this.#lines.line(process, false));
  }

  /** Before the run. A topic that is never seeded is unbounded. */
  hasTopic(name: string): boolean {
    return this.#topics.has(name);
  }

  /** `grows`: partitions may be added to it later, in order of their indices. */
  createTopic(name: string, partitions: number, grows = false): void {
    assert(!this.#topics.has(name), () => `topic ${name} is created twice`);
    assert(partitions > 0, () => `topic ${name} needs at least one partition`);
    const all = Array.from({ length: partitions }, (_, index) => new Partition(this.#kernel, name, index));
    let atUs = 0;
    const addedAtUs = all.map(({ index }) => (atUs = grows ? Math.max(atUs, this.#addedAtUs(name, index)) : 0));
    this.#topics.set(name, { partitions: all, addedAtUs, committed: [] });
  }

  /**
   * Before the run, once a partition: the records that it holds; record i becomes visible at i x `recordIntervalUs`, and
   * the quiet stretches before it later. The partition ends after them, also after none, or a few offsets later, unless it is
   * `unbounded`.
   */
  seed(topic: string, partition: number, records: Iterable<Uint8Array>, unbounded = false): void {
    const target = this.partition(topic, partition);
    assert(target.length === 0, () => `${topic}[${partition}] is seeded twice`);
    const pace = { intervalUs: this.#recordIntervalUs, quietUs: this.#quiet(topic, partition) };
    target.seed(this.#folded(records), pace, unbounded ? undefined : this.#tailOf(topic, partition));
  }

  *#folded(records: Iterable<Uint8Array>): Iterable<Uint8Array> {
    for (const bytes of records) {
      this.#kernel.foldBytes(bytes);
      yield bytes;
    }
  }

  /** What readers of committed data may see of the topic, seeds apart, in the order in which it became visible. A live view, without a trace in the run. */
  committed(topic: string): readonly CommittedRecord[] {
    return this.#topic(topic).committed;
  }

  onCommitted(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** All transactions that were ever opened, in order of opening, without a trace in the run. */
  transactionStates(): readonly { readonly id: string; readonly owner: string; readonly state: TransactionState }[] {
    return Array.from(this.#transactions.all(), ({ name, owner, state }) => ({ id: name, owner, state }));
  }

  /** For the doors. `IoError` if there is no such topic. */
  partitions(topic: string): number {
    return this.partitionsAt(topic, this.#kernel.nowUs);
  }

  /** How many partitions a topic has, or will have, at a time. Without a trace in the run. */
  partitionsAt(topic: string, us: number): number {
    return this.#topic(topic).addedAtUs.filter((atUs) => atUs <= us).length;
  }

  /** For the doors. `IoError` if there is no such partition. */
  partition(topic: string, index: number): Partition {
    const partition = this.#topic(topic).partitions[index];
    if (partition === undefined) throw new IoError(`topic ${topic} has no partition ${index}`);
    return partition;
  }

  /** The next fetches that come to the broker fail. */
  failFetches(count: number): void {
    this.#failing += count;
  }

  /** For the doors. `IoError` if the fetch is one that fails. */
  fetch(call: Call<Fetched>, topic: string, index: number, offset: number, maxRecords: number): void {
    if (this.#failing > 0) {
      this.#failing -= 1;
      throw new IoError(`the broker could not read ${topic}[${index}]`);
    }
    this.readable(topic, index).fetch(call, offset, maxRecords);
  }

  /** For the doors: the same, if it has been added by now. */
  readable(topic: string, index: number): Partition {
    const partition = this.partition(topic, index);
    if (index >= this.partitions(topic)) throw new IoError(`topic ${topic} has no partition ${index} yet`);
    return partition;
  }

  /** For the doors: an append outside transactions. `IoError` if there is no such partition, or if it is bounded. */
  append(topic: string, index: number, records: readonly Uint8Array[]): Written {
    const partition = this.partition(topic, index);
    partition.requireGrowing();
    const from = partition.append(undefined, records);
    const visible = records.map((bytes, i) => ({
      topic,
      partition: index,
      offset: from + i,
      bytes,
      transaction: undefined,
    }));
    for (const record of visible) this.#topic(topic).committed.push(record);
    for (const listener of this.#listeners) listener({ transaction: undefined, owner: undefined, records: visible });
    partition.settled();
    return WRITTEN;
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new IoError(`there is no topic ${name}`);
    return topic;
  }

  #committed(transaction: Transaction): void {
    const records: CommittedRecord[] = [];
    for (const { partition, from, to } of transaction.spans) {
      const { topic, index } = partition;
      const { committed } = this.#topic(topic);
      for (let offset = from; offset < to; offset += 1) {
        const bytes = partition.record(offset);
        const record = { topic, partition: index, offset, bytes, transaction: transaction.name };
        committed.push(record);
        records.push(record);
      }
    }
    const commit: Commit = { transaction: transaction.name, owner: transaction.owner, records };
    for (const listener of this.#listeners) listener(commit);
  }
}

class Door implements LogBroker {
  readonly #broker: SimBroker;
  readonly #transactions: Transactions;
  readonly #lines: Lines;
  readonly #line: Line;

  constructor(broker: SimBroker, transactions: Transactions, lines: Lines, line: Line) {
    this.#broker = broker;
    this.#transactions = transactions;
    this.#lines = lines;
    this.#line = line;
  }

  partitions(topic: string): Pending<number> {
    this.#line.process.portCall('log.partitions');
    return this.#line.ask(
      () => `partitions of topic ${topic}`,
      (call: Call<number>) => {
        call.answer(this.#broker.partitions(topic));
      },
    );
  }

  fetch(topic: string, partition: number, offset: number, maxRecords: number): Pending<Fetched> {
    this.#line.process.portCall('log.fetch');
    assert(offset >= 0 && maxRecords > 0, () => `fetch of ${maxRecords} records at offset ${offset}`);
    return this.#line.ask(
      () => `records of ${topic}[${partition}] from offset ${offset}`,
      (call: Call<Fetched>) => {
        this.#broker.fetch(call, topic, partition, offset, maxRecords);
      },
    );
  }

  append(topic: string, partition: number, records: readonly Uint8Array[]): Pending<Written> {
    this.#line.process.portCall('log.appendPlain');
    for (const bytes of records) this.#line.kernel.foldBytes(bytes);
    return this.#line.write(
      () => `append of ${records.length} records to ${topic}[${partition}]`,
      () => this.#broker.append(topic, partition, records),
    );
  }

  producer(owner: string): Pending<Producer> {
    const { process } = this.#line;
    process.portCall('log.producer');
    return this.#line.ask(
      () => `producer for ${owner}`,
      (call: Call<Producer>) => {
        const epoch = this.#transactions.raiseEpoch(owner);
        const line = this.#lines.line(process, true);
        call.answer(new ProducerDoor(this.#broker, this.#transactions, line, owner, epoch));
      },
    );
  }

  transactions(idPrefix: string): Pending<readonly TransactionInfo[]> {
    this.#line.process.portCall('log.transactions');
    return this.#line.ask(
      () => `transactions ${idPrefix}*`,
      (call: Call<readonly TransactionInfo[]>) => {
        call.answer(this.#transactions.pending(idPrefix));
      },
    );
  }
}

class ProducerDoor implements Producer {
  readonly owner: string;
  readonly epoch: number;
  readonly #broker: SimBroker;
  readonly #transactions: Transactions;
  readonly #line: Line;

  constructor(broker: SimBroker, transactions: Transactions, line: Line, owner: string, epoch: number) {
    this.#broker = broker;
    this.#transactions = transactions;
    this.#line = line;
    this.owner = owner;
    this.epoch = epoch;
  }

  append(transaction: string, topic: string, partition: number, records: readonly Uint8Array[]): Pending<Written> {
    this.#line.process.portCall('log.append');
    for (const bytes of records) this.#line.kernel.foldBytes(bytes);
    return this.#line.write(
      () => `append of ${records.length} records to ${topic}[${partition}] in ${transaction}`,
      () => this.#transactions.append(this, transaction, this.#broker.partition(topic, partition), records),
    );
  }

  prepare(transaction: string): Pending<Written> {
    this.#line.process.portCall('log.prepare');
    return this.#line.write(
      () => `prepare of ${transaction}`,
      () => this.#transactions.prepare(this, transaction),
    );
  }

  commit(transaction: string): Pending<Written> {
    this.#line.process.portCall('log.commit');
    return this.#line.write(
      () => `commit of ${transaction}`,
      () => this.#transactions.commit(this, transaction),
    );
  }

  abort(transaction: string): Pending<Written> {
    this.#line.process.portCall('log.abort');
    return this.#line.write(
      () => `abort of ${transaction}`,
      () => this.#transactions.abort(this, transaction),
    );
  }
}
