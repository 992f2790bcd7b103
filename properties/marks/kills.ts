/**
 * Marks of kills that fire at a dangerous moment. A process is identified by its name: who stated a fact, and who was
 * killed.
 */
import type { Mark } from './mark.ts';
import { OpenSteps } from './open-steps.ts';

export const killedBetweenPrepareAndCommit: Mark = {
  name: 'killed-between-prepare-and-commit',
  rarity: 5,
  needs: ['transactions'],
  condition: 'A process is killed that has prepared a transaction and not committed it yet.',
  listen(world, reached) {
    const prepared = new OpenSteps(world, reached);
    return {
      transactionPrepared: ({ transaction }) => {
        prepared.open(transaction);
      },
      transactionCommitted: ({ transaction }) => {
        prepared.close((other) => other === transaction);
      },
      transactionAborted: ({ transaction }) => {
        prepared.close((other) => other === transaction);
      },
    };
  },
};

export const killedBetweenAcknowledgementAndCompletion: Mark = {
  name: 'killed-between-acknowledgement-and-completion',
  rarity: 5,
  condition:
    'A process is killed that has acknowledged a checkpoint, or coordinates one that was acknowledged, before it is complete or aborted.',
  listen(world, reached) {
    const acknowledged = new OpenSteps(world, reached);
    const close = (checkpoint: number): void => {
      acknowledged.close((what) => what.startsWith(`${checkpoint}/`));
    };
    return {
      // What an older attempt has pending never completes.
      attemptStarting: () => {
        acknowledged.close(() => true);
      },
      acknowledged: ({ task, checkpoint }) => {
        acknowledged.open(`${checkpoint}/${task.vertex}/${task.subtask}/${task.attempt}`);
      },
      checkpointAcknowledged: ({ checkpoint }) => {
        acknowledged.open(`${checkpoint}/coordinator`);
      },
      checkpointCompleted: ({ checkpoint }) => {
        close(checkpoint);
      },
      checkpointAborted: ({ checkpoint }) => {
        close(checkpoint);
      },
    };
  },
};

export const killedDuringAlignment: Mark = {
  name: 'killed-during-alignment',
  rarity: 20,
  needs: ['exchange'],
  condition: 'A process is killed while a task of it has blocked a channel and waits for other barriers.',
  listen(world, reached) {
    const blocked = new OpenSteps(world, reached);
    return {
      attemptStarting: () => {
        blocked.close(() => true);
      },
      channelBlocked: ({ task, channel }) => {
        blocked.open(`${task.vertex}/${task.subtask}/${task.attempt}/${channel.edge}/${channel.sender}`);
      },
      channelUnblocked: ({ task, channel }) => {
        const what = `${task.vertex}/${task.subtask}/${task.attempt}/${channel.edge}/${channel.sender}`;
        blocked.close((other) => other === what);
      },
    };
  },
};

export const killedDuringRestore: Mark = {
  name: 'killed-during-restore',
  rarity: 20,
  condition: 'A process is killed after an attempt has started from a checkpoint and before all its tasks run.',
  listen(world, reached) {
    let restoring = false;
    world.onKilled(() => {
      if (restoring) reached();
    });
    return {
      attemptStarting: ({ restoredFrom }) => {
        restoring = restoredFrom !== undefined;
      },
      attemptRunning: () => {
        restoring = false;
      },
    };
  },
};

export const crashBeforeFirstCheckpoint: Mark = {
  name: 'crash-before-first-checkpoint',
  rarity: 10,
  condition: 'A process is killed after the job has run and before any checkpoint is complete.',
  listen(world, reached) {
    let running = false;
    let completed = false;
    world.onKilled(() => {
      if (running && !completed) reached();
    });
    return {
      attemptRunning: () => {
        running = true;
      },
      checkpointCompleted: () => {
        completed = true;
      },
    };
  },
};
