import { describe, expect, it } from 'vitest';
import { enumOf, float64, int32, int64, list, nullable, record, string, tuple, withDefault } from '../../job/types.ts';
import type { TypeInfo } from '../../job/types.ts';
import { EngineBug, JobError } from '../../errors.ts';
import { keyHasher } from '../../values/hash.ts';
import { keyGroupOf } from '../../graph/key-groups.ts';
import type { KeyedSnapshot, KeyedStateBackend, KeyGroupContent } from '../backend.ts';
import { contentsOf, floorsOf, imageOf, type KeyedImage, restoreNow } from '../testing/image.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { createHeapBackend } from './heap-backend.ts';
import { compareBytes, toBytes } from '../../values/serializers.ts';

const MAX_PARALLELISM = 4;
const ALL: KeyGroupRange = { start: 0, end: MAX_PARALLELISM - 1 };
const groupOf = (key: string): number => keyGroupOf(keyHasher(string)(key), MAX_PARALLELISM);

function backend(range = ALL, keyType: TypeInfo = string): KeyedStateBackend {
  return createHeapBackend({ range, maxParallelism: MAX_PARALLELISM, keyType, now: () => 0 });
}
function snap(heap: KeyedStateBackend, floor: (keyGroup: number) => number = () => 0): KeyedSnapshot {
  return heap.snapshot(floorsOf(heap.range, floor));
}
const contents = (snapshot: KeyedSnapshot): KeyGroupContent[] => contentsOf(imageOf(snapshot));
/** The bytes of the object, and where what is in them. */
const bytesOf = (snapshot: KeyedSnapshot): unknown[] => {
  const { handles, objects } = imageOf(snapshot);
  return [handles, ...objects];
};
function restoreAll(into: KeyedStateBackend, snapshot: KeyedSnapshot): void {
  restoreNow(into, [imageOf(snapshot)]);
}
const entries = (snapshot: KeyedSnapshot): KeyGroupContent['entries'] => contents(snapshot).flatMap((g) => g.entries);
const timers = (snapshot: KeyedSnapshot): KeyGroupContent['timers'] => contents(snapshot).flatMap((g) => g.timers);

describe('key groups', () => {
  it('a key outside the range is an error at once', () => {
    const group = groupOf('a');
    const other = backend({ start: (group + 1) % MAX_PARALLELISM, end: (group + 1) % MAX_PARALLELISM });
    expect(() => other.setCurrentKey('a')).toThrow(EngineBug);
    expect(() => other.currentKey).toThrow(EngineBug);
    const own = backend({ start: group, end: group });
    own.setCurrentKey('a');
    expect([own.currentKey, own.currentKeyGroup]).toEqual(['a', group]);
  });

  it('key groups outside the range are not restored', () => {
    const from = backend();
    for (const key of ['a', 'b', 'd']) {
      from.setCurrentKey(key);
      from.table('s', int32).put(undefined, 1);
    }
    const image = imageOf(snap(from, (g) => g));
    const group = groupOf('a');
    const one = backend({ start: group, end: group });
    expect(restoreNow(one, [image])).toEqual([{ start: group, end: group, floor: group }]);
    expect(one.keysOf('s')).toEqual(['a']);
  });

  it('bytes of one group are not taken for another one', () => {
    const from = backend();
    from.setCurrentKey('a');
    from.table('s', int32).put(undefined, 1);
    const { handles, objects } = imageOf(snap(from, (g) => g));
    const wrong = (groupOf('a') + 1) % MAX_PARALLELISM;
    const swapped = handles.map((handle) => ({
      ...handle,
      own: handle.own.map((n, i) =>
        i < 2 || (i - 2) % 4 > 1 ? n : n === groupOf('a') ? wrong : n === wrong ? groupOf('a') : n,
      ),
    }));
    expect(() => restoreNow(backend(), [{ handles: swapped, objects }])).toThrow(EngineBug);
  });

  it('no state is used without a current key', () => {
    expect(() => backend().table('s', int32).get(undefined)).toThrow(EngineBug);
    expect(() => backend().timers('event').add(1, undefined)).toThrow(EngineBug);
  });
});

