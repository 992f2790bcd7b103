/**
 * Sinks: committed output is what the sinks received, once.
 *
 * Verified whenever a record becomes visible to readers of committed data (read from the broker's log, decoded with the
 * sink's type): per topic, the committed multiset is contained in what the sinks' effective histories had received at
 * the newest completed checkpoint (read from the HA store; a plain savepoint commits nothing). After settling the two are
 * equal; after a stop-with-savepoint, to what is in the savepoint; a job that failed behind such a savepoint may lack output of it, which the one that
 * goes on from there commits. With at-least-once *checkpoints*, too: a sink commits what it has received, doubles included, and nothing else.
 * An at-least-once *sink* (the job's spec says so) shows what it writes at once: a record may be in its topic as often as all
 * attempts together have written it, so that every surplus is a write of a rolled-back attempt, and everything that the
 * histories had received at a completed checkpoint is in the topic by then.
 * In batch the histories of all stages count once the HA store says that all of them have finished, and nothing before.
 * Not verified: sinks that write to a service of their own (`SinkSpec.external`); the order within a topic (a sink promises none across its subtasks); partitions; output that is written
 * by somebody else (a topic without a sink in the job is not looked at).
 *
 *     excess record is ...                       anomaly
 *     in a history, beyond the last checkpoint   uncovered        visible before its checkpoint is complete
 *     covered already as often as it may be      duplicate
 *     written, but in no effective history       aborted-read     by a zombie, or rolled back
 *     never written                              invented
 *
 * Of an at-least-once sink: more often than it was written: duplicate, or invented if it never was.
 */
import { ByteReader } from '../../core/values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../../core/values/serializers.ts';
import { messageOf } from '../../core/errors.ts';
import type { Facts } from '../../core/facts.ts';
import { sameValue } from '../model/equal.ts';
import { batchEntryIn } from '../witness/batch.ts';
import type { WriteNode } from '../witness/history.ts';
import type { Instance } from '../witness/instance.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { because, type Evidence, note } from './evidence.ts';
import type { CommittedRecord } from '../world.ts';
import { type Counted, ValueBag } from './value-bag.ts';

const ANOMALIES = ['lost', 'duplicate', 'uncovered', 'aborted-read', 'invented', 'undecodable'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const sinks = defineLaw({
  name: 'sinks',
  states:
    'Committed output is contained in what the sinks had received at the newest completed checkpoint; after settling it is equal.',
  compares: 'committed records',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const ledger = new Ledger(witness, report, compared);
    return {
      sinkWritten: (fact) => {
        ledger.write(fact);
      },
      attemptStarting: (fact) => {
        // Normally the next completed checkpoint continues the newest one, and only what is new has to be counted.
        if (fact.restoredFrom !== witness.newest?.listed.checkpoint) ledger.recount();
      },
      completed: ({ cut }) => {
        if (cut === undefined) return;
        for (const vertex of cut.vertices.values()) ledger.cover(vertex.instances());
        ledger.flushed();
      },
      committed: (record) => {
        if (witness.world.executionMode === 'batch') ledger.coverBatch();
        ledger.commit(record);
      },
      settled: () => {
        ledger.settle();
      },
      upgraded: () => {
        ledger.know();
      },
    };
  },
});

