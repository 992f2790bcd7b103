import { expect, it } from 'vitest';
import { int32, int64, list, mapState, nullable, record, string, valueState } from '../../core/api/index.ts';
import { defineType, enumOf, float64, union, withDefault } from '../../core/api/index.ts';
import { migrated, storedForm, storedType } from './migrate.ts';
import { Store } from './store.ts';

const one = defineType<number>({ name: 't', version: 1, write: (n) => Uint8Array.of(n), read: ([n = 0]) => n });
const two = defineType<string>({
  name: 't',
  version: 2,
  write: (text) => Uint8Array.from(text, (char) => char.charCodeAt(0)),
  read: (bytes) => String.fromCharCode(...bytes),
  migrate: ([n = 0], version) => `${version}/${n}`,
});

/** Computed by hand from the table in SEMANTICS, U3. */
it('a value of one version is one of the next', () => {
  const before = record({ a: int32, b: nullable(list(int32)), gone: string, t: one });
  const now = record({ b: nullable(list(float64)), a: nullable(int64), added: withDefault(enumOf('x'), 'x'), t: two });
  const value = { a: 1, b: [2], gone: 'g', t: 7 };
  expect(migrated(before, now, value)).toEqual({ b: [2], a: 1, added: 'x', t: '1/7' });
  expect(migrated(before, now, { ...value, b: null })).toEqual({ b: null, a: 1, added: 'x', t: '1/7' });
  expect(migrated(union({ a: int32 }), union({ z: string, a: int64 }), { tag: 'a', value: 1 })).toEqual({
    tag: 'a',
    value: 1,
  });
});

it('what has no place in the next version throws', () => {
  expect(() => migrated(int64, int32, 1)).toThrow('int64 cannot become int32');
  expect(() => migrated(record({}), record({ a: nullable(int32) }), {})).toThrow('a has no default');
  expect(() => migrated(enumOf('a', 'b'), enumOf('b'), 'a')).toThrow('a is gone');
  expect(migrated(enumOf('a', 'b'), enumOf('b'), 'b')).toBe('b');
  expect(() => migrated(two, one, 'x')).toThrow('version 2 cannot become version 1');
});

it('a store hands its states over, and each is migrated when it is asked for', () => {
  const [v1, v2, v3] = [
    record({ n: int32 }),
    record({ n: int64, m: withDefault(int32, 2) }),
    record({ n: int64, m: withDefault(int32, 3) }),
  ];
  const type = (of: typeof v1) => storedType(valueState('s', of));
  const store = new Store();
  store.write('s', 'value', 'k', { key: 'k', namespace: undefined, value: { n: 1 } });
  store.putMapEntry('m', 'k', 'k', 'e', ['e', 5]);
  const second = store.handedOver(
    new Map([
      ['s', type(v1)],
      ['m', storedType(mapState('m', string, one))],
    ]),
  );
  // Not asked for in version 2: as version 1 wrote it, a value of the job's own type as its bytes.
  expect(second.content().entries.map(({ value }) => value)).toEqual([{ n: 1 }, [['e', Uint8Array.of(5)]]]);
  const third = second.handedOver(new Map([['s', type(v2)]]));
  third.use('s', type(v3));
  expect(third.read('s', 'value', 'k')).toEqual({ n: 1, m: 3 });
  second.use('s', type(v2));
  expect(second.read('s', 'value', 'k')).toEqual({ n: 1, m: 2 });
  expect(store.read('s', 'value', 'k')).toEqual({ n: 1 });
  second.use('m', storedType(mapState('m', string, two)));
  expect(second.mapEntries('m', 'k')).toEqual([['e', '1/5']]);
});

it('in a snapshot a value of a type of the job is its bytes', () => {
  const type = record({ t: nullable(list(one)), u: union({ a: one }) });
  expect(storedForm(type, { t: [1], u: { tag: 'a', value: 2 } })).toEqual({
    t: [Uint8Array.of(1)],
    u: { tag: 'a', value: Uint8Array.of(2) },
  });
});
