/**
 * Marks of event time: where a timer, an idle input or a late split meets the watermark exactly.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { ChannelId, TaskId } from '../../core/facts.ts';
import type { Mark } from './mark.ts';

export const timerAtWatermark: Mark = {
  name: 'timer-at-watermark',
  rarity: 40,
  needs: ['timers'],
  condition: 'An event-time timer fires at exactly the watermark that has come, before the end of event time.',
  listen(_world, reached) {
    let watermark: Timestamp = MIN_TIMESTAMP;
    return {
      watermarkAdvanced: (fact) => {
        ({ watermark } = fact);
      },
      eventTimerFired: ({ timestamp }) => {
        // In batch, a reduce puts out what it has at the end of event time: no other watermark could be meant.
        if (timestamp === watermark && timestamp < MAX_TIMESTAMP) reached();
      },
    };
  },
};

export const timerRegisteredWhileFiring: Mark = {
  name: 'timer-registered-while-firing',
  rarity: 300,
  needs: ['timers', 'timers-due-at-once'],
  condition: 'An event-time timer registers another one that is due at once, and it fires in the same turn.',
  listen(_world, reached) {
    let watermark: Timestamp | undefined;
    let firing = false;
    const due = new Set<Timestamp>();
    const end = (): void => {
      watermark = undefined;
      firing = false;
      // Clearing an empty set makes a new table, turn by turn.
      if (due.size > 0) due.clear();
    };
    return {
      watermarkAdvanced: (fact) => {
        end();
        ({ watermark } = fact);
      },
      eventTimerFired: ({ timestamp }) => {
        if (due.has(timestamp)) reached();
        firing = true;
      },
      timerRegistered: ({ domain, timestamp, namespace }) => {
        if (!firing || watermark === undefined || domain !== 'event' || namespace !== undefined) return;
        if (timestamp <= watermark) due.add(timestamp);
      },
      turnEnded: end,
    };
  },
};

/** What a channel has said, by its object: each side of a channel has one. */
interface Voice {
  watermark: Timestamp;
  /** It went idle with the watermark that the task stood at. */
  leftAt: Timestamp | undefined;
}

export const inputIdleAtLastWatermark: Mark = {
  name: 'input-idle-at-last-watermark',
  rarity: 150,
  needs: ['idleness', 'exchange'],
  condition: 'A channel goes idle at exactly the watermark of its task, and comes back before that has moved.',
  listen(_world, reached) {
    const tasks = new Map<TaskId, Timestamp>();
    const voices = new Map<ChannelId, Voice>();
    const voiceOf = (channel: ChannelId): Voice => {
      let voice = voices.get(channel);
      if (voice === undefined) voices.set(channel, (voice = { watermark: MIN_TIMESTAMP, leftAt: undefined }));
      return voice;
    };
    return {
      attemptStarting: () => {
        tasks.clear();
        voices.clear();
      },
      watermarkAdvanced: ({ task, watermark }) => {
        tasks.set(task, watermark);
      },
      watermarkReceived: ({ channel, watermark }) => {
        voiceOf(channel).watermark = watermark;
      },
      statusReceived: ({ task, channel, idle }) => {
        const voice = voiceOf(channel);
        const at = tasks.get(task);
        if (idle) voice.leftAt = at === voice.watermark ? at : undefined;
        else if (voice.leftAt !== undefined && voice.leftAt === at) reached();
      },
    };
  },
};

export const allInputsIdle: Mark = {
  name: 'all-inputs-idle',
  rarity: 60,
  needs: ['idleness', 'exchange'],
  condition: 'The last active input of a task goes idle, and the task says so downstream.',
  listen(_world, reached) {
    const received = new Set<TaskId>();
    return {
      statusReceived: ({ task, idle }) => {
        if (idle) received.add(task);
      },
      statusSent: ({ task, idle }) => {
        if (idle && received.has(task)) reached();
      },
    };
  },
};

export const readerWithoutSplitsIdle: Mark = {
  name: 'reader-without-splits-idle',
  rarity: 300,
  needs: ['idleness'],
  condition: 'A reader that has no split to read says that it is idle.',
  listen(_world, reached) {
    /** How many splits each reader has. */
    const readers = new Map<TaskId, number>();
    const count = (task: TaskId, by: number): void => void readers.set(task, (readers.get(task) ?? 0) + by);
    return {
      taskOpened: ({ task }) => {
        count(task, 0);
      },
      splitAdded: ({ task }) => {
        count(task, 1);
      },
      splitFinished: ({ task }) => {
        count(task, -1);
      },
      statusReceived: ({ task }) => {
        readers.delete(task);
      },
      statusSent: ({ task, idle }) => {
        if (idle && readers.get(task) === 0) reached();
      },
    };
  },
};

export const splitAppearsLate: Mark = {
  name: 'split-appears-late',
  rarity: 100,
  condition: 'A reader whose watermark has already come gets another split.',
  listen(_world, reached) {
    const moved = new Set<TaskId>();
    return {
      watermarkSent: ({ task }) => {
        moved.add(task);
      },
      splitAdded: ({ task, restored }) => {
        if (!restored && moved.has(task)) reached();
      },
    };
  },
};

export const partitionAppearsLate: Mark = {
  name: 'partition-appears-late',
  rarity: 30,
  needs: ['discovery'],
  condition: 'A partition that was not there when the attempt began to run is found, and a reader gets it.',
  listen(world, reached) {
    let runningSinceUs = Infinity;
    return {
      attemptStarting: () => {
        runningSinceUs = Infinity;
      },
      attemptRunning: () => {
        runningSinceUs = world.nowUs();
      },
      splitAdded: ({ split, restored }) => {
        if (restored || runningSinceUs === Infinity) return;
        const dash = split.lastIndexOf('-');
        if (Number(split.slice(dash + 1)) >= world.partitionsAt(split.slice(0, dash), runningSinceUs)) reached();
      },
    };
  },
};

export const recordAheadOfClock: Mark = {
  name: 'record-ahead-of-clock',
  rarity: 60,
  needs: ['future-bound'],
  condition: 'A record is so far ahead of the clock that it goes to the side output.',
  listen: (_world, reached) => ({
    recordAhead: () => {
      reached();
    },
  }),
};

export const splitHeldByAlignment: Mark = {
  name: 'split-held-by-alignment',
  rarity: 60,
  needs: ['watermark-alignment'],
  condition: 'A reader gets a limit below the watermark of one of its splits, which has to wait.',
  listen(_world, reached) {
    const watermarks = new Map<TaskId, Timestamp>();
    return {
      watermarkGenerated: ({ task, watermark }) => {
        watermarks.set(task, Math.max(watermark, watermarks.get(task) ?? MIN_TIMESTAMP));
      },
      alignmentLimited: ({ task, limit }) => {
        if ((watermarks.get(task) ?? MIN_TIMESTAMP) > limit) reached();
      },
    };
  },
};
