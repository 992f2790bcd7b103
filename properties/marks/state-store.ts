/** Marks of keyed state that lies in files on the disk: what its store does behind the task's back. */
import type { Probe, StateStoreEvent, TaskId } from '../../core/facts.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import type { Mark } from './mark.ts';

const on =
  (event: StateStoreEvent) =>
  (reached: () => void): Probe => ({
    stateStore: (fact) => {
      if (fact.event === event) reached();
    },
  });

const stalled = on('write-stalled');
const kept = on('tombstones-kept');
const uncached = on('block-not-cached');
const damaged = on('block-damaged');
const failedFlush = on('flush-failed');
const failedCompaction = on('compaction-failed');

export const writeStalled: Mark = {
  name: 'write-stalled',
  rarity: 100,
  needs: ['keyed'],
  condition: 'A task waits because what it has written fills the memory that its state may take.',
  listen: (_, reached) => stalled(reached),
};

export const tombstoneOutlivesCompaction: Mark = {
  name: 'tombstone-outlives-compaction',
  rarity: 150,
  needs: ['keyed'],
  condition: 'Runs are merged while a level below holds more: tombstones have to stay.',
  listen: (_, reached) => kept(reached),
};

export const blockLargerThanCache: Mark = {
  name: 'block-larger-than-cache',
  rarity: 600,
  needs: ['keyed'],
  condition: 'A block is read for which the memory of its backend has no room at all.',
  listen: (_, reached) => uncached(reached),
};

export const snapshotDuringCompaction: Mark = {
  name: 'snapshot-during-compaction',
  rarity: 100,
  needs: ['keyed'],
  condition:
    'The sync part of a snapshot comes while runs of the same task are merged, so that it holds what the merge replaces.',
  listen: (_, reached) => {
    const merging = new Set<string>();
    const nameOf = ({ vertex, subtask, attempt }: TaskId): string => `${vertex}[${subtask}]@${attempt}`;
    return {
      stateStore: ({ task, event }) => {
        if (event === 'compaction-started') merging.add(nameOf(task));
        if (event === 'compaction-ended' || event === 'tombstones-kept') merging.delete(nameOf(task));
      },
      snapshotTaken: ({ task }) => {
        if (merging.has(nameOf(task))) reached();
      },
    };
  },
};

export const readFailedInTurn: Mark = {
  name: 'read-failed-in-turn',
  rarity: 400,
  needs: ['keyed'],
  condition: 'A read of keyed state fails in a turn, and its attempt is followed by another one.',
  listen: (_, reached) => {
    const failed = new Set<number>();
    return {
      stateStore: ({ task, event }) => {
        if (event === 'read-failed') failed.add(task.attempt);
      },
      attemptStarting: ({ attempt }) => {
        if (failed.has(attempt - 1)) reached();
      },
    };
  },
};

export const damagedBlockFound: Mark = {
  name: 'damaged-block-found',
  rarity: 400,
  needs: ['keyed'],
  condition: 'A block is read whose bits are not those that were written.',
  listen: (_, reached) => damaged(reached),
};

export const diskFailedFlush: Mark = {
  name: 'disk-failed-flush',
  rarity: 400,
  needs: ['keyed'],
  condition: 'A memtable cannot be flushed, for want of room say.',
  listen: (_, reached) => failedFlush(reached),
};

export const diskFailedCompaction: Mark = {
  name: 'disk-failed-compaction',
  rarity: 600,
  needs: ['keyed'],
  condition: 'Runs cannot be merged, since one cannot be read or there is no room for the new one.',
  listen: (_, reached) => failedCompaction(reached),
};

/** The task's disk has no room for what it writes behind the task's back; `then`: what comes to nothing. */
const noRoom =
  (then: StateStoreEvent): Mark['listen'] =>
  (_, reached) => {
    const full = new Set<string>();
    return {
      stateStore: ({ task: { vertex, subtask, attempt }, event }) => {
        const name = `${vertex}[${subtask}]@${attempt}`;
        if (event === 'append-failed') full.add(name);
        else if (event === then && full.has(name)) reached();
      },
    };
  };

