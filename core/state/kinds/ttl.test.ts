/** Time to live through a keyed function. What Flink answers to reads and writes: `properties/conformance`, family ttl-state. */
import { expect, it } from 'vitest';
import type { KeyedProcessFunction } from '../../job/functions.ts';
import type { StateTtl } from '../../job/state-ttl.ts';
import { listState, mapState, reducingState, valueState } from '../../job/states.ts';
import { int32, int64, list, string } from '../../job/types.ts';
import { JobError } from '../../errors.ts';
import { JobFault } from '../../job-fault.ts';
import { ProcessOperator } from '../../operators/process-operator.ts';
import { OperatorTask } from '../../operators/testing/operator-host.ts';
import { contentsOf, imageOf, type KeyedImage } from '../testing/image.ts';
import { sieveOf } from '../timed.ts';

type Fn = KeyedProcessFunction<unknown, unknown, unknown>;
type Use = (ctx: Parameters<Fn['processElement']>[1]) => unknown;

/** A task whose elements are what to do. */
function task(restored?: KeyedImage): OperatorTask {
  const fn: Fn = { processElement: (use, ctx, out) => out.collect((use as Use)(ctx) ?? null) };
  return new OperatorTask(string, (host) => new ProcessOperator(() => fn, host), restored);
}
/** At a time, for a key. */
function at(op: OperatorTask, now: number, key: string, use: Use): unknown {
  op.clock = now;
  return op.process(key, use, undefined)[0]?.value;
}
const stored = (op: OperatorTask): unknown[] =>
  contentsOf(op.snapshot()).flatMap(({ entries }) => entries.map(({ state, key, value }) => [state, key, value]));
const timed = (touch: number, value: unknown): unknown => ({ '@lastTouch': touch, '@value': value });
const cleaned = (op: OperatorTask): unknown[] =>
  op.facts.flatMap(([kind, fact]) => (kind === 'stateCleaned' ? [[fact.state, fact.key]] : []));

const off: StateTtl = { ms: 10, cleanup: 'none' };
const seen = valueState('seen', int32, { ttl: off });

it('a value lives from its last touch until just before its time is over; the touch is stored and restored with it', () => {
  const op = task();
  at(op, 100, 'k', (ctx) => ctx.getState(seen).update(7));
  expect(stored(op)).toEqual([['seen', 'k', timed(100, 7)]]);
  const restored = task(op.snapshot());
  expect(at(restored, 109, 'k', (ctx) => ctx.getState(seen).value())).toBe(7);
  expect(at(restored, 110, 'k', (ctx) => ctx.getState(seen).value())).toBeNull();
  expect(stored(restored)).toEqual([]);
});

it('a call sees one time: it reads the clock once, and only if it uses a state with time to live', () => {
  const op = task();
  let reads = 0;
  op.now = () => (reads += 1);
  at(op, 0, 'k', (ctx) => ctx.getState(valueState('plain', int32)).update(1));
  expect(reads).toBe(0);
  at(op, 0, 'k', (ctx) => {
    ctx.getState(seen).update(1);
    ctx.getState(listState('list', int32, { ttl: off })).addAll([1, 2]);
    return ctx.getState(seen).value();
  });
  expect(reads).toBe(1);
  at(op, 0, 'k', (ctx) => ctx.getState(seen).value());
  expect(reads).toBe(2);
});

it('a clock that moves back revives what no read has deleted', () => {
  const op = task();
  const items = listState('items', int32, { ttl: off });
  at(op, 0, 'k', (ctx) => ctx.getState(items).add(1));
  at(op, 5, 'k', (ctx) => ctx.getState(items).add(2));
  expect(at(op, 12, 'k', (ctx) => ctx.getState(items).get())).toEqual([2]);
  expect(at(op, 9, 'k', (ctx) => ctx.getState(items).get())).toEqual([1, 2]);
  expect(at(op, 15, 'k', (ctx) => ctx.getState(items).get())).toEqual([]);
  expect(at(op, 9, 'k', (ctx) => ctx.getState(items).get())).toEqual([]);
});

