/**
 * Who may write, and what becomes of it: producer epochs and the states of transactions.
 *
 *              append            prepare              commit
 *   (unknown) ────────> open ──────────────> prepared ──────> committed
 *                        │ abort, time-out      │ abort
 *                        └──────────> aborted <─┘
 *
 *   request of a producer                | condition                                        | answer
 *   -------------------------------------|--------------------------------------------------|---------------------------
 *   any                                  | its epoch is not the owner's newest              | refused, no effect
 *   append                               | unknown, or open and its own                     | written
 *   prepare                              | open or prepared, and its own                    | written
 *   commit                               | prepared or committed, of any producer           | written
 *   abort                                | unknown, open, prepared or aborted, of any       | written
 *   append, prepare, commit, abort       | otherwise                                        | refused, no effect
 *
 * *Its own*: opened by this very producer, owner and epoch. Raising an epoch leaves the owner's transactions as they
 * are: an open one blocks readers until somebody aborts it or its time is up. A name is never used twice. Left out:
 * transactions that the broker forgets.
 */
import type { TransactionInfo, Written } from '../../core/ports.ts';
import type { Kernel, Target } from '../kernel/types.ts';
import type { Partition, RecordFate, TransactionState } from './broker-partition.ts';
import { REFUSED, WRITTEN } from './line.ts';

export interface Writer {
  readonly owner: string;
  readonly epoch: number;
}

/** Records of a transaction that lie next to each other: offsets in [from, to) of a partition. */
export interface Span {
  readonly partition: Partition;
  readonly from: number;
  to: number;
}

export class Transaction implements Target, Writer, RecordFate {
  readonly id: number;
  readonly name: string;
  readonly owner: string;
  readonly epoch: number;
  readonly spans: Span[] = [];
  state: TransactionState = 'open';
  deadlineUs = 0;
  readonly #timeUp: (transaction: Transaction) => void;

  constructor(id: number, name: string, writer: Writer, timeUp: (transaction: Transaction) => void) {
    this.id = id;
    this.name = name;
    this.owner = writer.owner;
    this.epoch = writer.epoch;
    this.#timeUp = timeUp;
  }

  belongsTo(writer: Writer): boolean {
    return this.owner === writer.owner && this.epoch === writer.epoch;
  }

  append(partition: Partition, records: readonly Uint8Array[]): void {
    const from = partition.append(this, records);
    const to = from + records.length;
    const last = this.spans.at(-1);
    if (last?.partition === partition && last.to === from) last.to = to;
    else this.spans.push({ partition, from, to });
  }

  fire(): void {
    this.#timeUp(this);
  }
}

export class Transactions {
  readonly #kernel: Kernel;
  readonly #timeoutUs: number;
  readonly #onCommit: (transaction: Transaction) => void;
  readonly #epochs = new Map<string, number>();
  readonly #transactions = new Map<string, Transaction>();

  /** `onCommit` is called in the event that commits, before any reader is answered. */
  constructor(kernel: Kernel, timeoutMs: number, onCommit: (transaction: Transaction) => void) {
    this.#kernel = kernel;
    this.#timeoutUs = timeoutMs * 1000;
    this.#onCommit = onCommit;
  }

  /** A new producer of the owner: all older ones are fenced. */
  raiseEpoch(owner: string): number {
    const epoch = (this.#epochs.get(owner) ?? 0) + 1;
    this.#epochs.set(owner, epoch);
    return epoch;
  }

  append(writer: Writer, name: string, partition: Partition, records: readonly Uint8Array[]): Written {
    partition.requireGrowing();
    if (this.#fenced(writer)) return REFUSED;
    const transaction = this.#transactions.get(name) ?? this.#open(writer, name);
    if (transaction.state !== 'open' || !transaction.belongsTo(writer)) return REFUSED;
    transaction.deadlineUs = this.#kernel.nowUs + this.#timeoutUs;
    transaction.append(partition, records);
    return WRITTEN;
  }

  prepare(writer: Writer, name: string): Written {
    const transaction = this.#transactions.get(name);
    if (this.#fenced(writer) || transaction?.belongsTo(writer) !== true) return REFUSED;
    if (transaction.state !== 'open' && transaction.state !== 'prepared') return REFUSED;
    transaction.state = 'prepared';
    return WRITTEN;
  }

  commit(writer: Writer, name: string): Written {
    const transaction = this.#transactions.get(name);
    if (this.#fenced(writer) || transaction === undefined) return REFUSED;
    if (transaction.state === 'committed') return WRITTEN;
    if (transaction.state !== 'prepared') return REFUSED;
    transaction.state = 'committed';
    this.#onCommit(transaction);
    settled(transaction);
    return WRITTEN;
  }

  abort(writer: Writer, name: string): Written {
    const transaction = this.#transactions.get(name);
    if (this.#fenced(writer) || transaction?.state === 'committed') return REFUSED;
    if (transaction !== undefined && transaction.state !== 'aborted') abort(transaction);
    return WRITTEN;
  }

  /** Open and prepared ones whose name starts so, in order of the name. */
  pending(prefix: string): readonly TransactionInfo[] {
    const found: TransactionInfo[] = [];
    for (const { name, owner, state } of this.#transactions.values()) {
      if (name.startsWith(prefix) && (state === 'open' || state === 'prepared')) found.push({ id: name, owner, state });
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** All that were ever opened, in order of opening. */
  all(): IterableIterator<Transaction> {
    return this.#transactions.values();
  }

  #fenced(writer: Writer): boolean {
    return this.#epochs.get(writer.owner) !== writer.epoch;
  }

  #open(writer: Writer, name: string): Transaction {
    const transaction = new Transaction(this.#kernel.nextId(), name, writer, (late) => this.#timeUp(late));
    this.#transactions.set(name, transaction);
    this.#kernel.schedule(this.#timeoutUs, transaction);
    return transaction;
  }

  #timeUp(transaction: Transaction): void {
    if (transaction.state !== 'open') return;
    const leftUs = transaction.deadlineUs - this.#kernel.nowUs;
    if (leftUs > 0) this.#kernel.schedule(leftUs, transaction);
    else abort(transaction);
  }
}

function abort(transaction: Transaction): void {
  transaction.state = 'aborted';
  settled(transaction);
}

function settled(transaction: Transaction): void {
  for (const { partition } of transaction.spans) partition.settled();
}
