/**
 * A sink of a task (Flink: `SinkWriterOperator` and `CommitterOperator`): the writer in front, the committables of every
 * checkpoint that is not known to be complete behind it.
 *
 *   write -> writer      snapshot n: prepare -> pending[n], all pending are in the snapshot
 *                        complete(n): commit all pending <= n, in order
 *                        restore: commit the pending that are assigned to this subtask, before the first write
 */
import type { JobSpec } from '../job/spec.ts';
import { commitUntilKnown } from '../connectors/commit.ts';
import type { ConnectorPorts } from '../connectors/connector.ts';
import { type CommittableState, committableOf } from '../connectors/connector-state.ts';
import type {
  AtLeastOnceSink,
  Committable,
  Committer,
  ExactlyOnceSink,
  Sink,
  SinkWriter,
  WriterEnv,
} from '../connectors/sink.ts';
import { assert, IoError } from '../errors.ts';
import type { Probe, TaskId } from '../facts.ts';
import { type Coroutine, type Pending, type Scope, settled } from '../waiting.ts';

export interface SinkOperatorEnv {
  readonly job: JobSpec['name'];
  /** uid of the sink. */
  readonly sink: string;
  readonly task: TaskId;
  readonly parallelism: number;
  /** Upper bound (exclusive) of the subtasks that this sink ever had. */
  readonly subtasksMax: number;
  readonly probe: Probe;
  readonly ports: ConnectorPorts;
  readonly scope: Scope;
}

/** What a sink looks like to its task, with any delivery guarantee. The connector is not called before `open`. */
export interface SinkOperator {
  readonly uid: string;
  /** `own`: what this subtask commits again; `anywhere`: everything of the restored checkpoint, of every sink and subtask. */
  open(own: readonly CommittableState[], anywhere: readonly CommittableState[]): Coroutine<void>;
  write(value: unknown): void;
  /** True if `prepare` has something to wait for. */
  readonly dirty: boolean;
  /** Before the snapshot of checkpoint n: everything written so far is safe when it ends. */
  prepare(checkpoint: number): Coroutine<void>;
  snapshot(): readonly CommittableState[];
  /** Settles when all that checkpoint n covers is committed. The caller is the only one that waits for it. */
  notifyComplete(checkpoint: number): Pending<void>;
}

export function createSinkOperator(sink: Sink, env: SinkOperatorEnv): SinkOperator {
  return sink.delivery === 'exactly-once' ? new CommittingSinkOperator(sink, env) : new PlainSinkOperator(sink, env);
}

function writerEnv({ job, sink, task, parallelism, subtasksMax, probe, ports, scope }: SinkOperatorEnv): WriterEnv {
  return {
    job,
    sink,
    subtask: task.subtask,
    parallelism,
    attempt: task.attempt,
    subtasksMax,
    ports,
    scope,
    aborted: (transaction) => probe.transactionAborted?.({ task, sink, transaction }),
  };
}

/** Flushes before a checkpoint, commits nothing. */
class PlainSinkOperator implements SinkOperator {
  readonly #sink: AtLeastOnceSink;
  readonly #env: SinkOperatorEnv;
  #opened: SinkWriter<unknown> | undefined;

  constructor(sink: AtLeastOnceSink, env: SinkOperatorEnv) {
    this.#sink = sink;
    this.#env = env;
  }

  get uid(): string {
    return this.#env.sink;
  }

  *open(): Coroutine<void> {
    this.#opened = this.#sink.createWriter(writerEnv(this.#env));
    yield* this.#opened.open();
  }

  get #writer(): SinkWriter<unknown> {
    return opened(this.#opened, this.#env);
  }

  write(value: unknown): void {
    this.#env.probe.sinkWritten?.({ task: this.#env.task, sink: this.#env.sink, value });
    this.#writer.write(value);
  }

  get dirty(): boolean {
    return this.#writer.dirty;
  }

  prepare(_checkpoint: number): Coroutine<void> {
    return this.#writer.flush();
  }

  snapshot(): readonly CommittableState[] {
    return [];
  }

  notifyComplete(_checkpoint: number): Pending<void> {
    return settled();
  }
}