it('incremental clean-up: behind a call a few keys of the group lose what has expired, and every key comes by', () => {
  const op = task();
  const few = mapState('few', int32, int32, { ttl: { ms: 10, cleanup: 'incremental' } });
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
  for (const key of keys) at(op, 0, key, (ctx) => ctx.getState(few).putAll([[1, 1]]));
  at(op, 8, 'k0', (ctx) => ctx.getState(few).put(2, 2));
  expect(cleaned(op)).toEqual([]);
  for (let other = 0; other < 60; other++) {
    const before = cleaned(op).length;
    at(op, 12, `other-${other % 16}`, (ctx) => ctx.getState(few).put(1, 1));
    expect(cleaned(op).length - before).toBeLessThanOrEqual(5);
  }
  const left = stored(op).filter((entry) => !String(entry).includes('other'));
  expect(left).toEqual([['few', 'k0', [[2, timed(8, 2)]]]]);
  expect(new Set(cleaned(op).map(String)).size).toBe(40);
  expect(cleaned(op)).toContainEqual(['few', 'k0']);
});

it('without clean-up, and for a state that the call does not use, nothing is cleaned', () => {
  const op = task();
  const other = valueState('other', int32, { ttl: { ms: 10 } });
  at(op, 0, 'k', (ctx) => {
    ctx.getState(seen).update(1);
    ctx.getState(other).update(1);
  });
  for (let i = 0; i < 5; i++) at(op, 50, 'k', (ctx) => ctx.getState(seen).clear());
  at(op, 50, 'k', (ctx) => ctx.getState(valueState('plain', int32)).value());
  expect(stored(op)).toEqual([['other', 'k', timed(0, 1)]]);
});

it('full-snapshot clean-up: snapshots leave out what has expired, the live state keeps it', () => {
  const op = task();
  const ttl: StateTtl = { ms: 10, visibility: 'return-if-not-cleaned-up', cleanup: 'full-snapshot' };
  const sum = reducingState('sum', int32, (a, b) => a + b, { ttl });
  const items = listState('items', int32, { ttl });
  const map = mapState('map', int32, int32, { ttl });
  at(op, 0, 'k', (ctx) => {
    ctx.getState(sum).add(1);
    ctx.getState(items).add(1);
    ctx.getState(map).put(1, 1);
    ctx.getState(seen).update(1);
  });
  at(op, 4, 'k', (ctx) => {
    ctx.getState(items).add(2);
    ctx.getState(map).put(2, 2);
  });
  const sieve = (kind: 'list' | 'map' | 'reducing') => sieveOf({ state: kind, kind, ttlMs: 10 }, 12);
  const sieves = new Map([
    ['sum', sieve('reducing')],
    ['items', sieve('list')],
    ['map', sieve('map')],
  ]);
  const taken = op.backend.snapshot([{ start: 0, end: 3, floor: 0 }], sieves);
  // Written later, when the live state has moved on.
  at(op, 13, 'k', (ctx) => ctx.getState(items).add(3));
  expect(
    contentsOf(imageOf(taken)).flatMap(({ entries }) => entries.map(({ state, value }) => [state, value])),
  ).toEqual([
    ['items', [timed(4, 2)]],
    ['map', [[2, timed(4, 2)]]],
    ['seen', timed(0, 1)],
  ]);
  expect(at(op, 12, 'k', (ctx) => ctx.getState(sum).get())).toBe(1);
});

it.each<[string, StateTtl, string]>([
  ['no time', { ms: 0 }, 'state "x": ttl.ms must be a whole number of milliseconds, 1 or more; it is 0'],
  ['a part of a millisecond', { ms: 1.5 }, 'it is 1.5'],
  ['another word', { ms: 1, update: 'never' as 'on-read-and-write' }, 'ttl.update must be one of on-create-and-write'],
])('%s is refused when the descriptor is made', (_name, ttl, message) => {
  expect(() => valueState('x', int32, { ttl })).toThrow(JobError);
  expect(() => valueState('x', int32, { ttl })).toThrow(message);
});

