import fc from 'fast-check';
import { IoError } from '../errors.ts';
import { describe, expect, it } from 'vitest';
import { JobError } from '../errors.ts';
import {
  boolean,
  bigint,
  bytes,
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
} from '../job/types.ts';
import { ByteReader, bytesOf, ByteWriter, compareBytes } from './bytes.ts';
import { keyHasher } from './hash.ts';
import { fromBytes, keyIndexer, readType, sameType, serializerOf, toBytes, writeType } from './serializers.ts';
import { takerOf } from './taker.ts';

const SEED = 20_260_102;

/** Strings of any UTF-16 units: ASCII, composed, and lone surrogates. */
const anyString = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

interface Typed {
  readonly type: TypeInfo;
  readonly value: fc.Arbitrary<unknown>;
}

const primitives: readonly Typed[] = [
  { type: boolean, value: fc.boolean() },
  {
    type: int32,
    value: fc.oneof({ weight: 9, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.constantFrom(0, -0) }),
  },
  {
    type: int64,
    value: fc.oneof({ weight: 9, arbitrary: fc.maxSafeInteger() }, { weight: 1, arbitrary: fc.constantFrom(0, -0) }),
  },
  { type: float64, value: fc.double() },
  { type: string, value: anyString },
  { type: bytes, value: fc.uint8Array({ maxLength: 9 }) },
  { type: bigint, value: fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }) },
  { type: json, value: fc.jsonValue({ maxDepth: 3 }) },
];

/** A type together with an arbitrary of its values. */
const typed: fc.Arbitrary<Typed> = fc.letrec<{ node: Typed }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    fc.constantFrom(...primitives),
    tie('node').map(({ type, value }) => ({ type: nullable(type), value: fc.option(value) })),
    tie('node').map(({ type, value }) => ({ type: list(type), value: fc.array(value, { maxLength: 4 }) })),
    fc.array(tie('node'), { maxLength: 3 }).map((of) => ({
      type: tuple(...of.map((part) => part.type)),
      value: fc.tuple(...of.map((part) => part.value)),
    })),
    fc
      .uniqueArray(
        fc.tuple(
          fc.string().filter((name) => name !== '__proto__'),
          tie('node'),
        ),
        { maxLength: 4, selector: ([name]) => name },
      )
      .map((fields) => ({
        type: record(Object.fromEntries(fields.map(([name, part]) => [name, part.type]))),
        value: fc
          .tuple(...fields.map(([, part]) => part.value))
          .map((values) => Object.fromEntries(fields.map(([name], i) => [name, values[i]]))),
      })),
  ),
})).node;

const typedValue = typed.chain(({ type, value }) => fc.tuple(fc.constant(type), value));
const typedPair = typed.chain(({ type, value }) => fc.tuple(fc.constant(type), value, value));

