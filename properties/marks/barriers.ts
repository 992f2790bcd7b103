/**
 * Marks of barriers at a task: in-flight data, time that is over, aborts and barriers that come at the wrong moment, replay.
 */
import type { Facts, TaskId } from '../../core/facts.ts';
import type { Mark } from './mark.ts';
import { OpenSteps } from './open-steps.ts';

function persisted(side: 'input' | 'output', rarity: number): Mark {
  return {
    name: `in-flight-${side}-persisted`,
    rarity,
    needs: ['overtaking'],
    condition: `A checkpoint is completed that holds in-flight records of the ${side} side of a channel.`,
    listen(_world, reached) {
      const holds = new Set<string>();
      return {
        channelStatePersisted: ({ task, checkpoint, records, side: persistedSide }) => {
          if (persistedSide === side && records > 0) holds.add(`${task.attempt}/${checkpoint}`);
        },
        checkpointCompleted: ({ attempt, checkpoint }) => {
          if (holds.has(`${attempt}/${checkpoint}`)) reached();
        },
      };
    },
  };
}
export const inFlightInputPersisted = persisted('input', 5);
export const inFlightOutputPersisted = persisted('output', 10);

export const alignmentTimedOut: Mark = {
  name: 'alignment-timed-out',
  rarity: 20,
  needs: ['overtaking'],
  condition: 'An aligned checkpoint has waited too long at a task, which then takes it unaligned.',
  listen(_world, reached) {
    const late = new Map<TaskId, number>();
    return {
      alignmentTimedOut: ({ task, checkpoint }) => {
        late.set(task, checkpoint);
      },
      snapshotTaken: ({ task, checkpoint, unaligned }) => {
        if (unaligned && late.get(task) === checkpoint) reached();
      },
    };
  },
};

export const outputTimedOut: Mark = {
  name: 'output-timed-out',
  rarity: 20,
  needs: ['overtaking'],
  condition: 'A barrier has waited too long in an output queue and overtakes what is before it.',
  listen: (_world, reached) => ({
    outputTimedOut: () => {
      reached();
    },
  }),
};

export const abortBeforeBarrier: Mark = {
  name: 'abort-before-barrier',
  rarity: 20,
  needs: ['exchange'],
  condition:
    'A task hears from the coordinator that a checkpoint is aborted before it has begun it, and remembers that.',
  listen: (_world, reached) => ({
    abortRemembered: () => {
      reached();
    },
  }),
};

export const barrierOfAbortedCheckpointLate: Mark = {
  name: 'barrier-of-aborted-checkpoint-late',
  rarity: 20,
  needs: ['exchange'],
  condition: 'A barrier reaches a task that has heard of the abort of its checkpoint.',
  listen(_world, reached) {
    const aborted = new Map<TaskId, Set<number>>();
    return {
      attemptStarting: () => {
        aborted.clear();
      },
      notifiedAborted: ({ task, checkpoint }) => {
        const known = aborted.get(task);
        if (known === undefined) aborted.set(task, new Set([checkpoint]));
        else known.add(checkpoint);
      },
      barrierReceived: ({ task, checkpoint }) => {
        if (aborted.get(task)?.has(checkpoint) === true) reached();
      },
    };
  },
};

export const obsoleteBarrier: Mark = {
  name: 'obsolete-barrier',
  rarity: 20,
  needs: ['exchange'],
  condition: 'A barrier comes to a task at which its checkpoint is over.',
  listen: (_world, reached) => ({
    barrierObsolete: () => {
      reached();
    },
  }),
};

export const killedWhileReplaying: Mark = {
  name: 'killed-while-replaying',
  rarity: 200,
  needs: ['overtaking'],
  condition: 'A process is killed in which a task still has in-flight data of the restored checkpoint to process.',
  listen(world, reached) {
    const replaying = new OpenSteps(world, reached);
    const nameOf = ({ vertex, subtask, attempt }: TaskId): string => `${vertex}/${subtask}/${attempt}`;
    return {
      attemptStarting: () => {
        replaying.close(() => true);
      },
      replayStarted: ({ task }) => {
        replaying.open(nameOf(task));
      },
      replayEnded: ({ task }) => {
        replaying.close((other) => other === nameOf(task));
      },
    };
  },
};

export const declinedWhileReplaying: Mark = {
  name: 'declined-while-replaying',
  rarity: 200,
  needs: ['overtaking'],
  condition: 'A task declines a checkpoint because it still has in-flight data of the restored one to process.',
  listen(_world, reached) {
    const replaying = new Set<TaskId>();
    return {
      replayStarted: ({ task }) => {
        replaying.add(task);
      },
      replayEnded: ({ task }) => {
        replaying.delete(task);
      },
      declined: ({ task, reason }) => {
        if (reason === 'not-ready' && replaying.has(task)) reached();
      },
    };
  },
};

export const restoredInFlightAtOtherParallelism: Mark = {
  name: 'restored-in-flight-at-other-parallelism',
  rarity: 200,
  needs: ['overtaking', 'rescalable'],
  condition: 'A task replays in-flight data of an attempt in which its vertex had another parallelism.',
  listen(_world, reached) {
    const attempts = new Map<number, Facts['attemptStarting']['parallelism']>();
    return {
      attemptStarting: ({ attempt, parallelism }) => {
        attempts.set(attempt, parallelism);
      },
      replayStarted: ({ task, channels }) => {
        const before = attempts.get(channels[0]?.attempt ?? 0)?.get(task.vertex);
        const now = attempts.get(task.attempt)?.get(task.vertex);
        if (before !== undefined && before !== now) reached();
      },
    };
  },
};
