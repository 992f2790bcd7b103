/**
 * What a `Disk` promises to a process that dies in the middle of its writes while the power stays on: what it has asked for may
 * be done in part, in order. A writer goes through records until it dies; a judge reads what is left of them.
 *
 *     log      record 1, record 2, ...         each synced before the next one
 *     current  the last record, whole: written beside it, synced, renamed into its place, the directory synced
 */
import type { Disk } from '../../../core/ports.ts';
import type { Coroutine } from '../../../core/waiting.ts';
import { ContractBroken } from '../../contract.ts';

const LOG = '/d/log';
const NEXT = '/d/next';
const CURRENT = '/d/current';
const READ_BYTES = 65_536;

/** Writes `count` records of this length; `synced` is told of each when nothing of it can be lost any more. */
export function* writeRecords(
  disk: Disk,
  { count, length }: { readonly count: number; readonly length: number },
  synced: (record: number) => void,
): Coroutine<void> {
  for (let record = 1; record <= count; record++) {
    const bytes = contentOf(record, length);
    yield* disk.append(LOG, bytes);
    yield* disk.sync(LOG);
    yield* disk.append(NEXT, bytes);
    yield* disk.sync(NEXT);
    yield* disk.rename(NEXT, CURRENT);
    yield* disk.syncDirectory('/d');
    synced(record);
  }
}

/**
 * Throws `ContractBroken` if something is left that such a writer cannot have left. `synced`: the last record that it has told of.
 * Returns how many bytes there are of a record that was not whole.
 */
export function* judgeRecords(disk: Disk, length: number, synced: number): Coroutine<number> {
  const log = yield* content(disk, LOG);
  if (log.length < synced * length)
    throw new ContractBroken(`${synced} records of ${length} bytes are synced, ${log.length} bytes are there`);
  for (let at = 0; at < log.length; at += length) {
    const part = log.subarray(at, at + length);
    const record = 1 + at / length;
    equal(part, contentOf(record, length).subarray(0, part.length), `record ${record} in ${LOG}`);
  }
  const current = yield* content(disk, CURRENT);
  const record = current[0] === contentOf(synced, length)[0] ? synced : synced + 1;
  equal(current, contentOf(record, length), `the current record, which is ${synced} or the next one`);
  return log.length % length;
}

function equal(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (actual.length !== expected.length || actual.some((byte, at) => byte !== expected[at]))
    throw new ContractBroken(`${what}: it is not what was written`);
}

/** Neighbours differ in every byte. */
function contentOf(record: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = record + 7 * (at % 31);
  return bytes;
}

/** The whole file, however short the reads are. */
function* content(disk: Disk, path: string): Coroutine<Uint8Array> {
  let all = new Uint8Array(0);
  for (;;) {
    const part = yield* disk.read(path, all.length, READ_BYTES);
    if (part.length === 0) return all;
    const longer = new Uint8Array(all.length + part.length);
    longer.set(all);
    longer.set(part, all.length);
    all = longer;
  }
}
