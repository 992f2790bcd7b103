/** Marks of what happens when another version of the job is started from what an earlier one has left. */
import type { Probe, TaskId } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { defaultMaxParallelism } from '../model/key-groups.ts';
import type { Mark, MarkWorld } from './mark.ts';

export const migratedWhileRescaling: Mark = {
  name: 'migrated-while-rescaling',
  rarity: 10,
  needs: ['versions', 'rescalable'],
  condition:
    'State is migrated in an attempt whose vertex had another parallelism in the version of the job that wrote it.',
  listen(world, reached) {
    /** Of the last attempt of the version before. */
    let before: ReadonlyMap<string, number> = new Map();
    let now: ReadonlyMap<string, number> = new Map();
    let version = 0;
    return {
      attemptStarting: ({ parallelism }) => {
        if (world.jobs().length !== version) before = now;
        version = world.jobs().length;
        now = parallelism;
      },
      stateAdopted: ({ task, migrated }) => {
        const old = before.get(task.vertex);
        if (migrated && isOneJob(world) && old !== undefined && old !== now.get(task.vertex)) reached();
      },
    };
  },
};

export const timeToLiveSwitchedOn: Mark = {
  name: 'time-to-live-switched-on',
  rarity: 60,
  needs: ['versions', 'time-to-live-by-version'],
  condition:
    'Restored values that had no time to live have one in this version of the job, and a last touch from here on.',
  listen: (_world, reached) => ({
    stateAdopted: ({ touch }) => {
      if (touch !== undefined) reached();
    },
  }),
};

/** By whose they are, as names of states have it. */
const OF_WINDOWS = ['window:', 'trigger:'] as const;

export const windowStateMigrated: Mark = {
  name: 'window-state-migrated',
  rarity: 10,
  needs: ['versions', 'windows-by-version'],
  condition:
    'What a window function or a trigger remembers of windows that were open at an upgrade becomes of another type.',
  listen: (_world, reached) => ({
    stateAdopted: ({ state, migrated }) => {
      if (migrated && OF_WINDOWS.some((prefix) => state.startsWith(prefix))) reached();
    },
  }),
};

export const carriedStateMigratedByThirdVersion: Mark = {
  name: 'carried-state-migrated-by-third-version',
  rarity: 10,
  needs: ['versions'],
  condition:
    'State that version 2 of the job restored, never asked for and wrote into a checkpoint is migrated by version 3.',
  listen(world, reached) {
    let asked = new Set<string>();
    let completed = false;
    return {
      attemptStarting: () => {
        if (world.jobs().length === 1) [asked, completed] = [new Set(), false];
      },
      checkpointCompleted: () => {
        if (world.jobs().length === 2) completed = true;
      },
      stateAdopted: ({ task, state, migrated }) => {
        const name = `${task.vertex}/${state}`;
        if (world.jobs().length === 2) asked.add(name);
        else if (world.jobs().length === 3 && isOneJob(world) && migrated && completed && !asked.has(name)) reached();
      },
    };
  },
};

export const maxParallelismFromState: Mark = {
  name: 'max-parallelism-from-state',
  rarity: 12,
  needs: ['later-jobs', 'keyed'],
  condition:
    'An operator whose max parallelism this version of the job declares nowhere starts from the state of an earlier one, with another number of key groups than the default.',
  listen: (world, reached) => ({
    taskOpened: ({ task, parallelism, keyGroups, restoredFrom }) => {
      const node = world
        .jobs()
        .at(-1)
        ?.nodes.find(({ uid }) => uid === task.vertex);
      if (keyGroups === undefined || restoredFrom === undefined || node?.maxParallelism !== undefined) return;
      // The last subtask has the last key group.
      const isLast = task.subtask === parallelism - 1;
      if (world.jobs().length > 1 && isLast && keyGroups.end + 1 !== defaultMaxParallelism(parallelism)) reached();
    },
  }),
};

export const upgradeAddedOperator: Mark = {
  name: 'upgrade-added-operator',
  rarity: 5,
  needs: ['versions'],
  condition:
    'A version of the job starts from what an earlier one has left, with an operator that the earlier one had not.',
  listen: (world, reached) =>
    restoredVersion(world, (before, now) => {
      if (now.job.nodes.some(({ uid }) => !hasNode(before.job, uid))) reached();
    }),
};

export const upgradeRemovedOperator: Mark = {
  name: 'upgrade-removed-operator',
  rarity: 10,
  needs: ['versions'],
  condition:
    'A version of the job starts from what an earlier one has left, without an operator that the earlier one had.',
  listen: (world, reached) =>
    restoredVersion(world, (before, now) => {
      if (before.job.nodes.some(({ uid }) => !hasNode(now.job, uid))) reached();
    }),
};

export const upgradeSplitChain: Mark = {
  name: 'upgrade-split-chain',
  rarity: 10,
  needs: ['versions'],
  condition:
    'A version of the job starts from what an earlier one has left, and an operator that was chained has tasks of its own.',
  listen: (world, reached) =>
    restoredVersion(world, (before, now) => {
      const split = [...now.heads].some((uid) => hasNode(before.job, uid) && !before.heads.has(uid));
      if (split) reached();
    }),
};

export const upgradeMergedChains: Mark = {
  name: 'upgrade-merged-chains',
  rarity: 5,
  needs: ['versions'],
  condition:
    'A version of the job starts from what an earlier one has left, and an operator that had tasks of its own is chained.',
  listen: (world, reached) =>
    restoredVersion(world, (before, now) => {
      const merged = [...before.heads].some((uid) => hasNode(now.job, uid) && !now.heads.has(uid));
      if (merged) reached();
    }),
};

export const savepointWhileReplaying: Mark = {
  name: 'savepoint-while-replaying',
  rarity: 200,
  needs: ['overtaking'],
  condition: 'A savepoint is triggered while a task of the attempt still replays in-flight data.',
  listen(_world, reached) {
    const replaying = new Set<TaskId>();
    return {
      attemptStarting: () => {
        replaying.clear();
      },
      replayStarted: ({ task }) => {
        replaying.add(task);
      },
      replayEnded: ({ task }) => {
        replaying.delete(task);
      },
      checkpointTriggered: ({ attempt, kind }) => {
        if (kind !== 'checkpoint' && [...replaying].some((task) => task.attempt === attempt)) reached();
      },
    };
  },
};

interface Running {
  readonly job: JobSpec;
  /** uids of operators at the heads of chains. */
  readonly heads: ReadonlySet<string>;
}

/** `judge` hears of each version that starts from a checkpoint of the version before it. */
function restoredVersion(world: MarkWorld, judge: (before: Running, now: Running) => void): Probe {
  let last: Running | undefined;
  return {
    attemptStarting: ({ restoredFrom, parallelism }) => {
      const job = world.jobs().at(-1);
      if (job === undefined) return;
      const now = { job, heads: new Set(parallelism.keys()) };
      if (last !== undefined && last.job !== job && isOneJob(world) && restoredFrom !== undefined) judge(last, now);
      last = now;
    },
  };
}

/** All versions so far are of one job: none of them is a fork. */
function isOneJob(world: MarkWorld): boolean {
  return new Set(world.jobs().map(({ name }) => name)).size === 1;
}

function hasNode({ nodes }: JobSpec, uid: string): boolean {
  return nodes.some((node) => node.uid === uid);
}
