/**
 * Confluent: the author declares that what the job commits is a function of its records alone (`Expectations.confluent`), and
 * it is: whatever the schedule, the parallelism, the partitions of the input, the discipline and the faults were, the
 * committed output is that of a plain sequential run of the model (`model/sequential.ts`).
 *
 *     this run = reference(records)                   differs       the run depends on something else
 *     reference(records) = reference(the partitions the other way round)
 *                                                     partitions    even the reference depends on how they are spread
 *
 * Verified after settling, as multisets by topic. As every run is held to the same function, any two runs of the same
 * records commit the same.
 * Not verified: runs with late records, and those whose checkpoints are at-least-once; topics of at-least-once sinks.
 */
import { messageOf } from '../../core/errors.ts';
import { canonical } from '../model/equal.ts';
import { type Multiset, sequentialOutput } from '../model/sequential.ts';
import type { Topics } from '../plan/plan.ts';
import type { CommittedRecord } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { type Evidence, note } from './evidence.ts';
import { committedValue, consumed, lateRecords, sinkTopics, whyNotExact } from './oracles.ts';

const ANOMALIES = ['differs', 'partitions', 'refused'] as const;
type Anomaly = (typeof ANOMALIES)[number];

const FALSE = 'the job is declared confluent, and that is not so';

export const confluent = defineLaw({
  name: 'confluent',
  states: 'What a job commits that is declared confluent is what a sequential run of the model makes of its records.',
  compares: 'committed records of a job that is declared `confluent`',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const { world } = witness;
    if (world.expects.confluent !== true) return {};
    const records: CommittedRecord[] = [];
    return {
      committed: (record) => {
        records.push(record);
      },
      settled: () => {
        const input = consumed(witness);
        const unjudged =
          whyNotExact(witness) ??
          (input === undefined ? 'the sources of a topic have read it to different ends' : undefined) ??
          (lateRecords(witness).length > 0 ? 'records were late' : undefined);
        if (unjudged !== undefined || input === undefined) {
          world.asked('confluent', '*', { unjudged: unjudged ?? '' });
          return;
        }
        const reference = referenceOf(
          input,
          (topics) => sequentialOutput(world.job, topics, 'turn', world.services),
          report,
        );
        if (reference === undefined) return;
        for (const sink of sinkTopics(witness).values()) {
          if (sink.repeats) continue;
          const committed = countsOf(
            records.flatMap((record) => (record.topic === sink.topic ? [committedValue(sink, record)?.value] : [])),
          );
          const expected = reference.get(sink.topic) ?? new Map<string, number>();
          if (committed.size > 0 || expected.size > 0) compared();
          world.asked('confluent', sink.topic, { records: Math.max(committed.size, expected.size) });
          const evidence = differences(expected, committed, 'sequential run', 'committed');
          if (evidence.length === 0) continue;
          report(
            'differs',
            sink.topic,
            `${FALSE}: what it commits to ${sink.topic} depends on the schedule, the parallelism, the partitions or the faults`,
            evidence,
          );
        }
      },
    };
  },
});

/** The output of the records, if their spread makes no difference. */
function referenceOf(
  input: Topics,
  sequential: (topics: Topics) => ReadonlyMap<string, Multiset>,
  report: Report<Anomaly>,
): ReadonlyMap<string, Multiset> | undefined {
  let reference: ReadonlyMap<string, Multiset>;
  let reversed: ReadonlyMap<string, Multiset>;
  try {
    reference = sequential(input);
    reversed = sequential(
      Object.fromEntries(Object.entries(input).map(([topic, partitions]) => [topic, partitions.toReversed()])),
    );
  } catch (error) {
    report('refused', 'job', `${FALSE}: it has no sequential output: ${messageOf(error).replace(/^Error: /, '')}`, []);
    return undefined;
  }
  for (const [topic, expected] of reference) {
    const evidence = differences(
      expected,
      reversed.get(topic) ?? new Map<string, number>(),
      'first to last',
      'last to first',
    );
    if (evidence.length === 0) continue;
    report(
      'partitions',
      topic,
      `${FALSE}: what it commits to ${topic} depends on which of its partitions is read first`,
      evidence,
    );
    return undefined;
  }
  return reference;
}

function countsOf(values: readonly unknown[]): Multiset {
  const counts = new Map<string, number>();
  for (const value of values) {
    const text = canonical(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

const SHOWN = 4;

function differences(a: Multiset, b: Multiset, nameOfA: string, nameOfB: string): Evidence {
  const differing = [...new Set([...a.keys(), ...b.keys()])].filter(
    (text) => (a.get(text) ?? 0) !== (b.get(text) ?? 0),
  );
  return differing.slice(0, SHOWN).map((text) => {
    const [here, there] = [a.get(text) ?? 0, b.get(text) ?? 0];
    return note.text('record', `${text}  ${nameOfA} ${here} times, ${nameOfB} ${there} times`);
  });
}
