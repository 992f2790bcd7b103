import { expect, it } from 'vitest';
import * as t from '../../core/api/index.ts';
import { takerOf } from '../../core/values/taker.ts';
import { isOfType } from './of-type.ts';

const even = t.defineType<number>({
  name: 'even',
  version: 1,
  write: (n) => {
    if (typeof n !== 'number' || n % 2 !== 0) throw new Error(`${String(n)} is not even`);
    return Uint8Array.of(n & 255);
  },
  read: ([n = 0]) => n,
});

const TYPES: readonly t.TypeInfo[] = [
  t.boolean,
  t.int32,
  t.int64,
  t.float64,
  t.bigint,
  t.string,
  t.bytes,
  t.json,
  t.nullable(t.int32),
  t.list(t.int32),
  t.tuple(t.int32, t.string),
  t.record({ a: t.int32, b: t.nullable(t.string) }),
  t.record({}),
  t.enumOf('x', 'y'),
  t.union({ n: t.int32, s: t.string }),
  even,
];

class Row {
  readonly a = 1;
  readonly b = null;
}
const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);

/** Whatever a function may hand over: near both sides of each rule. */
const values = (): readonly unknown[] => [
  ...[undefined, null, true, 0, -0, 1, 1.5, NaN, Infinity, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1],
  ...[Number.MAX_SAFE_INTEGER, 2 ** 53, 1n, '', 'x', 'z', new Uint8Array(1), [], [1], [1, 'a'], [1, 'a', 2], ['a', 1]],
  ...[
    new Array(1),
    [NaN],
    [undefined],
    {},
    { a: 1, b: null },
    { a: 1, b: 'b', c: 1 },
    { a: 1 },
    new Row(),
    new Date(0),
  ],
  ...[{ tag: 'n', value: 1 }, { tag: 's', value: 1 }, { tag: 'n', value: 1, more: 1 }, { tag: 'n' }, { tag: 'q' }],
  ...[deep(64), deep(65), new Map(), () => 1, Symbol('s')],
];

it.each(TYPES.map((type) => [type.kind, type] as const))('says of %s what the engine says', (_, type) => {
  for (const value of values()) expect([value, isOfType(type, value)]).toEqual([value, takerOf(type).admit(value)]);
});
