/** Directories of checkpoints: written by runs, read by `inspect`. */
import { type CheckpointMetadata, objectsOf, readMetadata, takenUnder } from '../core/checkpoint/storage/metadata.ts';
import { type CheckpointFigures, figuresOf } from '../core/checkpoint/storage/figures.ts';
import { messageOf, rethrowKilled } from '../core/errors.ts';
import { defaultParts } from '../core/parts.ts';
import type { StateBackend } from '../core/state/backend.ts';
import type { ObjectLookup } from '../core/state/handles.ts';
import {
  fileOf,
  keep,
  type KeptCheckpoint,
  METADATA_FILE,
  type Origin,
  ORIGIN_FILE,
  originDocument,
} from '../properties/case/kept-checkpoint.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { KeepableCheckpoint } from '../properties/run/run.ts';
import { BadUsage } from './exit-codes.ts';
import type { Platform } from './platform.ts';
import type { Workspace } from './workspace.ts';

/** Checkpoints of one run: what they hold, and copies of them in a directory, if one is named. */
export class CheckpointWatch {
  readonly figures: CheckpointFigures[] = [];
  /** Directories that were written. */
  readonly kept: string[] = [];
  readonly #platform: Platform;
  readonly #backend: StateBackend;
  readonly #directory: string | undefined;

  constructor(platform: Platform, { options }: Workspace, directory: string | undefined) {
    this.#platform = platform;
    this.#backend = options.parts?.stateBackend ?? defaultParts.stateBackend;
    this.#directory = directory;
  }

  /** For `RunOptions.completed`. What cannot be read is the laws' to judge; here it is named. */
  hear(checkpoint: KeepableCheckpoint, plan: Plan): void {
    try {
      const bytes = checkpoint.object(checkpoint.name);
      if (bytes === undefined) throw new Error('its metadata is missing');
      this.figures.push(figuresOf(readMetadata(bytes), checkpoint.object, this.#backend));
      if (this.#directory !== undefined)
        this.kept.push(writeCheckpoint(this.#platform, this.#directory, keep(checkpoint, plan)));
    } catch (error) {
      rethrowKilled(error);
      if (error instanceof BadUsage) throw error;
      this.#platform.warn(`checkpoint ${checkpoint.name} cannot be read: ${messageOf(error)}`);
    }
  }
}

/** Under a directory of its own. Returns its path. Throws `BadUsage` if it cannot be written. */
function writeCheckpoint(platform: Platform, directory: string, { name, files, origin }: KeptCheckpoint): string {
  const path = `${directory}/${name}`;
  writeCheckpointInto(platform, path, { files, origin });
  return path;
}

/** The metadata comes last: what has metadata is whole. */
export function writeCheckpointInto(
  platform: Platform,
  path: string,
  { files, origin }: Pick<KeptCheckpoint, 'files' | 'origin'>,
): void {
  for (const [file, bytes] of files) if (file !== METADATA_FILE) platform.writeBytes(`${path}/${file}`, bytes);
  platform.writeText(`${path}/${ORIGIN_FILE}`, originDocument(origin));
  const metadata = files.get(METADATA_FILE);
  if (metadata !== undefined) platform.writeBytes(`${path}/${METADATA_FILE}`, metadata);
}

export interface ReadCheckpoint {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly metadata: CheckpointMetadata;
  /** By the names in the metadata. */
  readonly object: ObjectLookup;
  /** All of them, by their names in the directory. Throws `BadUsage` if one is missing. */
  readonly files: () => readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Undefined: nobody knows. */
  readonly origin: Origin | undefined;
}

/** `path`: the directory, or a file in it. Rejects with `BadUsage` if there is no checkpoint, `InvalidInput` for a wrong origin. */
export async function readCheckpointFrom(platform: Platform, path: string): Promise<ReadCheckpoint> {
  const directory = path.replace(/\/(metadata|checkpoint\.json)?$/, '');
  const bytes = platform.readBytes(`${directory}/${METADATA_FILE}`);
  if (bytes === undefined) {
    throw new BadUsage(
      `there is no checkpoint in ${directory}: expected a file ${METADATA_FILE}; \`millrace savepoint\` and --keep-checkpoints write such directories`,
    );
  }
  let metadata: CheckpointMetadata;
  try {
    metadata = readMetadata(bytes);
  } catch (error) {
    throw new BadUsage(`${directory}/${METADATA_FILE}: ${messageOf(error)}`);
  }
  const text = platform.readText(`${directory}/${ORIGIN_FILE}`);
  const prefix = takenUnder(metadata);
  return {
    path: directory,
    bytes,
    metadata,
    object: (name) => platform.readBytes(`${directory}/${fileOf(name, prefix)}`),
    files: () => [
      [METADATA_FILE, bytes],
      ...[...objectsOf(metadata)].map((object): readonly [string, Uint8Array] => {
        const file = fileOf(object, prefix);
        const found = platform.readBytes(`${directory}/${file}`);
        if (found === undefined)
          throw new BadUsage(`${directory}: its file ${file} is missing; copy the whole directory`);
        return [file, found];
      }),
    ],
    origin: text === undefined ? undefined : await originIn(text, `${directory}/${ORIGIN_FILE}`),
  };
}

async function originIn(text: string, path: string): Promise<Origin> {
  const { parseOrigin } = await import('../properties/case/parse.ts');
  return parseOrigin(text, path);
}

/** What universes can start from: it says of which run it is. Rejects as `readCheckpointFrom` does. */
export async function readStartFrom(
  platform: Platform,
  path: string,
): Promise<ReadCheckpoint & { readonly origin: Origin }> {
  const read = await readCheckpointFrom(platform, path);
  const { path: directory, origin } = read;
  if (origin !== undefined) return { ...read, origin };
  throw new BadUsage(
    `--from ${directory}: the file ${ORIGIN_FILE} is missing, which says of which run it is; copy it along with the others`,
  );
}
