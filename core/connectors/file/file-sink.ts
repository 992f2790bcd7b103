/**
 * Files in the object store, exactly once (Flink: `FileSink` with its rolling policy on checkpoints):
 *
 *     in progress   in the writer, by bucket; closed after so many records, and with each checkpoint
 *     pending       <path>/.open/<sink>/<owner>/<attempt>/<n>: closed and stored; the checkpoint names it
 *     finished      <path>/<bucket>/part-<sink>-<owner>-<attempt>-<n>: the same, since the checkpoint is complete
 *
 * Whoever reads below the path leaves out what begins with a dot. An object store cannot rename, so a commit writes the finished
 * file, whose content is known, and then removes the pending one: it can be asked any number of times.
 *
 * A writer of a new attempt first raises a fence for each subtask that it looks after, then removes the pending files that older
 * attempts have left and no restored checkpoint names. A writer of an older attempt first stores its files, then looks for a fence:
 * whichever comes first, none of its files is finished by mistake.
 * Left out: formats with a footer or of columns, appending to a finished file, and buckets that are closed after a time.
 */
import { list, record, string, type TypeInfo } from '../../job/types.ts';
import { IoError, JobError, messageOf } from '../../errors.ts';
import { JobFault } from '../../job-fault.ts';
import { describe } from '../../values/refusal.ts';
import type { ObjectStore } from '../../ports.ts';
import { toBytes } from '../../values/serializers.ts';
import type { Coroutine, Pending } from '../../waiting.ts';
import { versioned } from '../connector.ts';
import { putUntilWritten, removeUntilGone } from '../object-requests.ts';
import type {
  Committable,
  CommitOutcome,
  Committer,
  CommitterEnv,
  CommittingSinkWriter,
  ExactlyOnceSink,
  WriterEnv,
} from '../sink.ts';
import { ours } from '../ours.ts';

/** A pending file: where it lies, and what it will be called. */
export interface PendingFile extends Committable {
  /** Name of the finished file. */
  readonly file: string;
}
const committableSerializer = versioned<PendingFile>('files of a file sink', 1, record({ id: string, file: string }));

/** Files below a path as a sink; made by `fileSink`. */
export type FileSink<T> = ExactlyOnceSink<T, PendingFile>;

const RECORDS_PER_FILE = 1_000;

/**
 * Writes files into the object store, exactly once: they are visible under their names when the checkpoint is complete. A file is a
 * value of `list(type)`.
 *
 * @param options.path of all files: `lake/orders`. Readers leave out what begins with a dot below it.
 * @param options.bucketOf a function of the record: the folder, below the path, that its file is in; by default none. No part of it
 * may be empty or begin with a dot.
 * @param options.recordsPerFile a file is closed when it has so many, and with each checkpoint; 1,000 by default.
 * @example
 * ```ts
 * const order = record({ id: string, day: string, cents: int64 });
 * const lake = fileSink({ path: 'lake/orders', type: order, bucketOf: ({ day }) => `day=${day}` });
 * ```
 */
export function fileSink<T>(options: {
  readonly path: string;
  readonly type: TypeInfo<T>;
  readonly bucketOf?: (value: T) => string;
  readonly recordsPerFile?: number;
}): FileSink<T> {
  const { path, type, bucketOf = () => '', recordsPerFile = RECORDS_PER_FILE } = options;
  if (!Number.isSafeInteger(recordsPerFile) || recordsPerFile < 1)
    throw new JobError(`fileSink: recordsPerFile is ${String(recordsPerFile)}; give a whole number >= 1`);
  return ours({
    connector: 'file',
    output: path,
    type,
    delivery: 'exactly-once',
    external: true,
    committableSerializer,
    createWriter: (env) => new FileWriter({ path, type, bucketOf, recordsPerFile }, env),
    createCommitter: (env) => new FileCommitter(path, env),
  });
}

interface FileSettings<T> {
  readonly path: string;
  readonly type: TypeInfo<T>;
  readonly bucketOf: (value: T) => string;
  readonly recordsPerFile: number;
}

/** `<sink>/<owner>/<attempt>/<n>`: the owner is the subtask that wrote it. */
const ID = /^(?<sink>.*)\/(?<owner>\d+)\/(?<attempt>\d+)\/(?<n>\d+)$/;

function openName(path: string, id: string): string {
  return `${path}/.open/${id}`;
}

class FileWriter<T> implements CommittingSinkWriter<T, PendingFile> {
  readonly #settings: FileSettings<T>;
  readonly #env: WriterEnv;
  readonly #fileType: TypeInfo<readonly T[]>;
  /** In progress, by bucket. */
  readonly #buckets = new Map<string, T[]>();
  /** Closed since the last `prepareCommit`, perhaps still on its way. */
  #closed: { readonly pending: PendingFile; readonly stored: Pending<void> }[] = [];
  #files = 0;