class Ledger {
  /** Writes of all attempts, zombies too. */
  readonly #writes: Facts['sinkWritten'][] = [];
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  readonly #topicOf = new Map<string, string>();
  readonly #types = new Map<string, TypeSerializer<unknown>>();
  readonly #bags = new Map<string, ValueBag>();
  /** Topics of at-least-once sinks. */
  readonly #plain = new Set<string>();
  readonly #covered = new Set<WriteNode>();
  #batchCovered = false;

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
    this.know();
  }

  /** The sinks of the version of the job that runs now; those of earlier ones stay known. */
  know(): void {
    for (const { uid, operator } of this.#witness.model.job.nodes) {
      if (operator.kind !== 'sink' || operator.sink.external === true) continue;
      const { output: topic, type, delivery } = operator.sink;
      this.#topicOf.set(uid, topic);
      if (delivery === 'at-least-once') this.#plain.add(topic);
      if (this.#bags.has(topic)) continue;
      this.#types.set(topic, serializerOf(type));
      this.#bags.set(topic, new ValueBag());
    }
  }

  write(fact: Facts['sinkWritten']): void {
    this.#writes.push(fact);
    const counted = this.#bag(fact.sink)?.of(fact.value);
    if (counted !== undefined) counted.written++;
  }

  /** Everything in these histories is covered by a completed checkpoint. */
  cover(instances: readonly Instance[]): void {
    for (const instance of instances) {
      for (let node = instance.writes; node !== undefined && !this.#covered.has(node); node = node.before) {
        this.#covered.add(node);
        const counted = this.#bag(node.sink)?.of(node.value);
        if (counted !== undefined) counted.expected++;
      }
    }
  }

  /** In batch: once the HA store says that all stages have finished, everything that their histories hold. */
  coverBatch(): void {
    if (this.#batchCovered || batchEntryIn(this.#witness.world)?.committing !== true) return;
    this.#batchCovered = true;
    for (const vertex of this.#witness.vertices.values()) this.cover(vertex.instances());
  }

  /** A checkpoint is complete: what it covers, at-least-once sinks have brought out before. */
  flushed(): void {
    for (const topic of this.#plain) {
      for (const counted of this.#bags.get(topic)?.all() ?? []) {
        this.#compared();
        if (counted.committed < counted.expected) this.#missing(topic, counted, 'at a completed checkpoint');
      }
    }
  }

  recount(): void {
    this.#covered.clear();
    for (const bag of this.#bags.values()) for (const counted of bag.all()) counted.expected = 0;
  }

  commit(record: CommittedRecord): void {
    const type = this.#types.get(record.topic);
    const bag = this.#bags.get(record.topic);
    if (type === undefined || bag === undefined) return;
    let value: unknown;
    try {
      value = type.read(new ByteReader(record.bytes));
    } catch (error) {
      this.#report(
        'undecodable',
        record.topic,
        `a committed record of topic ${record.topic} cannot be read with the sink's type`,
        [note.text('offset', `${record.partition}@${record.offset}`), note.text('why', messageOf(error))],
      );
      return;
    }
    const counted = bag.of(value);
    counted.committed++;
    this.#compared();
    if (this.#plain.has(record.topic)) {
      if (counted.committed > counted.written) this.#surplus(record, counted);
    } else if (counted.committed > counted.expected) {
      this.#excess(record, counted);
    }
  }

  /** The histories as they are now are final. */
  settle(): void {
    this.recount();
    for (const uid of this.#witness.vertices.keys()) this.cover(this.#witness.finalInstances(uid));
    for (const [topic, bag] of this.#bags) {
      for (const counted of bag.all()) {
        this.#compared();
        if (counted.committed < counted.expected) this.#missing(topic, counted, 'after settling');
        else if (counted.committed > counted.expected && !this.#plain.has(topic)) this.#repeated(topic, counted);
      }
    }
  }

  #missing(topic: string, counted: Counted, when: string): void {
    this.#report(
      'lost',
      topic,
      `${when}, topic ${topic} holds a record ${times(counted)}`,
      this.#evidence(topic, counted),
    );
  }

  #repeated(topic: string, counted: Counted): void {
    const message = `after settling, topic ${topic} holds a record ${times(counted)}`;
    this.#report('duplicate', topic, message, this.#evidence(topic, counted));
  }

  /** For an at-least-once sink: no attempt has written the record so often. */
  #surplus({ topic }: CommittedRecord, counted: Counted): void {
    this.#report(
      counted.written > 0 ? 'duplicate' : 'invented',
      topic,
      `topic ${topic} shows a record ${counted.committed} times that all attempts together wrote ${counted.written} times`,
      this.#evidence(topic, counted),
    );
  }

  #excess(record: CommittedRecord, counted: Counted): void {
    const { topic } = record;
    const evidence: Evidence = [
      note.text('transaction', record.transaction ?? 'none'),
      ...this.#evidence(topic, counted),
    ];
    if (this.#nodes(topic, counted.value).some((node) => !this.#covered.has(node))) {
      this.#report('uncovered', topic, `topic ${topic} shows a record whose checkpoint is not complete`, evidence);
    } else if (counted.expected > 0) {
      this.#report('duplicate', topic, `topic ${topic} shows a record more often than its sinks received it`, evidence);
    } else if (
      this.#writes.some((write) => this.#topicOf.get(write.sink) === topic && sameValue(write.value, counted.value))
    ) {
      this.#report(
        'aborted-read',
        topic,
        `topic ${topic} shows a record that was written in a history that does not count`,
        evidence,
      );
    } else {
      this.#report('invented', topic, `topic ${topic} shows a record that no sink has received`, evidence);
    }
  }

  #evidence(topic: string, counted: Counted): Evidence {
    const { newest } = this.#witness;
    return [
      note.value('record', counted.value),
      note.text('expected', `${counted.expected} times`),
      note.text('actual', `${counted.committed} times`),
      note.text('newest completed checkpoint', newest === undefined ? 'none' : String(newest.listed.checkpoint)),
      ...this.#nodes(topic, counted.value).flatMap((node) => because(node.cause)),
    ];
  }

  /** Every write of this value in the current effective histories. */
  #nodes(topic: string, value: unknown): readonly WriteNode[] {
    const found: WriteNode[] = [];
    for (const vertex of this.#witness.vertices.values()) {
      for (const instance of vertex.instances()) {
        for (let node = instance.writes; node !== undefined; node = node.before) {
          if (this.#topicOf.get(node.sink) === topic && sameValue(node.value, value)) found.push(node);
        }
      }
    }
    return found;
  }

  #bag(sink: string): ValueBag | undefined {
    return this.#bags.get(this.#topicOf.get(sink) ?? '');
  }
}

function times({ committed, expected }: Counted): string {
  return `${committed} times that its sinks received ${expected} times`;
}
