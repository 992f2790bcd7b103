import { expect, it } from 'vitest';
import { seriesOf } from '../measurements/snapshots-task.ts';
import { KeyedTask, ON_HEAP } from './keyed-task.ts';
import { accessesOf, plainAccessesOf, STATE_KINDS, timedAccesses, TTL_CLEANUPS } from './kinds.ts';
import { type Accesses, drawnKey, drawnTurns, fill } from './load.ts';
import { MemoryDisk } from './memory-disk.ts';

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