describe('states', () => {
  it('are kept per key and namespace', () => {
    const heap = backend();
    const table = heap.table('s', int32);
    heap.setCurrentKey('a');
    table.put(undefined, 1);
    table.put({ start: 10, end: 20 }, 2);
    table.put({ start: 0, end: 10 }, 3);
    table.put({ start: 10, end: 20 }, 4);
    heap.setCurrentKey('b');
    expect(table.get(undefined)).toBe(undefined);
    heap.setCurrentKey('a');
    expect([table.get(undefined), table.get({ start: 0, end: 10 }), table.get({ start: 10, end: 20 })]).toEqual([
      1, 3, 4,
    ]);
    table.remove({ start: 0, end: 10 });
    table.remove({ start: 5, end: 10 });
    expect(entries(snap(heap))).toEqual([
      { state: 's', key: 'a', namespace: undefined, value: 1 },
      { state: 's', key: 'a', namespace: { start: 10, end: 20 }, value: 4 },
    ]);
  });

  it('map entries come in the order of their serialized keys', () => {
    const heap = backend();
    heap.setCurrentKey('a');
    const map = heap.mapTable('m', int32, string);
    const keys = [70, -1, 3, 0, 300, -300];
    for (const key of keys) map.put(key, `v${key}`);
    const sorted = [...keys].sort((a, b) => compareBytes(toBytes(int32, a), toBytes(int32, b)));
    expect(map.entries()).toEqual(sorted.map((key) => [key, `v${key}`]));
    map.put(3, 'new');
    map.remove(70);
    expect(map.entries()).toEqual(
      sorted.filter((key) => key !== 70).map((key) => [key, key === 3 ? 'new' : `v${key}`]),
    );
    map.clear();
    expect(map.entries()).toEqual([]);
    expect([map.has(3), map.get(3)]).toEqual([false, undefined]);
  });

  it('a name comes with one type: equal descriptions are one, another one is a job error', () => {
    const heap = backend();
    heap.setCurrentKey('a');
    heap.table('s', record({ n: int32 })).put(undefined, { n: 1 });
    expect(heap.table('s', record({ n: int32 })).get(undefined)).toEqual({ n: 1 });
    expect(() => heap.table('s', record({ n: int64 }))).toThrow(JobError);
    expect(() => heap.mapTable('s', string, record({ n: int32 }))).toThrow(JobError);
    heap.mapTable('m', string, int32);
    expect(() => heap.mapTable('m', int32, int32)).toThrow(JobError);
    expect(() => heap.table('m', int32)).toThrow(JobError);
  });

  it('keys of any type: a tuple', () => {
    const type = tuple(string, int32);
    const heap = backend(ALL, type);
    heap.setCurrentKey(['a', 1]);
    heap.table('s', int32).put(undefined, 7);
    heap.setCurrentKey(['a', 2]);
    expect(heap.table('s', int32).get(undefined)).toBe(undefined);
    heap.setCurrentKey(['a', 1]);
    expect(heap.table('s', int32).get(undefined)).toBe(7);
  });

  it('are right with more keys than are remembered', () => {
    const heap = backend(ALL, int32);
    const table = heap.table('s', int32);
    for (let key = 0; key < 10_000; key++) {
      heap.setCurrentKey(key);
      table.put(undefined, key);
      heap.timers('event').add(key % 7, undefined);
    }
    for (let key = 0; key < 10_000; key++) {
      heap.setCurrentKey(key);
      if (table.get(undefined) !== key) expect.unreachable(`key ${key}`);
      if (heap.timers('event').add(key % 7, undefined)) expect.unreachable(`timer of key ${key}`);
    }
  });
});

