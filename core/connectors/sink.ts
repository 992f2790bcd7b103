/**
 * A sink, in the manner of Flink's FLIP-143: a writer per subtask, and, for exactly-once, a committer.
 *
 *   write -> writer                at-least-once: `flush` before each checkpoint, and that is all
 *            |                     exactly-once:
 *            '- prepareCommit -> committables, in checkpoint n -> complete(n) -> Committer.commit, until the answer is known
 *
 * The engine keeps committables from their preparation to their commit, stores them as bytes, and commits those of a
 * restored checkpoint again before anything is written. A committable of a completed checkpoint must stay possible to
 * commit by any holder, also after its writer has failed.
 */
import type { SinkSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import type { ConnectorPorts, ConnectorSerializer } from './connector.ts';

/** What a writer is made with. */
export interface WriterEnv {
  /** Name of the job. */
  readonly job: string;
  /** uid of the sink operator. */
  readonly sink: string;
  /** In 0 .. parallelism - 1. */
  readonly subtask: number;
  /** Subtasks of the sink in this attempt. */
  readonly parallelism: number;
  /** Rises with every attempt of the job. Older attempts may still have writers that do not know that they are over. */
  readonly attempt: number;
  /** Upper bound (exclusive) of the subtasks that this sink ever had: subtask s looks after what those with `i mod parallelism = s` left. */
  readonly subtasksMax: number;
  /** Ports of the task manager's process. */
  readonly ports: ConnectorPorts;
  /** Coroutines of the writer live here: an error in one fails the task, and they end with it. */
  readonly scope: Scope;
  /** To be called for each committable of an older attempt that the writer has given up. */
  readonly aborted: (id: string) => void;
}

/** Writes what one subtask of an at-least-once sink receives in one attempt. */
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

/** Writes what one subtask of an exactly-once sink receives in one attempt. */
export interface CommittingSinkWriter<T, C extends Committable> {
  /**
   * Before the first write. `restored`: what the restored checkpoint holds of this sink, of all subtasks. Makes sure that no
   * writer of an older attempt of the subtasks that it looks after can write any more, and gives up what they left, `restored` apart.
   */
  open(restored: readonly C[]): Coroutine<void>;
  /** Takes the value; what has to wait is the writer's own affair. */
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

/** Commits what writers have prepared: any writer of the sink, in any attempt. */
export interface Committer<C extends Committable> {
  /**
   * The second phase. Idempotent: however often it is asked, and by however many committers, the content is seen once.
   * @throws IoError if a service does not answer: the task fails, and the next attempt asks; the job manager, which has none, asks again.
   */
  commit(committable: C): Coroutine<CommitOutcome>;
}

/** What a committer is made with. */
export interface CommitterEnv {
  /** Name of the job. */
  readonly job: string;
  /** uid of the sink operator. */
  readonly sink: string;
  /** Who commits: a subtask, or undefined for the job manager, which does it after a drained stop whose tasks are gone. */
  readonly subtask: number | undefined;
  /** Ports of the process that commits. */
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
  /** Type of the records. */
  readonly type: TypeInfo<T>;
  /** It has no committer. */
  readonly delivery: 'at-least-once';
  /** For each subtask in each attempt. */
  createWriter(env: WriterEnv): SinkWriter<T>;
}

/** Two-phase commit with the checkpoints. */
export interface ExactlyOnceSink<T = unknown, C extends Committable = Committable> extends SinkSpec {
  /** Type of the records. */
  readonly type: TypeInfo<T>;
  /** Its writers prepare, its committers commit. */
  readonly delivery: 'exactly-once';
  /** Serializer of what a checkpoint holds between the two phases. */
  readonly committableSerializer: ConnectorSerializer<C>;
  /** For each subtask in each attempt. */
  createWriter(env: WriterEnv): CommittingSinkWriter<T, C>;
  /** For each subtask in each attempt, and for the job manager where no task is left. */
  createCommitter(env: CommitterEnv): Committer<C>;
}

/** A sink of a job: where it writes, as data (`SinkSpec`), and how. */
export type Sink<T = unknown, C extends Committable = Committable> = AtLeastOnceSink<T> | ExactlyOnceSink<T, C>;
