/**
 * Clean-up in compactions, against plain maps: what is stated as dropped was there and had expired, nothing else goes, and nothing older
 * comes back. The clock of the host goes forward and back.
 */
import { expect, it } from 'vitest';
import { int32, list, string } from '../../core/job/types.ts';
import type { Ports } from '../../core/ports.ts';
import type { DroppedState } from '../../core/state/backend.ts';
import { createLsmBackend } from '../../core/state/lsm/lsm-backend.ts';
import { isExpired, type Timed, timed, timedType } from '../../core/state/timed.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { inWorld } from './connector-world.ts';

const TTL_MS = 40;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const MEMORY_BYTES = 4_096;

interface Met {
  value: number;
  list: number;
  map: number;
}

function* agree({ random, disk, scope, clock }: Ports, steps: number, met: Met): Coroutine<void> {
  const below = (n: number): number => random.below(n);
  let now = 0;
  const value = new Map<string, Timed<number>>();
  const lists = new Map<string, readonly Timed<string>[]>();
  const maps = new Map<string, Map<number, Timed<string>>>(KEYS.map((key) => [key, new Map()]));
  const lives = (stored: Timed<unknown>, at: number): boolean => !isExpired(stored, TTL_MS, at);
  const dropped = ({ state, key: of, mapKey, now: at }: DroppedState): void => {
    const key = String(of);
    if (state === 'value') {
      const stored = value.get(key);
      expect(stored === undefined || lives(stored, at)).toBe(false);
      value.delete(key);
      met.value++;
    } else if (state === 'list') {
      const items = lists.get(key) ?? [];
      const left = items.filter((item) => lives(item, at));
      expect(left.length).toBeLessThan(items.length);
      if (left.length === 0) lists.delete(key);
      else lists.set(key, left);
      met.list++;
    } else {
      const stored = maps.get(key)?.get(Number(mapKey));
      expect(stored === undefined || lives(stored, at)).toBe(false);
      maps.get(key)?.delete(Number(mapKey));
      met.map++;
    }
  };
  const backend = createLsmBackend(
    {
      range: { start: 0, end: 3 },
      maxParallelism: 4,
      keyType: string,
      disk,
      directory: 'state/clean-up',
      scope,
      settings: { backend: 'lsm', memoryBytes: MEMORY_BYTES, incremental: false },
      now: () => now,
      dropped,
    },
    MEMORY_BYTES,
  );
  const values = backend.table('value', timedType(int32));
  const items = backend.table('list', list(timedType(string)));
  const entries = backend.mapTable('map', int32, timedType(string));
  const kept = backend.table('kept', timedType(int32));
  for (const [state, kind] of [
    ['value', 'value'],
    ['list', 'list'],
    ['map', 'map'],
  ] as const)
    backend.cleanUp({ state, kind, ttlMs: TTL_MS });
  let forever = 0;
  for (let step = 0; step < steps; step++) {
    now += below(8) === 0 ? -below(30) : below(6);
    const key = KEYS[below(KEYS.length)] ?? '';
    backend.setCurrentKey(key);
    const text = 'x'.repeat(below(40));
    const at = below(12);
    switch (below(7)) {
      case 0:
        values.put(undefined, timed(step, now));
        value.set(key, timed(step, now));
        break;
      case 1:
        values.remove(undefined);
        value.delete(key);
        break;
      case 2: {
        const longer = [...(lists.get(key) ?? []), timed(text, now)].slice(-6);
        items.put(undefined, longer);
        lists.set(key, longer);
        break;
      }
      case 3:
      case 4:
        entries.put(at, timed(text, now));
        maps.get(key)?.set(at, timed(text, now));
        break;
      case 5:
        entries.remove(at);
        maps.get(key)?.delete(at);
        break;
      default:
        // No time to live is known of it: it stays.
        kept.put(undefined, timed(step, -1_000));
        forever++;
    }
    const admitted = backend.admit();
    if (admitted !== undefined) yield* admitted;
    if (below(5) === 0) yield* clock.sleep(below(3));
    for (const one of KEYS) {
      backend.setCurrentKey(one);
      expect(values.get(undefined)).toEqual(value.get(one));
      expect(items.get(undefined)).toEqual(lists.get(one));
      const pairs = [...(maps.get(one) ?? [])].sort(([a], [b]) => a - b);
      expect([...entries.entries()].sort(([a], [b]) => a - b)).toEqual(pairs);
    }
  }
  expect(backend.keysOf('kept').length).toBeGreaterThan(0);
  expect(forever).toBeGreaterThan(0);
}

it('what a compaction drops was there and had expired, and everything else is as it was', () => {
  const met: Met = { value: 0, list: 0, map: 0 };
  for (let seed = 0; seed < 6; seed++) {
    const world = { diskJitterUs: 300, diskShortReadPer1000: seed % 2 === 0 ? 200 : 0 };
    inWorld({ seed: `clean-up-${seed}`, world }, ({ ports }) => agree(ports, 500, met));
  }
  expect(met.value).toBeGreaterThan(5);
  expect(met.list).toBeGreaterThan(20);
  expect(met.map).toBeGreaterThan(50);
});
