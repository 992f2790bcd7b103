/** Marks of incremental checkpoints: runs that checkpoints share, and when they go. */
import { inlineIn, isShared, objectsOf, readMetadata, sharedPrefix } from '../../core/checkpoint/storage/metadata.ts';
import type { Facts, TaskId } from '../../core/facts.ts';
import { inlineOr } from '../../core/state/handles.ts';
import { listOf } from './listed.ts';
import type { Mark, MarkWorld } from './mark.ts';

/** What a checkpoint shares, when it is complete. */
interface Sharing {
  readonly attempt: number;
  readonly metadata: string;
  readonly objects: readonly string[];
}

export const sharedObjectReleased: Mark = {
  name: 'shared-object-released',
  rarity: 80,
  needs: ['keyed'],
  condition: 'A completed checkpoint subsumes the last one that needs an object which several have shared.',
  listen: ifIncremental((world, reached) =>
    atSubsumptions(world, ({ gone, kept, users }) => {
      if (gone.some((object) => !kept.has(object) && (users.get(object) ?? 0) > 1)) reached();
    }),
  ),
};

export const sharedObjectOutlivesSubsumption: Mark = {
  name: 'shared-object-outlives-subsumption',
  rarity: 60,
  needs: ['keyed'],
  condition: 'A completed checkpoint subsumes one of whose objects it needs some itself.',
  listen: ifIncremental((world, reached) =>
    atSubsumptions(world, ({ gone, kept }) => {
      if (gone.some((object) => kept.has(object))) reached();
    }),
  ),
};

export const runOfEarlierAttemptReused: Mark = {
  name: 'run-of-earlier-attempt-reused',
  rarity: 100,
  needs: ['keyed'],
  condition: 'A checkpoint is complete that names a run written before the restore that its attempt began with.',
  listen: ifIncremental((world, reached) => ({
    checkpointCompleted: (fact) => {
      const { attempt, objects } = sharing(world, fact);
      const own = `/${attempt}-shared/`;
      if (objects.some((object) => !object.includes(own))) reached();
    },
  })),
};

export const restoredFromWidelySharedRuns: Mark = {
  name: 'restored-from-widely-shared-runs',
  rarity: 1_000,
  needs: ['keyed'],
  condition: 'An attempt starts from a checkpoint with a run that three or more completed checkpoints have named.',
  listen: ifIncremental((world, reached) => {
    const users = new Map<string, number>();
    const objectsIn = new Map<number, readonly string[]>();
    return {
      checkpointCompleted: (fact) => {
        const { objects } = sharing(world, fact);
        objectsIn.set(fact.checkpoint, objects);
        for (const object of objects) users.set(object, (users.get(object) ?? 0) + 1);
      },
      attemptStarting: ({ restoredFrom = 0 }) => {
        if (objectsIn.get(restoredFrom)?.some((object) => (users.get(object) ?? 0) >= 3) === true) reached();
      },
    };
  }),
};

export const incrementalUploadAbortedMidway: Mark = {
  name: 'incremental-upload-aborted-midway',
  rarity: 120,
  needs: ['keyed'],
  condition: 'A checkpoint is aborted when some of its new runs are in the store and a task has not uploaded its part.',
  listen(world, reached) {
    const uploading = new Map<string, number>();
    return {
      snapshotTaken: ({ task, checkpoint }) => {
        uploading.set(nameOf(task, checkpoint), checkpoint);
      },
      snapshotUploaded: ({ task, checkpoint }) => {
        uploading.delete(nameOf(task, checkpoint));
      },
      checkpointAborted: ({ attempt, checkpoint }) => {
        const isMidway = [...uploading].some(([name, id]) => id === checkpoint && name.endsWith(`@${attempt}/${id}`));
        const job = world.jobs().at(-1)?.name;
        if (isMidway && job !== undefined && world.objects(sharedPrefix(job, attempt, checkpoint)).length > 0)
          reached();
      },
    };
  },
};