it('one name has one time to live', () => {
  const op = task();
  const again = valueState('seen', int32, { ttl: { ms: 11 } });
  expect(() => at(op, 0, 'k', (ctx) => [ctx.getState(seen), ctx.getState(again)].length)).toThrow(JobFault);
  expect(() => at(task(), 0, 'k', (ctx) => [ctx.getState(seen), ctx.getState(again)].length)).toThrow(
    'state "seen" is used with two times to live (10 ms and 11 ms)',
  );
});

it('an upgrade switches time to live on: what is there lives from the time at which it is first asked for', () => {
  const plain = task();
  at(plain, 100, 'k', (ctx) => {
    ctx.getState(valueState('value', int32)).update(7);
    ctx.getState(listState('list', int32)).addAll([1, 2]);
    ctx.getState(mapState('map', string, int32)).put('x', 3);
    ctx.getState(reducingState('sum', int32, (a, b) => a + b)).add(4);
  });
  at(plain, 100, 'other', (ctx) => ctx.getState(valueState('value', int32)).update(8));
  const next = task(plain.snapshot());
  const value = valueState('value', int64, { ttl: off });
  const items = listState('list', int32, { ttl: off });
  const map = mapState('map', string, int64, { ttl: off });
  const sum = reducingState('sum', int32, (a, b) => a + b, { ttl: off });
  const all: Use = (ctx) => [
    ctx.getState(value).value() ?? null,
    ctx.getState(items).get(),
    ctx.getState(map).entries(),
    ctx.getState(sum).get() ?? null,
  ];
  expect(at(next, 500, 'k', all)).toEqual([7, [1, 2], [['x', 3]], 4]);
  expect(stored(next)).toEqual(
    expect.arrayContaining([
      ['value', 'k', timed(500, 7)],
      // Of all keys, also of those that were not asked for.
      ['value', 'other', timed(500, 8)],
      ['list', 'k', [timed(500, 1), timed(500, 2)]],
      ['sum', 'k', timed(500, 4)],
    ]),
  );
  expect(at(next, 509, 'k', all)).toEqual([7, [1, 2], [['x', 3]], 4]);
  expect(at(next, 510, 'k', all)).toEqual([null, [], [], null]);
  expect(at(next, 510, 'other', (ctx) => ctx.getState(value).value())).toBeNull();
});

it('an upgrade switches time to live off: what is there is there, also what has expired', () => {
  const op = task();
  at(op, 100, 'k', (ctx) => {
    ctx.getState(seen).update(7);
    ctx.getState(listState('list', int32, { ttl: off })).addAll([1, 2]);
    ctx.getState(mapState('map', string, int32, { ttl: off })).put('x', 3);
  });
  const next = task(op.snapshot());
  const got = at(next, 1_000, 'k', (ctx) => [
    ctx.getState(valueState('seen', int32)).value(),
    ctx.getState(listState('list', int64)).get(),
    ctx.getState(mapState('map', string, int32)).entries(),
  ]);
  expect(got).toEqual([7, [1, 2], [['x', 3]]]);
  expect(stored(next)).toEqual(expect.arrayContaining([['seen', 'k', 7]]));
});

it('a list that is a value is one value, of a list state each item lives by itself', () => {
  const whole = valueState('whole', list(int32));
  const op = task();
  at(op, 0, 'k', (ctx) => ctx.getState(whole).update([1, 2]));
  const on = task(op.snapshot());
  expect(at(on, 50, 'k', (ctx) => ctx.getState(valueState('whole', list(int32), { ttl: off })).value())).toEqual([
    1, 2,
  ]);
  expect(stored(on)).toEqual([['whole', 'k', timed(50, [1, 2])]]);
  const again = task(on.snapshot());
  expect(at(again, 90, 'k', (ctx) => ctx.getState(whole).value())).toEqual([1, 2]);
});

it('where the values themselves cannot become what is declared, the message is of them and not of how they are stored', () => {
  const op = task();
  at(op, 0, 'k', (ctx) => ctx.getState(valueState('v', string)).update('x'));
  const next = task(op.snapshot());
  expect(() => at(next, 0, 'k', (ctx) => ctx.getState(valueState('v', int32, { ttl: off })).value())).toThrow(
    /state "v" was written as string and is declared as int32/,
  );
});
