/**
 * Two-phase commit into a log topic (SEMANTICS P1, P2): one writer per sink operator and subtask.
 *
 *   write -> [queue] -> open transaction      snapshot n: flush, prepare -> pending[n]; the next write opens a new one
 *                                             notifyComplete(n): commit all pending <= n, in order
 *
 * A transaction is named <job>/<sink>/<owner>/<attempt>/<sequence>, the owner being the subtask that wrote it. Before a
 * writer of a new attempt opens one: (1) fence the owners that this subtask looks after, by raising their epochs; (2)
 * commit again the pending transactions that were dealt to it; (3) abort what those owners left open or prepared and
 * no restored pending set names. An unknown outcome of an append fails the task (the transaction cannot be trusted),
 * an unknown outcome of a commit or abort is asked again: both are idempotent.
 */
import type { LogSinkSpec } from '../../job/spec.ts';
import type { PendingTransaction } from '../connector-state.ts';
import { assert, IoError } from '../../errors.ts';
import type { Probe, TaskId } from '../../facts.ts';
import type { Clock, LogBroker, Producer, Written } from '../../ports.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../../values/serializers.ts';
import { type Coroutine, Deferred, type Pending, type Scope } from '../../waiting.ts';

export interface SinkEnv {
  readonly job: string;
  readonly sink: string;
  readonly task: TaskId;
  readonly parallelism: number;
  /** Upper bound (exclusive) of the subtasks that may have owned transactions of this sink. */
  readonly ownersMax: number;
  readonly probe: Probe;
  readonly log: LogBroker;
  readonly clock: Clock;
  readonly scope: Scope;
}

const RETRY_MS = 5;

export class LogSinkWriter {
  readonly #spec: LogSinkSpec;
  readonly #env: SinkEnv;
  readonly #type: TypeSerializer<unknown>;
  readonly #out = new ByteWriter();
  #producer: Producer | undefined;
  #partition = 0;
  /** Records that are not in the transaction yet. */
  #queue: Uint8Array[] = [];
  /** The open transaction; undefined until the first write after a snapshot. */
  #transaction: string | undefined;
  #sequence = 0;
  /** Prepared, not known to be committed; in order. */
  #pending: PendingTransaction[] = [];
  /** The appender waits on it for work; the flush waits on `#idle` for the end of the work. */
  #work: Deferred<void> | undefined;
  #idle: Deferred<void> | undefined;
  #appending = false;
  #committing: Pending<void> | undefined;
  /** The newest checkpoint that is known to be complete. */
  #commitUpTo = 0;

  constructor(spec: LogSinkSpec, env: SinkEnv) {
    this.#spec = spec;
    this.#env = env;
    this.#type = serializerOf(spec.type);
  }

