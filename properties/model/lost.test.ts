import { describe, expect, it } from 'vitest';
import { defineType, int32, list, nullable, record, tuple, type TypeInfo, union } from '../../core/api/index.ts';
import { lostOf } from './lost.ts';

const text = new TextEncoder();
const ofText = new TextDecoder();

/** Written as the JSON of what `kept` leaves of it. */
const keeping = <T>(name: string, kept: (value: T) => unknown, made: (kept: never) => T): TypeInfo<T> =>
  defineType<T>({
    name,
    version: 1,
    write: (value) => text.encode(JSON.stringify(kept(value))),
    read: (bytes) => made(JSON.parse(ofText.decode(bytes)) as never),
  });

const seconds = keeping<Date>(
  'seconds',
  (date) => Math.floor(date.getTime() / 1_000),
  (s: number) => new Date(s * 1_000),
);
const exact = [new Date(2_000), new Date(2_500)] as const;

class Money {
  readonly cents: number;
  readonly memo: string | undefined;
  readonly add = (): number => this.cents;
  constructor(cents: number, memo?: string) {
    this.cents = cents;
    this.memo = memo;
  }
}
const money = keeping<Money>(
  'money',
  ({ cents }) => cents,
  (cents: number) => new Money(cents),
);
const index = keeping<ReadonlyMap<string, ReadonlySet<number>>>(
  'index',
  (map) => [...map].map(([key, set]) => [key, [...set].slice(0, 2)]),
  (entries: readonly (readonly [string, readonly number[]])[]) =>
    new Map(entries.map(([key, items]) => [key, new Set(items)])),
);

describe('what a type of the job’s own does not give back', () => {
  it('is told with what was written and what is read', () => {
    expect(lostOf(seconds, exact[1])).toEqual({ type: 'seconds', written: exact[1], read: exact[0] });
    expect(lostOf(seconds, exact[0])).toBeUndefined();
    expect(lostOf(index, new Map([['a', new Set([1, 2, 3])]]))).toMatchObject({ type: 'index' });
    expect(lostOf(index, new Map([['a', new Set([1, 2])]]))).toBeUndefined();
  });

  it('of bytes is any of them', () => {
    const packed = (kept: number): TypeInfo<Uint16Array> =>
      defineType({
        name: 'packed',
        version: 1,
        write: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice(0, kept),
        read: (bytes) => new Uint16Array(bytes.slice().buffer),
      });
    expect(lostOf(packed(4), Uint16Array.of(1, 2))).toBeUndefined();
    expect(lostOf(packed(2), Uint16Array.of(1, 2))).toMatchObject({ type: 'packed' });
    // Its read throws, which is told where it is called by the engine.
    expect(lostOf(packed(3), Uint16Array.of(1, 2))).toBeUndefined();
  });

  it('is found in every kind of type', () => {
    const lost = { type: 'seconds', written: exact[1], read: exact[0] };
    expect(lostOf(nullable(seconds), exact[1])).toEqual(lost);
    expect(lostOf(list(seconds), exact)).toEqual(lost);
    expect(lostOf(tuple(int32, seconds), [1, exact[1]])).toEqual(lost);
    expect(lostOf(record({ n: int32, at: seconds }), { n: 1, at: exact[1] })).toEqual(lost);
    expect(lostOf(union({ none: int32, at: seconds }), { tag: 'at', value: exact[1] })).toEqual(lost);
    expect(lostOf(union({ none: int32, at: seconds }), { tag: 'none', value: 5 })).toBeUndefined();
    expect(lostOf(nullable(seconds), null)).toBeUndefined();
    expect(lostOf(record({ n: int32 }), { n: 1 })).toBeUndefined();
  });

  it('is not what cannot be seen, is worked out again, or is of another type', () => {
    expect(lostOf(money, new Money(5))).toBeUndefined();
    // Every comparison tells 0 and -0 apart.
    expect(lostOf(money, new Money(-0))).toMatchObject({ type: 'money' });
    expect(lostOf(money, new Money(5, 'lunch'))).toMatchObject({ type: 'money' });
    expect(lostOf(seconds, 'no date')).toBeUndefined();
    expect(lostOf(list(seconds), 5)).toBeUndefined();
    const cyclic: { self?: unknown; n: number } = { n: 1 };
    cyclic.self = cyclic;
    const own = keeping<typeof cyclic>(
      'cyclic',
      ({ n }) => n,
      (n: number) => {
        const made: typeof cyclic = { n };
        made.self = made;
        return made;
      },
    );
    expect(lostOf(own, cyclic)).toBeUndefined();
  });
});
