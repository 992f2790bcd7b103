/**
 * The heap backend against naive maps: random writes, timers and polls on a subtask's key groups, with snapshots that are
 * encoded much later, and restores into other parallelisms (each new subtask takes its groups from the old ones).
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TimeWindow } from '../../job/functions.ts';
import { int32, string } from '../../job/types.ts';
import { keyHasher } from '../../values/hash.ts';
import { keyGroupOf, keyGroupRange, ownerOf } from '../../graph/key-groups.ts';
import type { KeyedSnapshot, KeyedStateBackend, KeyGroupContent } from '../backend.ts';
import { contentsOf, floorsOf, imageOf, type KeyedImage, restoreNow } from '../testing/image.ts';
import { createHeapBackend } from './heap-backend.ts';
import { compareBytes, toBytes } from '../../values/serializers.ts';

const MAX_PARALLELISM = 5;
const KEYS = ['', 'a', 'b', 'c', 'zz', 'ä'];
const NAMESPACES: readonly (TimeWindow | undefined)[] = [
  undefined,
  { start: -5, end: 5 },
  { start: 5, end: 9 },
  { start: 5, end: 7 },
];
const DOMAINS = ['event', 'processing'] as const;

type Entry = KeyGroupContent['entries'][number];
type Timer = KeyGroupContent['timers'][number];
const bytesOf = (key: unknown): Uint8Array => toBytes(string, String(key));
const groupOf = (key: unknown): number => keyGroupOf(keyHasher(string)(String(key)), MAX_PARALLELISM);
const byNamespace = (a: TimeWindow | undefined, b: TimeWindow | undefined): number =>
  (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1) ||
  (a?.start ?? 0) - (b?.start ?? 0) ||
  (a?.end ?? 0) - (b?.end ?? 0);
const byTimer = (a: Timer, b: Timer): number =>
  a.timestamp - b.timestamp || compareBytes(bytesOf(a.key), bytesOf(b.key)) || byNamespace(a.namespace, b.namespace);

/** Everything of the whole operator, as flat lists that are copied whole. */
class Naive {
  entries: readonly Entry[] = [];
  timers: readonly Timer[] = [];
  floors: readonly number[] = Array.from({ length: MAX_PARALLELISM }, () => 0);

  copy(): Naive {
    return Object.assign(new Naive(), this);
  }
  find(state: string, key: string, namespace: TimeWindow | undefined): unknown {
    return this.entries.find((e) => e.state === state && e.key === key && byNamespace(e.namespace, namespace) === 0)
      ?.value;
  }
  set(state: string, key: string, namespace: TimeWindow | undefined, value: unknown): void {
    const others = this.entries.filter(
      (e) => e.state !== state || e.key !== key || byNamespace(e.namespace, namespace) !== 0,
    );
    this.entries = value === undefined ? others : [...others, { state, key, namespace, value }];
  }
  pairs(key: string): readonly (readonly [string, number])[] {
    return (this.find('map', key, undefined) ?? []) as readonly (readonly [string, number])[];
  }
  setPair(key: string, at: string, value: number | undefined): void {
    const pairs = this.pairs(key).filter(([k]) => k !== at);
    if (value !== undefined) pairs.push([at, value]);
    pairs.sort((a, b) => compareBytes(bytesOf(a[0]), bytesOf(b[0])));
    this.set('map', key, undefined, pairs.length === 0 ? undefined : pairs);
  }
  hasTimer(timer: Timer): boolean {
    return this.timers.some((t) => t.domain === timer.domain && byTimer(t, timer) === 0);
  }
  setTimer(timer: Timer, there: boolean): void {
    const others = this.timers.filter((t) => t.domain !== timer.domain || byTimer(t, timer) !== 0);
    this.timers = there ? [...others, timer] : others;
  }
  content(keyGroup: number): KeyGroupContent {
    const inGroup = ({ key }: { readonly key: unknown }): boolean => groupOf(key) === keyGroup;
    const name = (a: Entry, b: Entry): number => (a.state === b.state ? 0 : a.state < b.state ? -1 : 1);
    return {
      keyGroup,
      floor: this.floors[keyGroup]!,
      entries: this.entries
        .filter(inGroup)
        .sort(
          (a, b) => name(a, b) || compareBytes(bytesOf(a.key), bytesOf(b.key)) || byNamespace(a.namespace, b.namespace),
        ),
      timers: DOMAINS.flatMap((domain) => this.timers.filter((t) => inGroup(t) && t.domain === domain).sort(byTimer)),
    };
  }
}

