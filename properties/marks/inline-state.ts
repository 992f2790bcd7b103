/** Marks of state that lies in the metadata of a checkpoint, and not in an object of its own. */
import { inlineIn, prefixAt, readMetadata, restorePoint } from '../../core/checkpoint/storage/metadata.ts';
import { listOf } from './listed.ts';
import type { Mark } from './mark.ts';

export const inlineAndStoredStateInOneCheckpoint: Mark = {
  name: 'inline-and-stored-state-in-one-checkpoint',
  rarity: 30,
  condition: 'A checkpoint or savepoint is complete of whose own state some lies in its metadata, and some in objects.',
  listen: ifInline((world, reached) => ({
    checkpointCompleted: ({ metadata }) => {
      // What checkpoints share lies elsewhere, and is never inline.
      if (world.objects(prefixAt(metadata)).length <= 1) return;
      const bytes = world.object(metadata);
      if (bytes !== undefined && inlineIn(readMetadata(bytes)).length > 0) reached();
    },
  })),
};

export const inlineStateRestoredAtOtherParallelism: Mark = {
  name: 'inline-state-restored-at-other-parallelism',
  rarity: 30,
  needs: ['keyed', 'rescalable'],
  condition: 'An attempt starts at another parallelism from keyed state that lies in the metadata.',
  listen: ifInline((world, reached) => ({
    attemptStarting: ({ restoredFrom, parallelism }) => {
      const from = restoredFrom === undefined ? undefined : restorePoint(listOf(world));
      const bytes = from === undefined ? undefined : world.object(from.metadata);
      if (bytes === undefined) return;
      for (const { uid, parallelism: before, subtasks } of readMetadata(bytes).vertices)
        if (
          before !== parallelism.get(uid) &&
          subtasks.some(({ keyed, inline }) => keyed.length > 0 && inline.length > 0)
        )
          reached();
    },
  })),
};

/** Where all state is in objects these marks are out of reach, and hear nothing. */
function ifInline(listen: Mark['listen']): Mark['listen'] {
  return (world, reached) => (world.checkpointing.inlineStateBytes > 0 ? listen(world, reached) : {});
}
