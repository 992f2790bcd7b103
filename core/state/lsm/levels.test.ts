/**
 * Levels against the whole history: every sequence of flushes and merges up to a length, breadth first. A run is what it
 * holds; the reference is the map that all writes made.
 */
import { expect, it } from 'vitest';
import { type Levels, nextCompaction, NO_LEVELS, runsOf, withCompacted, withFlushed } from './levels.ts';
import { BEYOND, type Run } from './run.ts';

/** null: a tombstone. */
type Content = ReadonlyMap<string, number | null>;
interface World {
  readonly levels: Levels;
  readonly contents: ReadonlyMap<Run, Content>;
  readonly all: ReadonlyMap<string, number>;
  readonly path: readonly string[];
}
const MEMTABLE_BYTES = 2;
let ids = 0;
const runOf = (content: Content): Run => ({
  id: ++ids,
  seed: 0,
  root: { offset: 0, length: 0 },
  height: 0,
  // Large enough that merges reach level 3.
  bytes: 5 * content.size,
  checksum: 0,
  from: '',
  to: BEYOND,
  least: [...content.keys()].sort()[0] ?? '',
  greatest: [...content.keys()].sort().at(-1) ?? '',
});

function flushed(world: World, name: string, writes: readonly (readonly [string, number | null])[]): World {
  const content = new Map(writes);
  const run = runOf(content);
  const all = new Map(world.all);
  for (const [key, value] of writes) {
    if (value === null) all.delete(key);
    else all.set(key, value);
  }
  return {
    levels: withFlushed(world.levels, run),
    contents: new Map(world.contents).set(run, content),
    all,
    path: [...world.path, name],
  };
}

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);

/** `during`: a flush that comes while the merge is under way. */
function compacted(world: World, during: (world: World) => World): World | undefined {
  const compaction = nextCompaction(world.levels, MEMTABLE_BYTES);
  if (compaction === undefined) return undefined;
  const merged = new Map<string, number | null>();
  for (const run of compaction.inputs.toReversed())
    for (const [k, v] of world.contents.get(run) ?? []) merged.set(k, v);
  if (compaction.dropsTombstones) for (const [key, value] of merged) if (value === null) merged.delete(key);
  const output = merged.size === 0 ? undefined : runOf(merged);
  const later = during(world);
  const contents = new Map(later.contents);
  if (output !== undefined) contents.set(output, merged);
  const levels = withCompacted(later.levels, compaction, output);
  return { ...later, levels, contents, path: [...later.path, 'merge'] };
}

function read({ levels, contents }: World): Record<string, number> {
  const seen = new Map<string, number | null>();
  for (const run of runsOf(levels)) for (const [k, v] of contents.get(run) ?? []) if (!seen.has(k)) seen.set(k, v);
  return Object.fromEntries([...seen].filter((pair): pair is [string, number] => pair[1] !== null).sort(byKey));
}

/** What tells two states apart: the contents by place. */
function nameOf({ levels, contents }: World): string {
  const of = (run: Run | undefined): unknown => run && [...(contents.get(run) ?? [])].sort(byKey);
  return JSON.stringify([levels.flushed.map(of), levels.sorted.map(of)]);
}

it('reads what the history has written, whatever is merged and flushed when; tombstones stay as long as they hide something', () => {
  const put = (world: World): World => flushed(world, 'put', [['a', 1], ['b', 1]]); // prettier-ignore
  const remove = (world: World): World => flushed(world, 'remove', [['a', null]]);
  const steps: readonly ((world: World) => World | undefined)[] = [
    put,
    remove,
    (world) => compacted(world, (same) => same),
    (world) => compacted(world, remove),
  ];
  let frontier: readonly World[] = [{ levels: NO_LEVELS, contents: new Map(), all: new Map(), path: [] }];
  const known = new Set<string>();
  const deepest = { sorted: 0, dropped: 0 };
  for (let depth = 0; depth < 11; depth++) {
    const next: World[] = [];
    for (const world of frontier) {
      for (const step of steps) {
        const after = step(world);
        if (after === undefined) continue;
        expect(read(after), after.path.join(' ')).toEqual(Object.fromEntries([...after.all].sort(byKey)));
        deepest.sorted = Math.max(deepest.sorted, after.levels.sorted.length);
        if (after.levels.sorted.length === 0 && after.path.length > 4 && after.path.at(-1) === 'merge')
          deepest.dropped++;
        const name = nameOf(after);
        if (known.has(name)) continue;
        known.add(name);
        next.push(after);
      }
    }
    frontier = next;
  }
  expect(known.size).toBeGreaterThan(500);
  expect(deepest.sorted).toBeGreaterThanOrEqual(2);
  expect(deepest.dropped).toBeGreaterThan(0);
});
