/**
 * A source of records, in the manner of Flink's FLIP-27.
 *
 *   job manager   SplitEnumerator --assign(subtask, splits)--> task   SplitReader, one a split
 *        |                                                      |
 *        '-- E, its state: splits that no reader has            '-- S, a split with its position
 *                          both are part of every checkpoint, as bytes of the source's own serializers
 *
 * A split is what one reader reads in order: a partition, a file. The engine takes records from the readers of a task in
 * turn, assigns timestamps and watermarks per split, and hands each reader's split, with the position that it has reached,
 * to the checkpoint. After a failure it makes new readers from those splits, in the subtasks that now have them.
 *
 * Left out: splits that are handed back by a reader, requests of readers for splits, reading beyond one's own subtask.
 */
import type { SourceSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import type { Ms } from '../ports.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import type { ConnectorPorts, ConnectorSerializer } from './connector.ts';

/** What every split has, besides what its connector keeps in it. */
export interface SourceSplit {
  /**
   * Names the split among all of the source; never changes. The harness holds what a split reads against the input of the run, and
   * names the partitions of that `<input>-<index>`: the splits of a source that reads `numbers` are `numbers-0`, `numbers-1`.
   */
  readonly id: string;
  /** Position of the next record to read: a whole number >= 0 that rises by one with every record; 0 is the first of its partition. */
  readonly position: number;
}

/** What a reader gives. */
export interface SourceRecord<T> {
  /** A value of the source's type. It may be passed on by reference, so it is never changed again. */
  readonly value: T;
  /** Where it stands in its split. */
  readonly position: number;
}

/** Reads one split. */
export interface SplitReader<T, S extends SourceSplit> {
  /**
   * Never waits. A record moves the reader's position behind it; `nothing`: none is there now; `end`: the split has none
   * any more, from now on at every call.
   *
   * @throws IoError: the task fails, and the split is read again from its checkpointed position. Anything else that it, or a
   *   coroutine of it, throws is a mistake of the job, which fails by it at once.
   */
  poll(): SourceRecord<T> | 'nothing' | 'end';
  /**
   * Settles when `poll` has something else than `nothing` to say; settled if it has it now. Asked for when it had nothing, and behind each
   * record. One waiter, as any `Pending`.
   */
  available(): Pending<void>;
  /** The split as a new reader would have to begin with it now: behind the last record that `poll` gave. */
  snapshot(): S;
}

/** What a reader is made with. */
export interface SplitReaderEnv {
  /** Ports of the task manager's process. */
  readonly ports: ConnectorPorts;
  /** Coroutines of the reader live here: an error in one fails the task, and they end with it. */
  readonly scope: Scope;
  /** Records that one request to a service should ask for at most; >= 1. */
  readonly fetchMaxRecords: number;
}

/** Finds the splits of a source and assigns them; one per source, in the job manager. */
export interface SplitEnumerator<E> {
  /** Runs once all readers are up, and again from a restored state in every later attempt. */
  run(): Coroutine<void>;
  /** What is assigned before this call is in the readers' snapshots; what is assigned after it must be in this state. */
  snapshot(): E;
}

/** What an enumerator is made with. */
export interface EnumeratorEnv<S extends SourceSplit> {
  /** Ports of the job manager's process. */
  readonly ports: ConnectorPorts;
  /** Readers of the source: subtasks 0 .. parallelism - 1. */
  readonly parallelism: number;
  /** To wait before each assignment; 0: not at all. */
  readonly assignIntervalMs: Ms;
  /**
   * The splits belong to the reader from now on. Those of one call come to it together: its watermark waits for all of
   * them. So assign at once what is there at once; a split that comes later may hold records that are late by then.
   */
  readonly assign: (subtask: number, ...splits: readonly S[]) => void;
  /** The reader gets no further split: it ends when it has read the ones that it has. */
  readonly noMoreSplits: (subtask: number) => void;
}

/**
 * A source of a job: what it reads, as data (`SourceSpec`), and how.
 *
 * @example
 * ```ts
 * const countTo = (n: number): Source<number, SourceSplit, SplitListState<SourceSplit>> => {
 *   const split = versioned('splits', 1, record({ id: string, position: int64 }));
 *   return {
 *     connector: 'count', input: 'numbers', type: int32, bounded: true, startPosition: 0, rewindable: true,
 *     splitSerializer: split,
 *     enumeratorSerializer: splitListSerializer(split),
 *     createEnumerator: (env, restored) =>
 *       listEnumerator(env, restored, function* () { return [{ id: 'numbers-0', position: 0 }]; }),
 *     createReader: ({ id, position }) => {
 *       let next = position;
 *       return {
 *         poll: () => (next < n ? { value: next, position: next++ } : 'end'),
 *         available: () => settled(),
 *         snapshot: () => ({ id, position: next }),
 *       };
 *     },
 *     unassigned: (state) => state.unassigned,
 *   };
 * };
 * ```
 */
export interface Source<T = unknown, S extends SourceSplit = SourceSplit, E = unknown> extends SourceSpec {
  /** Type of the records. */
  readonly type: TypeInfo<T>;
  /** Serializer of what a checkpoint holds of each split that a reader has. */
  readonly splitSerializer: ConnectorSerializer<S>;
  /** Serializer of what a checkpoint holds of the enumerator. */
  readonly enumeratorSerializer: ConnectorSerializer<E>;
  /** `restored`: the state in the checkpoint that the attempt starts from; undefined on a fresh start. */
  createEnumerator(env: EnumeratorEnv<S>, restored: E | undefined): SplitEnumerator<E>;
  /** Begins at the split's position. */
  createReader(split: S, env: SplitReaderEnv): SplitReader<T, S>;
  /** The splits that an enumerator in this state would still assign; undefined while it does not know them. For laws and inspectors; pure. */
  unassigned(state: E): readonly S[] | undefined;
}