describe('timers', () => {
  it('are a set by (timestamp, key, namespace)', () => {
    const heap = backend();
    const queue = heap.timers('event');
    heap.setCurrentKey('a');
    expect([queue.add(5, undefined), queue.add(5, undefined), queue.add(5, { start: 0, end: 6 })]).toEqual([
      true,
      false,
      true,
    ]);
    heap.setCurrentKey('b');
    expect([queue.remove(5, undefined), queue.add(5, undefined)]).toEqual([false, true]);
    heap.setCurrentKey('a');
    expect([queue.remove(5, undefined), queue.remove(5, undefined)]).toEqual([true, false]);
    expect(queue.head()).toBe(5);
    expect(heap.timers('processing').head()).toBe(undefined);
  });

  it('are polled in order of (timestamp, serialized key, namespace start, namespace end)', () => {
    const heap = backend();
    const queue = heap.timers('event');
    const keys = ['b', 'a', 'longer', 'z', 'ab'];
    for (const key of keys) {
      heap.setCurrentKey(key);
      for (const namespace of [{ start: 2, end: 9 }, { start: 0, end: 9 }, undefined, { start: 0, end: 5 }]) {
        queue.add(7, namespace);
        queue.add(-7, namespace);
      }
    }
    const left: unknown[] = [];
    for (let timer = queue.poll(7); timer !== undefined; timer = queue.poll(7)) {
      left.push([timer.timestamp, timer.key, timer.namespace?.start, timer.namespace?.end]);
    }
    const sorted = [...keys].sort((a, b) => compareBytes(toBytes(string, a), toBytes(string, b)));
    expect(left).toEqual(
      [-7, 7].flatMap((t) =>
        sorted.flatMap((key) => [
          [t, key, undefined, undefined],
          [t, key, 0, 5],
          [t, key, 0, 9],
          [t, key, 2, 9],
        ]),
      ),
    );
    expect(queue.head()).toBe(undefined);
  });

  it('W4: groups that are not eligible are skipped, not lost', () => {
    const heap = backend();
    const queue = heap.timers('event');
    for (const [key, timestamp] of [
      ['a', 1],
      ['b', 2],
      ['d', 3],
    ] as const) {
      heap.setCurrentKey(key);
      queue.add(timestamp, undefined);
    }
    expect(new Set(['a', 'b', 'd'].map(groupOf)).size).toBe(3);
    const notA = (g: number): boolean => g !== groupOf('a');
    expect(queue.poll(2, notA)).toMatchObject({ timestamp: 2, key: 'b', keyGroup: groupOf('b'), namespace: undefined });
    expect(queue.poll(2, notA)).toBe(undefined);
    expect(queue.head()).toBe(1);
    expect([queue.poll(3)?.key, queue.poll(3)?.key, queue.poll(3)]).toEqual(['a', 'd', undefined]);
  });

  it('above the bound stay', () => {
    const heap = backend();
    heap.setCurrentKey('a');
    heap.timers('event').add(5, undefined);
    expect(heap.timers('event').poll(4)).toBe(undefined);
    expect(heap.timers('event').poll(5)?.timestamp).toBe(5);
  });
});

