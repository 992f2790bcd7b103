/**
 * Output: after settling, the job has committed what its author says that it must (`Expectations.output`).
 *
 * Verified: for each topic that the author's function names, the committed multiset is the expected one; values are
 * compared by their bytes in the topic's type. Of a topic with an at-least-once sink: each is there at least as often.
 * Not verified: order; topics that are not named; runs with late records, unless the function asks for them, because which
 * records are late depends on the schedule; runs whose checkpoints are at-least-once; a drained job is held to what it has
 * read. What the function throws is its author's to mend, and is reported as such.
 */
import { serializerOf, toBytes } from '../../core/values/serializers.ts';
import type { OutputOracle, Values } from '../plan/expects.ts';
import type { Topics } from '../plan/plan.ts';
import type { Witness } from '../witness/witness.ts';
import type { CommittedRecord } from '../world.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { type Evidence, note, show } from './evidence.ts';
import {
  committedValue,
  consumed,
  lateRecords,
  promised,
  type SinkTopic,
  sinkTopics,
  thrown,
  whyNotExact,
} from './oracles.ts';

const ANOMALIES = ['missing', 'surplus', 'threw', 'malformed'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const output = defineLaw({
  name: 'output',
  states: "After settling, the committed multiset of each topic is what the author's `output` makes of the input.",
  compares: 'committed records of a topic that `output` names',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const oracle = witness.world.expects.output;
    if (oracle === undefined) return {};
    const records: CommittedRecord[] = [];
    return {
      committed: (record) => {
        records.push(record);
      },
      settled: () => {
        judge(witness, oracle, records, report, compared);
      },
    };
  },
});

function judge(
  witness: Witness,
  oracle: OutputOracle,
  records: readonly CommittedRecord[],
  report: Report<Anomaly>,
  compared: Compared,
): void {
  const { world } = witness;
  const input = consumed(witness);
  const late = lateRecords(witness);
  const unjudged =
    whyNotExact(witness) ??
    (input === undefined ? 'the sources of a topic have read it to different ends' : undefined) ??
    (late.length > 0 && oracle.length < 2 ? 'records were late' : undefined);
  if (unjudged !== undefined || input === undefined) {
    world.asked('output', '*', { unjudged: unjudged ?? '' });
    return;
  }
  let expected: Values;
  try {
    expected = oracle(valuesOf(input), { late });
  } catch (error) {
    const { message, evidence } = thrown(error);
    report('threw', 'output', `the function \`output\` threw: ${message}`, evidence);
    return;
  }
  if (typeof expected !== 'object' || expected === null) {
    report('malformed', 'output', `\`output\` returned ${show(expected)}; return lists of records by topic`, []);
    return;
  }
  const wrong = promised(expected, '`output`', 'return lists of records by topic');
  if (wrong !== undefined) {
    report('malformed', 'output', wrong, []);
    return;
  }
  const topics = sinkTopics(witness);
  for (const [topic, values] of Object.entries(expected)) {
    const sink = topics.get(topic);
    const wrong = malformed(topic, values, sink, [...topics.keys()]);
    if (wrong !== undefined || sink === undefined) report('malformed', topic, wrong ?? '', []);
    else
      world.asked('output', topic, {
        records: compare(
          sink,
          values,
          records.filter((record) => record.topic === topic),
          report,
          compared,
        ),
      });
  }
}

/** Partition by partition. */
function valuesOf(topics: Topics): Values {
  return Object.fromEntries(Object.entries(topics).map(([topic, partitions]) => [topic, partitions.flat()]));
}

function malformed(
  topic: string,
  values: unknown,
  sink: SinkTopic | undefined,
  known: readonly string[],
): string | undefined {
  if (sink === undefined)
    return `\`output\` expects records of topic ${topic}, which the job does not write; it writes ${known.join(', ')}`;
  return Array.isArray(values)
    ? undefined
    : `\`output\` says ${show(values)} of topic ${topic}; return a list of records`;
}

interface Count {
  readonly value: unknown;
  expected: number;
  committed: number;
}

/** Returns how many records were compared. */
function compare(
  sink: SinkTopic,
  values: readonly unknown[],
  records: readonly CommittedRecord[],
  report: Report<Anomaly>,
  compared: Compared,
): number {
  const { topic, type } = sink;
  const serializer = serializerOf(type);
  const counts = new Map<string, Count>();
  const countOf = (bytes: Uint8Array, value: unknown): Count => {
    const text = textOf(bytes);
    const count = counts.get(text) ?? { value, expected: 0, committed: 0 };
    counts.set(text, count);
    return count;
  };
  for (const value of values) {
    // Writing alone would leave out a field that the type does not have, and nobody would hear that it was never compared.
    const reason = serializer.validate(value);
    if (reason !== undefined) {
      report('malformed', topic, `\`output\` expects a record that topic ${topic} cannot hold: ${reason}`, [
        note.value('record', value),
      ]);
      return 0;
    }
    countOf(toBytes(type, value), value).expected++;
  }
  for (const record of records) {
    const read = committedValue(sink, record);
    if (read !== undefined) countOf(record.bytes, read.value).committed++;
  }
  const all = [...counts.values()];
  if (all.length > 0) compared();
  const missing = all.filter(({ expected, committed }) => committed < expected);
  const surplus = sink.repeats ? [] : all.filter(({ expected, committed }) => committed > expected);
  if (missing.length > 0)
    report(
      'missing',
      topic,
      `topic ${topic} lacks ${records.length === 0 ? 'all of what is expected' : 'records that are expected'}`,
      evidenceOf(missing, surplus),
    );
  else if (surplus.length > 0)
    report('surplus', topic, `topic ${topic} holds records that are not expected`, evidenceOf(missing, surplus));
  return values.length + records.length;
}

const SHOWN = 4;

function evidenceOf(missing: readonly Count[], surplus: readonly Count[]): Evidence {
  const line = (label: string, { value, expected, committed }: Count): Evidence[number] =>
    note.text(label, `${show(value)}  expected ${times(expected)}, committed ${times(committed)}`);
  const rest = missing.length + surplus.length - missing.slice(0, SHOWN).length - surplus.slice(0, SHOWN).length;
  return [
    ...missing.slice(0, SHOWN).map((count) => line('expected', count)),
    ...surplus.slice(0, SHOWN).map((count) => line('actual', count)),
    ...(rest > 0 ? [note.text('and', `${rest} more records that differ`)] : []),
  ];
}

function times(n: number): string {
  return n === 0 ? 'never' : n === 1 ? 'once' : `${n} times`;
}

/** A text that is another one for other bytes. */
function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
