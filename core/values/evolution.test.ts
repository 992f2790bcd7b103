import { expect, it } from 'vitest';
import { JobError } from '../errors.ts';
import {
  boolean,
  defineType,
  enumOf,
  float64,
  int32,
  int64,
  json,
  list,
  nullable,
  record,
  string,
  tuple,
  type TypeInfo,
  union,
  withDefault,
} from '../job/types.ts';
import { ByteReader, bytesOf } from './bytes.ts';
import { compatibilityOf, migrationOf, requireAsIs } from './evolution.ts';
import { fromBytes, readType, toBytes, writeType } from './serializers.ts';

/** The type as a snapshot gives it back: without code, without defaults. */
const stored = (type: TypeInfo): TypeInfo => readType(new ByteReader(bytesOf((out) => writeType(type, out))));

/** Through bytes, as a restore does it. */
function restored<A>(written: TypeInfo<A>, value: A, declared: TypeInfo): unknown {
  const header = stored(written);
  const read = fromBytes(header, toBytes(written, value));
  const convert = migrationOf('state "s"', header, declared);
  return convert === undefined ? read : convert(read);
}

const money1 = defineType<number>({ name: 'money', version: 1, write: (n) => Uint8Array.of(n), read: ([n = 0]) => n });
const money2 = defineType<number>({
  name: 'money',
  version: 2,
  write: (n) => Uint8Array.of(n >> 8, n & 255),
  read: ([high = 0, low = 0]) => high * 256 + low,
  migrate: ([n = 0], version) => n * 100 * version,
});

