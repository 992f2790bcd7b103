/**
 * Barriers are forwarded: for each channel, every checkpoint id that its sender has seen is followed downstream by a
 * barrier, a cancel marker, a newer one of either, or the end.
 *
 *     known at a task      newest checkpoint of which it has read a barrier or a cancel marker, taken note of an
 *                          announcement, or been triggered for
 *     seen                 newest barrier that came there, or trigger, while nothing newer was known;
 *                          must not stay larger than
 *     forwarded            newest barrier or cancel marker that it sent
 *
 * A barrier or cancel marker of which the task knows a newer checkpoint is over, and says nothing: the newer one, which is seen
 * in its turn, is what goes downstream.
 *
 * Verified: a task that processes on past what it has seen (an element behind that barrier on its own channel, exactly
 * once; or anything once it has come on every channel that has not ended, or once a newer one is known) has sent something
 * for it first; a task that takes a cancel marker, and knows of nothing newer, has passed it on before it takes anything
 * else; when the run ends, or is stuck, no task that has not finished, and that waits for no other barrier of it, owes one. What a task sends rises: no barrier or cancel marker goes back behind
 * another. What was sent arrives: no record or watermark from behind a signal is taken before the signal has come, and cancel
 * markers come in their place.
 * Not verified: a checkpoint that was announced, and whose barrier never comes; a barrier that a task has not seen yet when it finishes or when the attempt fails; signals to a task that
 * has finished, which discards them; a barrier whose leaving a kill has kept from being stated; that
 * the coordinator's notification of an abort goes downstream before a barrier comes (it is remembered until then).
 */
import type { Arrival, ChannelRecord, Signal } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, edgeName, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';
import { modeOf } from './modes.ts';

const ANOMALIES = ['not-forwarded', 'not-cancelled', 'went-back', 'lost', 'cancel-moved'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const barriersForwarded = defineLaw({
  name: 'barriers-forwarded',
  states:
    'Every checkpoint id seen upstream is followed downstream by a barrier, a cancel marker, a newer one, or the end.',
  compares: 'what a task does behind a barrier or a cancel marker',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    /** By task: the newest checkpoint of whose cancellation it has to tell downstream. */
    const cancelled = new Map<TaskRecord, number>();
    const takes = (task: TaskRecord, what: string): void => {
      const checkpoint = cancelled.get(task);
      if (checkpoint === undefined) return;
      cancelled.delete(task);
      compared();
      if (checkpoint <= task.forwarded) return;
      report(
        'not-cancelled',
        task.vertex.uid,
        `${task.name} has taken the cancel marker of checkpoint ${checkpoint} and sent nothing downstream for it when ${what}`,
        [note.value('newest barrier or cancel marker sent', task.forwarded)],
      );
    };
    const sends = (task: TaskRecord, what: string, checkpoint: number): void => {
      if (task.forwarded > 0) compared();
      if (checkpoint > task.forwarded) return;
      report(
        'went-back',
        task.vertex.uid,
        `${task.name} sent ${what} ${checkpoint} after one of checkpoint ${task.forwarded}`,
        [],
      );
    };
    const atTheEnd = (): void => {
      for (const task of witness.attempt?.tasks() ?? []) {
        if (!task.finished) takes(task, 'the run ends');
        if (!task.finished && task.opened && owes(task) && !waits(task)) notForwarded(report, task, 'the run ends');
      }
    };
    return {
      attemptStarting() {
        cancelled.clear();
      },
      sourceRecord(task, fact) {
        if (hasToForward(task)) compared();
        if (owes(task)) notForwarded(report, task, `it goes on with ${fact.split}@${fact.offset}`);
      },
      recordProcessed(task, channel, fact) {
        if (cancelled.size > 0) takes(task, `it goes on with record #${fact.seq}`);
        if (hasToForward(task)) compared();
        if (fact.seq >= channel.signalDueAt && channel.attempt === task.id.attempt)
          reportLost(witness, report, task, channel);
        if (isPast(witness, task, channel)) notForwarded(report, task, `it goes on with record #${fact.seq}`);
      },
      watermarkReceived(task, channel, _fact, arrival) {
        if (isBehindSignal(task, channel, arrival)) reportLost(witness, report, task, channel);
        takes(task, 'it goes on with a watermark');
        if (isPast(witness, task, channel)) notForwarded(report, task, 'it goes on with a watermark');
      },
      barrierReceived(task, channel, { checkpoint, overtook }, signal) {
        takes(task, `barrier ${checkpoint} comes`);
        const due = channel.firstDue;
        if (!overtook && signal !== undefined && due !== undefined && isBefore(due, signal))
          reportLost(witness, report, task, channel);
        // A newer barrier that overtakes is read on a blocked channel, too, and ends the wait for this one.
        const goesOn = overtook && checkpoint > task.known ? isDue(task) : isPast(witness, task, channel);
        if (checkpoint !== task.seen && goesOn) {
          notForwarded(report, task, `barrier ${checkpoint} comes`);
        }
      },
      cancelReceived(task, channel, { checkpoint }, signal) {
        takes(task, `the cancel marker of checkpoint ${checkpoint} comes`);
        if (isNews(task, checkpoint)) cancelled.set(task, checkpoint);
        const isAt =
          signal === undefined ||
          (signal.at.records === channel.received && signal.at.controls === channel.controlsTaken);
        const newest = Math.max(channel.cancelled, channel.barrier);
        compared();
        if (isAt && checkpoint > newest) return;
        report(
          'cancel-moved',
          edgeName(witness, channel.edge),
          `${task.name} received the cancel marker of checkpoint ${checkpoint} at another place than it was sent`,
          [
            note.channel('channel', channel),
            note.value('newest barrier or cancel marker there', newest),
            note.text('sent behind', signal === undefined ? 'unknown' : `${signal.at.records} records`),
            note.text('received behind', `${channel.received} records`),
          ],
        );
      },
      barrierSent(task, { checkpoint }) {
        sends(task, 'the barrier of checkpoint', checkpoint);
      },
      cancelSent(task, { checkpoint }) {
        sends(task, 'the cancel marker of checkpoint', checkpoint);
      },
      settled: atTheEnd,
      stuck: atTheEnd,
    };
  },
});

