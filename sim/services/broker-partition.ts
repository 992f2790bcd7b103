/**
 * One partition: a log in order of append, and the readers that wait at it.
 *
 *   offset   0   1   2   3   4   5   6   7
 *   writer   -   -   A   B   A   C   B   C         A committed, B aborted, C open
 *   readable 0   1   2   .   4 | ^ last stable offset: the first record whose fate is open
 *
 * Readers of committed data stop at the last stable offset and skip what was aborted, so offsets have gaps. Records
 * that the harness put there (writer "-") come first, are committed from the start, and become visible one by one. Behind
 * them a bounded partition may have offsets without a record.
 */
import { IoError } from '../../core/errors.ts';
import type { Fetched, LogRecord } from '../../core/ports.ts';
import type { Kernel } from '../kernel/types.ts';
import type { Call } from './line.ts';

export type TransactionState = 'open' | 'prepared' | 'committed' | 'aborted';

/** What decides whether a record can be read: the transaction that wrote it. */
export interface RecordFate {
  readonly state: TransactionState;
}

/** Records of a source partition between two quiet stretches, at least. */
export const INPUT_BLOCK_RECORDS = 16;

/** Of an offset that holds no record for a reader: a marker, say. */
const NO_RECORD: RecordFate = { state: 'aborted' };
const NOTHING = new Uint8Array(0);

/** When the seeds become visible. */
export interface Pace {
  readonly intervalUs: number;
  readonly quietUs: ((block: number) => number) | undefined;
}

