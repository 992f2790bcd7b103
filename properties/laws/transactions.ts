/**
 * Two-phase commit: prepared before committed, committed once covered, nothing left behind.
 *
 * Verified: a record of an exactly-once sink becomes visible only by a transaction that was prepared, and that the image of a completed checkpoint
 * or of a stop names; every transaction prepared for a checkpoint is in that checkpoint's image when it is complete (of
 * savepoints, too); no transaction that an image of a completed checkpoint or of a stop names is aborted; after settling
 * the broker has no open or prepared transaction.
 * In batch a finished stage stands for a completed checkpoint, and what it has prepared is covered once the HA store says that all
 * stages have finished.
 * At-least-once sinks have no transactions: what they append is visible at once, and law `sinks` judges it.
 * Not verified: what is in a transaction (law `sinks`); the order of commits; fencing (its effect shows in `sinks`).
 */
import type { Facts } from '../../core/facts.ts';
import type { CommittableState } from '../../core/connectors/connector-state.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { ByteReader } from '../../core/values/bytes.ts';
import { batchEntryIn } from '../witness/batch.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';

export const transactions = defineLaw({
  name: 'transactions',
  states:
    'A transaction is prepared before it is committed, and committed if and only if a completed checkpoint covers it.',
  compares: 'transactions that are prepared, committed or aborted',
  anomalies: [
    'committed-unprepared',
    'committed-uncovered',
    'not-stored',
    'aborted-covered',
    'left-open',
    'left-prepared',
  ],
  judge(witness, report, compared) {
    const prepared = new Map<string, Facts['transactionPrepared']>();
    /** Transactions that completed images name. */
    const covered = new Set<string>();
    /** All those images could be read; if not, what they cover is known by number only. */
    let isWholeKnown = true;
    let lastCommitted: string | undefined;
    let plainTopics = topicsOfPlainSinks(witness.model.job);
    return {
      upgraded() {
        plainTopics = topicsOfPlainSinks(witness.model.job);
      },
      transactionPrepared(fact) {
        prepared.set(fact.transaction, fact);
      },
      imaged({ image, listed, plain }) {
        if ('undecodable' in image) {
          isWholeKnown = false;
          return;
        }
        const stored = new Set<string>();
        for (const { subtasks } of image.vertices) {
          for (const { pending } of subtasks) for (const { transaction } of pending) stored.add(transaction);
        }
        // A plain savepoint is no commit point: a failover goes behind it.
        if (!plain) for (const transaction of stored) covered.add(transaction);
        for (const { transaction, checkpoint, sink, task } of prepared.values()) {
          if (checkpoint !== listed.checkpoint || task.attempt !== listed.attempt) continue;
          compared();
          if (stored.has(transaction)) continue;
          report(
            'not-stored',
            sink,
            `checkpoint ${checkpoint} is complete without the transaction that was prepared for it`,
            [note.text('transaction', transaction)],
          );
        }
      },
      stageFinished({ attempt, stage }) {
        const result = batchEntryIn(witness.world)?.finished.find(
          (one) => one.stage === stage && one.attempt === attempt,
        );
        const stored = new Set(transactionsIn(witness.model, result?.pending ?? []));
        const logs = logSinks(witness.model);
        for (const { transaction, sink, task } of prepared.values()) {
          if (task.vertex !== stage || task.attempt !== attempt || !logs.has(sink)) continue;
          compared();
          if (stored.has(transaction)) continue;
          report('not-stored', sink, `stage ${stage} has finished without a transaction that was prepared in it`, [
            note.text('transaction', transaction),
          ]);
        }
      },
      transactionAborted({ sink, transaction }) {
        compared();
        if (!covered.has(transaction)) return;
        report('aborted-covered', sink, `a transaction was aborted that a completed checkpoint names`, [
          note.text('transaction', transaction),
        ]);
      },
      committed({ transaction, topic }) {
        if (transaction === undefined) {
          if (plainTopics.has(topic)) return;
          report('committed-unprepared', topic, 'a record became visible outside any transaction', [
            note.text('topic', topic),
          ]);
          return;
        }
        if (transaction === lastCommitted) return;
        lastCommitted = transaction;
        compared();
        const entry = witness.world.executionMode === 'batch' ? batchEntryIn(witness.world) : undefined;
        if (entry?.committing === true)
          for (const { pending } of entry.finished)
            for (const transaction of transactionsIn(witness.model, pending)) covered.add(transaction);
        const fact = prepared.get(transaction);
        if (fact === undefined) {
          report('committed-unprepared', topic, `a transaction was committed that no writer had prepared`, [
            note.text('transaction', transaction),
          ]);
          return;
        }
        const newest = witness.newest?.listed.checkpoint;
        if (isWholeKnown ? covered.has(transaction) : newest !== undefined && fact.checkpoint <= newest) return;
        report('committed-uncovered', fact.sink, `a transaction was committed before its checkpoint was complete`, [
          note.text('transaction', transaction),
          note.value('prepared for checkpoint', fact.checkpoint),
          note.value('newest completed checkpoint', newest),
        ]);
      },
      settled() {
        if (prepared.size > 0) compared();
        for (const { id, state } of witness.world.transactions()) {
          report(
            state === 'open' ? 'left-open' : 'left-prepared',
            sinkOf(id),
            `after settling a transaction is still ${state}`,
            [
              note.text('transaction', id),
              note.text('covered by a completed checkpoint', covered.has(id) ? 'yes' : 'no'),
            ],
          );
        }
      },
    };
  },
});

/** Their committables are the ids of transactions. */
function logSinks({ job }: Witness['model']): ReadonlySet<string> {
  return new Set(
    job.nodes.flatMap(({ uid, operator }) =>
      operator.kind === 'sink' && operator.sink.connector === 'log' ? [uid] : [],
    ),
  );
}

function transactionsIn(model: Witness['model'], pending: readonly CommittableState[]): readonly string[] {
  const logs = logSinks(model);
  return pending.flatMap(({ sink, committable }) => (logs.has(sink) ? [new ByteReader(committable).string()] : []));
}

/** The second part of <job>/<sink>/<owner>/<attempt>/<sequence>. */
function sinkOf(id: string): string {
  return id.split('/')[1] ?? id;
}

function topicsOfPlainSinks(job: JobSpec): ReadonlySet<string> {
  const topics = new Set<string>();
  for (const { operator } of job.nodes)
    if (operator.kind === 'sink' && operator.sink.delivery === 'at-least-once') topics.add(operator.sink.output);
  return topics;
}
