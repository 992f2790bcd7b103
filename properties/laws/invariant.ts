/**
 * Invariant: what the author says of committed records holds for each partition at every moment (`Expectations.invariant`).
 *
 * Verified whenever a record becomes visible to readers of committed data: the author's `step` takes the state of its topic
 * and partition, and the record, and does not throw. So a consumer of the partition, however far it has read, sees no
 * prefix that breaks the invariant.
 * Not verified: relations between partitions or topics. The transactions of one checkpoint are committed one by one, so a
 * sum over them may be wrong for a moment in an honest run. Topics of at-least-once sinks, and runs whose checkpoints are
 * at-least-once, whose records may be seen again.
 */
import { isThenable } from '../../core/user-code.ts';
import type { Invariant } from '../plan/expects.ts';
import type { CommittedRecord } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { committedValue, promised, type SinkTopic, sinkTopics, thrown, whyNotExact } from './oracles.ts';

const ANOMALIES = ['broken', 'not-a-topic', 'malformed'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const invariant = defineLaw({
  name: 'invariant',
  states:
    "For each topic and partition, the author's `step` accepts every committed record, in the order in which they become visible.",
  compares: 'committed records of a topic with an `invariant`',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const { world } = witness;
    const invariants = Object.entries(world.expects.invariant ?? {});
    if (invariants.length === 0) return {};
    const topics = sinkTopics(witness);
    const folds = new Map<string, Fold>();
    for (const [topic, of] of invariants) {
      const sink = topics.get(topic);
      if (sink !== undefined) {
        if (!sink.repeats) folds.set(topic, new Fold(sink, of, report));
        continue;
      }
      const known = [...topics.keys()].join(', ');
      report(
        'not-a-topic',
        topic,
        `there is an invariant of topic ${topic}, which the job does not write; it writes ${known}`,
        [],
      );
    }
    return {
      committed: (record) => {
        if (whyNotExact(witness) !== undefined || folds.get(record.topic)?.take(record) !== true) return;
        compared();
        world.asked('invariant', record.topic, { records: 1 });
      },
      settled: () => {
        const unjudged = whyNotExact(witness);
        if (unjudged !== undefined) world.asked('invariant', '*', { unjudged });
      },
    };
  },
});

/** One topic. */
class Fold {
  readonly #sink: SinkTopic;
  readonly #invariant: Invariant;
  readonly #report: Report<Anomaly>;
  /** By partition; undefined: it was broken before. */
  readonly #states = new Map<number, { readonly state: unknown } | undefined>();

  constructor(sink: SinkTopic, of: Invariant, report: Report<Anomaly>) {
    this.#sink = sink;
    this.#invariant = of;
    this.#report = report;
  }

  /** False: nothing was asked. */
  take(record: CommittedRecord): boolean {
    const { topic, partition } = record;
    const read = committedValue(this.#sink, record);
    if (read === undefined) return false;
    const known = this.#states.get(partition);
    if (known === undefined && this.#states.has(partition)) return false;
    let before: unknown;
    try {
      const held = known ?? { state: this.#first() };
      before = held.state;
      if (known === undefined && this.#isPromise(before, 'init', partition)) return false;
      const after = this.#step(before, read.value, partition);
      if (this.#isPromise(after, 'step', partition)) return false;
      this.#states.set(partition, after === undefined ? held : { state: after });
    } catch (error) {
      this.#states.set(partition, undefined);
      const { message, evidence } = thrown(error);
      this.#report('broken', topic, `the invariant of topic ${topic} is broken in partition ${partition}: ${message}`, [
        note.value('record', read.value),
        note.text('offset', `${partition}@${record.offset}`),
        note.value('state before', before),
        ...evidence,
      ]);
    }
    return true;
  }

  /** Then nothing more is asked about the partition. */
  #isPromise(state: unknown, method: 'init' | 'step', partition: number): boolean {
    const { topic } = this.#sink;
    const wrong = promised(
      state,
      `\`${method}\` of the invariant of topic ${topic}`,
      'return the state itself, and throw where the invariant is broken',
    );
    if (wrong === undefined) return false;
    this.#states.set(partition, undefined);
    this.#report('malformed', topic, wrong, []);
    return true;
  }

  #first(): unknown {
    const { init } = this.#invariant;
    // A promise cannot be copied: what is wrong with it is said by the caller.
    if (isThenable(init)) return init;
    return typeof init === 'function' ? (init as () => unknown)() : structuredClone(init);
  }

  /** The author knows the types of his state and of the topic's records. */
  #step(state: unknown, value: unknown, partition: number): unknown {
    const step = this.#invariant.step as (state: unknown, record: unknown, at: object) => unknown;
    return step.call(this.#invariant, state, value, { topic: this.#sink.topic, partition });
  }
}
