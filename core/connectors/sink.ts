/**
 * A sink, in the manner of Flink's FLIP-143: a writer per subtask, and, for exactly-once, a committer.
 *
 *   write -> writer                at-least-once: `flush` before each checkpoint, and that is all
 *            |                     exactly-once:
 *            '- prepareCommit -> committables, in checkpoint n -> complete(n) -> Committer.commit, until the answer is known
 *
 * The engine keeps committables from their preparation to their commit, stores them as bytes, and commits those of a
 * restored checkpoint again before anything is written. A committable of a completed checkpoint must stay possible to
 * commit, by whoever holds it, whatever became of its writer.
 */
import type { SinkSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import { JobError } from '../errors.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import type { ConnectorPorts, ConnectorSerializer } from './connector.ts';

export interface WriterEnv {
  readonly job: string;
  /** uid of the sink operator. */
  readonly sink: string;
  readonly subtask: number;
  readonly parallelism: number;
  /** Rises with every attempt of the job. Older attempts may still have writers that do not know that they are over. */
  readonly attempt: number;
  /** Upper bound (exclusive) of the subtasks that this sink ever had: subtask s looks after what those with `i mod parallelism = s` left. */
  readonly subtasksMax: number;
  readonly ports: ConnectorPorts;
  /** Coroutines of the writer live here: an error in one fails the task, and they end with it. */
  readonly scope: Scope;
  /** To be called for each committable of an older attempt that the writer has given up. */
  readonly aborted: (id: string) => void;
}

export interface SinkWriter<T> {
  /** Before the first write. After a failure it may be asked again, by another writer of a later attempt. */
  open(): Coroutine<void>;
  /** Takes the value; what has to wait is the writer's own affair. */
  write(value: T): void;
  /** Something was written that no `flush` has brought out. */
  readonly dirty: boolean;
  /** Everything that was written is out when it ends, and may be seen. @throws IoError if that cannot be known: the task fails and its input is read again. */
  flush(): Coroutine<void>;
}

/** What the engine keeps between the two phases. */
export interface Committable {
  /** Names it among all of the sink, of all attempts. */
  readonly id: string;
}

export interface CommittingSinkWriter<T, C extends Committable> {
  /**
   * Before the first write. `restored`: what the restored checkpoint holds of this sink, of all subtasks. Makes sure that no
   * writer of an older attempt of the subtasks that it looks after can write any more, and gives up what they left, `restored` apart.
   */
  open(restored: readonly C[]): Coroutine<void>;
  write(value: T): void;
  /** Something was written since the last `prepareCommit`. */
  readonly dirty: boolean;
  /** The first phase: everything written so far survives this writer and is seen only once the answer is committed. @throws IoError as `flush`. */
  prepareCommit(): Coroutine<readonly C[]>;
}

/**
 *   committed  by this call
 *   already    by an earlier one
 *   retry      not known, or not now: ask again later
 *   failed     it never will be: what it holds is lost
 */
export type CommitOutcome = 'committed' | 'already' | 'retry' | 'failed';

export interface Committer<C extends Committable> {
  /** The second phase. Idempotent: however often it is asked, and by however many committers, the content is seen once. */
  commit(committable: C): Coroutine<CommitOutcome>;
}

export interface CommitterEnv {
  readonly job: string;
  /** uid of the sink operator. */
  readonly sink: string;
  /** Who commits: a subtask, or undefined for the job manager, which does it after a drained stop whose tasks are gone. */
  readonly subtask: number | undefined;
  readonly ports: ConnectorPorts;
}

/**
 * May repeat after a failure: records that were written behind the restored checkpoint are written again.
 *
 * @example
 * ```ts
 * const collect = (seen: number[]): AtLeastOnceSink<number> => ({
 *   connector: 'collect', output: 'seen', type: int32, delivery: 'at-least-once',
 *   createWriter: () => ({
 *     *open() {},
 *     write: (value) => void seen.push(value),
 *     dirty: false,
 *     *flush() {},
 *   }),
 * });
 * ```
 */
export interface AtLeastOnceSink<T = unknown> extends SinkSpec {
  readonly type: TypeInfo<T>;
  readonly delivery: 'at-least-once';
  createWriter(env: WriterEnv): SinkWriter<T>;
}

/** Two-phase commit with the checkpoints. */
export interface ExactlyOnceSink<T = unknown, C extends Committable = Committable> extends SinkSpec {
  readonly type: TypeInfo<T>;
  readonly delivery: 'exactly-once';
  readonly committableSerializer: ConnectorSerializer<C>;
  createWriter(env: WriterEnv): CommittingSinkWriter<T, C>;
  createCommitter(env: CommitterEnv): Committer<C>;
}

export type Sink<T = unknown, C extends Committable = Committable> = AtLeastOnceSink<T> | ExactlyOnceSink<T, C>;

/** The connector of a job's sink. @throws JobError if the spec was written by hand and names none. */
export function requireSink(uid: string, spec: SinkSpec): Sink {
  if (isSink(spec)) return spec;
  throw new JobError(
    `sink ${uid}: "${spec.connector}" says where to write, not how; give sinkTo a sink with createWriter` +
      (spec.delivery === 'exactly-once' ? ' and createCommitter' : ''),
  );
}

function isSink(spec: SinkSpec): spec is Sink {
  return 'createWriter' in spec && (spec.delivery === 'at-least-once' || 'createCommitter' in spec);
}

/** The same, of one that commits. @throws JobError if it does not. */
export function requireExactlyOnceSink(uid: string, spec: SinkSpec): ExactlyOnceSink {
  const sink = requireSink(uid, spec);
  if (sink.delivery === 'exactly-once') return sink;
  throw new JobError(
    `sink ${uid} (${spec.connector}): the checkpoint holds committables of it, yet it commits nothing`,
  );
}