describe('snapshots', () => {
  function filled(): KeyedStateBackend {
    const heap = backend();
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      heap.setCurrentKey(key);
      heap.table('value', string).put(undefined, `${key}0`);
      heap.table('window', int32).put({ start: 0, end: 10 }, 1);
      heap.mapTable('map', string, int32).put('x', 1);
      heap.timers('event').add(9, { start: 0, end: 10 });
      heap.timers('processing').add(1_000, undefined);
    }
    return heap;
  }
  function overwrite(heap: KeyedStateBackend): void {
    for (const key of ['a', 'b', 'c', 'new']) {
      heap.setCurrentKey(key);
      heap.table('value', string).put(undefined, `${key}1`);
      heap.table('window', int32).remove({ start: 0, end: 10 });
      heap.mapTable('map', string, int32).put('x', 2);
      heap.mapTable('map', string, int32).put('y', 2);
      heap.timers('event').remove(9, { start: 0, end: 10 });
      heap.timers('event').add(8, undefined);
    }
    while (heap.timers('processing').poll(1_000) !== undefined);
  }

  it('are not affected by later writes, whenever they are encoded', () => {
    const before = contents(snap(filled(), (g) => g));
    const heap = filled();
    const first = snap(heap, (g) => g);
    overwrite(heap);
    const second = snap(heap, (g) => g);
    heap.setCurrentKey('a');
    heap.mapTable('map', string, int32).clear();
    heap.table('value', string).remove(undefined);
    expect(contents(first)).toEqual(before);
    expect(entries(second)).toContainEqual({
      state: 'map',
      key: 'a',
      namespace: undefined,
      value: [
        ['x', 2],
        ['y', 2],
      ],
    });
    expect(entries(second)).toContainEqual({ state: 'value', key: 'a', namespace: undefined, value: 'a1' });
    expect(timers(second).filter((t) => t.domain === 'processing')).toEqual([]);
  });

  it('hold the floor of each group, also of an empty one', () => {
    const snapshot = snap(filled(), (g) => 100 + g);
    expect(contents(snapshot).map((g) => g.floor)).toEqual([100, 101, 102, 103]);
    const empty = backend().snapshot([
      { start: 0, end: 1, floor: 5 },
      { start: 2, end: 3, floor: -5 },
    ]);
    expect(contents(empty).map((g) => g.floor)).toEqual([5, 5, -5, -5]);
    expect(restoreNow(backend({ start: 1, end: 2 }), [imageOf(empty)])).toEqual([
      { start: 1, end: 1, floor: 5 },
      { start: 2, end: 2, floor: -5 },
    ]);
  });

  it('bytes are a function of the content, not of its history', () => {
    const one = filled();
    const other = backend();
    other.table('unused', list(int32));
    other.setCurrentKey('gone');
    other.table('value', string).put(undefined, 'gone');
    other.table('value', string).remove(undefined);
    other.mapTable('map', string, int32).put('gone', 1);
    other.mapTable('map', string, int32).remove('gone');
    other.timers('event').add(1, undefined);
    other.timers('event').poll(1);
    for (const key of ['e', 'd', 'c', 'b', 'a']) {
      other.setCurrentKey(key);
      other.timers('processing').add(1_000, undefined);
      other.timers('event').add(9, { start: 0, end: 10 });
      other.timers('event').add(3, undefined);
      other.timers('event').remove(3, undefined);
      const map = other.mapTable('map', string, int32);
      map.put('z', 5);
      map.put('x', 1);
      map.remove('z');
      other.table('window', int32).put({ start: 5, end: 10 }, 1);
      other.table('window', int32).put({ start: 0, end: 10 }, 1);
      other.table('window', int32).remove({ start: 5, end: 10 });
      other.table('value', string).put(undefined, `${key}0`);
    }
    // A state that is registered and never written is named in the header.
    one.table('unused', list(int32));
    expect(bytesOf(snap(other, () => 1))).toEqual(bytesOf(snap(one, () => 1)));
  });

  it('the header depends on the states, not on the order of their registration', () => {
    const one = backend();
    one.table('a', int32);
    one.mapTable('b', string, int32);
    const other = backend();
    other.mapTable('b', string, int32);
    other.table('a', int32);
    expect(bytesOf(snap(other))).toEqual(bytesOf(snap(one)));
  });

  it('restored states that are not registered are kept and written again', () => {
    const snapshot = snap(filled(), () => 1);
    const heap = backend();
    restoreAll(heap, snapshot);
    expect(bytesOf(snap(heap, () => 1))).toEqual(bytesOf(snapshot));
  });

  it('restored state is found under the same type, and refused under another', () => {
    const heap = backend();
    restoreAll(
      heap,
      snap(filled(), () => 1),
    );
    heap.setCurrentKey('b');
    expect(heap.table('value', string).get(undefined)).toBe('b0');
    expect(heap.mapTable('map', string, int32).entries()).toEqual([['x', 1]]);
    expect(heap.timers('event').poll(9)?.timestamp).toBe(9);
    expect(() => heap.table('window', string)).toThrow(JobError);
    const registered = backend();
    registered.table('value', int32);
    expect(() =>
      restoreAll(
        registered,
        snap(filled(), () => 1),
      ),
    ).toThrow(JobError);
  });

  const v1 = record({ id: string, n: int32 });
  const v2 = record({ n: int64, at: withDefault(nullable(string), null), id: string });
  const v3 = record({ n: float64, at: withDefault(nullable(string), 'late') });
  /** A backend with a value and a map of version 1 under the keys. */
  function written(...keys: readonly string[]): KeyedStateBackend {
    const heap = backend();
    for (const key of keys) {
      heap.setCurrentKey(key);
      heap.table('value', v1).put(undefined, { id: key, n: 1 });
      heap.mapTable('map', string, v1).put('x', { id: key, n: 2 });
    }
    return heap;
  }

  it('what another type of the same state can hold is migrated when the state is registered', () => {
    const heap = backend();
    restoreAll(heap, snap(written('a', 'b')));
    heap.setCurrentKey('b');
    expect(heap.table('value', v2).get(undefined)).toEqual({ n: 1, at: null, id: 'b' });
    expect(heap.mapTable('map', string, v2).entries()).toEqual([['x', { n: 2, at: null, id: 'b' }]]);
    // Of all keys, also of those that were not asked for; and it is written so.
    const again = backend();
    restoreAll(again, snap(heap));
    again.setCurrentKey('a');
    expect(again.table('value', v2).get(undefined)).toEqual({ n: 1, at: null, id: 'a' });
    again.table('value', v2).put(undefined, { n: 2 ** 40, at: 'now', id: 'a' });
  });

  it('a state that a version does not register is carried as it was, and migrated by a later one', () => {
    const second = backend();
    restoreAll(second, snap(written('a')));
    const image = snap(second);
    expect(entries(image).map(({ value }) => value)).toEqual([[['x', { id: 'a', n: 2 }]], { id: 'a', n: 1 }]);
    const third = backend();
    restoreAll(third, image);
    third.setCurrentKey('a');
    expect(third.table('value', v3).get(undefined)).toEqual({ n: 1, at: 'late' });
  });

  it('one state comes in two types where some subtasks have registered it and others have not', () => {
    const [low, high] = [
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ].map((range) => backend(range));
    const all = imageOf(snap(written('a', 'b', 'c', 'd', 'e')));
    if (low === undefined || high === undefined) throw new Error('two backends');
    for (const heap of [low, high]) restoreNow(heap, [all]);
    low.table('value', v2);
    const images = [low, high].map((heap, i) => imageOf(snap(heap), `part-${i}`));
    for (const order of [images, [...images].reverse()]) {
      const heap = backend();
      restoreNow(heap, order);
      // Carried once more, with both types in one snapshot.
      const carried = backend();
      restoreAll(carried, snap(heap));
      expect(carried.keysOf('value')).toEqual(['a', 'b', 'c', 'd', 'e']);
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        carried.setCurrentKey(key);
        const { n, at } = carried.table('value', v3).get(undefined) ?? {};
        expect([key, n, at]).toEqual([key, 1, groupOf(key) <= 1 ? null : 'late']);
      }
    }
  });

  it('a table that was registered before the restore holds what is restored', () => {
    const heap = backend();
    const [values, maps] = [heap.table('value', v2), heap.mapTable('map', string, v2)];
    restoreAll(heap, snap(written('a')));
    heap.setCurrentKey('a');
    expect([values.get(undefined), maps.get('x')]).toEqual([
      { n: 1, at: null, id: 'a' },
      { n: 2, at: null, id: 'a' },
    ]);
  });

  it('a value or a kind that cannot be in the registered state is refused, with both types', () => {
    const restored = (): KeyedStateBackend => {
      const heap = backend();
      restoreAll(heap, snap(written('a')));
      heap.setCurrentKey('a');
      return heap;
    };
    expect(() => restored().table('value', record({ id: int32 }))).toThrow(
      'state "value" was written as record{id: string, n: int32} and is declared as record{id: int32}: id: string cannot become int32',
    );
    expect(() => restored().table('map', v1)).toThrow('was written as a map state and is declared as a value state');
    expect(() => restored().mapTable('map', nullable(string), v1)).toThrow(
      'the key of map state "map" was written as string',
    );
    const members = backend();
    members.setCurrentKey('a');
    members.mapTable('m', enumOf('x'), int32).put('x', 1);
    const more = backend();
    restoreAll(more, snap(members));
    more.setCurrentKey('a');
    more.mapTable('m', enumOf('x', 'y'), int32).put('y', 2);
    expect(entries(snap(more)).map(({ value }) => value)).toEqual([
      [
        ['x', 1],
        ['y', 2],
      ],
    ]);
  });

  it('what was refused once is refused again: it is not taken for empty', () => {
    const members = backend();
    members.setCurrentKey('a');
    members.table('kind', enumOf('x', 'y')).put(undefined, 'y');
    members.mapTable('kinds', string, enumOf('x', 'y')).put('k', 'y');
    const heap = backend();
    restoreAll(heap, snap(members));
    heap.setCurrentKey('a');
    for (let i = 0; i < 2; i++) {
      expect(() => heap.table('kind', enumOf('x'))).toThrow(
        'has the member "y", which the type does not have any more',
      );
      expect(() => heap.mapTable('kinds', string, enumOf('x'))).toThrow('has the member "y"');
    }
    expect(entries(snap(heap))).toHaveLength(2);
  });

  it('a key keeps its type', () => {
    expect(() =>
      restoreAll(
        backend(ALL, int32),
        snap(filled(), () => 1),
      ),
    ).toThrow(JobError);
  });

  it('damaged bytes are an error, for who restores and for who inspects', () => {
    const image = imageOf(snap(filled(), () => 1));
    const damaged = (edit: (bytes: Uint8Array, own: readonly number[]) => readonly [Uint8Array, readonly number[]]) => {
      const [object, bytes] = [...image.objects][0] ?? ['', new Uint8Array()];
      const [handle] = image.handles;
      const [edited, own] = edit(bytes.slice(), handle?.own ?? []);
      return { handles: handle === undefined ? [] : [{ ...handle, own }], objects: new Map([[object, edited]]) };
    };
    const bothThrow = (broken: KeyedImage, what: RegExp): void => {
      expect(() => restoreNow(backend(), [broken])).toThrow(what);
      expect(() => contentsOf(broken)).toThrow(what);
    };
    const last = (own: readonly number[], by: number): number[] =>
      own.map((n, i) => (i === own.length - 1 ? n + by : n));
    bothThrow(
      damaged((bytes, own) => [bytes.slice(0, -1), own]),
      /too short/,
    );
    bothThrow(
      damaged((bytes, own) => [bytes, last(own, -1)]),
      /end too early/,
    );
    bothThrow(
      damaged((bytes, own) => [new Uint8Array([...bytes, 0]), last(own, 1)]),
      /left over/,
    );
    bothThrow(
      damaged((bytes, own) => [bytes.fill(9, 0, 1), own]),
      /version 9/,
    );
    bothThrow({ handles: image.handles, objects: new Map() }, /missing/);
    const header = imageOf(snap(backend()));
    const [, short = 0] = header.handles[0]?.own ?? [];
    bothThrow(
      damaged((bytes, own) => {
        const empty = [...header.objects.values()][0] ?? new Uint8Array();
        return [new Uint8Array([...bytes, ...empty.subarray(0, short)]), [bytes.length, short, ...own.slice(2)]];
      }),
      /the header/,
    );
  });

  it('neighbours that hold nothing share their bytes', () => {
    const empty = imageOf(backend().snapshot([{ ...ALL, floor: 7 }]));
    expect(empty.handles[0]?.own.slice(2, 4)).toEqual([0, MAX_PARALLELISM - 1]);
    expect(empty.handles[0]?.own).toHaveLength(6);
  });
});
