/**
 * Sources: what has been read of each split.
 *
 * Verified: along the effective history of a split the offsets go 0, 1, 2, ... with no gap and no repeat; each record is
 * the one that the input holds there; the offset in a completed checkpoint is the one that the history had reached at
 * the cut; after settling a bounded split has been read to its end.
 * Not verified: what a zombie reads (it is in no history); when records are fetched; offsets with holes in them (our
 * input has none, a compacted topic would).
 */
import { sameValue } from '../model/equal.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, show } from './define.ts';

export const sources = defineLaw({
  name: 'sources',
  states: 'Each split is read from its first offset on, in order, without gap or repeat, up to the checkpointed offset.',
  anomalies: ['gap', 'repeated', 'altered', 'checkpointed-offset', 'unread'],
  judge: (witness, report) => ({
    sourceRecord(task, fact) {
      const next = task.vertex.splits.get(fact.split)?.offset ?? 0;
      const { uid } = task.vertex;
      if (fact.offset !== next) {
        report(fact.offset < next ? 'repeated' : 'gap', uid, `${uid} read offset ${fact.offset} of ${fact.split} where ${next} was due`, [
          ['split', fact.split],
          ['expected offset', String(next)],
          ['actual offset', String(fact.offset)],
          ['value', show(fact.value)],
          ['reader', `${task.name} attempt ${task.id.attempt}`],
        ]);
      }
      const held = inputAt(witness, fact.split)?.[fact.offset];
      if (!sameValue(held, fact.value)) {
        report('altered', uid, `${uid} read another record at ${fact.split}@${fact.offset} than the input holds`, [
          ['split', fact.split],
          ['offset', String(fact.offset)],
          ['expected', show(held)],
          ['actual', show(fact.value)],
        ]);
      }
    },
    imaged({ image, cut }) {
      if (cut === undefined || 'undecodable' in image) return;
      for (const { uid, subtasks } of image.vertices) {
        const histories = cut.vertices.get(uid)?.splits;
        for (const { split, offset } of subtasks.flatMap((subtask) => subtask.splits)) {
          const reached = histories?.get(split)?.offset ?? 0;
          if (offset === reached) continue;
          report('checkpointed-offset', uid, `checkpoint ${image.checkpoint} holds offset ${offset} of ${split}, which was at ${reached} at the cut`, [
            ['split', split],
            ['checkpoint', String(image.checkpoint)],
            ['expected offset', String(reached)],
            ['actual offset', String(offset)],
          ]);
        }
      }
    },
    settled() {
      // A drain ends the job where its input happens to be.
      if (witness.draining) return;
      for (const vertex of witness.vertices.values()) {
        const head = witness.model.job.nodes[vertex.model.nodes[0] ?? -1];
        if (head?.operator.kind !== 'source' || !head.operator.source.bounded) continue;
        const { topic } = head.operator.source;
        for (const [partition, records] of (witness.world.input[topic] ?? []).entries()) {
          const split = `${topic}-${partition}`;
          const reached = vertex.splits.get(split)?.offset ?? 0;
          if (reached >= records.length) continue;
          report('unread', vertex.uid, `${split} was read up to offset ${reached} only`, [
            ['split', split],
            ['expected offset', String(records.length)],
            ['actual offset', String(reached)],
          ]);
        }
      }
    },
  }),
});

/** The records of a split: it is named <topic>-<partition>. */
function inputAt(witness: Witness, split: string): readonly unknown[] | undefined {
  const dash = split.lastIndexOf('-');
  return witness.world.input[split.slice(0, dash)]?.[Number(split.slice(dash + 1))];
}
