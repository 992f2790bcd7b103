/**
 * Key groups are owned once, and records go to their owner.
 *
 * Verified: a task opens with exactly the key groups that the formula of SEMANTICS gives it (the model's own), and once
 * per attempt; a record goes to the subtask that the partitioner names (the author's own function, too), over a pointwise
 * edge (forward, rescale) to a subtask that belongs to the sender, a broadcast to each subtask once; a record that
 * arrives at a keyed task, new or replayed, belongs to one of its key groups; an image holds each key group once, at its
 * owner, and none of an owner that had finished.
 * Not verified: which subtask a rebalance, a rescale or a shuffle chooses among the legal ones (its position is in no
 * checkpoint).
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import type { Facts } from '../../core/facts.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['range', 'opened-twice', 'misrouted', 'misdelivered', 'stored-elsewhere'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const keyGroupsOwnedOnce = defineLaw({
  name: 'key-groups-owned-once',
  states: 'In an attempt each key group has one owner, and every record goes to the owner of its key group.',
  compares: 'where keyed records and state are',
  anomalies: ANOMALIES,
  judge: (witness, report, compared) => ({
    taskOpened(task, { keyGroups }) {
      const { uid, kind } = task.vertex;
      if (task.opened) {
        report('opened-twice', uid, `${task.name} was opened twice in attempt ${task.id.attempt}`, []);
      }
      if (kind === 'keyed') compared();
      const expected = kind === 'keyed' ? `${task.firstGroup}-${task.lastGroup}` : 'none';
      const actual = keyGroups === undefined ? 'none' : `${keyGroups.start}-${keyGroups.end}`;
      if (expected === actual) return;
      report('range', uid, `${task.name} owns key groups ${actual}`, [
        note.text('expected', expected),
        note.text('actual', actual),
        note.value('parallelism', task.vertex.parallelism),
        note.value('max parallelism', task.vertex.maxParallelism),
      ]);
    },
    sent(task, channel, fact) {
      const receiver = witness.vertices.get(witness.model.receiver(channel.edge).uid);
      if (receiver === undefined) return;
      const senders = task.vertex.parallelism;
      if (!witness.model.joins(channel.edge, task.subtask, senders, channel.receiver, receiver.parallelism)) {
        report(
          'misrouted',
          edgeName(witness, channel.edge),
          `${task.name} sent a record to subtask ${channel.receiver}, to which the edge does not join it`,
          [
            note.value('value', fact.value),
            note.text('senders and receivers', `${senders} and ${receiver.parallelism}`),
            note.text('actual', `${receiver.uid}[${channel.receiver}]`),
          ],
        );
        return;
      }
      const named = witness.model.receiverOf(
        channel.edge,
        fact.value,
        task.subtask,
        receiver.parallelism,
        receiver.maxParallelism,
      );
      if (named === undefined || named === 'all') return;
      compared();
      if (named === channel.receiver) return;
      report(
        'misrouted',
        edgeName(witness, channel.edge),
        `${task.name} sent a record to subtask ${channel.receiver} that belongs to subtask ${named}`,
        [
          note.value('value', fact.value),
          note.text('expected', `${receiver.uid}[${named}]`),
          note.text('actual', `${receiver.uid}[${channel.receiver}]`),
        ],
      );
    },
    turn({ task, keyGroup, record, effects }) {
      if (keyGroup !== undefined) compared();
      if (keyGroup !== undefined && (keyGroup < task.firstGroup || keyGroup > task.lastGroup)) {
        report(
          'misdelivered',
          task.vertex.uid,
          `${task.name} processed a record of key group ${keyGroup}, which it does not own`,
          [note.value('value', record?.value), note.text('own key groups', `${task.firstGroup}-${task.lastGroup}`)],
        );
      }
      if (effects.sends.length > 1) judgeBroadcast(witness, report, compared, task, effects.sends);
    },
    imaged({ image }) {
      if (!('undecodable' in image))
        for (const vertex of image.vertices) judgeStored(witness, report, compared, image, vertex);
    },
  }),
});

/** Each run of `parallelism` sends on a broadcast edge goes to different subtasks. */
function judgeBroadcast(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  task: TaskRecord,
  sends: readonly Facts['sent'][],
): void {
  for (const edge of task.vertex.model.outEdges) {
    if (witness.model.job.edges[edge]?.partition.kind !== 'broadcast') continue;
    const { uid } = witness.model.receiver(edge);
    const receivers = witness.vertices.get(uid)?.parallelism ?? 1;
    const to = sends.filter((send) => send.channel.edge === edge).map((send) => send.channel.receiver);
    for (let i = 0; i < to.length; i += receivers) {
      compared();
      const round = new Set(to.slice(i, i + receivers));
      if (round.size === receivers) continue;
      report('misrouted', edgeName(witness, edge), `${task.name} did not broadcast a record to each subtask once`, [
        note.text('expected', `${receivers} subtasks`),
        note.values('actual', to.slice(i, i + receivers)),
      ]);
    }
  }
}

function judgeStored(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  image: CheckpointImage,
  vertex: CheckpointImage['vertices'][number],
): void {
  const known = witness.vertices.get(vertex.uid);
  if (known?.kind !== 'keyed') return;
  compared();
  const copies = new Int32Array(known.maxParallelism);
  const last = new Int32Array(known.maxParallelism).fill(-1);
  for (const [subtask, { keyGroups }] of vertex.subtasks.entries()) {
    for (const run of keyGroups) {
      for (let group = run.first; group <= run.last; group++) copies[group] = (copies[group] ?? 0) + 1;
      last.fill(subtask, run.first, run.last + 1);
    }
  }
  for (let group = 0; group < known.maxParallelism; group++) {
    const owner = witness.model.ownerOf(group, vertex.parallelism, known.maxParallelism);
    const isFinished = vertex.subtasks[owner]?.finished === true;
    if (isFinished ? copies[group] === 0 : copies[group] === 1 && last[group] === owner) continue;
    const at = holdersOf(vertex, group);
    report(
      'stored-elsewhere',
      vertex.uid,
      `checkpoint ${image.checkpoint} holds key group ${group} of ${vertex.uid} at subtasks [${at.join(', ')}]`,
      [note.text('expected', isFinished ? '[]' : `[${owner}]`), note.text('actual', `[${at.join(', ')}]`)],
    );
    return;
  }
}

function holdersOf(vertex: CheckpointImage['vertices'][number], group: number): readonly number[] {
  return [...vertex.subtasks.entries()].flatMap(([subtask, { keyGroups }]) =>
    keyGroups.filter(({ first, last }) => first <= group && group <= last).map(() => subtask),
  );
}