/** It has seen a checkpoint, and there is somebody to tell of it. */
function hasToForward(task: TaskRecord): boolean {
  return task.seen > 0 && task.outputs.length > 0;
}

function owes(task: TaskRecord): boolean {
  return task.seen > task.forwarded && task.outputs.length > 0;
}

/** The task knows of nothing newer. */
function isNews(task: TaskRecord, checkpoint: number): boolean {
  return task.outputs.length > 0 && checkpoint > task.forwarded && checkpoint >= task.known;
}

/** The control element that has just come was sent behind a signal that has not. */
function isBehindSignal(task: TaskRecord, channel: ChannelRecord, arrival: Arrival): boolean {
  if (channel.attempt !== task.id.attempt || arrival === 'never-sent') return false;
  return channel.firstDue !== undefined && channel.firstDue.at.controls < channel.controlsTaken;
}

/** It waits for another barrier of the newest checkpoint that it has seen. */
function waits(task: TaskRecord): boolean {
  return task.inputs.some(
    (channel) => !channel.closed && !channel.arrived.has(task.seen) && channel.cancelled < task.seen,
  );
}

/**
 * The task must forward now, before its next step: no barrier of the checkpoint is missing any more, or the task has
 * given it up for a newer one.
 */
function isDue(task: TaskRecord): boolean {
  return owes(task) && (task.known > task.seen || !waits(task));
}

/** Taking something from this channel now, the task has left the newest barrier that it has seen behind. */
function isPast(witness: Witness, task: TaskRecord, channel: ChannelRecord): boolean {
  if (!owes(task)) return false;
  if (isDue(task)) return true;
  const mode = modeOf(witness.world.checkpointing, witness.attempt?.kinds.get(task.seen) ?? 'checkpoint');
  return mode !== 'at-least-once' && channel.barrier === task.seen;
}

function isBefore(a: Signal, b: Signal): boolean {
  return !a.arrived && a.index < b.index;
}

function notForwarded(report: Report<Anomaly>, task: TaskRecord, when: string): void {
  report(
    'not-forwarded',
    task.vertex.uid,
    `${task.name} has seen checkpoint ${task.seen} and sent nothing downstream for it when ${when}`,
    [note.value('checkpoint', task.seen), note.value('newest barrier or cancel marker sent', task.forwarded)],
  );
}

function reportLost(witness: Witness, report: Report<Anomaly>, task: TaskRecord, channel: ChannelRecord): void {
  const due = channel.firstDue;
  if (due === undefined) return;
  report(
    'lost',
    edgeName(witness, channel.edge),
    `${task.name} takes what follows the ${due.kind} of checkpoint ${due.checkpoint}, which has not come`,
    [note.channel('channel', channel), note.text('sent behind', `${due.at.records} records`)],
  );
}
