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
 * Two instances may write equal values; what becomes visible tells nothing of whose it is. Then the law asks whether each instance
 * can have made what is there, in its order. Of values that one instance alone has written nothing is left open by that.
 * Not verified: whether several instances can have done so at once; the order of records of one turn; of records of different instances, which the job never puts in an order
 * (a key function of the author's that does not follow the job's own keys); topics of at-least-once sinks, and runs whose
 * checkpoints are at-least-once.
 */
import { canonical } from '../model/equal.ts';
import { type Origin, originOf } from '../witness/cause.ts';
import type { Witness } from '../witness/witness.ts';
import type { CommittedRecord } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { committedValue, promised, type SinkTopic, sinkTopics, thrown, whyNotExact } from './oracles.ts';

const ANOMALIES = ['overtaken', 'threw', 'not-a-topic', 'malformed'] as const;
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

/** A record of one key that an instance has made, in the last turn that had an order. */
interface Made {
  readonly turn: number;
  readonly value: unknown;
  /** Where in the topic such a value has become visible, in that order. */
  readonly places: readonly number[];
}

/** Returns how many records had one to come behind. */
function judge(
  witness: Witness,
  sink: SinkTopic,
  keyOf: KeyOf,
  records: readonly CommittedRecord[],
  report: Report<Anomaly>,
): number {
  const visible = new Map<string, { readonly value: unknown; readonly places: number[] }>();
  for (const [place, record] of records.entries()) {
    const read = record.topic === sink.topic ? committedValue(sink, record) : undefined;
    if (read === undefined) continue;
    const text = canonical(read.value);
    const known = visible.get(text);
    if (known === undefined) visible.set(text, { value: read.value, places: [place] });
    else known.places.push(place);
  }
  const origins = originsOf(witness, sink.topic);
  const histories = new Map<string, { readonly place: string; readonly key: unknown; readonly made: Made[] }>();
  for (const [text, { value, places }] of visible) {
    const made = origins.get(text) ?? [];
    // What nobody has made, and that something is missing, the law `sinks` says; which of several equal ones it is nobody knows.
    if (made.length === 0 || made.length > places.length) continue;
    let key: unknown;
    try {
      key = keyOf(value);
    } catch (error) {
      const { message, evidence } = thrown(error);
      report('threw', sink.topic, `the function \`orderedBy\` of topic ${sink.topic} threw: ${message}`, [
        note.value('record', value),
        ...evidence,
      ]);
      continue;
    }
    const wrong = promised(key, `the function \`orderedBy\` of topic ${sink.topic}`, 'return the key itself');
    if (wrong !== undefined) {
      report('malformed', sink.topic, wrong, [note.value('record', value)]);
      return 0;
    }
    for (const { place, turn } of made) {
      const at = `${place}/${canonical(key)}`;
      const history = histories.get(at) ?? { place, key, made: [] };
      histories.set(at, history);
      history.made.push({ turn, value, places });
    }
  }
  let pairs = 0;
  for (const { place, key, made } of histories.values()) {
    const inTurns = made.toSorted((a, b) => a.turn - b.turn);
    pairs += behindAnother(inTurns);
    const found = overtaken(inTurns);
    if (found === undefined) continue;
    const { first, later } = found;
    report(
      'overtaken',
      sink.topic,
      `records of one key become visible in topic ${sink.topic} in another order than they were made in`,
      [
        note.value('key', key),
        note.text('made by', place),
        note.value('visible first', first.value),
        note.text('made in', `turn ${first.turn}`),
        note.value('visible later', later.value),
        note.text('made in', `turn ${later.turn}`),
      ],
    );
  }
  return pairs;
}

/** How many records have one of an earlier turn and of another value: which of equal ones comes first nobody can see. */
function behindAnother(inTurns: readonly Made[]): number {
  const [first] = inTurns;
  const other = inTurns.find(({ places }) => places !== first?.places);
  const isBehind = (one: Made, before: Made | undefined): boolean =>
    before !== undefined && before.turn < one.turn && before.places !== one.places;
  return inTurns.filter((one) => isBehind(one, first) || isBehind(one, other)).length;
}

/**
 * Whether what an instance has made can be what became visible, in its order. Each record takes the first place behind all those of
 * earlier turns: no other choice leaves more room for those that follow. Two instances may write equal values, and then nobody knows
 * whose is where, so each may take any of them; of values that only one has written that is no freedom.
 */
function overtaken(inTurns: readonly Made[]): { readonly first: Made; readonly later: Made } | undefined {
  /** The last place that is taken, and by which record: of earlier turns, and with those of this one. */
  let before: { readonly place: number; readonly by: Made } | undefined;
  let newest: typeof before;
  let turn = -1;
  /** By the places of a value: how many of them are taken or passed, so that each is looked at once. */
  const free = new Map<readonly number[], number>();
  for (const one of inTurns) {
    if (one.turn !== turn) before = newest;
    ({ turn } = one);
    const { places } = one;
    const behind = before?.place ?? -1;
    let at = free.get(places) ?? 0;
    while ((places[at] ?? Infinity) <= behind) at++;
    const place = places[at];
    if (place === undefined) return before === undefined ? undefined : { first: one, later: before.by };
    free.set(places, at + 1);
    if (newest === undefined || place > newest.place) newest = { place, by: one };
  }
  return undefined;
}

/** By value, where and when it was made: one for each time that it was written. */
function originsOf(witness: Witness, topic: string): ReadonlyMap<string, readonly Origin[]> {
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
  return origins;
}