export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly #kernel: Kernel;
  /** The first records; seed i becomes visible at i x interval, and the quiet stretches before it later. */
  #seeds: Seeds = NO_SEEDS;
  #seedIntervalUs = 0;
  /** By block of seeds: all quiet stretches up to it; undefined: there are none. */
  #quietUs: readonly number[] | undefined;
  /** Seeds that were visible when it was last asked. */
  #visible = 0;
  /** Those behind the seeds, and who wrote them. */
  readonly #records: Uint8Array[] = [];
  readonly #writers: (RecordFate | undefined)[] = [];
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
    return this.#seeds.ends.length + this.#records.length;
  }

  /**
   * `quietUs`: how long the partition is quiet before each block of seeds. `tail`: so many offsets without a record behind the
   * seeds, at which the partition ends; undefined: it may grow.
   */
  seed(records: Iterable<Uint8Array>, { intervalUs, quietUs }: Pace, tail: number | undefined): void {
    this.#seeds = packed(records);
    const { length } = this.#seeds.ends;
    this.#seedIntervalUs = intervalUs;
    if (quietUs !== undefined) {
      let sum = 0;
      this.#quietUs = Array.from(
        { length: Math.ceil(length / INPUT_BLOCK_RECORDS) },
        (_, block) => (sum += quietUs(block)),
      );
    }
    this.#stableOffset = length;
    if (tail === undefined) return;
    this.append(NO_RECORD, Array<Uint8Array>(tail).fill(NOTHING));
    this.#stableOffset = this.#endOffset = this.length;
  }

  /** `IoError` if the partition is bounded. */
  requireGrowing(): void {
    if (this.#endOffset >= 0) throw new IoError(`${this.topic}[${this.index}] is bounded: it takes no more records`);
  }

  /** The offset of the first one. `transaction` undefined: outside any; `settled` follows. */
  append(transaction: RecordFate | undefined, records: readonly Uint8Array[]): number {
    const from = this.length;
    for (const bytes of records) {
      this.#records.push(bytes);
      this.#writers.push(transaction);
    }
    return from;
  }

  record(offset: number): Uint8Array {
    const { bytes: seeds, ends } = this.#seeds;
    const end = ends[offset];
    if (end !== undefined) return seeds.slice(ends[offset - 1] ?? 0, end);
    const bytes = this.#records[offset - ends.length];
    if (bytes === undefined) throw new IoError(`${this.topic}[${this.index}] has no offset ${offset}`);
    return bytes;
  }

  /** A transaction with records here was committed or aborted, or records were appended outside any. */
  settled(): void {
    const before = this.#stableOffset;
    while (this.#stableOffset < this.length && !this.#undecided(this.#stableOffset)) this.#stableOffset += 1;
    if (this.#stableOffset === before || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fetch of waiting) this.serve(fetch);
  }

  /** Answers the fetch now or when there is something to answer. */
  fetch(call: Call<Fetched>, offset: number, maxRecords: number): void {
    this.serve({ call, offset, maxRecords });
  }

  /**
   * Answers, or lets the fetch wait for a commit. Seeds that will be visible at a known time are answered now, as of then: nothing
   * that happens in between changes them. What is appended behind the last seed comes with the next fetch.
   */
  serve(fetch: WaitingFetch): void {
    if (!fetch.call.awaited) return;
    const records = this.#read(fetch);
    const ended = this.#endOffset >= 0 && fetch.offset >= this.#endOffset;
    if (ended || records.length > 0) fetch.call.answer({ records, endOffset: this.#endOffset });
    else if (fetch.offset < this.#seeds.ends.length)
      fetch.call.answer(
        { records: this.#firstVisible(fetch), endOffset: this.#endOffset },
        this.#visibleInUs(fetch.offset),
      );
    else this.#waiting.push(fetch);
  }

  /** What can be read from there on; moves the fetch past what has turned out to be aborted. */
  #read(fetch: WaitingFetch): readonly LogRecord[] {
    const limit = this.#readableLimit();
    const records: LogRecord[] = [];
    for (let offset = fetch.offset; offset < limit && records.length < fetch.maxRecords; offset += 1) {
      if (this.#fate(offset) !== 'aborted') records.push({ offset, bytes: this.record(offset) });
    }
    if (records.length === 0) fetch.offset = Math.max(fetch.offset, limit);
    return records;
  }

  /** The seeds that become visible together with the first one that the fetch waits for. */
  #firstVisible({ offset: from, maxRecords }: WaitingFetch): readonly LogRecord[] {
    const untilUs = this.#visibleInUs(from);
    const end = Math.min(from + maxRecords, this.#seeds.ends.length);
    const records: LogRecord[] = [];
    for (let offset = from; offset < end && this.#visibleInUs(offset) <= untilUs; offset += 1)
      records.push({ offset, bytes: this.record(offset) });
    return records;
  }

  /** The last stable offset, or the first seed that is not visible yet if that comes earlier. */
  #readableLimit(): number {
    if (this.#quietUs !== undefined) {
      const { length } = this.#seeds.ends;
      while (this.#visible < length && this.#visibleInUs(this.#visible) <= 0) this.#visible += 1;
      return this.#visible < length ? this.#visible : this.#stableOffset;
    }
    if (this.#seedIntervalUs === 0) return this.#stableOffset;
    const visible = Math.floor(this.#kernel.nowUs / this.#seedIntervalUs) + 1;
    return visible < this.#seeds.ends.length ? visible : this.#stableOffset;
  }

  #visibleInUs(offset: number): number {
    const quietUs = this.#quietUs?.[Math.floor(offset / INPUT_BLOCK_RECORDS)] ?? 0;
    return offset * this.#seedIntervalUs + quietUs - this.#kernel.nowUs;
  }

  #undecided(offset: number): boolean {
    const state = this.#fate(offset);
    return state === 'open' || state === 'prepared';
  }

  #fate(offset: number): TransactionState | undefined {
    return this.#writers[offset - this.#seeds.ends.length]?.state;
  }
}

/** Records behind each other: an array of its own for each of a million records would take ten times their bytes. */
interface Seeds {
  readonly bytes: Uint8Array;
  /** Where each record ends. */
  readonly ends: readonly number[];
}

const NO_SEEDS: Seeds = { bytes: new Uint8Array(0), ends: [] };
const SEED_BYTES = 4096;

function packed(records: Iterable<Uint8Array>): Seeds {
  let bytes = new Uint8Array(SEED_BYTES);
  let length = 0;
  const ends: number[] = [];
  for (const record of records) {
    if (length + record.length > bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, length + record.length));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(record, length);
    length += record.length;
    ends.push(length);
  }
  return { bytes, ends };
}

/** A fetch at the broker. */
interface WaitingFetch {
  readonly call: Call<Fetched>;
  readonly maxRecords: number;
  /** Moves past what has turned out to be aborted. */
  offset: number;
}
