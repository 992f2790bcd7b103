/**
 * How an incremental snapshot looks: the runs are objects of their own, which checkpoints share; what is not in them is in the
 * checkpoint's common object.
 *
 *     handle   objects: the common one, then each run, the newest first; own: -1, offset and length of the description
 *     common   length, header (snapshot-format.ts), floors: n, n times start, end, floor; of each run: seed, place and
 *              length of the root, height, bytes, checksum, least key, greatest key,
 *              and the keys that count: from the one, up to the other
 *
 * A run may hold key groups of other subtasks, as they once were. `lsm-inspect.ts` reads the same with
 * code of its own.
 */
import { IoError } from '../../errors.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { FloorRange } from '../../time/floors.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import type { StateSlice } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import { readHeader, type SnapshotHeader, writeHeader } from '../snapshot-format.ts';
import { binaryOf, bytesOfBinary } from './binary.ts';
import type { Run } from './run.ts';

const INCREMENTAL = -1;

export interface IncrementalImage {
  readonly header: SnapshotHeader;
  readonly floors: readonly FloorRange[];
  /** The newest first. */
  readonly runs: readonly Run[];
}

export function isIncremental({ own }: KeyedHandle): boolean {
  return own[0] === INCREMENTAL;
}

export function describeImage({ header, floors, runs }: IncrementalImage): Uint8Array {
  return bytesOf((out) => {
    out.bytes(writeHeader(header));
    out.varint(floors.length);
    for (const { start, end, floor } of floors) {
      out.varint(start);
      out.varint(end);
      out.zigzag(floor);
    }
    out.varint(runs.length);
    for (const { seed, root, height, bytes, checksum, least, greatest, from, to } of runs) {
      for (const number of [seed, root.offset, root.length, height, bytes, checksum]) out.varint(number);
      for (const key of [least, greatest, from, to]) out.bytes(bytesOfBinary(key));
    }
  });
}

export function incrementalHandle(
  { start, end }: KeyGroupRange,
  description: StateSlice,
  runs: readonly string[],
): KeyedHandle {
  return {
    first: start,
    last: end,
    objects: [description.object, ...runs],
    own: [INCREMENTAL, description.offset, description.length],
  };
}

/** `common`: the first object. Throws `IoError` if it is damaged or too short. */
export function readImage({ own, objects }: KeyedHandle, common: Uint8Array): IncrementalImage {
  const [, offset = 0, length = 0] = own;
  if (offset + length > common.length) throw new IoError(`checkpoint object ${objects[0] ?? ''} is too short`);
  const input = new ByteReader(common, offset, offset + length);
  const header = readHeader(input.bytes());
  const floors = Array.from({ length: input.varint() }, () => ({
    start: input.varint(),
    end: input.varint(),
    floor: input.zigzag(),
  }));
  const runs = Array.from({ length: input.varint() }, (_, id) => ({
    id,
    seed: input.varint(),
    root: { offset: input.varint(), length: input.varint() },
    height: input.varint(),
    bytes: input.varint(),
    checksum: input.varint(),
    least: binaryOf(input.bytes()),
    greatest: binaryOf(input.bytes()),
    from: binaryOf(input.bytes()),
    to: binaryOf(input.bytes()),
  }));
  input.expectEnd();
  return { header, floors, runs };
}
