/**
 * A table in the object store, with a row for each key: the last value that was written for it. No transaction is needed: what is
 * written again after a failure takes the place of what was there, so that in effect each value counts once.
 *
 *     <table>/<key>/<attempt>-<n>     a version of a row; the row is the one with the largest attempt, then the largest n
 *
 * Versions are ordered by who wrote them and not by when they arrive, so that an older attempt, which may be alive, takes back
 * nothing: its versions are smaller. What is not the largest is garbage, removed by its writer or by the next attempt.
 *
 * The values of a key have to come to one subtask, in order: the stream is keyed by the key of the table, or by a part of it. Between
 * a failure and the end of what is read again a row may show an earlier value; and a key that an attempt has written and its
 * successor does not write again, since the job is no function of its input, keeps its row.
 * Left out: rows that are deleted.
 */
import { JobFault } from '../../job-fault.ts';
import { describe } from '../../values/refusal.ts';
import type { TypeInfo } from '../../job/types.ts';
import { messageOf } from '../../errors.ts';
import { toBytes } from '../../values/serializers.ts';
import type { Coroutine } from '../../waiting.ts';
import { putUntilWritten } from '../object-requests.ts';
import type { AtLeastOnceSink, SinkWriter, WriterEnv } from '../sink.ts';
import { ours } from '../ours.ts';

/** A table as a sink; made by `upsertSink`. */
export interface UpsertSink<T = unknown> extends AtLeastOnceSink<T> {
  /** The key of a row. */
  key(value: T): string;
}

/**
 * Writes a table: for each key the last value, at the latest when the next checkpoint is complete.
 *
 * @param options.table path of the rows: `tables/balances`.
 * @param options.key a function of the record alone: the row that it takes the place of.
 * @example
 * ```ts
 * const balance = record({ account: string, cents: int64 });
 * const balances = upsertSink({ table: 'tables/balances', type: balance, key: ({ account }) => account });
 * ```
 */
export function upsertSink<T>(options: {
  readonly table: string;
  readonly type: TypeInfo<T>;
  readonly key: (value: T) => string;
}): UpsertSink<T> {
  const { table, type, key } = options;
  return ours({
    connector: 'upsert',
    output: table,
    type,
    delivery: 'at-least-once',
    external: true,
    key,
    createWriter: (env: WriterEnv) => new UpsertWriter(table, type, key, env),
  });
}

/** Digits of an attempt and of a number in the name of a version: names are in the order of versions. */
const ATTEMPT_DIGITS = 8;
const NUMBER_DIGITS = 14;

class UpsertWriter<T> implements SinkWriter<T> {
  readonly #table: string;
  readonly #type: TypeInfo<T>;
  readonly #key: (value: T) => string;
  readonly #env: WriterEnv;
  /** By key, what the next flush brings out. */
  #rows = new Map<string, Uint8Array>();
  /** By key, the version that this writer has written. */
  readonly #versions = new Map<string, string>();
  #written = 0;

  constructor(table: string, type: TypeInfo<T>, key: (value: T) => string, env: WriterEnv) {
    this.#table = table;
    this.#type = type;
    this.#key = key;
    this.#env = env;
  }

  /** One subtask sweeps what is no row any more. */
  *open(): Coroutine<void> {
    const { subtask, ports } = this.#env;
    if (subtask > 0) return;
    const names = yield* ports.objects.list(`${this.#table}/`);
    const rowOf = (name: string | undefined): string | undefined => name?.slice(0, name.lastIndexOf('/'));
    // Sorted, so that the row is the last of its versions.
    const garbage = names.filter((name, i) => rowOf(names[i + 1]) === rowOf(name));
    const removed = garbage.map((name) => ports.objects.remove(name));
    for (const one of removed) yield* one;
  }

  write(value: T): void {
    this.#rows.set(this.#keyOf(value), toBytes(this.#type, value));
  }

  get dirty(): boolean {
    return this.#rows.size > 0;
  }

  *flush(): Coroutine<void> {
    const { ports, attempt, scope, sink } = this.#env;
    const rows = [...this.#rows];
    this.#rows = new Map();
    const puts = rows.map(([key, bytes]) => {
      const n = String(this.#written++).padStart(NUMBER_DIGITS, '0');
      const name = `${this.#table}/${key}/${String(attempt).padStart(ATTEMPT_DIGITS, '0')}-${n}`;
      const before = this.#versions.get(key);
      this.#versions.set(key, name);
      return { put: scope.spawn(`row of ${sink}`, putUntilWritten(ports, name, bytes)), before };
    });
    for (const { put } of puts) yield* put;
    // What is lost of these is swept by the next attempt.
    const removed = puts.flatMap(({ before }) => (before === undefined ? [] : [ports.objects.remove(before)]));
    for (const one of removed) yield* one;
  }

  #keyOf(value: T): string {
    const { sink } = this.#env;
    let key: unknown;
    try {
      key = this.#key(value);
      if (typeof key === 'string' && key !== '') return encodeURIComponent(key);
    } catch (error) {
      throw new JobFault('threw', `key threw ${messageOf(error)}`, { cause: error, operator: sink });
    }
    throw new JobFault('bad-result', `key returned ${describe(key)}; give a text that is not empty`, {
      operator: sink,
    });
  }
}
