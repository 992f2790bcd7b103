import { describe, expect, it } from 'vitest';
import { int32, int64, list, listState, mapState, nullable, record, string, valueState } from '../../core/api/index.ts';
import { defineType, enumOf, float64, union, unionListState, withDefault } from '../../core/api/index.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type { OperatorSpec } from '../../core/job/spec.ts';
import type { OperatorOpenContext } from '../../core/job/operator-states.ts';
import { migrated, migratedState, storedForm, storedType } from './migrate.ts';
import { Lists, restoredLists } from './operator-state.ts';
import { createModel } from './model.ts';
import { Store } from './store.ts';
import { job, source } from './testing/turns.ts';
import type { ModelVertex } from './types.ts';

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

it('a list without key is migrated when the function registers it, and carried until then', () => {
  const [v1, v2] = [record({ n: int32, t: one }), record({ t: two, n: nullable(float64), m: withDefault(int32, 4) })];
  const lists = new Lists();
  lists.register(listState('pages', v1));
  lists.register(unionListState('opened', int32));
  lists.write('pages', [{ n: 1, t: 7 }]);
  lists.write('opened', [5]);
  const left = lists.content(0, 1);
  const second = Lists.of(restoredLists([left, undefined], 0, 1));
  expect(second.read('pages')).toEqual([{ n: 1, t: 7 }]);
  second.register(listState('pages', v2));
  second.register(listState('pages', v2));
  expect(second.read('pages')).toEqual([{ t: '1/7', n: 1, m: 4 }]);
  expect(second.content(0, 1)[0]).toEqual({ state: 'opened', mode: 'union', type: int32, items: [5] });
  expect(() => Lists.of(left).register(listState('pages', int32))).toThrow('record cannot become int32');
});

/** Computed by hand (SEMANTICS O4): of five items, the second of two subtasks that carry them has a share of two. */
it('of a union that a version carries, the next one is given all shares together, each once', () => {
  const opened = unionListState('opened', int32);
  const carrying = vertexOf(() => undefined);
  const all = restoredLists([[{ state: 'opened', mode: 'union', type: int32, items: [1, 2, 3, 4, 5] }]], 0, 1);
  const states = { store: new Store(), lists: Lists.of(all) };
  const shares = [0, 1].map((subtask) => {
    const instance = carrying.broadcast?.({ states });
    instance?.open({ attempt: 1, subtask, parallelism: 2 });
    return instance;
  });
  expect(shares.map((share) => share?.lists()[0]?.items)).toEqual([[1, 2, 3], [4, 5]]); // prettier-ignore
  const next = vertexOf((ctx) => ctx.getState(opened));
  const taken = shares.map((share) => next.broadcast?.(share?.handOver()));
  expect(next.handOver(taken, 1, 3)?.lists()[0]?.items).toEqual([1, 2, 3, 4, 5]);
});

function vertexOf(open: (ctx: OperatorOpenContext) => unknown): ModelVertex {
  const operator: OperatorSpec = {
    kind: 'plainProcess',
    create: () => ({ open: (ctx) => void open(ctx), processElement: () => undefined }),
  };
  return createModel(job({ in: source(), own: { operator } }, [['in', 'own', { kind: 'rebalance' }]])).vertex('own');
}

describe('time to live that another version of the job had not, or has no more', () => {
  const timed = (type: TypeInfo): TypeInfo => record({ '@lastTouch': int64, '@value': type });
  const at = (touch: number, value: unknown): unknown => ({ '@lastTouch': touch, '@value': value });

  it('is begun by the last touch that is said, of a value, and of each item of a list state', () => {
    expect(migratedState(int32, timed(int64), 7, 500)).toEqual(at(500, 7));
    expect(migratedState(list(int32), list(timed(int32)), [1, 2], 500)).toEqual([at(500, 1), at(500, 2)]);
    expect(migratedState(list(int32), timed(list(int32)), [1, 2], 500)).toEqual(at(500, [1, 2]));
    expect(() => migratedState(int32, timed(int32), 7, undefined)).toThrow('not given a last touch');
  });

  it('is taken off, and a value that keeps its own keeps its last touch, whatever is said', () => {
    expect(migratedState(timed(int32), int64, at(3, 7), undefined)).toBe(7);
    expect(migratedState(list(timed(int32)), list(int32), [at(3, 7)], undefined)).toEqual([7]);
    expect(migratedState(timed(int32), timed(int64), at(3, 7), 500)).toEqual(at(3, 7));
  });
});
