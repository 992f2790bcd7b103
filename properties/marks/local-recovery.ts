/** Marks of local recovery: copies of state on the disks of hosts, and what is left of them. */
import type { TaskId } from '../../core/facts.ts';
import type { Mark, MarkWorld } from './mark.ts';

export const localCopyTaken: Mark = {
  name: 'local-copy-taken',
  rarity: 40,
  needs: ['keyed'],
  condition: 'A task restores keyed state from a copy on its host.',
  listen: (_, reached) => ({
    localCopyRead: ({ outcome }) => {
      if (outcome === 'taken') reached();
    },
  }),
};

export const localCopyRejected: Mark = {
  name: 'local-copy-rejected',
  rarity: 1_000,
  needs: ['keyed'],
  condition: 'A copy of state on a host is damaged or cannot be read, so that its task restores from the object store.',
  listen: (_, reached) => ({
    localCopyRead: ({ outcome }) => {
      if (outcome === 'damaged' || outcome === 'unreadable') reached();
    },
  }),
};

export const localAndRemoteMixed: Mark = {
  name: 'local-and-remote-mixed',
  rarity: 1_200,
  needs: ['keyed'],
  condition: 'A task restores some objects of its state from copies on its host, and others from the object store.',
  listen(_, reached) {
    const outcomes = new Map<string, Set<boolean>>();
    return {
      localCopyRead: ({ task, outcome }) => {
        const name = nameOf(task);
        const ofTask = outcomes.get(name) ?? new Set();
        outcomes.set(name, ofTask.add(outcome === 'taken'));
        if (ofTask.size > 1) reached();
      },
    };
  },
};

export const localCopySurvivedPowerLoss: Mark = {
  name: 'local-copy-survived-power-loss',
  rarity: 250,
  needs: ['keyed'],
  condition: 'A task restores keyed state from a copy on a host that has lost power since the copy was written.',
  listen(world, reached) {
    const dark = darkHosts(world);
    return {
      localCopyRead: ({ outcome }) => {
        if (outcome === 'taken' && dark.has(world.currentProcess() ?? '')) reached();
      },
      localCopyKept: () => {
        dark.delete(world.currentProcess() ?? '');
      },
    };
  },
};

export const tornManifestSurvived: Mark = {
  name: 'torn-manifest-survived',
  rarity: 2_000,
  needs: ['keyed'],
  condition:
    'A host loses power while the manifest of a task’s copies is being replaced, and the task restores there from a copy.',
  listen(world, reached) {
    /** By process: tasks whose manifest is being replaced. */
    const replacing = new Map<string, Set<string>>();
    /** The same as its host went dark. */
    const torn = new Map<string, Set<string>>();
    world.onPowerLost((process) => {
      torn.set(process, replacing.get(process) ?? new Set());
    });
    world.onKilled((process) => {
      replacing.delete(process);
    });
    return {
      localManifest: ({ task, event }) => {
        const process = world.currentProcess() ?? '';
        const ofProcess = replacing.get(process) ?? new Set();
        replacing.set(process, ofProcess);
        if (event === 'begun') ofProcess.add(placeOf(task));
        if (event === 'replaced' || event === 'failed') ofProcess.delete(placeOf(task));
        if (event === 'replaced') torn.get(process)?.delete(placeOf(task));
      },
      localCopyRead: ({ task, outcome }) => {
        const isTorn = torn.get(world.currentProcess() ?? '')?.has(placeOf(task)) === true;
        if (isTorn && outcome === 'taken') reached();
      },
    };
  },
};

export const damagedManifestFound: Mark = {
  name: 'damaged-manifest-found',
  rarity: 1_500,
  needs: ['keyed'],
  condition: 'The manifest of a task’s copies is damaged, so that the task restores from the object store.',
  listen: (_, reached) => ({
    localManifest: ({ event }) => {
      if (event === 'damaged') reached();
    },
  }),
};

export const localCopyNotWritten: Mark = {
  name: 'local-copy-not-written',
  rarity: 200,
  needs: ['keyed'],
  condition: 'A host cannot keep a copy of a checkpoint, which is none the worse.',
  listen: (_, reached) => ({
    localCopyFailed: () => {
      reached();
    },
  }),
};

function darkHosts(world: MarkWorld): Set<string> {
  const dark = new Set<string>();
  world.onPowerLost((process) => void dark.add(process));
  return dark;
}

function placeOf({ vertex, subtask }: TaskId): string {
  return `${vertex}[${subtask}]`;
}

function nameOf(task: TaskId): string {
  return `${placeOf(task)}@${task.attempt}`;
}
