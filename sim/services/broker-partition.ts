/**
 * One partition: a log in order of append, and the readers that wait at it.
 *
 *   offset   0   1   2   3   4   5   6   7
 *   writer   -   -   A   B   A   C   B   C         A committed, B aborted, C open
 *   readable 0   1   2   .   4 | ^ last stable offset: the first record whose fate is open
 *
 * Readers of committed data stop at the last stable offset and skip what was aborted, so offsets have gaps. Records
 * that the harness put there (writer "-") come first, are committed from the start, and become visible one by one.
 */
import { IoError } from '../../core/errors.ts';
import type { Fetched, LogRecord } from '../../core/ports.ts';
import type { Kernel, Target } from '../kernel/types.ts';
import type { Call } from './line.ts';

export type TransactionState = 'open' | 'prepared' | 'committed' | 'aborted';

/** What decides whether a record can be read: the transaction that wrote it. */
export interface RecordFate {
  readonly state: TransactionState;
}

export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly #kernel: Kernel;
  readonly #records: Uint8Array[] = [];
  readonly #writers: (RecordFate | undefined)[] = [];
  /** The first so many records are seeds; seed i becomes visible at i x interval. */
  #seeds = 0;
  #seedIntervalUs = 0;
  /** -1 while the partition may grow. */
  #endOffset = -1;
  #stableOffset = 0;
  #waiting: WaitingFetch[] = [];

  constructor(kernel: Kernel, topic: string, index: number) {
    this.#kernel = kernel;
    this.topic = topic;
    this.index = index;
  }

  get length(): number {
    return this.#records.length;
  }

  seed(records: readonly Uint8Array[], intervalUs: number, bounded: boolean): void {
    for (const bytes of records) {
      this.#records.push(bytes);
      this.#writers.push(undefined);
    }
    this.#seeds = records.length;
    this.#seedIntervalUs = intervalUs;
    this.#stableOffset = records.length;
    if (bounded) this.#endOffset = records.length;
  }

  /** `IoError` if the partition is bounded. */
  requireGrowing(): void {
    if (this.#endOffset >= 0) throw new IoError(`${this.topic}[${this.index}] is bounded: it takes no more records`);
  }

  /** The offset of the first one. `transaction` undefined: outside any; `settled` follows. */
  append(transaction: RecordFate | undefined, records: readonly Uint8Array[]): number {
    const from = this.#records.length;
    for (const bytes of records) {
      this.#records.push(bytes);
      this.#writers.push(transaction);
    }
    return from;
  }

  record(offset: number): Uint8Array {
    const bytes = this.#records[offset];
    if (bytes === undefined) throw new IoError(`${this.topic}[${this.index}] has no offset ${offset}`);
    return bytes;
  }

  /** A transaction with records here was committed or aborted, or records were appended outside any. */
  settled(): void {
    const before = this.#stableOffset;
    while (this.#stableOffset < this.#writers.length && !this.#undecided(this.#stableOffset)) this.#stableOffset += 1;
    if (this.#stableOffset === before || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fetch of waiting) this.serve(fetch);
  }

  /** Answers the fetch now or when there is something to answer. */
  fetch(call: Call<Fetched>, offset: number, maxRecords: number): void {
    this.serve(new WaitingFetch(this, this.#kernel.nextId(), call, offset, maxRecords));
  }

  /** Answers, or lets the fetch wait: for a time if the next record is there and not visible yet, else for a commit. */
  serve(fetch: WaitingFetch): void {
    if (!fetch.call.awaited) return;
    const ended = this.#endOffset >= 0 && fetch.offset >= this.#endOffset;
    const records = ended ? [] : this.#read(fetch);
    if (ended || records.length > 0) fetch.call.answer({ records, endOffset: this.#endOffset });
    else if (fetch.offset < this.#seeds) this.#kernel.schedule(this.#visibleInUs(fetch.offset), fetch);
    else this.#waiting.push(fetch);
  }

  /** What can be read from there on; moves the fetch past what has turned out to be aborted. */
  #read(fetch: WaitingFetch): readonly LogRecord[] {
    const limit = this.#readableLimit();
    const records: LogRecord[] = [];
    for (let offset = fetch.offset; offset < limit && records.length < fetch.maxRecords; offset += 1) {
      if (this.#writers[offset]?.state !== 'aborted') records.push({ offset, bytes: this.record(offset) });
    }
    if (records.length === 0) fetch.offset = Math.max(fetch.offset, limit);
    return records;
  }

  /** The last stable offset, or the first seed that is not visible yet if that comes earlier. */
  #readableLimit(): number {
    if (this.#seedIntervalUs === 0) return this.#stableOffset;
    const visible = Math.floor(this.#kernel.nowUs / this.#seedIntervalUs) + 1;
    return visible < this.#seeds ? visible : this.#stableOffset;
  }

  #visibleInUs(offset: number): number {
    return offset * this.#seedIntervalUs - this.#kernel.nowUs;
  }

  #undecided(offset: number): boolean {
    const state = this.#writers[offset]?.state;
    return state === 'open' || state === 'prepared';
  }
}

/** A fetch at the broker. As a target it fires when the record that it waits for becomes visible. */
class WaitingFetch implements Target {
  readonly id: number;
  readonly call: Call<Fetched>;
  readonly maxRecords: number;
  offset: number;
  readonly #partition: Partition;

  constructor(partition: Partition, id: number, call: Call<Fetched>, offset: number, maxRecords: number) {
    this.id = id;
    this.call = call;
    this.maxRecords = maxRecords;
    this.offset = offset;
    this.#partition = partition;
  }

  fire(): void {
    this.#partition.serve(this);
  }
}