export const compactionDuringIncrementalUpload: Mark = {
  name: 'compaction-during-incremental-upload',
  rarity: 100,
  needs: ['keyed'],
  condition: 'Runs are replaced by their merge while an incremental checkpoint of the same task uploads what it holds.',
  listen: ifIncremental((_world, reached) => {
    const uploading = new Set<string>();
    return {
      snapshotTaken: ({ task }) => {
        uploading.add(nameOf(task));
      },
      snapshotUploaded: ({ task }) => {
        uploading.delete(nameOf(task));
      },
      stateStore: ({ task, event }) => {
        const isReplaced = event === 'compaction-ended' || event === 'tombstones-kept';
        if (isReplaced && uploading.has(nameOf(task))) reached();
      },
    };
  }),
};

/** How many times as large as its memory. */
const LARGE = 50;

export const stateOfFiftyMemories: Mark = {
  name: 'state-of-fifty-memories',
  rarity: 1_500,
  needs: ['keyed', 'large-state'],
  condition: `A full checkpoint or savepoint holds keyed state of a subtask that is ${LARGE} times as large as its memory.`,
  listen: (world, reached) => ({
    checkpointCompleted: ({ kind, metadata }) => {
      const memoryBytes = world.stateMemoryBytes;
      const bytes = world.object(metadata);
      // Runs hold more than what is live.
      if (memoryBytes === undefined || bytes === undefined) return;
      if (kind === 'checkpoint' && world.checkpointing.incremental) return;
      const found = readMetadata(bytes);
      const object = inlineOr(inlineIn(found), (name) => world.object(name));
      const sizeOf = (names: readonly string[]): number =>
        [...new Set(names)].reduce((sum, name) => sum + (object(name)?.length ?? 0), 0);
      for (const { subtasks } of found.vertices)
        for (const { keyed } of subtasks)
          if (sizeOf(keyed.flatMap(({ objects }) => objects)) >= LARGE * memoryBytes) reached();
    },
  }),
};

export const restoredAfterOriginalDeleted: Mark = {
  name: 'restored-after-original-deleted',
  rarity: 200,
  needs: ['forks'],
  condition:
    'An attempt starts from its own checkpoint after the owner of the savepoint that the job was started from has deleted it.',
  listen: (world, reached) => ({
    attemptStarting: ({ restoredFrom }) => {
      const { completed, savepoint } = listOf(world);
      if (restoredFrom === undefined || savepoint === null || completed.length === 0) return;
      if (world.object(savepoint.metadata) === undefined) reached();
    },
  }),
};

function nameOf({ vertex, subtask, attempt }: TaskId, checkpoint?: number): string {
  return `${vertex}[${subtask}]@${attempt}${checkpoint === undefined ? '' : `/${checkpoint}`}`;
}

/** Full checkpoints share nothing: in a run that takes no others these marks are out of reach, and hear nothing. */
function ifIncremental(listen: Mark['listen']): Mark['listen'] {
  return (world, reached) => (world.checkpointing.incremental ? listen(world, reached) : {});
}

/** Nothing of a plain savepoint, which shares nothing. */
function sharing(world: MarkWorld, { attempt, metadata }: Facts['checkpointCompleted']): Sharing {
  const bytes = world.object(metadata);
  if (bytes === undefined) return { attempt, metadata, objects: [] };
  const image = readMetadata(bytes);
  return { attempt, metadata, objects: [...objectsOf(image)].filter((object) => isShared(image.job, object)) };
}

interface Subsumption {
  /** Objects of the checkpoints that are not listed any more. */
  readonly gone: readonly string[];
  readonly kept: ReadonlySet<string>;
  /** By object: how many completed checkpoints have named it. */
  readonly users: ReadonlyMap<string, number>;
}

function atSubsumptions(world: MarkWorld, judge: (subsumption: Subsumption) => void): ReturnType<Mark['listen']> {
  const users = new Map<string, number>();
  let listed: readonly Sharing[] = [];
  return {
    checkpointCompleted: (fact) => {
      const now = sharing(world, fact);
      for (const object of now.objects) users.set(object, (users.get(object) ?? 0) + 1);
      const names = new Set(listOf(world).completed.map(({ metadata }) => metadata));
      const all = [...listed, now];
      listed = all.filter(({ metadata }) => names.has(metadata));
      const gone = all.filter(({ metadata }) => !names.has(metadata)).flatMap(({ objects }) => objects);
      if (gone.length > 0) judge({ gone, kept: new Set(listed.flatMap(({ objects }) => objects)), users });
    },
  };
}