export const noRoomDuringFlush: Mark = {
  name: 'no-room-during-flush',
  rarity: 300,
  needs: ['keyed'],
  condition: 'The disk has no room for a memtable that is flushed.',
  listen: noRoom('flush-failed'),
};

export const noRoomDuringCompaction: Mark = {
  name: 'no-room-during-compaction',
  rarity: 500,
  needs: ['keyed'],
  condition: 'The disk has no room for runs that are merged.',
  listen: noRoom('compaction-failed'),
};

const cut = on('run-cut');

export const keyGroupsCutThroughRun: Mark = {
  name: 'key-groups-cut-through-run',
  rarity: 250,
  needs: ['keyed', 'rescalable'],
  condition: 'A subtask restores a run of which some key groups are its own now, and others another subtask’s.',
  listen: (_, reached) => cut(reached),
};

export const inFlightRestoredBesideFiles: Mark = {
  name: 'in-flight-restored-beside-files',
  rarity: 500,
  needs: ['keyed', 'overtaking', 'rescalable'],
  condition:
    'In-flight data is replayed at another parallelism in a job that keeps its keyed state in files on the disk.',
  listen(_, reached) {
    const attempts = new Map<number, ReadonlyMap<string, number>>();
    let inFiles = false;
    return {
      stateStore: () => {
        inFiles = true;
      },
      attemptStarting: ({ attempt, parallelism }) => {
        attempts.set(attempt, parallelism);
      },
      replayStarted: ({ task, channels }) => {
        const before = attempts.get(channels[0]?.attempt ?? 0)?.get(task.vertex);
        if (inFiles && before !== undefined && before !== attempts.get(task.attempt)?.get(task.vertex)) reached();
      },
    };
  },
};

const faulty =
  (what: DiskFault): Mark['listen'] =>
  (world, reached) => {
    world.onDiskFault((fault) => {
      if (fault === what) reached();
    });
    return {};
  };

export const diskRequestStalled: Mark = {
  name: 'disk-request-stalled',
  rarity: 500,
  needs: ['keyed'],
  condition: 'A request to a disk with keyed state takes far longer than usual.',
  listen: faulty('stall'),
};

export const damageOfMisdirectedWrite: Mark = {
  name: 'damage-of-misdirected-write',
  rarity: 600,
  needs: ['keyed'],
  condition: 'A disk has written something in the wrong place, and a damaged block is found afterwards.',
  listen(world, reached) {
    let misdirected = false;
    world.onDiskFault((fault) => {
      if (fault === 'misdirected') misdirected = true;
    });
    return {
      stateStore: ({ event }) => {
        if (misdirected && event === 'block-damaged') reached();
      },
    };
  },
};

export const diskReadShort: Mark = {
  name: 'disk-read-short',
  rarity: 100,
  needs: ['keyed'],
  condition: 'A read of keyed state gives fewer bytes than there are, so that it has to go on.',
  listen: faulty('short-read'),
};

export const ttlCleanedInCompaction: Mark = {
  name: 'ttl-cleaned-in-compaction',
  rarity: 2_000,
  needs: ['keyed'],
  condition: 'A compaction leaves out a value that had expired, and that was there until then.',
  listen: (_, reached) => ({
    stateDropped: () => {
      reached();
    },
  }),
};

export const failedSyncLied: Mark = {
  name: 'failed-sync-lied',
  rarity: 20_000,
  needs: ['keyed'],
  condition: 'A host loses power after a sync on it has failed: what that sync should have written is gone.',
  listen: faulty('sync-lied'),
};

export const unsyncedWriteSurvived: Mark = {
  name: 'unsynced-write-survived',
  rarity: 1_000,
  needs: ['keyed'],
  condition: 'A power loss leaves some of what was not synced, torn or whole.',
  listen: faulty('written-back'),
};
