/**
 * Alignment ends, and so does everything else that a checkpoint begins.
 *
 * Verified: a channel is unblocked only when barriers of the checkpoint have come on all channels that have not ended, or when
 * the task has given it up; when a task takes a snapshot, no channel is still blocked for an older checkpoint; a task that has heard that
 * a checkpoint is aborted, from the coordinator or by a cancel marker, takes no further record while a channel is blocked
 * for it. A task that finishes has no channel state open and no in-flight data of a restored checkpoint left to replay. At the
 * end of the run, settled or stuck: no channel is blocked for a checkpoint that is over; every checkpoint that the last
 * attempt has triggered is completed or aborted, unless all tasks have acknowledged it (the stores decide about it then);
 * no task has channel state open or replays, unless a checkpoint that is under way explains it. No checkpoint is triggered in an
 * attempt that is over: nobody would ever complete or abort it. A job ends as finished only if every stop that its last attempt
 * has triggered is aborted: else it is the stop that says how the job ends.
 * Not verified: what an attempt does once another one has started (the witness hears no facts of it); how long an alignment takes
 * (law `settle` has the time of the whole checkpoint).
 */
import type { ChannelRecord } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, edgeName, NO_CHECKPOINTS } from './define.ts';
import { note } from './evidence.ts';

interface Blocked {
  readonly channel: ChannelRecord;
  readonly checkpoint: number;
}

interface Undecided {
  readonly acknowledged: Set<string>;
  readonly finished: number;
  /** It ends the job. */
  readonly stops: boolean;
}

