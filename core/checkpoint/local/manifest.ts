/**
 * What a host keeps of the keyed state of one subtask: the manifest of its local copies (SEMANTICS U8). Pure.
 *
 *     taken(n)       the copies of checkpoint n are kept beside those of others
 *     completed(n)   nothing is ever restored that is older than n: only n and what is newer stays
 *     aborted(n)     n will never be restored
 *
 * A file may be the copy of an object that several checkpoints name: it goes when none of them does. The manifest is one file, which is
 * replaced as a whole: checksum (4 bytes, of what follows), format version, content.
 */
import { int32, int64, list, record, string, type TypeOf } from '../../job/types.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import { crc32 } from '../../values/checksum.ts';
import { serializerOf } from '../../values/serializers.ts';

/** Of one object. `file`: its name in the directory of the job. */
const localCopy = record({ object: string, file: string, length: int64, checksum: int64 });
export type LocalCopy = TypeOf<typeof localCopy>;

const localCheckpoint = record({ checkpoint: int64, copies: list(localCopy) });
export type LocalCheckpoint = TypeOf<typeof localCheckpoint>;

const localManifest = record({
  /** Whose task wrote it. */
  attempt: int64,
  vertex: string,
  subtask: int32,
  /** Key groups, inclusive. */
  first: int32,
  last: int32,
  /** Oldest first. */
  checkpoints: list(localCheckpoint),
});
export type LocalManifest = TypeOf<typeof localManifest>;

const VERSION = 1;
const CHECKSUM_BYTES = 4;
const codec = serializerOf(localManifest);

export function writeManifest(manifest: LocalManifest): Uint8Array {
  const content = bytesOf((out) => {
    out.varint(VERSION);
    codec.write(manifest, out);
  });
  const bytes = new Uint8Array(CHECKSUM_BYTES + content.length);
  new DataView(bytes.buffer).setUint32(0, crc32(content));
  bytes.set(content, CHECKSUM_BYTES);
  return bytes;
}

/** Undefined: it is torn or damaged, or of another version of the format. */
export function readManifest(bytes: Uint8Array): LocalManifest | undefined {
  if (bytes.length <= CHECKSUM_BYTES) return undefined;
  const content = bytes.subarray(CHECKSUM_BYTES);
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (crc32(content) !== checksum) return undefined;
  const input = new ByteReader(content);
  return input.varint() === VERSION ? codec.read(input) : undefined;
}

export function withTaken(manifest: LocalManifest, taken: LocalCheckpoint): LocalManifest {
  const others = manifest.checkpoints.filter(({ checkpoint }) => checkpoint !== taken.checkpoint);
  const checkpoints = [...others, taken].sort((a, b) => a.checkpoint - b.checkpoint);
  return withCheckpoints(manifest, checkpoints);
}

export function withCompleted(manifest: LocalManifest, completed: number): LocalManifest {
  return keeping(manifest, (checkpoint) => checkpoint >= completed);
}

export function withAborted(manifest: LocalManifest, aborted: number): LocalManifest {
  return keeping(manifest, (checkpoint) => checkpoint !== aborted);
}

/** The same manifest if all of them stay. */
function keeping(manifest: LocalManifest, stays: (checkpoint: number) => boolean): LocalManifest {
  const checkpoints = manifest.checkpoints.filter(({ checkpoint }) => stays(checkpoint));
  return checkpoints.length === manifest.checkpoints.length ? manifest : withCheckpoints(manifest, checkpoints);
}

function withCheckpoints(manifest: LocalManifest, checkpoints: readonly LocalCheckpoint[]): LocalManifest {
  const { attempt, vertex, subtask, first, last } = manifest;
  return { attempt, vertex, subtask, first, last, checkpoints };
}

export function filesOf({ checkpoints }: Pick<LocalManifest, 'checkpoints'>): ReadonlySet<string> {
  return new Set(checkpoints.flatMap(({ copies }) => copies.map(({ file }) => file)));
}

/** By object. */
export function copiesOf({ checkpoints }: Pick<LocalManifest, 'checkpoints'>): ReadonlyMap<string, LocalCopy> {
  return new Map(checkpoints.flatMap(({ copies }) => copies.map((copy) => [copy.object, copy])));
}
