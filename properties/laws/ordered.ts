/**
 * Ordered: records of one key become visible in the order in which the job has made them (`Expectations.orderedBy`).
 *
 * *Made* by the last keyed operator before the sink, or by the source if there is none: that is where records of a key have
 * an order. It is lost behind it, if records of one key take several ways to the sinks (a rebalance, a shuffle), whose
 * transactions become visible one by one.
 *
 * Verified after settling: of the committed records of a topic with the same key, by the author's function, that were made
 * by the same logical instance (operator and key group, source and split), none becomes visible before one of an earlier
 * turn. *Visible* counts over all partitions of the topic.
 * Not verified: the order of records of one turn; of records of different instances, which the job never puts in an order
 * (a key function of the author's that does not follow the job's own keys); topics of at-least-once sinks, and runs whose
 * checkpoints are at-least-once.
 */
import { canonical } from '../model/equal.ts';
import { type Origin, originOf } from '../witness/cause.ts';
import type { Witness } from '../witness/witness.ts';
import type { CommittedRecord } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { committedValue, type SinkTopic, sinkTopics, thrown, whyNotExact } from './oracles.ts';

const ANOMALIES = ['overtaken', 'threw', 'not-a-topic'] as const;
type Anomaly = (typeof ANOMALIES)[number];
type KeyOf = (record: unknown) => unknown;

export const ordered = defineLaw({
  name: 'ordered',
  states: 'Committed records of one key become visible in the order in which the last keyed operator has made them.',
  compares: 'committed records of one key in a topic that `orderedBy` names',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const { world } = witness;
    const { orderedBy } = world.expects;
    if (orderedBy === undefined) return {};
    const records: CommittedRecord[] = [];
    return {
      committed: (record) => {
        records.push(record);
      },
      settled: () => {
        const unjudged = whyNotExact(witness);
        if (unjudged !== undefined) {
          world.asked('orderedBy', '*', { unjudged });
          return;
        }
        const topics = sinkTopics(witness);
        for (const [topic, keyOf] of Object.entries(orderedBy)) {
          const sink = topics.get(topic);
          if (sink === undefined) {
            const known = [...topics.keys()].join(', ');
            report(
              'not-a-topic',
              topic,
              `\`orderedBy\` names topic ${topic}, which the job does not write; it writes ${known}`,
              [],
            );
          } else if (!sink.repeats) {
            const pairs = judge(witness, sink, keyOf as KeyOf, records, report);
            if (pairs > 0) compared();
            world.asked('orderedBy', topic, { records: pairs });
          }
        }
      },
    };
  },
});

/** Returns how many records had one before them to compare with. */
function judge(
  witness: Witness,
  sink: SinkTopic,
  keyOf: KeyOf,
  records: readonly CommittedRecord[],
  report: Report<Anomaly>,
): number {
  const origins = originsOf(witness, sink.topic);
  const newest = new Map<string, { readonly turn: number; readonly value: unknown }>();
  let pairs = 0;
  for (const record of records) {
    const read = record.topic === sink.topic ? committedValue(sink, record) : undefined;
    const origin = read === undefined ? undefined : origins.get(canonical(read.value))?.shift();
    if (read === undefined || origin === undefined) continue;
    let key: unknown;
    try {
      key = keyOf(read.value);
    } catch (error) {
      const { message, evidence } = thrown(error);
      report('threw', sink.topic, `the function \`orderedBy\` of topic ${sink.topic} threw: ${message}`, [
        note.value('record', read.value),
        ...evidence,
      ]);
      return pairs;
    }
    const at = `${origin.place}/${canonical(key)}`;
    const before = newest.get(at);
    if (before !== undefined) pairs++;
    if (before !== undefined && origin.turn < before.turn) {
      report(
        'overtaken',
        sink.topic,
        `records of one key become visible in topic ${sink.topic} in another order than they were made in`,
        [
          note.value('key', key),
          note.text('made by', origin.place),
          note.value('visible first', before.value),
          note.text('made in', `turn ${before.turn}`),
          note.value('visible later', read.value),
          note.text('made in', `turn ${origin.turn}`),
        ],
      );
    } else {
      newest.set(at, { turn: origin.turn, value: read.value });
    }
  }
  return pairs;
}

/** By value, where and when it was made, the earliest first: one for each time that it was written. */
function originsOf(witness: Witness, topic: string): ReadonlyMap<string, Origin[]> {
  const origins = new Map<string, Origin[]>();
  const sinks = new Set(
    witness.model.job.nodes.flatMap(({ uid, operator }) =>
      operator.kind === 'sink' && operator.sink.output === topic ? [uid] : [],
    ),
  );
  for (const uid of witness.vertices.keys()) {
    for (const instance of witness.finalInstances(uid)) {
      for (let node = instance.writes; node !== undefined; node = node.before) {
        const origin = sinks.has(node.sink) && node.cause !== undefined ? originOf(node.cause) : undefined;
        if (origin === undefined) continue;
        const text = canonical(node.value);
        const known = origins.get(text);
        if (known === undefined) origins.set(text, [origin]);
        else known.push(origin);
      }
    }
  }
  for (const list of origins.values())
    list.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : a.turn - b.turn));
  return origins;
}