  constructor(settings: FileSettings<T>, env: WriterEnv) {
    this.#settings = settings;
    this.#env = env;
    this.#fileType = list(settings.type);
  }

  *open(restored: readonly PendingFile[]): Coroutine<void> {
    const { subtask, parallelism, subtasksMax, attempt, ports, sink } = this.#env;
    for (let owner = subtask; owner < Math.max(subtasksMax, parallelism); owner += parallelism) {
      const fences = this.#fences(owner);
      yield* putUntilWritten(ports, `${fences}${attempt}`, new Uint8Array(0));
      for (const older of yield* attemptsIn(ports.objects, fences))
        if (older < attempt) yield* removeUntilGone(ports, `${fences}${older}`);
    }
    const keep = new Set(restored.map(({ id }) => id));
    const prefix = openName(this.#settings.path, `${sink}/`);
    for (const name of yield* ports.objects.list(prefix)) {
      const id = name.slice(openName(this.#settings.path, '').length);
      const parts = ID.exec(id)?.groups;
      if (parts === undefined || keep.has(id) || Number(parts['owner']) % parallelism !== subtask) continue;
      if (Number(parts['attempt']) >= attempt) continue;
      yield* removeUntilGone(ports, name);
      this.#env.aborted(id);
    }
  }

  write(value: T): void {
    const bucket = this.#bucketOf(value);
    const records = this.#buckets.get(bucket) ?? [];
    this.#buckets.set(bucket, records);
    records.push(value);
    if (records.length >= this.#settings.recordsPerFile) this.#close(bucket, records);
  }

  get dirty(): boolean {
    return this.#buckets.size > 0 || this.#closed.length > 0;
  }

  *prepareCommit(): Coroutine<readonly PendingFile[]> {
    for (const [bucket, records] of this.#buckets) this.#close(bucket, records);
    const closed = this.#closed;
    if (closed.length === 0) return [];
    this.#closed = [];
    for (const { stored } of closed) yield* stored;
    const { attempt, subtask, sink, ports } = this.#env;
    const newest = Math.max(attempt, ...(yield* attemptsIn(ports.objects, this.#fences(subtask))));
    if (newest > attempt) throw new IoError(`sink ${sink}: attempt ${newest} has taken over`);
    return closed.map(({ pending }) => pending);
  }

  #close(bucket: string, records: readonly T[]): void {
    this.#buckets.delete(bucket);
    const { sink, subtask, attempt, ports, scope } = this.#env;
    const { path } = this.#settings;
    const n = this.#files++;
    const id = `${sink}/${subtask}/${attempt}/${n}`;
    const folder = bucket === '' ? path : `${path}/${bucket}`;
    const pending = { id, file: `${folder}/part-${sink}-${subtask}-${attempt}-${n}` };
    const bytes = toBytes(this.#fileType, records);
    const stored = scope.spawn(`file ${id}`, putUntilWritten(ports, openName(path, id), bytes));
    this.#closed.push({ pending, stored });
  }

  #bucketOf(value: T): string {
    const { sink } = this.#env;
    let bucket: unknown;
    try {
      bucket = this.#settings.bucketOf(value);
    } catch (error) {
      throw new JobFault('threw', `bucketOf threw ${messageOf(error)}`, { cause: error, operator: sink });
    }
    if (typeof bucket !== 'string' || (bucket !== '' && !/^[^./][^/]*(?:\/[^./][^/]*)*$/.test(bucket)))
      throw new JobFault(
        'bad-result',
        `bucketOf returned ${describe(bucket)}; give a text of which no part between "/" is empty or begins with a dot`,
        { operator: sink },
      );
    return bucket;
  }

  #fences(owner: number): string {
    return `${this.#settings.path}/.fence/${this.#env.sink}/${owner}/`;
  }
}

/** Attempts that have raised a fence. */
function* attemptsIn(objects: ObjectStore, prefix: string): Coroutine<readonly number[]> {
  return (yield* objects.list(prefix)).map((name) => Number(name.slice(prefix.length)));
}

class FileCommitter implements Committer<PendingFile> {
  readonly #path: string;
  readonly #env: CommitterEnv;

  constructor(path: string, env: CommitterEnv) {
    this.#path = path;
    this.#env = env;
  }

  *commit({ id, file }: PendingFile): Coroutine<CommitOutcome> {
    const { objects } = this.#env.ports;
    const open = openName(this.#path, id);
    const bytes = yield* objects.get(open);
    // Finished by an earlier commit, or given up.
    if (bytes === undefined) return (yield* objects.get(file)) === undefined ? 'failed' : 'already';
    const { kind } = yield* objects.put(file, bytes);
    if (kind !== 'written') return 'retry';
    yield* removeUntilGone(this.#env.ports, open);
    return 'committed';
  }
}
