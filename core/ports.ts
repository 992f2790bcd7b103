/**
 * Every door of the engine to the outside world. One `Ports` per process. A killed process's doors throw `Killed` and
 * have no effect, so engine code needs no check of its own. Times are milliseconds; virtual time below that is the
 * driver's. Bytes that are handed to a port belong to the port from then on: never change them after the call.
 */
import type { Probe } from './facts.ts';
import type { Executor, Pending, Scope } from './waiting.ts';

export type HostId = string;
export type ProcessId = string;
/** A duration in milliseconds. */
export type Ms = number;
/** Milliseconds since the epoch, by the owner's wall clock. */
export type EpochMs = number;

export interface Ports {
  readonly self: Identity;
  readonly executor: Executor;
  /** Root scope of the process: a failure in it that is not handled ends the process. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly objects: ObjectStore;
  readonly log: LogBroker;
  readonly services: ExternalServices;
  readonly ha: HaStore;
  readonly random: Random;
  readonly buggify: Buggify;
  readonly probe: Probe;
}

/** `incarnation` counts the starts of this process on this host, from 1. */
export interface Identity {
  readonly host: HostId;
  readonly process: ProcessId;
  readonly incarnation: number;
}

export interface Clock {
  /** Wall clock: offset, drift, jumps. Whole milliseconds. */
  now(): EpochMs;
  /** For timeouts: drift only. */
  monotonic(): Ms;
  /** `fire` runs as an event of its own, inside the process. `delay` >= 0, by the monotonic clock. */
  timer(delay: Ms, fire: () => void): Timer;
  /** `why`: told by whoever asks what is waited for, beside the length of the sleep: "asked again after: no answer". */
  sleep(delay: Ms, why?: string): Pending<void>;
}
export interface Timer {
  cancel(): void;
}

export interface Address {
  readonly host: HostId;
  readonly service: string;
}
export interface Network {
  /** Accepts connections for a service of this process until the process ends. */
  listen(service: string, accept: (connection: Connection) => void): void;
  /** Fails with `IoError` when no process listens there or the host cannot be reached. */
  connect(to: Address): Pending<Connection>;
}
/** FIFO byte messages, or closed. Nothing is delivered after `close` or loss; each side hears `onClosed` at most once. */
export interface Connection {
  send(bytes: Uint8Array): void;
  onReceive(handler: (bytes: Uint8Array) => void): void;
  onClosed(handler: () => void): void;
  close(): void;
}

export interface Disk {
  /** May be short: at least one byte of those that are there, none only beyond the end. */
  read(path: string, at: number, length: number): Pending<Uint8Array>;
  /**
   * As `read`, and blocks: it returns or throws (`IoError`) within the step that calls it. What it takes puts off the next
   * step of the actor; what this step sends leaves in time. It sees what an earlier request has done by now; requests that
   * are under way may not have taken effect.
   */
  readNow(path: string, at: number, length: number): Uint8Array;
  append(path: string, bytes: Uint8Array): Pending<void>;
  sync(path: string): Pending<void>;
  syncDirectory(path: string): Pending<void>;
  rename(from: string, to: string): Pending<void>;
  remove(path: string): Pending<void>;
  list(directory: string): Pending<readonly string[]>;
}

/** `unknown`: the request may or may not have been applied. The compiler asks; it cannot be overlooked. */
export type Written = { readonly kind: 'written' } | { readonly kind: 'refused' } | { readonly kind: 'unknown' };

export interface ObjectStore {
  /** `refused`: there is such an object, and `condition` forbids it; or the store is away. Nothing was written. */
  put(name: string, bytes: Uint8Array, condition?: 'if-absent'): Pending<Written>;
  /** `undefined`: there is no such object. Fails with `IoError` when the store does not answer: that says nothing of what is there. */
  get(name: string): Pending<Uint8Array | undefined>;
  /** Fails as `get`. */
  list(prefix: string): Pending<readonly string[]>;
  remove(name: string): Pending<Written>;
}

export interface Versioned {
  /** Starts at 1; 0 stands for "absent" in `compareAndSet`. */
  readonly version: number;
  readonly bytes: Uint8Array;
}
export interface Lease {
  /** Rises with every grant of this name: the leader epoch. */
  readonly epoch: number;
  onLost(handler: () => void): void;
  release(): void;
}
export interface HaStore {
  read(key: string): Pending<Versioned | undefined>;
  compareAndSet(key: string, expected: number, bytes: Uint8Array): Pending<Written>;
  /** Settles when this process holds the lease. A dead holder's lease ends with its session. */
  lease(name: string): Pending<Lease>;
}

export interface LogRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
}
/**
 * `endOffset`: where a bounded partition ends; -1 if it may grow. Its last offsets may hold no record (transaction markers, aborted
 * records, what compaction has removed). `records` may be fewer than are there; there are none only at the end.
 */
export interface Fetched {
  readonly records: readonly LogRecord[];
  readonly endOffset: number;
}
export interface TransactionInfo {
  readonly id: string;
  readonly owner: string;
  readonly state: 'open' | 'prepared';
}
/**
 * A log with partitions, offsets and transactions.
 *
 * A *producer* is opened for an *owner* and raises the owner's epoch: every older producer of the owner is fenced, each
 * of its calls is refused. A transaction is named by its producer and lives on: `open` (records are in the log, readers
 * of committed data do not see them), `prepared` (survives its producer), then committed or aborted.
 */
export interface LogBroker {
  partitions(topic: string): Pending<number>;
  /** Waits until there is at least one committed record at `offset` or the partition has ended there. */
  fetch(topic: string, partition: number, offset: number, maxRecords: number): Pending<Fetched>;
  /** Outside any transaction, in order, all or nothing, and visible at once. */
  append(topic: string, partition: number, records: readonly Uint8Array[]): Pending<Written>;
  producer(owner: string): Pending<Producer>;
  /** Open and prepared transactions whose id starts so, in order of id. */
  transactions(idPrefix: string): Pending<readonly TransactionInfo[]>;
}
export interface Producer {
  readonly owner: string;
  readonly epoch: number;
  /** Opens the transaction if it is not open yet and appends in order, all or nothing. */
  append(transaction: string, topic: string, partition: number, records: readonly Uint8Array[]): Pending<Written>;
  /** From now on the transaction survives this producer and takes no further record. */
  prepare(transaction: string): Pending<Written>;
  /** Any prepared transaction, also another owner's. Idempotent: `written` if it is committed already, `refused` if it was aborted or this producer is fenced. */
  commit(transaction: string): Pending<Written>;
  /** Any open or prepared transaction. Idempotent: `written` if it is aborted already or was never opened. */
  abort(transaction: string): Pending<Written>;
}

/** What comes back of a request. `throttled`: the service had too many of them; `failed`: for any other reason. */
export type ServiceAnswer =
  | { readonly kind: 'answered'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed' | 'throttled'; readonly message: string };
/** Services of others, which promise nothing: an answer may come late, twice or never. */
export interface ExternalServices {
  /** `answered` runs as an event of its own, inside the process, each time that something comes back. */
  ask(service: string, request: Uint8Array, answered: (answer: ServiceAnswer) => void): void;
}

export interface Random {
  /** A whole number in [0, n). */
  below(n: number): number;
}
/** A choice that comes in; production: always false. */
export interface Buggify {
  fires(site: string): boolean;
}