/** The subtasks of the operator at some parallelism. */
class Engine {
  readonly parallelism: number;
  readonly backends: readonly KeyedStateBackend[];

  constructor(parallelism: number) {
    this.parallelism = parallelism;
    this.backends = Array.from({ length: parallelism }, (_, subtask) =>
      createHeapBackend({
        range: keyGroupRange(subtask, parallelism, MAX_PARALLELISM),
        maxParallelism: MAX_PARALLELISM,
        keyType: string,
        now: () => 0,
      }),
    );
  }
  owner(keyGroup: number): number {
    return ownerOf(keyGroup, this.parallelism, MAX_PARALLELISM);
  }
  at(key: string): KeyedStateBackend {
    const backend = this.backends[this.owner(groupOf(key))]!;
    backend.setCurrentKey(key);
    return backend;
  }
  snapshot(floors: readonly number[]): Image {
    return new Image(this.backends.map((backend) => backend.snapshot(floorsOf(backend.range, (g) => floors[g]!))));
  }
}

/** The snapshots of all subtasks; written when asked for. */
class Image {
  readonly #parts: readonly KeyedSnapshot[];

  constructor(parts: readonly KeyedSnapshot[]) {
    this.#parts = parts;
  }
  written(): readonly KeyedImage[] {
    return this.#parts.map((part, subtask) => imageOf(part, `state-${subtask}`));
  }
  /** The bytes of each key group. */
  groups(): readonly Uint8Array[] {
    return this.written().flatMap(({ handles, objects }) =>
      handles.flatMap(({ own, objects: [object = ''] }) => {
        const found: Uint8Array[] = [];
        for (let i = 2; i < own.length; i += 4) {
          const [first, last, offset, length] = own.slice(i, i + 4) as [number, number, number, number];
          for (let g = first; g <= last; g++) found.push(objects.get(object)!.slice(offset, offset + length));
        }
        return found;
      }),
    );
  }
  contents(): readonly KeyGroupContent[] {
    return this.written().flatMap((image) => contentsOf(image));
  }
  restoreAt(parallelism: number, floors: readonly number[]): Engine {
    const restored = new Engine(parallelism);
    const images = this.written();
    for (const backend of restored.backends) {
      const got = restoreNow(backend, images).flatMap(({ start, end, floor }) =>
        Array.from({ length: end - start + 1 }, (_, i) => [start + i, floor]),
      );
      expect(got).toEqual(floorsOf(backend.range, (g) => floors[g]!).map(({ start, floor }) => [start, floor]));
    }
    return restored;
  }
}

interface World {
  engine: Engine;
  naive: Naive;
  images: { readonly image: Image; readonly naive: Naive }[];
}

const key = fc.constantFrom(...KEYS);
const namespace = fc.constantFrom(...NAMESPACES);
const time = fc.integer({ min: -3, max: 12 });
const small = fc.integer({ min: -100, max: 100 });
const mapKey = fc.constantFrom('x', 'y', 'long key', 'ü');
const domain = fc.constantFrom(...DOMAINS);
const timer = fc.record({ domain, timestamp: time, key, namespace });

type Step = (world: World) => void;

const put = fc
  .tuple(fc.constantFrom('one', 'two'), key, namespace, small)
  .map(([state, k, ns, value]): Step => ({ engine, naive }) => {
    const table = engine.at(k).table(state, int32);
    expect(table.get(ns)).toBe(naive.find(state, k, ns));
    table.put(ns, value);
    naive.set(state, k, ns, value);
    expect(table.get(ns)).toBe(value);
  });
const remove = fc
  .tuple(fc.constantFrom('one', 'two'), key, namespace)
  .map(([state, k, ns]): Step => ({ engine, naive }) => {
    engine.at(k).table(state, int32).remove(ns);
    naive.set(state, k, ns, undefined);
  });
const mapWrite = fc
  .tuple(key, mapKey, fc.option(small, { nil: undefined }))
  .map(([k, at, value]): Step => ({ engine, naive }) => {
    const map = engine.at(k).mapTable('map', string, int32);
    if (value === undefined) map.remove(at);
    else map.put(at, value);
    naive.setPair(k, at, value);
    expect(map.get(at)).toBe(value);
    expect(map.has(at)).toBe(value !== undefined);
    expect(map.entries()).toEqual(naive.pairs(k));
  });