describe('a value', () => {
  it('of any type survives serialization', () => {
    fc.assert(
      fc.property(typedValue, ([type, value]) => {
        expect(serializerOf(type).validate(value)).toBeUndefined();
        expect(fromBytes(type, toBytes(type, value))).toStrictEqual(value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('has equal bytes and equal index iff it is equal', () => {
    fc.assert(
      fc.property(typedPair, ([type, a, b]) => {
        const same = isSame(a, b);
        expect(compareBytes(toBytes(type, a), toBytes(type, b)) === 0).toBe(same);
        if (isWhole(type) && [a, b].some((value) => Object.is(value, -0))) return;
        const index = keyIndexer(type);
        expect(index(a) === index(b)).toBe(same);
        expect(index(a)).toBe(index(fromBytes(type, toBytes(type, a))));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('keeps -0, NaN, infinities and lone surrogates', () => {
    for (const value of [-0, NaN, Infinity, -Infinity, 5e-324])
      expect(fromBytes(float64, toBytes(float64, value))).toBe(value);
    expect(fromBytes(json, toBytes(json, { a: [-0, '\ud800'] }))).toStrictEqual({ a: [-0, '\ud800'] });
    expect(fromBytes(string, toBytes(string, '\udc00x\ud800é\u{1f600}'))).toBe('\udc00x\ud800é\u{1f600}');
  });

  it('has its fields in declared order, regardless of the order they were written in', () => {
    const type = record({ b: int32, a: string });
    expect(Object.keys(fromBytes(type, toBytes(type, { a: 'x', b: 1 })))).toEqual(['b', 'a']);
  });

  it('may have a json property named __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__": 1, "b": {}}');
    const copy = fromBytes(json, toBytes(json, value));
    expect(JSON.stringify(copy)).toBe('{"__proto__":1,"b":{}}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });
});

describe('a value that is not of its type', () => {
  const bid = record({ price: int32, tags: list(nullable(string)), at: tuple(int64, float64), extra: json });
  const good = { price: 1, tags: ['a', null], at: [1, 2] as const, extra: { deep: [1] } };

  it.each<[string, unknown]>([
    ['price: expected a whole number in [-2^31, 2^31), got 3.5', { ...good, price: 3.5 }],
    ['price: expected a whole number in [-2^31, 2^31), got 2147483648', { ...good, price: 2 ** 31 }],
    ['price: expected a whole number in [-2^31, 2^31), got undefined', { tags: [], at: [1, 2], extra: 1 }],
    ['tags[1]: expected a string, got 7', { ...good, tags: ['a', 7] }],
    ['tags[0]: expected a string, got undefined', { ...good, tags: Array<string>(2) }],
    ['tags: expected a list, got "abc"', { ...good, tags: 'abc' }],
    ['at: expected a tuple of 2, got a list of 3', { ...good, at: [1, 2, 3] }],
    ['at[0]: expected a whole number in (-2^53, 2^53), got 9007199254740992', { ...good, at: [2 ** 53, 0] }],
    ['at[1]: expected a number, got null', { ...good, at: [1, null] }],
    ['extra.deep[0]: expected a JSON value, got NaN', { ...good, extra: { deep: [NaN] } }],
    ['extra.x: expected a JSON value, got undefined', { ...good, extra: { x: undefined } }],
    ['extra: expected a JSON value, got an object', { ...good, extra: new Map() }],
    ['expected a record, got null', null],
    ['expected a record, got a list of 0', []],
  ])('is refused: %s', (reason, value) => {
    const serializer = serializerOf<unknown>(bid);
    expect(serializer.validate(value)).toBe(reason);
    const out = new ByteWriter();
    out.byte(9);
    expect(() => serializer.write(value, out)).toThrow(
      new JobError(`a value is not of its declared type (record): ${reason}`),
    );
    expect(out.take()).toEqual(new Uint8Array([9]));
  });

  it('is distinguished by a field that the type does not declare', () => {
    expect(serializerOf(bid).validate({ ...good, more: 1 })).toBe('more: a field that the type does not declare');
  });

  it('is refused when it holds itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => toBytes(json, loop)).toThrow(/deeper than 64, or one that holds itself/);
  });

  it('is refused as a key', () => {
    expect(() => keyIndexer<unknown>(string)(undefined)).toThrow(
      new JobError('a key is not of its declared type: expected a string, got undefined'),
    );
    expect(() => keyIndexer<unknown>(int32)(1.5)).toThrow(JobError);
    expect(() => keyIndexer(int64)(-3 % 3)).toThrow('a key is -0');
    expect(() => keyIndexer<unknown>(tuple(int32))([1, 2])).toThrow(JobError);
  });
});

describe('a record type', () => {
  it('with two fields of one name, or __proto__, is refused', () => {
    const twice: TypeInfo = {
      kind: 'record',
      fields: [
        { name: 'a', type: int32 },
        { name: 'a', type: string },
      ],
    };
    expect(() => serializerOf(twice)).toThrow(/two fields of one name: a, a/);
    expect(() => serializerOf(record({ ['__proto__']: int32 }))).toThrow(/__proto__/);
  });

  it('may have field names that are no identifiers', () => {
    const type = record({ 'a"b\\': int32, 'x\u2028); throw 1; (': int32, '': int32, constructor: int32 });
    const value = { 'a"b\\': 1, 'x\u2028); throw 1; (': 2, '': 3, constructor: 4 };
    expect(fromBytes(type, toBytes(type, value))).toStrictEqual(value);
  });
});

describe('an index', () => {
  it('of a primitive is the value itself, with 0, -0, NaN and null distinguished', () => {
    expect(keyIndexer(string)('ak')).toBe('ak');
    expect(keyIndexer(int64)(2 ** 40)).toBe(2 ** 40);
    const index = keyIndexer(nullable(float64));
    expect(new Set([index(0), index(-0), index(NaN), index(null), index(1)]).size).toBe(5);
    const text = keyIndexer(nullable(string));
    expect(new Set([text(null), text('null'), text('0'), text('')]).size).toBe(4);
  });
});

it('a type survives serialization', () => {
  fc.assert(
    fc.property(typed, ({ type }) => {
      const out = new ByteWriter();
      writeType(type, out);
      const input = new ByteReader(out.take());
      expect(readType(input)).toStrictEqual(type);
      input.expectEnd();
    }),
    { seed: SEED },
  );
});

it('corrupt bytes are an IoError or another value, never anything else', () => {
  fc.assert(
    fc.property(
      typedValue,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      ([type, value], edits, cut) => {
        const bytes = toBytes(type, value);
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        try {
          expect(
            serializerOf(type).validate(fromBytes(type, bytes.subarray(0, bytes.length - (cut % 2)))),
          ).toBeUndefined();
        } catch (error) {
          expect(error).toMatchObject({ name: 'IoError' });
        }
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

/** -0 is refused as a key of these. */
function isWhole(type: TypeInfo): boolean {
  return type.kind === 'nullable' ? isWhole(type.of) : type.kind === 'int32' || type.kind === 'int64';
}

/** Equality of values as bytes see it: like `toStrictEqual`, with the order of json keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const left = Object.entries(a);
  const right = Object.entries(b);
  return (
    left.length === right.length &&
    Array.isArray(a) === Array.isArray(b) &&
    left.every(([key, value], i) => right[i]?.[0] === key && isSame(value, right[i][1]))
  );
}

describe('enums, unions and types of the job', () => {
  const level = enumOf('low', 'high');
  const shape = union({ circle: record({ radius: int32 }), none: list(int32) });
  const point = defineType<{ readonly x: number }>({
    name: 'point',
    version: 3,
    write: ({ x }) => {
      if (x > 9) throw new RangeError('x is above 9');
      return Uint8Array.of(x);
    },
    read: ([x = 0]) => ({ x }),
  });

  it('come back from their bytes, and from the bytes of their types', () => {
    const all = record({ level, shape, point });
    const value = { level: 'high', shape: { tag: 'circle', value: { radius: 3 } }, point: { x: 7 } } as const;
    const bytes = toBytes(all, value);
    expect([...bytes]).toEqual([1, 0, 6, 1, 7]);
    expect(fromBytes(all, bytes)).toEqual(value);
    // A snapshot holds no code: there a value of a type of the job is its bytes.
    const stored = readType(new ByteReader(bytesOf((out) => writeType(all, out))));
    expect(fromBytes(stored, bytes)).toEqual({ ...value, point: Uint8Array.of(7) });
    expect(toBytes(stored, fromBytes(stored, bytes))).toEqual(bytes);
    expect(sameType(all, stored)).toBe(true);
  });

  it.each<[TypeInfo, unknown, string]>([
    [level, 'middle', 'expected one of "low", "high", got "middle"'],
    [list(shape), [{ tag: 'square', value: 1 }], '[0].tag: expected one of "circle", "none", got "square"'],
    [
      shape,
      { tag: 'circle', value: { radius: 'x' } },
      'value.radius: expected a whole number in [-2^31, 2^31), got "x"',
    ],
    [shape, { tag: 'none', value: [], more: 1 }, 'more: a field that the type does not declare'],
    [
      record({ at: point }),
      { at: { x: 10 } },
      'at: expected a value of the type "point", got an object: RangeError: x is above 9',
    ],
  ])('refuse what is none of them: %#', (type, value, reason) => {
    expect(serializerOf(type).validate(value)).toBe(reason);
    // As for records, writing passes over what the type does not declare; it is refused where a value is taken.
    if (!reason.endsWith('does not declare')) expect(() => toBytes(type, value)).toThrow(reason);
    expect(takerOf(type).admit(value)).toBe(false);
  });

  it.each<[TypeInfo, string]>([
    [enumOf(), 'an enum type has no members'],
    [enumOf('a', 'a'), 'names one member twice'],
    [
      defineType({ name: 'p', version: 0, write: () => new Uint8Array(), read: () => 0 }),
      'has version 0; give a whole number >= 1',
    ],
  ])('a type that cannot be is refused when it is used: %#', (type, message) => {
    expect(() => serializerOf(type)).toThrow(message);
  });

  it('bytes that are none of them are malformed', () => {
    expect(() => fromBytes(level, Uint8Array.of(2))).toThrow('member 2 of an enum of 2');
    expect(() => fromBytes(shape, Uint8Array.of(9))).toThrow('case 9 of a union of 2');
  });

  it('an enum is a key by its name; a union and a type of the job are none', () => {
    expect(keyHasher(level)('low')).toBe(keyHasher(string)('low'));
    expect(() => keyHasher(shape)).toThrow('a union value cannot be a key');
    expect(() => keyHasher(point)).toThrow('a custom value cannot be a key');
  });
});

describe('a bigint', () => {
  it.each<[bigint, number[]]>([
    [0n, [1, 0]],
    [-1n, [1, 255]],
    [127n, [1, 127]],
    [128n, [2, 0, 128]],
    [-128n, [1, 128]],
    [-129n, [2, 255, 127]],
    [2n ** 64n, [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])("%s is a length and the fewest bytes of two's complement", (value, expected) => {
    expect([...toBytes(bigint, value)]).toEqual(expected);
    expect(fromBytes(bigint, Uint8Array.from(expected))).toBe(value);
  });

  it('in no bytes, in more than there are, or in more than it needs is malformed; a number is none', () => {
    for (const wrong of [[0], [2, 1], [2, 0, 1], [2, 255, 255]])
      expect(() => fromBytes(bigint, Uint8Array.from(wrong))).toThrow(IoError);
    expect(serializerOf(bigint).validate(5)).toBe('expected a bigint, as in 5n, got 5');
    expect(() => keyHasher(bigint)).toThrow('a bigint value cannot be a key');
  });
});
