/**
 * Sources of one alignment group keep step (SEMANTICS J2).
 *
 * Verified: a reader says its watermark to the group, MAX while it is idle, and nothing before it has one; the limit that the job
 * manager announces is the least of what it has heard of the members in this attempt plus the drift, held at the end of event
 * time; and no record is read from a split after its reader has got a limit below the split's watermark.
 * Not verified: how fast reports and limits travel (what is read until then is the overshoot that SEMANTICS allows); that a split
 * below the limit is read (law `settle`: the job would not end).
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { AlignmentSpec } from '../../core/job/spec.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';

export const alignment = defineLaw({
  name: 'alignment',
  states:
    'No split of an alignment group is read beyond the limit, which is the least watermark of the group plus the drift.',
  compares: 'watermarks and limits of alignment groups',
  anomalies: ['report', 'limit', 'beyond-limit'],
  notInBatch: 'no source waits for another',
  judge(witness, report, compared) {
    const specs = alignmentsIn(witness);
    if (specs.size === 0) return {};
    /** By "source/subtask". */
    const heard = new Map<string, Timestamp>();
    const limits = new Map<TaskRecord, Timestamp>();
    return {
      attemptStarting: () => {
        heard.clear();
        limits.clear();
      },
      alignmentReported: (task, { watermark }) => {
        compared();
        const expected = task.idleSent ? MAX_TIMESTAMP : task.watermarkSent;
        if (watermark === expected && watermark > MIN_TIMESTAMP) return;
        report('report', task.vertex.uid, `${task.name} says to its group that it stands at ${watermark}`, [
          note.value('expected', expected),
          note.value('actual', watermark),
        ]);
      },
      alignmentHeard: ({ source, subtask, watermark }) => {
        heard.set(`${source}/${subtask}`, watermark);
      },
      alignmentAnnounced: ({ group, limit }) => {
        compared();
        const members = [...specs].filter(([, spec]) => spec.group === group);
        const said = [...heard].filter(([name]) => members.some(([uid]) => name.startsWith(`${uid}/`)));
        const least = Math.min(MAX_TIMESTAMP, ...said.map(([, watermark]) => watermark));
        const drift = Math.min(...members.map(([, spec]) => spec.maxDriftMs));
        const due = least > MAX_TIMESTAMP - drift ? MAX_TIMESTAMP : least + drift;
        if (limit === due) return;
        report('limit', group, `the alignment group ${group} may go up to ${limit}`, [
          note.value('expected', due),
          note.value('actual', limit),
          ...said.map(([name, watermark]) => note.value(name, watermark)),
        ]);
      },
      alignmentLimited: (task, { limit }) => {
        limits.set(task, limit);
      },
      sourceRecord: (task, { split }) => {
        const limit = limits.get(task);
        const watermark = task.generated.get(split) ?? MIN_TIMESTAMP;
        if (limit === undefined) return;
        compared();
        if (watermark <= limit) return;
        report('beyond-limit', task.vertex.uid, `${task.name} reads ${split} beyond the limit of its group`, [
          note.value('limit', limit),
          note.value('watermark of the split', watermark),
        ]);
      },
    };
  },
});

/** By uid of the source. */
function alignmentsIn({ model }: Witness): ReadonlyMap<string, AlignmentSpec> {
  return new Map(
    model.job.nodes.flatMap(({ uid, operator }): [string, AlignmentSpec][] =>
      operator.kind === 'source' && operator.watermarks.alignment !== undefined
        ? [[uid, operator.watermarks.alignment]]
        : [],
    ),
  );
}
