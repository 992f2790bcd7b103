/**
 * Sources: what has been read of each split.
 *
 * Verified: along the effective history of a split the offsets rise by one from the source's start position, with no gap and no repeat; each record is
 * the one that the input holds there, of the partition whose name the split has; the offset in a completed checkpoint is the one that the history had reached at
 * the cut; what a finished reader had is read to its end, and so is every bounded split after settling, unless the job was
 * stopped with a savepoint.
 * Not verified: what a zombie reads (it is in no history); when records are fetched; offsets with holes in them (our
 * input has none, a compacted topic would).
 */
import { sameValue } from '../model/equal.ts';
import type { Witness } from '../witness/witness.ts';
import type { Cut } from '../witness/cut.ts';
import type { TaskRecord } from '../witness/task.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['unknown-split', 'gap', 'repeated', 'altered', 'checkpointed-offset', 'unread'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const sources = defineLaw({
  name: 'sources',
  states:
    'Each split is read from its first offset on, in order, without gap or repeat, up to the checkpointed offset.',
  compares: 'records and offsets of splits',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const inputAt = inputOf(witness);
    return {
      sourceRecord(task, fact) {
        const next = task.vertex.splits.get(fact.split)?.offset ?? task.vertex.startPosition;
        const { uid } = task.vertex;
        compared();
        if (fact.offset !== next) {
          report(
            fact.offset < next ? 'repeated' : 'gap',
            uid,
            `${uid} read offset ${fact.offset} of ${fact.split} where ${next} was due`,
            [
              note.text('split', fact.split),
              note.value('expected offset', next),
              note.value('actual offset', fact.offset),
              note.value('value', fact.value),
              note.text('reader', `${task.name} attempt ${task.id.attempt}`),
            ],
          );
        }
        const partition = inputAt(fact.split);
        if (partition === undefined) {
          reportUnknown(witness, report, task, fact.split);
          return;
        }
        const held = partition[fact.offset];
        if (!sameValue(held, fact.value)) {
          report('altered', uid, `${uid} read another record at ${fact.split}@${fact.offset} than the input holds`, [
            note.text('split', fact.split),
            note.value('offset', fact.offset),
            note.value('expected', held),
            note.value('actual', fact.value),
          ]);
        }
      },
      imaged({ image, cut, missing }) {
        if (cut === undefined || 'undecodable' in image) return;
        if (missing.length === 0) judgeDone(inputAt, report, compared, cut);
        for (const { uid, subtasks } of image.vertices) {
          const histories = cut.vertices.get(uid)?.splits;
          for (const { split, offset } of subtasks.flatMap((subtask) => subtask.splits)) {
            const reached = histories?.get(split)?.offset ?? 0;
            compared();
            if (offset === reached) continue;
            report(
              'checkpointed-offset',
              uid,
              `checkpoint ${image.checkpoint} holds offset ${offset} of ${split}, which was at ${reached} at the cut`,
              [
                note.text('split', split),
                note.value('checkpoint', image.checkpoint),
                note.value('expected offset', reached),
                note.value('actual offset', offset),
              ],
            );
          }
        }
      },
      settled() {
        // A job that was stopped with a savepoint has read as far as that says.
        if (witness.finalCut !== undefined) return;
        for (const vertex of witness.vertices.values()) {
          const head = witness.model.job.nodes[vertex.model.nodes[0] ?? -1];
          if (head?.operator.kind !== 'source' || !head.operator.source.bounded) continue;
          const { input: topic } = head.operator.source;
          for (const partition of (witness.world.input[topic] ?? []).keys()) {
            isRead(
              inputAt,
              report,
              compared,
              vertex.uid,
              `${topic}-${partition}`,
              vertex.splits.get(`${topic}-${partition}`)?.offset ?? vertex.startPosition,
            );
          }
        }
      },
    };
  },
});

/** What the split holds cannot be known: its source names its splits otherwise than the harness does the partitions of an input. */
function reportUnknown(witness: Witness, report: Report<Anomaly>, { vertex }: TaskRecord, split: string): void {
  const head = witness.model.job.nodes[vertex.model.nodes[0] ?? -1];
  const input = head?.operator.kind === 'source' ? head.operator.source.input : '';
  const known = [...(witness.world.input[input] ?? []).keys()].map((partition) => `${input}-${partition}`);
  report(
    'unknown-split',
    vertex.uid,
    `${vertex.uid} reads split ${split}, which is no partition of its input: give each split the name of the partition that it reads`,
    [note.text('split', split), note.text('partitions', known.length === 0 ? 'none' : known.join(', '))],
  );
}

/** What finished readers had is read to the end: no reader goes on with it after a restore. */
function judgeDone(inputAt: InputAt, report: Report<Anomaly>, compared: Compared, cut: Cut): void {
  for (const [uid, { doneSplits, splits }] of cut.vertices) {
    for (const split of doneSplits) isRead(inputAt, report, compared, uid, split, splits.get(split)?.offset ?? 0);
  }
}

function isRead(
  inputAt: InputAt,
  report: Report<Anomaly>,
  compared: Compared,
  uid: string,
  split: string,
  reached: number,
): void {
  const end = inputAt(split)?.length ?? 0;
  if (end > 0) compared();
  if (reached >= end) return;
  report('unread', uid, `${split} was read up to offset ${reached} only`, [
    note.text('split', split),
    note.value('expected offset', end),
    note.value('actual offset', reached),
  ]);
}

type InputAt = (split: string) => readonly unknown[] | undefined;

/** The records of a split: the harness names partitions and files <input>-<index>. Names are taken apart once each. */
function inputOf({ world }: Witness): InputAt {
  const known = new Map<string, readonly unknown[]>();
  return (split) => {
    const input = known.get(split);
    if (input !== undefined) return input;
    const dash = split.lastIndexOf('-');
    const read = world.input[split.slice(0, dash)]?.[Number(split.slice(dash + 1))];
    if (read !== undefined) known.set(split, read);
    return read;
  };
}
