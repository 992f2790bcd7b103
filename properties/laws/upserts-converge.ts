/**
 * Tables of upsert sinks: the row of a key is the last value that was written for it.
 *
 * Verified after settling, of each upsert sink (`connector: 'upsert'` of the job's data), from the objects that the store holds, of
 * which the last in order of name counts for a row: a key that an effective history has written has a row, with the last value of a
 * history that has written it; a row that no attempt has written is invented. So what was written again after a failure, late or by
 * an attempt that is over, makes no difference.
 * Not verified: what rows show before; which of several histories wrote a key last (the stream is not keyed by it: a mistake of the
 * job); rows of keys that only attempts that were rolled back have written.
 */
import type { SinkSpec } from '../../core/job/spec.ts';
import { ByteReader } from '../../core/values/bytes.ts';
import { serializerOf } from '../../core/values/serializers.ts';
import { canonical } from '../model/equal.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { writtenTo } from './written.ts';

const ANOMALIES = ['missing', 'stale', 'invented'] as const;
type Anomaly = (typeof ANOMALIES)[number];
type Table = SinkSpec & { readonly key: (value: unknown) => unknown };

export const upsertsConverge = defineLaw({
  name: 'upserts-converge',
  states: 'After settling the row of each key is the last value written for it, whatever failures have repeated.',
  compares: 'rows of upsert sinks',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    /** By sink, what any attempt has written. */
    const written = new Map<string, Set<string>>();
    return {
      sinkWritten({ sink, value }) {
        if (!tablesOf(witness).has(sink)) return;
        const values = written.get(sink) ?? new Set<string>();
        written.set(sink, values.add(canonical(value)));
      },
      settled() {
        for (const [uid, table] of tablesOf(witness))
          judgeTable(witness, report, compared, uid, table, written.get(uid) ?? new Set<string>());
      },
    };
  },
});

function tablesOf({ model }: Witness): ReadonlyMap<string, Table> {
  const tables = new Map<string, Table>();
  for (const { uid, operator } of model.job.nodes)
    if (operator.kind === 'sink' && isTable(operator.sink)) tables.set(uid, operator.sink);
  return tables;
}

function isTable(sink: SinkSpec): sink is Table {
  return sink.connector === 'upsert' && 'key' in sink && typeof sink.key === 'function';
}

function judgeTable(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  uid: string,
  table: Table,
  written: ReadonlySet<string>,
): void {
  const rows = rowsOf(witness, table);
  /** By key: the last value of each history. */
  const last = new Map<string, Map<object, string>>();
  for (const { value, history } of writtenTo(witness, new Set([uid]))) {
    const key = String(table.key(value));
    const values = last.get(key) ?? new Map<object, string>();
    last.set(key, values);
    if (!values.has(history)) values.set(history, canonical(value));
  }
  for (const [key, values] of last) {
    compared();
    const row = rows.get(key);
    const evidence = [note.text('key', key), note.text('expected', [...values.values()].join(' or '))];
    if (row === undefined) report('missing', uid, 'a key that was written has no row', evidence);
    else if (![...values.values()].includes(row))
      report('stale', uid, 'a row is not the last value that was written for its key', [
        ...evidence,
        note.text('actual', row),
      ]);
  }
  for (const [key, row] of rows) {
    compared();
    if (last.has(key) || written.has(row)) continue;
    report('invented', uid, 'a row holds a value that nobody has written', [
      note.text('key', key),
      note.text('actual', row),
    ]);
  }
}

/** By key, the value of the last version. */
function rowsOf({ world }: Witness, { output, type }: SinkSpec): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  const serializer = serializerOf(type);
  for (const name of [...world.objects(`${output}/`)].sort()) {
    const [key = ''] = name.slice(output.length + 1).split('/');
    const value = serializer.read(new ByteReader(world.object(name) ?? new Uint8Array(0)));
    rows.set(decodeURIComponent(key), canonical(value));
  }
  return rows;
}