  /** Fence, commit again, abort the rest; afterwards the writer may be written to. */
  *open(pending: readonly PendingTransaction[], pendingAnywhere: readonly string[]): Coroutine<void> {
    const { task, parallelism, ownersMax, log } = this.#env;
    for (let owner = task.subtask; owner < Math.max(ownersMax, parallelism); owner += parallelism) {
      const producer = yield* log.producer(this.#ownerName(owner));
      if (owner === task.subtask) this.#producer = producer;
    }
    for (const transaction of pending) yield* this.#commitOne(transaction.transaction, true);
    const partitions = yield* log.partitions(this.#spec.topic);
    this.#partition = task.subtask % partitions;
    yield* this.#abortLeftovers(new Set(pendingAnywhere));
    this.#env.scope.spawn(`appender ${this.#env.sink}`, this.#append());
  }

  write(value: unknown): void {
    this.#env.probe.sinkWritten?.({ task: this.#env.task, sink: this.#env.sink, value });
    this.#type.write(value, this.#out);
    this.#queue.push(this.#out.take());
    const work = this.#work;
    this.#work = undefined;
    work?.resolve();
  }

  /** Pre-commit of checkpoint n: everything written so far is in a prepared transaction when it ends. */
  *prepare(checkpoint: number): Coroutine<void> {
    while (this.#queue.length > 0 || this.#appending) {
      this.#idle = new Deferred(`sink ${this.#env.sink}: records on their way into the transaction`);
      yield* this.#idle;
    }
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    const outcome = yield* this.#requireProducer().prepare(transaction);
    if (outcome.kind !== 'written')
      throw new IoError(`transaction ${transaction}: prepare was answered ${outcome.kind}`);
    this.#pending.push({ sink: this.#env.sink, transaction, checkpoint });
    this.#env.probe.transactionPrepared?.({ task: this.#env.task, sink: this.#env.sink, checkpoint, transaction });
  }

  get uid(): string {
    return this.#env.sink;
  }

  /** True if `prepare` has something to wait for. */
  get dirty(): boolean {
    return this.#transaction !== undefined || this.#queue.length > 0 || this.#appending;
  }

  snapshot(): readonly PendingTransaction[] {
    return [...this.#pending];
  }

  /**
   * Commits all pending up to checkpoint n, in order, one call at a time. A failure of one does not skip the others. One
   * coroutine serves all calls, so that only the caller waits for it: a pending has one waiter.
   */
  notifyComplete(checkpoint: number): Pending<void> {
    this.#commitUpTo = Math.max(this.#commitUpTo, checkpoint);
    if (this.#committing === undefined || this.#committing.settled) {
      this.#committing = this.#env.scope.spawn(`commit ${this.#env.sink}`, this.#commitCovered());
    }
    return this.#committing;
  }

  *#commitCovered(): Coroutine<void> {
    let failure: IoError | undefined;
    const tried = new Set<PendingTransaction>();
    for (;;) {
      const pending = this.#pending.find(
        (candidate) => candidate.checkpoint <= this.#commitUpTo && !tried.has(candidate),
      );
      if (pending === undefined) break;
      tried.add(pending);
      try {
        yield* this.#commitOne(pending.transaction, false);
        this.#pending = this.#pending.filter((candidate) => candidate !== pending);
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  *#commitOne(transaction: string, recovered: boolean): Coroutine<void> {
    const outcome = yield* this.#ask(() => this.#requireProducer().commit(transaction));
    if (outcome === 'refused') throw new IoError(`transaction ${transaction}: the commit was refused`);
    this.#env.probe.transactionCommitted?.({ task: this.#env.task, sink: this.#env.sink, transaction, recovered });
  }

  *#abortLeftovers(keep: ReadonlySet<string>): Coroutine<void> {
    const prefix = `${this.#env.job}/${this.#env.sink}/`;
    const found = yield* this.#env.log.transactions(prefix);
    for (const { id } of found) {
      const name = parseTransaction(id.slice(prefix.length));
      if (name === undefined || keep.has(id)) continue;
      if (name.owner % this.#env.parallelism !== this.#env.task.subtask || name.attempt >= this.#env.task.attempt)
        continue;
      const outcome = yield* this.#ask(() => this.#requireProducer().abort(id));
      if (outcome === 'refused') throw new IoError(`transaction ${id}: the abort was refused`);
      this.#env.probe.transactionAborted?.({ task: this.#env.task, sink: this.#env.sink, transaction: id });
    }
  }

  /** Asks an idempotent question until the answer is known. */
  *#ask(call: () => Pending<Written>): Coroutine<'written' | 'refused'> {
    for (;;) {
      const outcome = yield* call();
      if (outcome.kind !== 'unknown') return outcome.kind;
      yield* this.#env.clock.sleep(RETRY_MS);
    }
  }

  /** The I/O executor of this writer: takes what is queued, batch by batch, into the open transaction. */
  *#append(): Coroutine<void> {
    for (;;) {
      if (this.#queue.length === 0) {
        this.#work = new Deferred(`sink ${this.#env.sink}: something to write`);
        yield* this.#work;
      }
      const batch = this.#queue;
      this.#queue = [];
      this.#appending = true;
      this.#transaction ??= this.#nextTransaction();
      const outcome = yield* this.#requireProducer().append(
        this.#transaction,
        this.#spec.topic,
        this.#partition,
        batch,
      );
      if (outcome.kind !== 'written') {
        throw new IoError(`transaction ${this.#transaction}: an append was answered ${outcome.kind}`);
      }
      this.#appending = false;
      const idle = this.#idle;
      this.#idle = undefined;
      if (this.#queue.length === 0) idle?.resolve();
      else this.#idle = idle;
    }
  }

  #nextTransaction(): string {
    const { job, sink, task } = this.#env;
    return `${job}/${sink}/${task.subtask}/${task.attempt}/${this.#sequence++}`;
  }

  #ownerName(owner: number): string {
    return `${this.#env.job}/${this.#env.sink}/${owner}`;
  }

  #requireProducer(): Producer {
    assert(this.#producer !== undefined, () => `sink ${this.#env.sink} is used before it is open`);
    return this.#producer;
  }
}

/** `<owner>/<attempt>/<sequence>`; undefined for anything else, such as a transaction of a sink whose uid begins alike. */
function parseTransaction(rest: string): { readonly owner: number; readonly attempt: number } | undefined {
  const parts = rest.split('/');
  const [owner, attempt, sequence] = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
  if (parts.length !== 3 || owner === undefined || attempt === undefined || sequence === undefined) return undefined;
  return owner < 0 || attempt < 0 || sequence < 0 ? undefined : { owner, attempt };
}
