/**
 * Files of a file sink: finished is what the sink has received, once.
 *
 * Verified after settling, of each file sink (`connector: 'file'` of the job's data), from the objects that the store holds: the
 * records in files whose names have no part that begins with a dot are, as a multiset, those that the sinks' effective histories
 * have written; of hidden objects none is left that was there when the last attempt started, nor one of that attempt: pending
 * files are finished, or swept. During the run: a file is committed only if the image of a completed checkpoint or of a stop names it.
 * Not verified: in which bucket a record is, and how files are cut; leftovers of an older attempt that arrive after the last one has
 * started (a request that has left takes effect, whoever is dead by then; the next attempt would sweep them); two sinks of which one
 * writes into a bucket of the other.
 */
import type { SinkSpec } from '../../core/job/spec.ts';
import { ByteReader } from '../../core/values/bytes.ts';
import { serializerOf } from '../../core/values/serializers.ts';
import { messageOf } from '../../core/errors.ts';
import { canonical } from '../model/equal.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { writtenTo } from './written.ts';

const ANOMALIES = ['lost', 'duplicate', 'uncovered', 'left', 'undecodable'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const filesOnce = defineLaw({
  name: 'files-once',
  states: 'Finished files hold what their sinks have received, once; nothing pending is left, or finished unasked.',
  compares: 'records and files of file sinks',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    /** Files that completed images name. */
    const covered = new Set<string>();
    let isWholeKnown = true;
    /** Hidden objects that were there when the last attempt started: it sweeps after that. */
    let before: readonly string[] = [];
    return {
      imaged({ image, plain }) {
        if ('undecodable' in image) isWholeKnown = false;
        else if (!plain)
          for (const { subtasks } of image.vertices)
            for (const { pending } of subtasks) for (const { transaction } of pending) covered.add(transaction);
      },
      transactionCommitted({ sink, transaction }) {
        if (!isWholeKnown || !pathsOf(witness).has(sink)) return;
        compared();
        if (covered.has(transaction)) return;
        report('uncovered', sink, 'a file was finished whose checkpoint is not complete', [
          note.text('file', transaction),
        ]);
      },
      attemptStarting() {
        before = [...pathsOf(witness).values()].flatMap(({ output }) => hiddenIn(witness, output));
      },
      settled() {
        const attempt = String(witness.attempt?.number ?? 0);
        for (const [uid, spec] of pathsOf(witness)) {
          for (const name of hiddenIn(witness, spec.output)) {
            compared();
            if (!before.includes(name) && name.split('/').at(-2) !== attempt) continue;
            report('left', uid, 'after settling a file is neither finished nor swept', [note.text('object', name)]);
          }
          judgeContent(witness, report, compared, uid, spec);
        }
      },
    };
  },
});

function pathsOf({ model }: Witness): ReadonlyMap<string, SinkSpec> {
  const paths = new Map<string, SinkSpec>();
  for (const { uid, operator } of model.job.nodes)
    if (operator.kind === 'sink' && operator.sink.connector === 'file') paths.set(uid, operator.sink);
  return paths;
}

function hiddenIn({ world }: Witness, path: string): readonly string[] {
  return world.objects(`${path}/.open/`);
}

function judgeContent(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  uid: string,
  { output: path, type }: SinkSpec,
): void {
  const files = serializerOf({ kind: 'list', of: type });
  const found = new Map<string, number>();
  for (const name of witness.world.objects(`${path}/`)) {
    if (name.slice(path.length).includes('/.')) continue;
    const input = new ByteReader(witness.world.object(name) ?? new Uint8Array(0));
    try {
      const records = files.read(input);
      input.expectEnd();
      for (const record of Array.isArray(records) ? records : []) count(found, record);
    } catch (error) {
      report('undecodable', uid, `a finished file cannot be read with the sink's type`, [
        note.text('file', name),
        note.text('why', messageOf(error)),
      ]);
    }
  }
  const expected = new Map<string, number>();
  const sinks = [...pathsOf(witness)].filter(([, { output }]) => output === path).map(([sink]) => sink);
  for (const { value } of writtenTo(witness, new Set(sinks))) count(expected, value);
  for (const record of new Set([...expected.keys(), ...found.keys()])) {
    compared();
    const [due, done] = [expected.get(record) ?? 0, found.get(record) ?? 0];
    if (due === done) continue;
    const message = `finished files hold a record ${done} times that their sinks received ${due} times`;
    report(done < due ? 'lost' : 'duplicate', uid, message, [note.text('record', record)]);
  }
}

function count(counts: Map<string, number>, value: unknown): void {
  const text = canonical(value);
  counts.set(text, (counts.get(text) ?? 0) + 1);
}
