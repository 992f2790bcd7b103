/**
 * Marks of the checkpoint coordinator: several checkpoints at once, notifications that get lost, savepoints, stops, and a
 * job manager that comes back.
 */
import type { TaskId } from '../../core/facts.ts';
import { channelKey } from '../witness/channel.ts';
import type { Mark } from './mark.ts';

/** Checkpoints of the newest attempt that are neither completed nor aborted. */
class UnderWay {
  readonly ids = new Set<number>();
  attempt = 0;

  starts(attempt: number): void {
    this.attempt = attempt;
    this.ids.clear();
  }
  ends({ attempt, checkpoint }: { readonly attempt: number; readonly checkpoint: number }): void {
    if (attempt === this.attempt) this.ids.delete(checkpoint);
  }
}

export const checkpointsOverlapping: Mark = {
  name: 'checkpoints-overlapping',
  rarity: 10,
  condition: 'A checkpoint is triggered while an older one is under way.',
  listen(_world, reached) {
    const underWay = new UnderWay();
    return {
      attemptStarting: ({ attempt }) => {
        underWay.starts(attempt);
      },
      checkpointTriggered: ({ checkpoint }) => {
        if (underWay.ids.size > 0) reached();
        underWay.ids.add(checkpoint);
      },
      checkpointCompleted: (fact) => {
        underWay.ends(fact);
      },
      checkpointAborted: (fact) => {
        underWay.ends(fact);
      },
    };
  },
};

export const pendingCheckpointSubsumed: Mark = {
  name: 'pending-checkpoint-subsumed',
  rarity: 50,
  condition: 'A checkpoint that is under way is given up because a newer one is complete, or has begun at a task.',
  listen: (_world, reached) => ({
    checkpointAborted: ({ reason }) => {
      if (reason === 'subsumed') reached();
    },
  }),
};

export const finishedTaskInCheckpoint: Mark = {
  name: 'finished-task-in-checkpoint',
  rarity: 10,
  condition: 'A checkpoint is completed in which some tasks take no part, because they had finished before it.',
  listen(_world, reached) {
    const withFinished = new Set<string>();
    return {
      checkpointTriggered: ({ attempt, checkpoint, finished }) => {
        if (finished.length > 0) withFinished.add(`${attempt}/${checkpoint}`);
      },
      checkpointCompleted: ({ attempt, checkpoint }) => {
        if (withFinished.has(`${attempt}/${checkpoint}`)) reached();
      },
    };
  },
};

export const notificationLostAndMadeGood: Mark = {
  name: 'notification-lost-and-made-good',
  rarity: 20,
  condition: 'A task that has not heard of the completion of a checkpoint of its own learns it from a later word.',
  listen(_world, reached) {
    /** Acknowledged by each task, and not heard of. */
    const acknowledged = new Map<TaskId, Set<number>>();
    const complete = new Set<number>();
    const learns = (task: TaskId, upTo: number, heard: number): void => {
      for (const checkpoint of acknowledged.get(task) ?? []) {
        if (checkpoint > upTo) continue;
        if (checkpoint !== heard && complete.has(checkpoint)) reached();
        acknowledged.get(task)?.delete(checkpoint);
      }
    };
    return {
      attemptStarting: () => {
        acknowledged.clear();
        complete.clear();
      },
      acknowledged: ({ task, checkpoint }) => {
        const known = acknowledged.get(task);
        if (known === undefined) acknowledged.set(task, new Set([checkpoint]));
        else known.add(checkpoint);
      },
      checkpointCompleted: ({ checkpoint, kind }) => {
        // No task is notified of a plain savepoint.
        if (kind !== 'savepoint') complete.add(checkpoint);
      },
      notifiedComplete: ({ task, checkpoint }) => {
        learns(task, checkpoint, checkpoint);
      },
      notifiedAborted: ({ task, latestCompleted }) => {
        if (latestCompleted > 0) learns(task, latestCompleted, 0);
      },
    };
  },
};

export const jobManagerRecoveredWithCheckpointPending: Mark = {
  name: 'job-manager-recovered-with-checkpoint-pending',
  rarity: 20,
  condition: 'The job manager is killed while a checkpoint is under way, and another attempt starts.',
  listen(world, reached) {
    const underWay = new UnderWay();
    let coordinator: string | undefined;
    let killed = false;
    world.onKilled((process) => {
      if (process === coordinator && underWay.ids.size > 0) killed = true;
    });
    return {
      attemptStarting: ({ attempt }) => {
        if (killed) reached();
        killed = false;
        underWay.starts(attempt);
      },
      checkpointTriggered: ({ checkpoint }) => {
        coordinator = world.currentProcess();
        underWay.ids.add(checkpoint);
      },
      checkpointCompleted: (fact) => {
        underWay.ends(fact);
      },
      checkpointAborted: (fact) => {
        underWay.ends(fact);
      },
    };
  },
};

export const savepointUnderUnalignedWithDataQueued: Mark = {
  name: 'savepoint-under-unaligned-with-data-queued',
  rarity: 60,
  needs: ['exchange'],
  condition:
    'In an unaligned job a task processes a record of a sender that has sent the barrier of a savepoint, before that barrier comes: data was queued before it.',
  listen(world, reached) {
    /** The savepoint that is under way. */
    let savepoint = 0;
    /** Senders ('edge/subtask') whose barrier is under way, channels on which it has come, and tasks that took what was before it. */
    const sent = new Set<string>();
    const come = new Set<string>();
    const busy = new Set<TaskId>();
    return {
      attemptStarting: () => {
        savepoint = 0;
      },
      checkpointTriggered: ({ checkpoint, kind }) => {
        if (kind === 'checkpoint' || !world.checkpointing.unaligned) return;
        savepoint = checkpoint;
        for (const set of [sent, come, busy]) set.clear();
      },
      recordProcessed: ({ task, channel }) => {
        if (savepoint === 0 || channel.attempt !== task.attempt || !sent.has(`${channel.edge}/${channel.sender}`))
          return;
        if (!come.has(channelKey(channel))) busy.add(task);
      },
      barrierSent: ({ task, checkpoint, edges }) => {
        if (checkpoint === savepoint) for (const { edge } of edges) sent.add(`${edge}/${task.subtask}`);
      },
      barrierReceived: ({ channel, checkpoint }) => {
        if (checkpoint === savepoint) come.add(channelKey(channel));
      },
      snapshotTaken: ({ task, checkpoint }) => {
        if (savepoint > 0 && checkpoint === savepoint && busy.has(task)) reached();
      },
    };
  },
};

export const stoppedWithSavepointAndResumed: Mark = {
  name: 'stopped-with-savepoint-and-resumed',
  rarity: 60,
  condition: 'A job is stopped with a savepoint, and an attempt goes on from it.',
  listen(_world, reached) {
    let stoppedWith: number | undefined;
    return {
      checkpointCompleted: ({ checkpoint, kind }) => {
        if (kind === 'stop' || kind === 'drain') stoppedWith = checkpoint;
      },
      attemptStarting: ({ restoredFrom }) => {
        if (restoredFrom !== undefined && restoredFrom === stoppedWith) reached();
      },
    };
  },
};
