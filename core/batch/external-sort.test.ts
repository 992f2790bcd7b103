import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DamageError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { type Coroutine, Deferred, type Pending } from '../waiting.ts';
import { ExternalSort } from './external-sort.ts';
import { compareEntries, type SortEntry } from './sorted-run.ts';

/** Files in memory; reads are short. */
function memoryDisk(files = new Map<string, Uint8Array>()): Disk & { readonly files: Map<string, Uint8Array> } {
  const now = <T>(value: T): Pending<T> => {
    const deferred = new Deferred<T>('nothing');
    deferred.resolve(value);
    return deferred;
  };
  const unused = (): never => {
    throw new Error('the sort does not ask for it');
  };
  return {
    files,
    read: (path, at, length) => now((files.get(path) ?? new Uint8Array()).slice(at, at + Math.ceil(length / 2))),
    append: (path, bytes) => {
      const before = files.get(path) ?? new Uint8Array();
      const after = new Uint8Array(before.length + bytes.length);
      after.set(before);
      after.set(bytes, before.length);
      files.set(path, after);
      return now(undefined);
    },
    remove: (path) => {
      files.delete(path);
      return now(undefined);
    },
    readNow: unused,
    sync: unused,
    syncDirectory: unused,
    rename: unused,
    list: unused,
  };
}

function run<T>(body: Coroutine<T>): T {
  for (;;) {
    const step = body.next();
    if (step.done === true) return step.value;
    if (!step.value.settled) throw new Error(`waits for ${step.value.what}`);
  }
}

function* sorted(sort: ExternalSort, entries: readonly SortEntry[]): Coroutine<readonly SortEntry[]> {
  for (const entry of entries) if (sort.add(entry)) yield* sort.spill();
  yield* sort.finish();
  const all: SortEntry[] = [];
  for (;;) {
    const next = yield* sort.next(3);
    if (next.length === 0) return all;
    all.push(...next);
  }
}

const entryOf = (seq: number, key: number, timestamp: number | undefined): SortEntry => ({
  key: Uint8Array.of(key),
  timestamp,
  edge: seq % 2,
  sender: seq % 3,
  seq,
  value: new Uint8Array(20).fill(seq % 251),
});

it('gives back everything, in order, however often it spills and merges', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5), fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined })), { maxLength: 400 }),
      fc.integer({ min: 100, max: 4_000 }),
      (drawn, memoryBytes) => {
        const entries = drawn.map(([key, timestamp], seq) => entryOf(seq, key, timestamp));
        let spilled = 0;
        let merged = 0;
        const disk = memoryDisk();
        const sort = new ExternalSort({
          disk,
          prefix: 'sort/t-0/1-',
          memoryBytes,
          spilled: (records) => void (spilled += records),
          merged: (runs) => void (merged += runs),
        });
        expect(run(sorted(sort, entries))).toEqual([...entries].sort(compareEntries));
        expect(spilled).toBeLessThanOrEqual(entries.length);
        if (spilled > 16 * (memoryBytes / 100)) expect(merged).toBeGreaterThan(0);
        sort.close();
        expect([...disk.files.keys()]).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

it('a block that is not what was written is found', () => {
  const disk = memoryDisk();
  const options = { disk, prefix: 'p-', memoryBytes: 100, spilled: () => undefined, merged: () => undefined };
  const entries = Array.from({ length: 8 }, (_, seq) => entryOf(seq, seq, 0));
  const sort = new ExternalSort(options);
  for (const entry of entries) if (sort.add(entry)) run(sort.spill());
  const [path = '', bytes = new Uint8Array()] = [...disk.files][0] ?? [];
  bytes[3] = (bytes[3] ?? 0) ^ 4;
  disk.files.set(path, bytes);
  expect(() => run(sort.finish())).toThrow(DamageError);
});