export const alignmentEnds = defineLaw({
  name: 'alignment-ends',
  states: 'A channel that is blocked for a checkpoint is unblocked; after settling nothing of a checkpoint pends.',
  compares: 'channels that were blocked, and how checkpoints of the last attempt have ended',
  anomalies: [
    'unblocked-early',
    'blocked-for-older',
    'aborted-but-blocked',
    'blocked-for-ever',
    'channel-state-open',
    'replay-open',
    'undecided',
    'ends-otherwise',
    'triggered-late',
  ],
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const blocked = new Map<TaskRecord, Map<ChannelRecord, Blocked>>();
    const open = new Map<TaskRecord, Set<number>>();
    const replaying = new Set<TaskRecord>();
    /** The newest attempt has triggered a checkpoint: in the end something is to be said of it. */
    let triggered = false;
    /** The newest attempt that is over. */
    let ended = 0;
    /** The newest checkpoint that a task has given up, or was notified to give up. */
    const over = new Map<TaskRecord, number>();
    const isOver = (task: TaskRecord, checkpoint: number): void => {
      over.set(task, Math.max(over.get(task) ?? 0, checkpoint));
    };
    /** What a task has heard of aborts while it had channels blocked. */
    const heardAborted = new Map<TaskRecord, number>();
    /** The newest attempt has ended the job by it, whatever it says. */
    let stoppedWith: number | undefined;
    /** With the tasks that have acknowledged it, and how many take no part. */
    const undecided = new Map<number, Undecided>();

    const blockedFor = (task: TaskRecord, matches: (checkpoint: number) => boolean): Blocked | undefined =>
      [...(blocked.get(task)?.values() ?? [])].find(({ checkpoint }) => matches(checkpoint));
    const hearsAbort = (task: TaskRecord, checkpoint: number): void => {
      if (blockedFor(task, (one) => one === checkpoint) !== undefined) heardAborted.set(task, checkpoint);
    };
    const text = ({ channel }: Blocked): string => `${edgeName(witness, channel.edge)} from subtask ${channel.sender}`;
    const goesOn = (task: TaskRecord, what: string): void => {
      const aborted = heardAborted.get(task);
      if (aborted === undefined) return;
      heardAborted.delete(task);
      compared();
      const still = blockedFor(task, (checkpoint) => checkpoint === aborted);
      if (still === undefined) return;
      report(
        'aborted-but-blocked',
        task.vertex.uid,
        `${task.name} goes on with ${what} while ${text(still)} is blocked for checkpoint ${aborted}, which is aborted`,
        [],
      );
    };
    const ends = (task: TaskRecord, when: string): void => {
      const [state] = open.get(task) ?? [];
      if (state !== undefined && !undecided.has(state)) {
        report(
          'channel-state-open',
          task.vertex.uid,
          `${task.name} still collects channel state of checkpoint ${state} when ${when}`,
          [],
        );
      }
    };
    const atTheEnd = (): void => {
      for (const task of blocked.keys()) {
        const still = task.finished ? undefined : blockedFor(task, (checkpoint) => !undecided.has(checkpoint));
        if (still === undefined) continue;
        report(
          'blocked-for-ever',
          task.vertex.uid,
          `${task.name} waits for barriers of checkpoint ${still.checkpoint}, which is over`,
          [note.text('blocked', text(still))],
        );
      }
      for (const task of open.keys()) if (!task.finished) ends(task, 'the run ends');
      for (const task of replaying) {
        if (!task.finished)
          report('replay-open', task.vertex.uid, `${task.name} still replays in-flight data when the run ends`, []);
      }
    };
    return {
      attemptStarting() {
        for (const map of [blocked, open, over, heardAborted, undecided]) map.clear();
        replaying.clear();
        triggered = false;
        stoppedWith = undefined;
      },
      attemptFailed({ attempt }) {
        ended = Math.max(ended, attempt);
      },
      checkpointTriggered({ attempt, checkpoint, kind, finished }) {
        if (attempt <= ended) {
          report(
            'triggered-late',
            'job',
            `checkpoint ${checkpoint} is triggered in attempt ${attempt}, which is over`,
            [],
          );
          return;
        }
        triggered = true;
        const stops = kind === 'stop' || kind === 'drain';
        undecided.set(checkpoint, { acknowledged: new Set(), finished: finished.length, stops });
      },
      checkpointAcknowledged({ checkpoint, task }) {
        undecided.get(checkpoint)?.acknowledged.add(`${task.vertex}[${task.subtask}]`);
      },
      checkpointCompleted({ checkpoint }) {
        if (undecided.get(checkpoint)?.stops === true) stoppedWith = checkpoint;
        undecided.delete(checkpoint);
      },
      checkpointAborted({ checkpoint }) {
        undecided.delete(checkpoint);
      },
      channelBlocked(task, channel, { checkpoint }) {
        const channels = blocked.get(task) ?? new Map<ChannelRecord, Blocked>();
        blocked.set(task, channels);
        channels.set(channel, { channel, checkpoint });
      },
      channelUnblocked(task, channel, { checkpoint }) {
        compared();
        const missing = task.inputs.find((input) => !input.closed && !input.arrived.has(checkpoint));
        if (missing !== undefined && (over.get(task) ?? 0) < checkpoint && task.known <= checkpoint) {
          report(
            'unblocked-early',
            task.vertex.uid,
            `${task.name} reads on behind barrier ${checkpoint}, which it still waits for elsewhere`,
            [
              note.text('unblocked', `${edgeName(witness, channel.edge)} from subtask ${channel.sender}`),
              note.text('waits for', `${edgeName(witness, missing.edge)} from subtask ${missing.sender}`),
            ],
          );
        }
        const channels = blocked.get(task);
        channels?.delete(channel);
        if (channels?.size === 0) blocked.delete(task);
      },
      notifiedAborted(task, { checkpoint }) {
        isOver(task, checkpoint);
        hearsAbort(task, checkpoint);
      },
      cancelSent: (task, { checkpoint }) => {
        isOver(task, checkpoint);
      },
      cancelReceived(task, _channel, { checkpoint }) {
        isOver(task, checkpoint);
        hearsAbort(task, checkpoint);
      },
      recordProcessed: (task, _channel, fact) => {
        if (heardAborted.size > 0) goesOn(task, `record #${fact.seq}`);
      },
      snapshotTaken(task, { checkpoint }) {
        if (blocked.has(task)) compared();
        const older = blockedFor(task, (one) => one < checkpoint);
        if (older === undefined) return;
        report(
          'blocked-for-older',
          task.vertex.uid,
          `${task.name} takes snapshot ${checkpoint} while ${text(older)} is blocked for checkpoint ${older.checkpoint}`,
          [],
        );
      },
      channelStateOpened(task, { checkpoint }) {
        const checkpoints = open.get(task) ?? new Set<number>();
        open.set(task, checkpoints);
        checkpoints.add(checkpoint);
      },
      channelStateClosed(task, { checkpoint }) {
        const checkpoints = open.get(task);
        checkpoints?.delete(checkpoint);
        if (checkpoints?.size === 0) open.delete(task);
      },
      replayStarted(task) {
        replaying.add(task);
      },
      replayEnded(task) {
        replaying.delete(task);
      },
      taskFinished(task) {
        const [state] = open.get(task) ?? [];
        if (state !== undefined)
          report(
            'channel-state-open',
            task.vertex.uid,
            `${task.name} finishes while it collects channel state of checkpoint ${state}`,
            [],
          );
        if (replaying.has(task))
          report('replay-open', task.vertex.uid, `${task.name} finishes while it replays in-flight data`, []);
      },
      jobEnded({ attempt, status }) {
        ended = Math.max(ended, attempt);
        if (status !== 'finished') return;
        const pending = [...undecided].find(([, { stops }]) => stops)?.[0];
        const checkpoint = stoppedWith ?? pending;
        if (checkpoint === undefined) return;
        report('ends-otherwise', 'job', `the job ends as finished, and not as stopped with savepoint ${checkpoint}`, [
          note.text('the savepoint is', stoppedWith === undefined ? 'with the stores' : 'complete'),
        ]);
      },
      settled() {
        if (triggered) compared();
        for (const [checkpoint, { acknowledged, finished }] of undecided) {
          if (acknowledged.size + finished >= [...(witness.attempt?.tasks() ?? [])].length) continue;
          report(
            'undecided',
            'job',
            `checkpoint ${checkpoint} is neither completed nor aborted when the job has ended`,
            [note.values('acknowledged by', [...acknowledged])],
          );
        }
        undecided.clear();
        atTheEnd();
      },
      stuck: atTheEnd,
    };
  },
});
