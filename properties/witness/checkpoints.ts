/**
 * What the services hold about checkpoints: the HA store's list of completed ones, and their images. Ground truth: read
 * from bytes, never from facts.
 */
import type { CheckpointImage } from '../../core/checkpoint/reader.ts';
import { readCheckpoint } from '../../core/checkpoint/reader.ts';
import { completedKey, type JobCheckpoints, readCompleted } from '../../core/checkpoint/metadata.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorldView } from '../laws/law.ts';
import type { Cut } from './attempt.ts';

export interface ListedCheckpoint {
  readonly checkpoint: number;
  readonly attempt: number;
  /** Name of the metadata object. */
  readonly metadata: string;
}

/** What can be read of checkpoints in the services now. */
export interface CheckpointSource {
  /** The completed ones as the HA store lists them now. Returns the same array while the list has not changed. */
  completed(): readonly ListedCheckpoint[] | { readonly undecodable: string };
  image(listed: ListedCheckpoint): CheckpointImage | { readonly undecodable: string };
}

/** A completed checkpoint: the image that the services hold, and the cut that the facts made. */
export interface CompletedCheckpoint {
  readonly listed: ListedCheckpoint;
  readonly image: CheckpointImage | { readonly undecodable: string };
  /** Undefined: no task of that attempt ever took a snapshot of it. */
  readonly cut: Cut | undefined;
  /** Tasks ("window[1]") that never took a snapshot of it. */
  readonly missing: readonly string[];
}

export function checkpointsIn(world: WorldView): CheckpointSource {
  const key = completedKey(world.job.name);
  let bytes: Uint8Array | undefined;
  let listed: readonly ListedCheckpoint[] | { readonly undecodable: string } = [];
  return {
    completed() {
      const now = world.haValue(key);
      // Bytes that were handed to a store never change, so another list is another array.
      if (now === bytes) return listed;
      bytes = now;
      listed = now === undefined ? [] : decoded(() => restorable(readCompleted(now)));
      return listed;
    },
    image: ({ metadata }) =>
      decoded(() => {
        const object = world.object(metadata);
        if (object === undefined) throw new Error(`object ${metadata} is missing`);
        return readCheckpoint(object, (name) => world.object(name), (edge) => world.job.edges[edge]?.type);
      }),
  };
}

/** What an attempt may start from, newest last. */
function restorable({ completed, savepoint }: JobCheckpoints): readonly ListedCheckpoint[] {
  return completed.length > 0 || savepoint === null ? completed : [savepoint];
}

function decoded<T>(read: () => T): T | { readonly undecodable: string } {
  try {
    return read();
  } catch (error) {
    return { undecodable: messageOf(error) };
  }
}
