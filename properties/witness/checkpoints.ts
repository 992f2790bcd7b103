/**
 * What the services hold about checkpoints: the HA store's list of completed ones, and their images. Ground truth: read
 * from bytes, never from facts. A plain savepoint is in no list: the fact of its completion names its metadata object,
 * the rest is read from the object store like that of any other.
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import { readCheckpoint } from '../../core/checkpoint/storage/reader.ts';
import {
  completedKey,
  foundAt,
  inlineIn,
  objectsOf,
  readCompleted,
  readMetadata,
} from '../../core/checkpoint/storage/metadata.ts';
import { faultOfConnector } from '../../core/connectors/own-code.ts';
import { messageOf } from '../../core/errors.ts';
import type { JobFaultData } from '../../core/job-fault.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { inlineOr } from '../../core/state/handles.ts';
import type { WorldView } from '../world.ts';
import { channelSlices, type ChannelSlice } from './channel-state.ts';
import type { Cut } from './cut.ts';
import { keptBy, Readings } from './readings.ts';

export interface ListedCheckpoint {
  readonly checkpoint: number;
  readonly attempt: number;
  /** Name of the metadata object. */
  readonly metadata: string;
}

/** The HA store's entry. */
export interface CheckpointList {
  /** In the store's order, newest last. */
  readonly completed: readonly ListedCheckpoint[];
  /** What the job was started from, or, if `stopped`, what it was stopped with. */
  readonly savepoint: ListedCheckpoint | undefined;
  readonly stopped: boolean;
  readonly drained: boolean;
}
export const NO_LIST: CheckpointList = { completed: [], savepoint: undefined, stopped: false, drained: false };

export interface Undecodable {
  readonly undecodable: string;
  /** The connector of the author's that is to blame. */
  readonly fault?: JobFaultData;
}

/** An image with its in-flight data decoded. */
export interface WitnessedImage extends CheckpointImage {
  readonly channels: readonly ChannelSlice[];
}

/** What a checkpoint consists of, by its metadata alone. */
export interface Closure {
  /** See `CheckpointKind`. */
  readonly kind: string;
  /** Name of the job that has taken it. */
  readonly job: string;
  /** Names of the objects that it needs, as they are named now; the metadata itself is the first. */
  readonly objects: readonly string[];
}

/** What can be read of checkpoints in the services now. */
export interface CheckpointSource {
  /** The entry of the HA store now. Returns the same object while the entry has not changed. */
  list(): CheckpointList | Undecodable;
  /** `job`: the version that took it; default: the first one. */
  image(listed: ListedCheckpoint, job?: JobSpec): WitnessedImage | Undecodable;
  /** What it needs; undecodable: its metadata cannot be read. */
  closure(listed: ListedCheckpoint): Closure | Undecodable;
  /** From now on the list is that of the job of this name. */
  follow?(job: string): void;
}

/** A completed checkpoint or savepoint: the image that the services hold, and the cut that the facts made. */
export interface CompletedCheckpoint {
  readonly listed: ListedCheckpoint;
  readonly image: WitnessedImage | Undecodable;
  /** Undefined: no task of that attempt ever took a snapshot of it. */
  readonly cut: Cut | undefined;
  /** Tasks ("window[1]") that never took a snapshot of it and had not finished. */
  readonly missing: readonly string[];
  /** A savepoint that is no commit point: the HA store does not list it. */
  readonly plain: boolean;
}

/** What a restore takes of a list: the newest completed one, else the savepoint. By number, not by place. */
export function restorable(list: CheckpointList): ListedCheckpoint | undefined {
  let newest: ListedCheckpoint | undefined;
  for (const one of list.completed) if (newest === undefined || one.checkpoint > newest.checkpoint) newest = one;
  return newest ?? list.savepoint;
}

/** Every checkpoint that the list names. */
export function namedBy({ completed, savepoint }: CheckpointList): readonly ListedCheckpoint[] {
  return savepoint === undefined ? completed : [savepoint, ...completed];
}

export function checkpointsIn(world: Pick<WorldView, 'job' | 'object' | 'haValue' | 'inspectState'>): CheckpointSource {
  let key = completedKey(world.job.name);
  let bytes: Uint8Array | undefined;
  let list: CheckpointList | Undecodable = NO_LIST;
  const metadataOf = keptBy(readMetadata);
  const images = new Readings<WitnessedImage | Undecodable>((name) => world.object(name));
  return {
    follow(job) {
      key = completedKey(job);
    },
    list() {
      const now = world.haValue(key);
      // Bytes that were handed to a store never change, so another list is another array.
      if (now === bytes) return list;
      bytes = now;
      list = now === undefined ? NO_LIST : decoded(() => readList(now));
      return list;
    },
    closure: ({ metadata: name }) =>
      decoded(() => {
        const bytes = world.object(name);
        if (bytes === undefined) throw new Error(`object ${name} is missing`);
        const metadata = foundAt(name, metadataOf(bytes));
        return { kind: metadata.kind, job: metadata.job, objects: [name, ...objectsOf(metadata)] };
      }),
    image: ({ metadata: name }, job = world.job) =>
      images.of(name, job, (stored) =>
        decoded(() => {
          const bytes = stored(name);
          if (bytes === undefined) throw new Error(`object ${name} is missing`);
          const metadata = foundAt(name, metadataOf(bytes));
          const object = inlineOr(inlineIn(metadata), stored);
          const image = readCheckpoint(metadata, job, object, world.inspectState);
          const { checkpoint, kind, attempt, leaderEpoch, parallelism, vertices, enumerators } = image;
          const channels = channelSlices(image, job, object);
          return { checkpoint, kind, attempt, leaderEpoch, parallelism, vertices, enumerators, channels };
        }, job),
      ),
  };
}

function readList(bytes: Uint8Array): CheckpointList {
  const { completed, savepoint, stopped, drained } = readCompleted(bytes);
  return { completed, savepoint: savepoint ?? undefined, stopped, drained };
}

function decoded<T>(read: () => T, job?: JobSpec): T | Undecodable {
  try {
    return read();
  } catch (error) {
    const fault = job === undefined ? undefined : faultOfConnector(error, job);
    return { undecodable: messageOf(error), ...(fault === undefined ? {} : { fault }) };
  }
}
