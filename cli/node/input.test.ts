import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { INPUT_OPTIONS, eventsIn } from '../input/testing/read.ts';
import { readInput } from './input.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-input-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
const of = (path: string) => readInput({ ...INPUT_OPTIONS, file: path }, () => undefined);
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"k":"key-${from + i}","t":${from + i}}\n`).join('');

describe('an input', () => {
  it('is a file, plain or gzip, longer than a piece of it', async () => {
    const text = lines(0, 30_000);
    const plain = await of(file('plain.ndjson', text));
    expect(eventsIn(plain)).toHaveLength(30_000);
    expect(eventsIn(plain).at(-1)).toBe('key-29999@29999');
    expect(eventsIn(await of(file('packed.gz', gzipSync(text))))).toEqual(eventsIn(plain));
    // Files that were packed one by one and put behind each other are one file, as for gzip itself.
    const parts = Buffer.concat([gzipSync(lines(0, 3)), gzipSync(lines(3, 5))]);
    expect(eventsIn(await of(file('parts.gz', parts)))).toHaveLength(5);
  });

  it('is a directory: its files in order of their names, without hidden ones and directories', async () => {
    const name = 'many';
    mkdirSync(join(directory, name, 'below'), { recursive: true });
    for (const [part, content] of [
      ['2', gzipSync(lines(1, 2))],
      ['10', lines(0, 1)],
      ['3', ''],
      ['.hidden', 'nonsense'],
      ['below/4', 'nonsense'],
    ] as const) {
      file(`${name}/${part}`, content);
    }
    const input = await of(join(directory, name));
    expect(eventsIn(input)).toEqual(['key-0@0', 'key-1@1']);
    expect(input.columns.files).toEqual([0, 1, 2]);
  });

  it('that cannot be read says which file, and why', async () => {
    await expect(of(join(directory, 'gone'))).rejects.toThrow(/gone: there is no such file$/);
    mkdirSync(join(directory, 'empty'));
    await expect(of(join(directory, 'empty'))).rejects.toThrow(/there is no file in this directory$/);
    await expect(of(file('nothing', ''))).rejects.toThrow(/there are no events/);
    const half = gzipSync(lines(0, 1000)).subarray(0, 500);
    await expect(of(file('half.gz', half))).rejects.toThrow(
      /half\.gz cannot be read, nothing was run:\n.*unexpected end of file/,
    );
  });
});
