import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DamageError } from '../../errors.ts';
import { readBlock, type Block, type BlockRef } from './block.ts';
import { crc32 } from '../../values/checksum.ts';
import { Memtable, type StoredEntry } from './memtable.ts';
import { Merge } from './merge.ts';
import { findInRun, type Run, RunWriter } from './run.ts';

interface Written {
  readonly run: Run;
  readonly file: Uint8Array;
}

function written(entries: readonly StoredEntry[], blockBytes: number): Written {
  const writer = new RunWriter(1, 77, blockBytes);
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    writer.add(entry);
    if (writer.ready > 100) parts.push(writer.take());
  }
  const run = writer.finish();
  parts.push(writer.take());
  return { run, file: Uint8Array.from(parts.flatMap((part) => [...part])) };
}

const loader =
  ({ file }: Written) =>
  (run: Run, { offset, length }: BlockRef): Block =>
    readBlock(file.slice(offset, offset + length), run.seed, offset, 'run-1');

const entry = fc.record({
  key: fc.string({ maxLength: 12, unit: fc.constantFrom('\x00', 'a', 'b', '\xff') }).map((rest) => `k${rest}`),
  value: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
});
const sorted = fc
  .uniqueArray(entry, { selector: ({ key }) => key, minLength: 1, maxLength: 120, size: 'max' })
  .map((entries) => entries.toSorted((a, b) => (a.key < b.key ? -1 : 1)));

it('a run gives back what was written, by key and in order from anywhere, with blocks of any size', () => {
  fc.assert(
    fc.property(sorted, fc.integer({ min: 1, max: 300 }), entry, (entries, blockBytes, { key: other }) => {
      const whole = written(entries, blockBytes);
      const load = loader(whole);
      expect(whole.run.bytes).toBe(whole.file.length);
      for (const one of entries) expect(findInRun(whole.run, one.key, load)).toEqual(one);
      expect(findInRun(whole.run, other, load)).toEqual(entries.find(({ key }) => key === other));
      const merge = new Merge([{ run: whole.run }], other);
      const read: StoredEntry[] = [];
      for (;;) {
        for (let run = merge.waiting; run !== undefined; run = merge.waiting) {
          if (run.needed !== undefined) run.supply(load(run.run, run.needed));
        }
        if (merge.entry === undefined) break;
        read.push(merge.entry);
        merge.next();
      }
      expect(read).toEqual(entries.filter(({ key }) => key >= other));
    }),
    { seed: 12, numRuns: 60 },
  );
});

it('every bit of a block that is wrong, and a block in the place of another one, is a DamageError', () => {
  const entries = Array.from({ length: 40 }, (_, i) => ({ key: `k${100 + i}`, value: Uint8Array.of(i, i) }));
  const whole = written(entries, 64);
  for (let at = 0; at < whole.run.root.length; at++) {
    const file = whole.file.slice();
    const place = whole.run.root.offset + at;
    file[place] = (file[place] ?? 0) ^ (1 << (at % 8));
    expect(() => findInRun(whole.run, 'k120', loader({ ...whole, file })), `byte ${at}`).toThrow(DamageError);
  }
  const { root } = whole.run;
  const bytes = whole.file.slice(root.offset, root.offset + root.length);
  expect(readBlock(bytes, 77, root.offset, 'f').keys.length).toBeGreaterThan(1);
  expect(() => readBlock(bytes, 77, root.offset + 1, 'f')).toThrow(/byte \d+ of f is damaged/);
  expect(() => readBlock(bytes, 78, root.offset, 'f')).toThrow(/damaged/);
  expect(() => readBlock(new Uint8Array(2), 77, 0, 'f')).toThrow(/damaged/);
});

it('the checksum is CRC-32', () => {
  expect(crc32(Uint8Array.from('123456789', (c) => c.charCodeAt(0)))).toBe(0xcbf43926);
});

it('a memtable holds what a map holds, in order, and knows its size', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300, size: 'max' }), fc.string({ maxLength: 2 }), (writes, from) => {
      const memtable = new Memtable();
      const map = new Map<string, Uint8Array | undefined>();
      for (const { key, value } of writes) {
        memtable.set(key, value);
        map.set(key, value);
        expect(memtable.get(key)).toEqual({ key, value });
      }
      const all = [...map].map(([key, value]) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1));
      expect([...memtable.from(from)]).toEqual(all.filter(({ key }) => key >= from));
      expect(memtable.bytes).toBe(memtable.measuredBytes);
      expect(memtable.isEmpty).toBe(writes.length === 0);
    }),
    { seed: 13, numRuns: 40 },
  );
});
