/**
 * Checkpoints and savepoints that were taken out of a run: files, and where they come from.
 *
 *     metadata           as the engine wrote it
 *     <object> ...       what the metadata names, by the names that it has beside the metadata
 *     checkpoint.json    where it comes from: scenario, plan, version of the job. Without it state can be read all the same,
 *                        what connectors wrote is bytes
 */
import { objectsOf, readMetadata, takenUnder } from '../../core/checkpoint/storage/metadata.ts';
import type { Plan } from '../plan/plan.ts';
import { canonicalDocument } from '../plan/canonical.ts';
import type { KeepableCheckpoint } from '../run/run.ts';

export const METADATA_FILE = 'metadata';
export const ORIGIN_FILE = 'checkpoint.json';

export interface Origin {
  readonly plan: Plan;
  /** Of the job that took it, from 1. */
  readonly version: number;
}

export interface KeptCheckpoint {
  /** "savepoint-2-7": kind, attempt, id. */
  readonly name: string;
  /** By name in the directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly origin: Origin;
}

/** Copies it, now. Throws `JobError` if its metadata cannot be read, `Error` if an object is missing. */
export function keep({ name, version, object }: KeepableCheckpoint, plan: Plan): KeptCheckpoint {
  const found = (object_: string): Uint8Array => {
    const bytes = object(object_);
    if (bytes === undefined) throw new Error(`checkpoint object ${object_} is missing`);
    return bytes.slice();
  };
  const bytes = found(name);
  const metadata = readMetadata(bytes);
  const prefix = takenUnder(metadata);
  const objects = [...objectsOf(metadata)].map((one) => [fileOf(one, prefix), found(one)] as const);
  const { kind, attempt, checkpoint } = metadata;
  return {
    name: `${kind}-${attempt}-${checkpoint}`,
    files: new Map([[METADATA_FILE, bytes], ...objects]),
    origin: { plan, version },
  };
}

/** Name of the file of an object. */
export function fileOf(object: string, prefix: string): string {
  return (object.startsWith(prefix) ? object.slice(prefix.length) : object).replaceAll('/', '+');
}

export function originDocument({ plan, version }: Origin): string {
  return canonicalDocument({ format: 1, version, plan });
}
