/**
 * Two-phase commit into a log topic (SEMANTICS P1, P2): one writer per sink operator and subtask.
 *
 *   write -> [queue] -> open transaction      prepareCommit: flush, prepare; the next write opens a new one
 *                                             commit: of any prepared one, by any process
 *
 * A transaction is named <job>/<sink>/<owner>/<attempt>/<sequence>, the owner being the subtask that wrote it. Before a
 * writer of a new attempt opens one it fences the owners that it looks after, by raising their epochs, and aborts what they
 * left open or prepared and no restored checkpoint names. An unknown outcome of an append fails the task (the transaction
 * cannot be trusted), an unknown outcome of a commit or abort is asked again: both are idempotent.
 */
import { record, string, type TypeInfo } from '../../job/types.ts';
import { assert, IoError } from '../../errors.ts';
import type { Producer } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { versioned } from '../connector.ts';
import type {
  Committable,
  CommitOutcome,
  Committer,
  CommitterEnv,
  CommittingSinkWriter,
  ExactlyOnceSink,
  WriterEnv,
} from '../sink.ts';
import { Appender } from './appender.ts';
import { ours } from '../ours.ts';

const RETRY_MS = 5;

/** A prepared transaction, by its id. */
export type LogCommittable = Committable;
const committableSerializer = versioned<LogCommittable>('transactions of a log sink', 1, record({ id: string }));

/** A topic as a sink; made by `logSink`. */
export type LogSink<T> = ExactlyOnceSink<T>;

/**
 * Writes to a topic of the log broker, exactly once: in transactions that are committed with the checkpoints.
 *
 * @example
 * ```ts
 * const totals = logSink({ topic: 'totals', type: record({ id: string, cents: int64 }) });
 * ```
 */
export function logSink<T>(options: { readonly topic: string; readonly type: TypeInfo<T> }): LogSink<T> {
  const { topic, type } = options;
  return ours({
    connector: 'log',
    output: topic,
    type,
    delivery: 'exactly-once',
    committableSerializer,
    createWriter: (env) => new LogSinkWriter(topic, type, env),
    createCommitter: (env) => new LogCommitter(env),
  });
}

class LogSinkWriter<T> implements CommittingSinkWriter<T, LogCommittable> {
  readonly #topic: string;
  readonly #env: WriterEnv;
  readonly #appender: Appender<T>;
  #producer: Producer | undefined;
  #partition = 0;
  /** The open transaction; undefined until the first append after a snapshot. */
  #transaction: string | undefined;
  #sequence = 0;

  constructor(topic: string, type: TypeInfo<T>, env: WriterEnv) {
    this.#topic = topic;
    this.#env = env;
    this.#appender = new Appender(type, env, (batch) => this.#append(batch));
  }

  *open(restored: readonly LogCommittable[]): Coroutine<void> {
    const { subtask, parallelism, subtasksMax, ports } = this.#env;
    for (let owner = subtask; owner < Math.max(subtasksMax, parallelism); owner += parallelism) {
      const producer = yield* ports.log.producer(this.#ownerName(owner));
      if (owner === subtask) this.#producer = producer;
    }
    const partitions = yield* ports.log.partitions(this.#topic);
    this.#partition = subtask % partitions;
    yield* this.#abortLeftovers(new Set(restored.map(({ id }) => id)));
    this.#appender.start();
  }

  write(value: T): void {
    this.#appender.push(value);
  }

  get dirty(): boolean {
    return this.#transaction !== undefined || this.#appender.busy;
  }

  *prepareCommit(): Coroutine<readonly LogCommittable[]> {
    yield* this.#appender.drained();
    const transaction = this.#transaction;
    if (transaction === undefined) return [];
    this.#transaction = undefined;
    const outcome = yield* this.#requireProducer().prepare(transaction);
    if (outcome.kind !== 'written')
      throw new IoError(`transaction ${transaction}: prepare was answered ${outcome.kind}`);
    return [{ id: transaction }];
  }

  *#append(batch: readonly Uint8Array[]): Coroutine<void> {
    this.#transaction ??= this.#nextTransaction();
    const outcome = yield* this.#requireProducer().append(this.#transaction, this.#topic, this.#partition, batch);
    if (outcome.kind !== 'written') {
      throw new IoError(`transaction ${this.#transaction}: an append was answered ${outcome.kind}`);
    }
  }

  *#abortLeftovers(keep: ReadonlySet<string>): Coroutine<void> {
    const { job, sink, ports, parallelism, subtask, attempt } = this.#env;
    const prefix = `${job}/${sink}/`;
    const found = yield* ports.log.transactions(prefix);
    for (const { id } of found) {
      const name = parseTransaction(id.slice(prefix.length));
      if (name === undefined || keep.has(id)) continue;
      if (name.owner % parallelism !== subtask || name.attempt >= attempt) continue;
      yield* this.#abort(id);
      this.#env.aborted(id);
    }
  }

  /** Asks until the answer is known: it is idempotent. */
  *#abort(id: string): Coroutine<void> {
    for (;;) {
      const { kind } = yield* this.#requireProducer().abort(id);
      if (kind === 'written') return;
      if (kind === 'refused') throw new IoError(`transaction ${id}: the abort was refused`);
      yield* this.#env.ports.clock.sleep(RETRY_MS, `whether ${id} is aborted is not known, asks again`);
    }
  }

  #nextTransaction(): string {
    const { job, sink, subtask, attempt } = this.#env;
    return `${job}/${sink}/${subtask}/${attempt}/${this.#sequence++}`;
  }

  #ownerName(owner: number): string {
    return `${this.#env.job}/${this.#env.sink}/${owner}`;
  }

  #requireProducer(): Producer {
    assert(this.#producer !== undefined, () => `sink ${this.#env.sink} is used before it is open`);
    return this.#producer;
  }
}

/** Commits by a producer of its own, so that it fences no writer. */
class LogCommitter implements Committer<LogCommittable> {
  readonly #env: CommitterEnv;
  #producer: Producer | undefined;

  constructor(env: CommitterEnv) {
    this.#env = env;
  }

  *commit({ id }: LogCommittable): Coroutine<CommitOutcome> {
    const { job, sink, subtask, ports } = this.#env;
    this.#producer ??= yield* ports.log.producer(`${job}/${sink}/committer/${subtask ?? 'job-manager'}`);
    const { kind } = yield* this.#producer.commit(id);
    return kind === 'written' ? 'committed' : kind === 'unknown' ? 'retry' : 'failed';
  }
}

/** `<owner>/<attempt>/<sequence>`; undefined for anything else, such as a transaction of a sink whose uid begins alike. */
function parseTransaction(rest: string): { readonly owner: number; readonly attempt: number } | undefined {
  const parts = rest.split('/');
  const [owner, attempt, sequence] = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
  if (parts.length !== 3 || owner === undefined || attempt === undefined || sequence === undefined) return undefined;
  return owner < 0 || attempt < 0 || sequence < 0 ? undefined : { owner, attempt };
}