const before = record({ id: string, n: int32, gone: boolean });
const cases: readonly (readonly [
  name: string,
  kind: string,
  from: TypeInfo,
  to: TypeInfo,
  value: unknown,
  after: unknown,
])[] = [
  [
    'equal',
    'as-is',
    before,
    record({ id: string, n: int32, gone: boolean }),
    { id: 'a', n: 1, gone: true },
    { id: 'a', n: 1, gone: true },
  ],
  [
    'added with a default',
    'after-migration',
    record({ a: int32 }),
    record({ a: int32, b: withDefault(string, 'x') }),
    { a: 1 },
    { a: 1, b: 'x' },
  ],
  [
    'added, null by default',
    'after-migration',
    record({ a: int32 }),
    record({ b: withDefault(nullable(string), null), a: int32 }),
    { a: 1 },
    { b: null, a: 1 },
  ],
  [
    'removed',
    'after-migration',
    before,
    record({ id: string, n: int32 }),
    { id: 'a', n: 1, gone: true },
    { id: 'a', n: 1 },
  ],
  [
    'reordered',
    'after-migration',
    record({ a: int32, b: int32 }),
    record({ b: int32, a: int32 }),
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  ['widened', 'after-migration', tuple(int32, int32, int64), tuple(int64, float64, float64), [1, -2, 3], [1, -2, 3]],
  ['made nullable', 'after-migration', list(int32), list(nullable(int64)), [1, 2], [1, 2]],
  ['nullable parts', 'after-migration', nullable(record({ a: int32 })), nullable(record({ a: int64 })), null, null],
  [
    'null inside of a tuple',
    'after-migration',
    tuple(nullable(before), int32),
    tuple(nullable(record({ id: string })), int32),
    [null, 1],
    [null, 1],
  ],
  ['a member behind', 'as-is', enumOf('a', 'b'), enumOf('a', 'b', 'c'), 'b', 'b'],
  ['a member before', 'after-migration', enumOf('a', 'b'), enumOf('z', 'a', 'b'), 'b', 'b'],
  ['a member less, not in use', 'after-migration', enumOf('a', 'b'), enumOf('b'), 'b', 'b'],
  [
    'a tag behind',
    'as-is',
    union({ a: int32 }),
    union({ a: int32, b: string }),
    { tag: 'a', value: 1 },
    { tag: 'a', value: 1 },
  ],
  [
    'tags with other places and types',
    'after-migration',
    union({ a: int32, b: string }),
    union({ c: json, b: string, a: int64 }),
    { tag: 'a', value: 1 },
    { tag: 'a', value: 1 },
  ],
  ['a type of the job, same version', 'as-is', list(money1), list(money1), [3], [3]],
  [
    'a type of the job, later version',
    'after-migration',
    record({ m: money1 }),
    record({ m: nullable(money2) }),
    { m: 3 },
    { m: 300 },
  ],
];
it.each(cases)('%s: compatible %s', (_, kind, from, to, value, after) => {
  expect(compatibilityOf(stored(from), to).kind).toBe(kind);
  const result = restored(from, value, to);
  expect(result).toEqual(after);
  // It can be written as what it is now, with fields in the order of the type.
  expect(fromBytes(to, toBytes(to, result))).toEqual(after);
});

it.each<[string, TypeInfo, TypeInfo, string]>([
  ['narrowed', int64, int32, 'int64 cannot become int32'],
  [
    'added without a default',
    record({ a: int32 }),
    record({ a: int32, b: nullable(string) }),
    'b: the field is new and has no default; declare it with one: b: withDefault(nullable(string), ...)',
  ],
  [
    'a part of a part',
    list(record({ a: list(string) })),
    list(record({ a: list(int32) })),
    '[].a[]: string cannot become int32',
  ],
  ['no longer nullable', nullable(int32), int32, 'nullable(int32) cannot become int32'],
  ['another length', tuple(int32), tuple(int32, int32), 'tuple(int32) cannot become tuple(int32, int32)'],
  [
    'an older version',
    money2,
    money1,
    'the type "money" was written by version 2, the job has version 1; start the job with version 2',
  ],
  [
    'no migrate',
    money1,
    defineType({ ...money2, name: 'money', version: 3, write: () => new Uint8Array(), read: () => 0 }),
    'has no migrate; give defineType a migrate',
  ],
  [
    'another type of the job',
    money1,
    defineType({ name: 'cash', version: 1, write: () => new Uint8Array(), read: () => 0 }),
    '"money" version 1 cannot become "cash" version 1',
  ],
  ['a case', union({ a: int64 }), union({ a: int32 }), 'a: int64 cannot become int32'],
])('%s: incompatible, with both types and the remedy', (_, from, to, message) => {
  expect(() => migrationOf('state "s"', stored(from), to)).toThrow(message);
  expect(() => migrationOf('state "s"', stored(from), to)).toThrow('state "s" was written as ');
});

it('a member or a tag that is gone is incompatible only with a value that has it', () => {
  expect(() => restored(enumOf('a', 'b'), 'a', enumOf('b'))).toThrow('a stored value has the member "a"');
  const shape = record({ s: union({ a: int32, b: string }) });
  expect(restored(shape, { s: { tag: 'b', value: 'x' } }, record({ s: union({ b: string }) }))).toEqual({
    s: { tag: 'b', value: 'x' },
  });
  expect(() => restored(shape, { s: { tag: 'a', value: 1 } }, record({ s: union({ b: string }) }))).toThrow(
    's: a stored value has the tag "a"',
  );
});

it('what migrate throws is an error of the job that names the type and both versions', () => {
  const throwing = defineType<number>({
    ...code(2),
    migrate: () => {
      throw new TypeError('no such coin');
    },
  });
  expect(() => restored(money1, 1, throwing)).toThrow(
    'the type "money" version 2 cannot make a value of what version 1 wrote: TypeError: no such coin',
  );
  expect(() => restored(money1, 1, throwing)).toThrow(JobError);
});

function code(version: number) {
  return { name: 'money', version, write: (n: number) => Uint8Array.of(n), read: ([n = 0]: Uint8Array) => n };
}

it('keys keep their bytes', () => {
  expect(requireAsIs('the key', stored(enumOf('a')), enumOf('a', 'b'))).toBeUndefined();
  expect(() => requireAsIs('the key', stored(int32), int64)).toThrow(
    'the key was written as int32 and is declared as int64: a key keeps its type',
  );
});
