/**
 * Barrier discipline: what follows barrier n on its channel is not in snapshot n.
 *
 * Verified, by the places of records, watermarks and statuses in their channels:
 * - in turn (aligned, forced): barrier n arrives after exactly what was sent before it; snapshot n is taken when barrier n has come on
 *   every channel that has not ended, and everything before it and nothing behind it has been processed;
 * - overtaking (unaligned, or aligned after its time): snapshot n is taken only when a first barrier n has come, or all
 *   channels have ended (the end of one counts for no barrier); nothing behind barrier n has been processed on any channel. What is
 *   still before it is in-flight data (law `channel-state`). A vertex that is forced to align never overtakes;
 * - at least once: snapshot n is taken when all barriers have come; what was processed past one is allowed.
 * No turn runs between the barrier that goes out and the sync part of the same checkpoint; snapshots of a task rise; on a
 * channel barriers in turn rise, and so do overtaking ones, each id coming once.
 * A task whose senders have all finished is triggered by the coordinator: all its channels have ended, which satisfies
 * the clauses above. A checkpoint that is aborted at a task has no snapshot there, so nothing is held against it.
 * Not verified: that a barrier was stated as sent (a kill may fire between its leaving and the fact); that channels are
 * blocked meanwhile (only the effect counts); what of a checkpoint is unaligned when (law `barrier-mode`).
 */
import { type ChannelRecord, isUpTo, type Position } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, edgeName, NO_CHECKPOINTS, type Report } from './define.ts';
import { type Evidence, note } from './evidence.ts';
import { isForced, modeOf } from './modes.ts';

const ANOMALIES = [
  'processed-past-barrier',
  'snapshot-without-barrier',
  'snapshot-too-early',
  'overtook-where-forced',
  'between-barrier-and-snapshot',
  'barriers-not-rising',
  'snapshots-not-rising',
  'barrier-moved',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const barrierDiscipline = defineLaw({
  name: 'barrier-discipline',
  states: 'Nothing that follows barrier n on its channel is in snapshot n, and what precedes it is there or in flight.',
  compares: 'places of barriers and snapshots in channels',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    /** The barrier is out, the sync part is not done. */
    const leaving = new Map<TaskRecord, number>();
    const turnBegins = (task: TaskRecord, what: string): void => {
      const checkpoint = leaving.get(task);
      if (checkpoint === undefined) return;
      report(
        'between-barrier-and-snapshot',
        task.vertex.uid,
        `${task.name} processed ${what} between the barrier and the sync part of checkpoint ${checkpoint}`,
        [note.value('checkpoint', checkpoint)],
      );
    };
    return {
      attemptStarting() {
        leaving.clear();
      },
      sourceRecord(task, fact) {
        if (leaving.size > 0) turnBegins(task, `${fact.split}@${fact.offset}`);
      },
      recordProcessed(task, _channel, fact) {
        if (leaving.size > 0) turnBegins(task, `record #${fact.seq}`);
      },
      watermarkAdvanced(task, { watermark }) {
        if (leaving.size > 0) turnBegins(task, `watermark ${watermark}`);
      },
      barrierReceived(task, channel, { checkpoint, overtook }, signal) {
        const newest = overtook ? channel.overtaking : channel.barrier;
        if (checkpoint <= newest || channel.arrived.has(checkpoint)) {
          report(
            'barriers-not-rising',
            edgeName(witness, channel.edge),
            `${task.name} received barrier ${checkpoint} after barrier ${newest}`,
            [],
          );
        }
        if (signal === undefined) return;
        compared();
        const moved = overtook
          ? !isUpTo(channel.receivedPosition, signal.at)
          : !isAt(channel.receivedPosition, signal.at);
        if (!moved) return;
        report(
          'barrier-moved',
          edgeName(witness, channel.edge),
          `${task.name} received barrier ${checkpoint} at another place among the elements than it was sent`,
          [
            note.channel('channel', channel),
            note.text('sent behind', placeText(signal.at)),
            note.text('received behind', placeText(channel.receivedPosition)),
          ],
        );
      },
      barrierSent(task, { checkpoint }) {
        leaving.set(task, checkpoint);
      },
      snapshotTaken(task, { checkpoint, unaligned }) {
        leaving.delete(task);
        if (checkpoint <= task.snapshot) {
          report(
            'snapshots-not-rising',
            task.vertex.uid,
            `${task.name} took snapshot ${checkpoint} after ${task.snapshot}`,
            [],
          );
        }
        if (task.inputs.length === 0) return;
        compared();
        judgeSnapshot(witness, report, task, checkpoint, unaligned);
      },
    };
  },
});

