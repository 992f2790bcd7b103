import { expect, it } from 'vitest';
import { keptBy, Readings } from './readings.ts';

const bytes = (...of: readonly number[]): Uint8Array => new Uint8Array(of);

it('what was read is read again when an object of it is another array, has gone or has come, and not before', () => {
  const objects = new Map([
    ['m', bytes(1)],
    ['s', bytes(2)],
  ]);
  const readings = new Readings<string>((name) => objects.get(name));
  let reads = 0;
  const read = (by: unknown = 'job'): string =>
    readings.of('m', by, (object) => {
      reads++;
      return ['m', 's', 'late'].map((name) => object(name)?.join() ?? 'none').join(' ');
    });
  expect([read(), read(), reads]).toEqual(['1 2 none', '1 2 none', 1]);
  objects.set('beside', bytes(9));
  expect([read(), reads]).toEqual(['1 2 none', 1]);
  objects.set('s', bytes(3));
  expect([read(), reads]).toEqual(['1 3 none', 2]);
  objects.set('m', bytes(1));
  expect([read(), reads]).toEqual(['1 3 none', 3]);
  objects.delete('s');
  expect([read(), read(), reads]).toEqual(['1 none none', '1 none none', 4]);
  objects.set('late', bytes(4));
  expect([read(), reads]).toEqual(['1 none 4', 5]);
  expect([read('another job'), read(), reads]).toEqual(['1 none 4', '1 none 4', 6]);
});

it('the last six are kept', () => {
  const readings = new Readings<string>((name) => bytes(name.length));
  const read: string[] = [];
  const all = (names: string): string => {
    read.length = 0;
    for (const name of names) readings.of(name, undefined, () => (read.push(name), name));
    return read.join('');
  };
  expect(all('abcdef')).toBe('abcdef');
  expect(all('abcdef')).toBe('');
  expect(all('g')).toBe('g');
  expect(all('bcdefg')).toBe('');
  expect(all('a')).toBe('a');
  const decoded: Uint8Array[] = [];
  const decode = keptBy((of: Uint8Array) => (decoded.push(of), of.length));
  const arrays = Array.from({ length: 7 }, (_, i) => bytes(i));
  for (const one of arrays) decode(one);
  for (const one of arrays.slice(1)) decode(one);
  expect(decoded).toEqual(arrays);
  const [first = bytes()] = arrays;
  decode(first);
  expect(decoded).toHaveLength(8);
});

it('bytes that cannot be decoded are tried anew', () => {
  let tries = 0;
  const decode = keptBy(() => {
    throw new Error(`try ${++tries}`);
  });
  const one = bytes(1);
  expect(() => decode(one)).toThrow('try 1');
  expect(() => decode(one)).toThrow('try 2');
});