function opened<T>(writer: T | undefined, { sink }: SinkOperatorEnv): T {
  assert(writer !== undefined, () => `sink ${sink} is used before it is open`);
  return writer;
}

interface Prepared {
  readonly checkpoint: number;
  readonly committable: Committable;
}

type Writer = ReturnType<ExactlyOnceSink['createWriter']>;

class CommittingSinkOperator implements SinkOperator {
  readonly #sink: ExactlyOnceSink;
  readonly #env: SinkOperatorEnv;
  #opened: { readonly writer: Writer; readonly committer: Committer<Committable> } | undefined;
  /** Prepared, not known to be committed; in order. */
  #pending: readonly Prepared[] = [];
  #committing: Pending<void> | undefined;
  /** The newest checkpoint that is known to be complete. */
  #commitUpTo = 0;

  constructor(sink: ExactlyOnceSink, env: SinkOperatorEnv) {
    this.#sink = sink;
    this.#env = env;
  }

  get uid(): string {
    return this.#env.sink;
  }

  /** What older attempts left is fenced and given up first; then what the checkpoint covers is committed again. */
  *open(own: readonly CommittableState[], anywhere: readonly CommittableState[]): Coroutine<void> {
    const { job, task, ports } = this.#env;
    const writer = this.#sink.createWriter(writerEnv(this.#env));
    const committer = this.#sink.createCommitter({ job, sink: this.uid, subtask: task.subtask, ports });
    this.#opened = { writer, committer };
    const ofSink = ({ sink }: CommittableState): boolean => sink === this.uid;
    yield* writer.open(anywhere.filter(ofSink).map((state) => committableOf(this.#sink, state)));
    for (const state of own.filter(ofSink)) yield* this.#commit(committableOf(this.#sink, state), true);
  }

  write(value: unknown): void {
    this.#env.probe.sinkWritten?.({ task: this.#env.task, sink: this.uid, value });
    this.#writer.write(value);
  }

  get dirty(): boolean {
    return this.#writer.dirty;
  }

  get #writer(): Writer {
    return opened(this.#opened, this.#env).writer;
  }

  *prepare(checkpoint: number): Coroutine<void> {
    const prepared = yield* this.#writer.prepareCommit();
    this.#pending = [...this.#pending, ...prepared.map((committable) => ({ checkpoint, committable }))];
    const { probe, task } = this.#env;
    for (const { id } of prepared) probe.transactionPrepared?.({ task, sink: this.uid, checkpoint, transaction: id });
  }

  snapshot(): readonly CommittableState[] {
    const { committableSerializer } = this.#sink;
    return this.#pending.map(({ checkpoint, committable }) => ({
      sink: this.uid,
      checkpoint,
      version: committableSerializer.version,
      committable: committableSerializer.serialize(committable),
    }));
  }

  /** One coroutine serves all calls, so that only the caller waits for it: a pending has one waiter. */
  notifyComplete(checkpoint: number): Pending<void> {
    this.#commitUpTo = Math.max(this.#commitUpTo, checkpoint);
    if (this.#committing === undefined || this.#committing.settled) {
      this.#committing = this.#env.scope.spawn(`commit ${this.uid}`, this.#commitCovered());
    }
    return this.#committing;
  }

  /** In order, one call at a time. A failure of one does not skip the others. */
  *#commitCovered(): Coroutine<void> {
    let failure: IoError | undefined;
    const tried = new Set<Prepared>();
    for (;;) {
      const next = this.#pending.find((one) => one.checkpoint <= this.#commitUpTo && !tried.has(one));
      if (next === undefined) break;
      tried.add(next);
      try {
        yield* this.#commit(next.committable, false);
        this.#pending = this.#pending.filter((one) => one !== next);
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  *#commit(committable: Committable, recovered: boolean): Coroutine<void> {
    const { probe, task, ports } = this.#env;
    yield* commitUntilKnown(opened(this.#opened, this.#env).committer, committable, ports.clock);
    probe.transactionCommitted?.({ task, sink: this.uid, transaction: committable.id, recovered });
  }
}
