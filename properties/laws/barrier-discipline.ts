/**
 * Barrier discipline of aligned (exactly-once) checkpoints.
 *
 * Verified: barriers arrive on each channel with rising ids, each after exactly the records that were sent before it; a
 * task takes snapshot n only when barrier n has come on every channel that has not ended; nothing that came after
 * barrier n on its channel (record, watermark, status, end) is processed before snapshot n; no turn runs between the
 * barrier that goes out and the sync part of the same checkpoint; snapshots of a task rise.
 * A checkpoint that is aborted at a task frees its channels, so what was processed past its barrier is held against a
 * task only if it then takes that snapshot.
 * Not verified: that a barrier was stated as sent (a kill may strike between its leaving and the fact); that channels are blocked and unblocked (only the effect counts); unaligned checkpoints.
 */
import type { Channel } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, edgeName } from './define.ts';

export const barrierDiscipline = defineLaw({
  name: 'barrier-discipline',
  states: 'Nothing that follows barrier n on its channel is processed before the task has taken snapshot n.',
  anomalies: [
    'processed-past-barrier',
    'snapshot-without-barrier',
    'between-barrier-and-snapshot',
    'barriers-not-rising',
    'snapshots-not-rising',
    'barrier-moved',
  ],
  judge(witness, report) {
    /** What a task processed past the barrier of a checkpoint that it has not taken. */
    const past = new Map<TaskRecord, Map<number, { readonly channel: Channel; readonly what: string }>>();
    /** The barrier is out, the sync part is not done. */
    const leaving = new Map<TaskRecord, number>();
    const processed = (task: TaskRecord, channel: Channel, what: string): void => {
      // In-flight data of the restored checkpoint lies before every barrier of this attempt.
      if (channel.barrier <= task.snapshot || channel.attempt !== task.id.attempt) return;
      let checkpoints = past.get(task);
      if (checkpoints === undefined) {
        checkpoints = new Map();
        past.set(task, checkpoints);
      }
      if (!checkpoints.has(channel.barrier)) checkpoints.set(channel.barrier, { channel, what });
    };
    const turnBegins = (task: TaskRecord, what: string): void => {
      const checkpoint = leaving.size === 0 ? undefined : leaving.get(task);
      if (checkpoint === undefined) return;
      report('between-barrier-and-snapshot', task.vertex.uid, `${task.name} processed ${what} between the barrier and the sync part of checkpoint ${checkpoint}`, [
        ['checkpoint', String(checkpoint)],
      ]);
    };
    return {
      attemptStarting() {
        past.clear();
        leaving.clear();
      },
      sourceRecord(task, fact) {
        turnBegins(task, `${fact.split}@${fact.offset}`);
      },
      received(task, channel, fact) {
        if (channel.barrier > task.snapshot) processed(task, channel, `record #${fact.seq}`);
        turnBegins(task, `record #${fact.seq}`);
      },
      watermarkReceived(task, channel, watermark) {
        processed(task, channel, `watermark ${watermark}`);
      },
      statusReceived(task, channel) {
        processed(task, channel, 'a status');
      },
      inputEnded(task, channel) {
        processed(task, channel, 'the end of the channel');
      },
      watermarkAdvanced(task, watermark) {
        turnBegins(task, `watermark ${watermark}`);
      },
      barrierReceived(task, channel, checkpoint, arrival, overtook) {
        if (channel.arrived.has(checkpoint) || (!overtook && checkpoint < channel.inTurn)) {
          report('barriers-not-rising', edgeName(witness, channel.edge), `${task.name} received barrier ${checkpoint} after barrier ${channel.barrier}`, []);
        }
        if (overtook || arrival !== 'moved') return;
        report('barrier-moved', edgeName(witness, channel.edge), `${task.name} received barrier ${checkpoint} at another place among the records than it was sent`, [
          ['channel', `${channel.sender}->${channel.receiver}`],
          ['records received before it', String(channel.received)],
        ]);
      },
      barrierSent(task, checkpoint) {
        leaving.set(task, checkpoint);
      },
      snapshotTaken(task, checkpoint, unaligned) {
        leaving.delete(task);
        if (checkpoint <= task.snapshot) {
          report('snapshots-not-rising', task.vertex.uid, `${task.name} took snapshot ${checkpoint} after ${task.snapshot}`, []);
        }
        const hasCome = (channel: Channel): boolean => channel.arrived.has(checkpoint) || channel.ended;
        const without = task.inputs.find((channel) => !hasCome(channel));
        if (without !== undefined && !(unaligned && task.inputs.some(hasCome))) {
          report('snapshot-without-barrier', task.vertex.uid, `${task.name} took snapshot ${checkpoint} without barrier ${checkpoint} on ${edgeName(witness, without.edge)} from subtask ${without.sender}`, [
            ['newest barrier there', String(without.barrier)],
          ]);
        }
        const slip = past.get(task)?.get(checkpoint);
        const isAtLeastOnce = witness.world.checkpointing.mode === 'at-least-once' && witness.kinds.get(checkpoint) === 'checkpoint';
        if (slip !== undefined && !isAtLeastOnce) {
          report('processed-past-barrier', task.vertex.uid, `${task.name} processed ${slip.what} of ${edgeName(witness, slip.channel.edge)} from subtask ${slip.channel.sender} past barrier ${checkpoint}, then took that snapshot`, [
            ['checkpoint', String(checkpoint)],
          ]);
        }
        past.delete(task);
      },
    };
  },
});
