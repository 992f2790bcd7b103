import { expect, it } from 'vitest';
import { lsmUploadsTask } from '../measurements/lsm-uploads-task.ts';
import { lsmWorkTask } from '../measurements/lsm-work-task.ts';
import { seriesOf } from '../measurements/snapshots-task.ts';
import { KeyedTask, ON_HEAP } from './keyed-task.ts';
import { accessesOf, plainAccessesOf, STATE_KINDS, timedAccesses, TTL_CLEANUPS } from './kinds.ts';
import { type Accesses, drawnKey, drawnTurns, fill } from './load.ts';
import { MemoryDisk } from './memory-disk.ts';
import { lsmSettings, MEMORY_NAMES, plainRows, rowReads, rowUpdates } from './rows.ts';

const KEYS = 40;
const read = (accesses: Accesses): number => {
  fill(accesses, KEYS);
  return drawnTurns(accesses, 5, KEYS, 500);
};

it.each(STATE_KINDS)('a %s state reads what the plain one reads', (kind) => {
  expect(read(accessesOf(kind, new KeyedTask(ON_HEAP)))).toBe(read(plainAccessesOf(kind)));
});

it.each(TTL_CLEANUPS)('so does a value state with time to live, clean-up %s: nothing expires', (cleanup) => {
  expect(read(timedAccesses(cleanup, new KeyedTask(ON_HEAP)))).toBe(read(plainAccessesOf('value')));
});

it('rows are the same in a Map, on the heap and in files, with checkpoints between', () => {
  const states = [ON_HEAP, ...MEMORY_NAMES.map((memory) => lsmSettings(memory, 400))].map((settings) => {
    const task = new KeyedTask(settings);
    return { task, updates: rowUpdates(task), reads: rowReads(task) };
  });
  const plain = plainRows();
  for (const updates of [plain.updates, ...states.map((state) => state.updates)]) fill(updates, 400);
  for (let nth = 0; nth < 4; nth++) {
    const [updated, seen] = [drawnTurns(plain.updates, nth, 400, 300), drawnTurns(plain.reads, nth, 400, 400)];
    for (const { task, updates, reads } of states) {
      expect(drawnTurns(updates, nth, 400, 300)).toBe(updated);
      expect(task.checkpoint()).toBeGreaterThan(0);
      expect(drawnTurns(reads, nth, 400, 400)).toBe(seen);
    }
  }
});

it('what is in cache is not read from the disk; the less memory, the more is read and written', () => {
  const [cached, tight, tighter] = MEMORY_NAMES.map((memory) => lsmWorkTask(memory, 3_000));
  expect(cached!.readsPerAccess).toBe(0);
  expect(tight!.readsPerAccess).toBeGreaterThan(0);
  expect(tighter!.readsPerAccess).toBeGreaterThan(tight!.readsPerAccess);
  expect(tighter!.amplification).toBeGreaterThan(tight!.amplification);
});

it('a full checkpoint uploads all, an incremental one less', () => {
  const { incremental, full } = lsmUploadsTask({ keys: 2_000, memoryBytes: 20_000, changed: 20, checkpoints: 8 });
  expect(incremental.bytes).toHaveLength(8);
  expect(new Set(full.bytes).size).toBe(1);
  expect(Math.max(...incremental.bytes)).toBeLessThan(full.bytes[0]!);
});

it('keys are drawn from the whole range, and filling has each of them once', () => {
  const drawn = Array.from({ length: 1_000 }, (_, n) => drawnKey(3, n, 10));
  expect([...new Set(drawn)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const filled: number[] = [];
  fill({ accesses: 1, turn: (key) => filled.push(key) }, 10);
  expect(filled.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('an access costs its median over the rounds, so that a pause at another one each time is in none', () => {
  const rounds = [
    [1, 9, 50],
    [1, 70, 2],
    [60, 9, 2],
  ].map((times) => Float64Array.from(times));
  expect(seriesOf(rounds)).toEqual({ dearest: 9, all: 12, dearestWithPauses: 60 });
});

it('a disk in memory reads what was appended, short at the end, and counts', () => {
  const disk = new MemoryDisk();
  disk.append('/a/x', Uint8Array.of(1, 2, 3));
  disk.append('/a/x', new Uint8Array(5_000).fill(7));
  expect([...disk.readNow('/a/x', 1, 3)]).toEqual([2, 3, 7]);
  expect(disk.read('/a/x', 5_002, 9).take()).toEqual(Uint8Array.of(7));
  disk.rename('/a/x', '/a/y');
  expect(disk.list('/a').take()).toEqual(['y']);
  expect([disk.reads, disk.writtenBytes]).toEqual([2, 5_003]);
  disk.remove('/a/y');
  expect(() => disk.readNow('/a/y', 0, 1)).toThrow('there is no file /a/y');
});