function judgeSnapshot(
  witness: Witness,
  report: Report<Anomaly>,
  task: TaskRecord,
  checkpoint: number,
  unaligned: boolean,
): void {
  const { uid, model } = task.vertex;
  const kind = witness.attempt?.kinds.get(checkpoint) ?? 'checkpoint';
  const mode = modeOf(witness.world.checkpointing, kind);
  const barrierCame = (channel: ChannelRecord): boolean => channel.arrived.has(checkpoint);
  if (unaligned && isForced(witness.model.job, model)) {
    report(
      'overtook-where-forced',
      uid,
      `${task.name} took snapshot ${checkpoint} unaligned, though an edge into it is pointwise or a broadcast`,
      [],
    );
  }
  const without = task.inputs.find((channel) => !channel.closed && !barrierCame(channel));
  if (without !== undefined && !(unaligned && task.inputs.some(barrierCame))) {
    const anomaly = unaligned ? 'snapshot-too-early' : 'snapshot-without-barrier';
    report(
      anomaly,
      uid,
      `${task.name} took snapshot ${checkpoint} without ${unaligned ? 'any' : 'the'} barrier ${checkpoint}`,
      [
        note.text('missing', without === undefined ? 'all' : channelText(witness, without)),
        note.value('newest barrier there', without?.barrier ?? 0),
      ],
    );
  }
  if (mode === 'at-least-once') return;
  for (const channel of task.inputs) {
    const sent = channel.arrived.get(checkpoint) ?? sentPosition(channel, checkpoint);
    const at = channel.receivedPosition;
    const early = sent !== undefined && !unaligned && channel.arrived.has(checkpoint) && !isUpTo(sent, at);
    const late =
      (sent !== undefined && !isUpTo(at, sent)) ||
      (channel.arrived.has(checkpoint) && channel.ended && channel.endedBehind >= checkpoint);
    if (late) {
      report(
        'processed-past-barrier',
        uid,
        `${task.name} took snapshot ${checkpoint} with elements of ${channelText(witness, channel)} from behind its barrier`,
        positions(sent, at, checkpoint),
      );
    } else if (early) {
      report(
        'snapshot-too-early',
        uid,
        `${task.name} took snapshot ${checkpoint} in turn without all that ${channelText(witness, channel)} sent before its barrier`,
        positions(sent, at, checkpoint),
      );
    }
  }
}

/** Where barrier n was sent, if it is under way. */
function sentPosition(channel: ChannelRecord, checkpoint: number): Position | undefined {
  return channel.dueSignal('barrier', checkpoint)?.at;
}

function positions(sent: Position | undefined, at: Position, checkpoint: number): Evidence {
  return [
    note.value('checkpoint', checkpoint),
    note.text('barrier sent behind', sent === undefined ? 'unknown' : placeText(sent)),
    note.text('processed', placeText(at)),
  ];
}
function isAt(a: Position, b: Position): boolean {
  return a.records === b.records && a.controls === b.controls;
}
function placeText({ records, controls }: Position): string {
  return `${records} records, ${controls} watermarks and statuses`;
}
function channelText(witness: Witness, channel: ChannelRecord): string {
  return `${edgeName(witness, channel.edge)} from subtask ${channel.sender}`;
}
