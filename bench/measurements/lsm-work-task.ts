/** What the disk of an lsm backend does for accesses, counted: blocks that are read for a row, and bytes that are written for an update. */
import { KeyedTask } from '../states/keyed-task.ts';
import { drawnTurns, fill } from '../states/load.ts';
import { lsmSettings, type Memory, ROW_BYTES, rowReads, rowUpdates } from '../states/rows.ts';

export interface Work {
  readonly memoryBytes: number;
  readonly readsPerAccess: number;
  /** Bytes written to the disk for each byte of keys and rows that were updated. */
  readonly amplification: number;
}

export function lsmWorkTask(memory: Memory, keys: number): Work {
  const settings = lsmSettings(memory, keys);
  const task = new KeyedTask(settings);
  const { disk } = task;
  const reads = rowReads(task);
  const updates = rowUpdates(task);
  fill(updates, keys);
  // What is in memory after it, and what is on the disk, is as it stays.
  drawnTurns(updates, 1, keys, keys);

  const written = disk.writtenBytes;
  drawnTurns(updates, 2, keys, 2 * keys);
  const amplification = (disk.writtenBytes - written) / (2 * keys * ROW_BYTES);

  drawnTurns(reads, 3, keys, keys);
  const read = disk.reads;
  drawnTurns(reads, 4, keys, keys);
  return { memoryBytes: settings.memoryBytes, readsPerAccess: (disk.reads - read) / keys, amplification };
}