const mapClear = key.map((k): Step => ({ engine, naive }) => {
  engine.at(k).mapTable('map', string, int32).clear();
  naive.set('map', k, undefined, undefined);
});
const timerWrite = fc.tuple(timer, fc.boolean()).map(([t, there]): Step => ({ engine, naive }) => {
  const queue = engine.at(t.key).timers(t.domain);
  const was = naive.hasTimer(t);
  if (there) expect(queue.add(t.timestamp, t.namespace)).toBe(!was);
  else expect(queue.remove(t.timestamp, t.namespace)).toBe(was);
  naive.setTimer(t, there);
});
const poll = fc
  .tuple(domain, time, fc.nat(31), fc.nat())
  .map(([from, upTo, mask, pick]): Step => ({ engine, naive }) => {
    const subtask = pick % engine.parallelism;
    const queue = engine.backends[subtask]!.timers(from);
    const eligible = (g: number): boolean => (mask & (1 << g)) !== 0;
    const mine = naive.timers
      .filter((t) => t.domain === from && engine.owner(groupOf(t.key)) === subtask)
      .sort(byTimer);
    expect(queue.head()).toBe(mine[0]?.timestamp);
    const due = mine.find((t) => t.timestamp <= upTo && eligible(groupOf(t.key)));
    const polled = queue.poll(upTo, eligible);
    if (due === undefined) {
      expect(polled).toBe(undefined);
      return;
    }
    expect(polled).toMatchObject({
      timestamp: due.timestamp,
      key: due.key,
      keyGroup: groupOf(due.key),
      namespace: due.namespace,
    });
    naive.setTimer(due, false);
  });
const snapshot = fc
  .array(small, { minLength: MAX_PARALLELISM, maxLength: MAX_PARALLELISM })
  .map((floors): Step => (world) => {
    world.naive.floors = floors;
    world.images.push({ image: world.engine.snapshot(floors), naive: world.naive.copy() });
  });
const restore = fc
  .tuple(fc.integer({ min: 1, max: MAX_PARALLELISM }), fc.nat())
  .map(([parallelism, pick]): Step => (world) => {
    const chosen = world.images[pick % Math.max(world.images.length, 1)];
    if (chosen === undefined) return;
    world.engine = chosen.image.restoreAt(parallelism, chosen.naive.floors);
    world.naive = chosen.naive.copy();
  });

it('holds what naive maps hold, over snapshots that are encoded later and restores at other parallelisms', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: put },
    { weight: 3, arbitrary: remove },
    { weight: 4, arbitrary: mapWrite },
    { weight: 1, arbitrary: mapClear },
    { weight: 6, arbitrary: timerWrite },
    { weight: 3, arbitrary: poll },
    { weight: 2, arbitrary: snapshot },
    { weight: 1, arbitrary: restore },
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: MAX_PARALLELISM }),
      (steps, parallelism) => {
        const world: World = { engine: new Engine(parallelism), naive: new Naive(), images: [] };
        for (const run of steps) run(world);
        world.images.push({ image: world.engine.snapshot(world.naive.floors), naive: world.naive });
        for (const { image, naive } of world.images) {
          expect(image.contents()).toEqual(Array.from({ length: MAX_PARALLELISM }, (_, g) => naive.content(g)));
        }
      },
    ),
    { seed: 45, numRuns: 200 },
  );
});

it('bytes of a key group do not depend on the parallelism, on restores or on the order of writes', () => {
  const writes = fc.uniqueArray(fc.tuple(key, namespace, small), {
    selector: ([k, ns]) => `${k}/${ns?.start}/${ns?.end}`,
    maxLength: 15,
    size: 'max',
  });
  fc.assert(
    fc.property(
      writes,
      fc.integer({ min: 1, max: MAX_PARALLELISM }),
      fc.integer({ min: 1, max: MAX_PARALLELISM }),
      (all, p, q) => {
        const fill = (engine: Engine, entries: typeof all): Engine => {
          for (const [k, ns, value] of entries) {
            engine.at(k).table('one', int32).put(ns, value);
            engine.at(k).mapTable('map', string, int32).put(`${value}`, 1);
            engine.at(k).timers('event').add(value, ns);
          }
          return engine;
        };
        const floors = [1, 2, 3, 4, 5];
        const straight = fill(new Engine(p), all).snapshot(floors);
        const half = all.slice(0, all.length / 2);
        const halfway = fill(new Engine(q), half).snapshot(floors).restoreAt(p, floors);
        const detour = fill(halfway, all.slice(all.length / 2).reverse()).snapshot(floors);
        expect(detour.groups()).toEqual(straight.groups());
      },
    ),
    { seed: 46 },
  );
});
