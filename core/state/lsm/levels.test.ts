/**
 * Levels against the whole history, explored to the fixpoint: memtables are flushed and merges begin and end in every order, also flushes
 * while a merge runs. After every event
 *
 *   - each level holds the entries that a naive reference says, which keeps every write by itself, and the level where it lies;
 *   - a read finds what was written last in the whole history, whatever has been merged since;
 *   - the merge that comes next is the one that the rule names, of the same runs; the lowest level has no tombstone.
 *
 * States are distinguished by what lies where, a value or a tombstone of which key, and by the merge that runs: which run it is and
 * which value tells nothing apart. Not here: what a merge writes (`merge.ts`), and when the store begins one.
 */
import { expect, it } from 'vitest';
import { explore } from '../../checkpoint/barriers/testing/explore.ts';
import { assert } from '../../errors.ts';
import {
  type Compaction,
  type Levels,
  nextCompaction,
  NO_LEVELS,
  RUNS_MAX,
  runsOf,
  withCompacted,
  withFlushed,
} from './levels.ts';
import { BEYOND, type Run } from './run.ts';

/** `value` null: a tombstone. */
interface Entry {
  readonly key: string;
  readonly value: number | null;
}
type Content = readonly Entry[];

const MEMTABLE_BYTES = 2;
/** Of levels 1, 2 and 3: so that tombstones stay in the first, small values in the second, large ones in the third. */
const LIMITS = [0, 8, 32, 128];
const BYTES: Readonly<Record<string, number>> = { large: 40, small: 10 };
const bytesIn = (content: Content): number =>
  content.reduce((sum, { key, value }) => sum + (value === null ? 1 : (BYTES[key] ?? 0)), 0);
const limitOf = (level: number): number => LIMITS[level] ?? Infinity;

function runOf(id: number, bytes: number): Run {
  const root = { offset: 0, length: 0 };
  return { id, seed: 0, root, height: 0, bytes, checksum: 0, from: '', to: BEYOND, least: '', greatest: '' };
}

/** The newest of each key. */
function newestOf(contents: readonly Content[]): Content {
  const seen = new Map<string, Entry>();
  for (const entry of contents.flat()) if (!seen.has(entry.key)) seen.set(entry.key, entry);
  return [...seen.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

type Event =
  | { readonly kind: 'flush'; readonly writes: readonly [string, 'put' | 'remove'][] }
  | { readonly kind: 'begin' | 'end' };

/** What the store does with levels. */
interface Machine {
  readonly levels: Levels;
  readonly running: Compaction | undefined;
  readonly flushes: number;
}
const contents = new WeakMap<Run, Content>();
const of = (run: Run | undefined): Content => (run && contents.get(run)) ?? [];
let runs = 0;
function filled(content: Content): Run {
  const run = runOf(runs++, bytesIn(content));
  contents.set(run, content);
  return run;
}

function applied({ levels, running, flushes }: Machine, event: Event): Machine {
  switch (event.kind) {
    case 'flush': {
      const content = event.writes.map(([key, what]) => ({ key, value: what === 'put' ? flushes : null }));
      return { levels: withFlushed(levels, filled(content)), running, flushes: flushes + 1 };
    }
    case 'begin':
      return { levels, running: nextCompaction(levels, MEMTABLE_BYTES), flushes };
    case 'end': {
      assert(running !== undefined, () => 'no merge runs');
      const all = newestOf(running.inputs.map(of));
      const kept = all.filter(({ value }) => value !== null || !running.dropsTombstones);
      const output = kept.length === 0 ? undefined : filled(kept);
      return { levels: withCompacted(levels, running, output), running: undefined, flushes };
    }
  }
}

/** A write of the history, and where it lies. */
interface Placed extends Entry {
  readonly flush: number;
  readonly level: number;
}
interface Merge {
  readonly flushes: readonly number[];
  readonly levels: readonly number[];
  readonly target: number;
}
interface History {
  /** All that there ever were, the oldest first. */
  readonly written: Content;
  /** Those that are not gone: none hides it, and it is no tombstone below which a merge has found nothing. */
  readonly placed: readonly Placed[];
  readonly flushes: number;
  readonly running: Merge | undefined;
}

const lying = ({ placed }: History, level: number): readonly Placed[] => placed.filter((one) => one.level === level);
const flushesAt = (history: History, level: number): readonly number[] => [
  ...new Set(lying(history, level).map(({ flush }) => flush)),
];
const deepest = ({ placed }: History): number => Math.max(0, ...placed.map(({ level }) => level));

interface World {
  readonly machine: Machine;
  readonly history: History;
}

/** The rule: see `levels.ts`. */
function nextMerge(history: History): Merge | undefined {
  if (flushesAt(history, 0).length >= RUNS_MAX) return { flushes: flushesAt(history, 0), levels: [1], target: 1 };
  for (let level = 1; level <= deepest(history); level += 1) {
    if (bytesIn(lying(history, level)) > limitOf(level))
      return { flushes: [], levels: [level, level + 1], target: level + 1 };
  }
  return undefined;
}

const takes = ({ flushes, levels }: Merge, { level, flush }: Placed): boolean =>
  level === 0 ? flushes.includes(flush) : levels.includes(level);

function merged({ placed }: History, merge: Merge): readonly Placed[] {
  const taken = placed.filter((one) => takes(merge, one));
  const isLowest = placed.every(({ level }) => level <= merge.target);
  return placed.flatMap((one, at) => {
    if (!taken.includes(one)) return [one];
    const isHidden = placed.some((later, place) => place > at && later.key === one.key && taken.includes(later));
    return isHidden || (one.value === null && isLowest) ? [] : [{ ...one, level: merge.target }];
  });
}

function happened(history: History, event: Event): History {
  const { written, placed, flushes, running } = history;
  switch (event.kind) {
    case 'flush': {
      const added = event.writes.map(([key, what]) => ({ key, value: what === 'put' ? flushes : null }));
      return {
        written: [...written, ...added],
        placed: [...placed, ...added.map((entry) => ({ ...entry, flush: flushes, level: 0 }))],
        flushes: flushes + 1,
        running,
      };
    }
    case 'begin':
      return { ...history, running: nextMerge(history) };
    case 'end':
      assert(running !== undefined, () => 'no merge runs');
      return { ...history, placed: merged(history, running), running: undefined };
  }
}

/** The runs that lie there, the newest first, by what is in them. */
function runsAt(history: History, level: number): readonly Content[] {
  const there = lying(history, level);
  if (level > 0) return there.length === 0 ? [] : [entriesOf(there)];
  return flushesAt(history, 0)
    .toReversed()
    .map((flush) => entriesOf(there.filter((one) => one.flush === flush)));
}
const entriesOf = (content: Content): Content => newestOf([content.map(({ key, value }) => ({ key, value }))]);
const upTo = (last: number): readonly number[] => Array.from({ length: last + 1 }, (_, level) => level);
const lastWritten = ({ written }: History): Content =>
  Object.keys(BYTES).flatMap((key) => written.findLast((one) => one.key === key) ?? []);
const readable = (content: Content): Content => content.filter(({ value }) => value !== null);

/** Compared as text first: `expect` is slow, and good at telling the difference. */
function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

function check(machine: Machine, history: History, event: Event): void {
  const { levels, running } = machine;
  same(levels.flushed.map(of), runsAt(history, 0));
  same(
    levels.sorted.map((run) => (run === undefined ? [] : [of(run)])),
    upTo(deepest(history))
      .slice(1)
      .map((level) => runsAt(history, level)),
  );
  same(readable(newestOf(runsOf(levels).map(of))), readable(lastWritten(history)));
  assert(!of(levels.sorted.at(-1)).some(({ value }) => value === null), () => 'a tombstone that hides nothing');
  const isDue = nextCompaction(levels, MEMTABLE_BYTES) !== undefined;
  assert(isDue === (nextMerge(history) !== undefined), () => (isDue ? 'a merge is due too early' : 'no merge is due'));
  if (event.kind !== 'begin') return;
  const { running: merge } = history;
  assert(running !== undefined && merge !== undefined, () => 'no merge begins');
  const levelsOf = merge.flushes.length > 0 ? [0, ...merge.levels] : merge.levels;
  same(
    running.inputs.map(of),
    levelsOf.flatMap((level) => runsAt(history, level)),
  );
  same([running.target, running.dropsTombstones], [merge.target, deepest(history) <= merge.target]);
}

/**
 * What lies where, whatever its value is, and what runs. Of the runs of level 0 that go into one merge: how many there are, and what is the
 * newest of each key.
 */
function keyOf(machine: Machine): string {
  const { levels, running } = machine;
  const nameOf = (content: Content): string =>
    content.map(({ key, value }) => `${value === null ? '-' : ''}${key}`).join('+');
  const isTaken = (run: Run | undefined): boolean => run !== undefined && running?.inputs.includes(run) === true;
  const together = [true, false].map((taken) => {
    const runs = levels.flushed.filter((run) => isTaken(run) === taken).map(of);
    return `${runs.length} of ${nameOf(newestOf(runs))}`;
  });
  const below = levels.sorted.map((run) => `${nameOf(of(run))}${isTaken(run) ? '!' : ''}`);
  return [...together, ...below, running?.target, running?.dropsTombstones].join(' | ');
}

/** One comes on top of those that are merged. */
const FLUSHED_MAX = RUNS_MAX + 1;
const FLUSHES: readonly Event[] = [
  { kind: 'flush', writes: [['small', 'put']] },
  { kind: 'flush', writes: [['large', 'put']] },
  { kind: 'flush', writes: [['large', 'remove']] },
];
const TIMEOUT_MS = 60_000;

function enabled({ history }: World): readonly Event[] {
  const flushes = flushesAt(history, 0).length < FLUSHED_MAX ? FLUSHES : [];
  if (history.running !== undefined) return [...flushes, { kind: 'end' }];
  return nextMerge(history) === undefined ? flushes : [...flushes, { kind: 'begin' }];
}

it(
  'holds what the whole history says, in whatever order memtables are flushed and merges begin and end: 5626 states, 15139 edges',
  () => {
    const met = { intoLevel: [0, 0, 0, 0], flushedMeanwhile: 0, kept: 0, nothingLeft: 0, emptyBetween: 0 };
    const meet = (before: Machine, event: Event, { levels, running }: Machine): void => {
      if (event.kind === 'flush' && running !== undefined) met.flushedMeanwhile += 1;
      if (levels.sorted.includes(undefined)) met.emptyBetween += 1;
      if (event.kind !== 'end' || before.running === undefined) return;
      const { target, inputs } = before.running;
      met.intoLevel[target] = (met.intoLevel[target] ?? 0) + 1;
      const output = levels.sorted[target - 1];
      if (output === undefined) met.nothingLeft += 1;
      if (of(output).some(({ value }) => value === null) && inputs.length > 1) met.kept += 1;
    };
    const extent = explore<undefined, Event, undefined, World>({
      // Levels are values: nothing has to be replayed.
      create: () => undefined,
      apply: () => undefined,
      initial: {
        machine: { levels: NO_LEVELS, running: undefined, flushes: 0 },
        history: { written: [], placed: [], flushes: 0, running: undefined },
      },
      enabled,
      step: ({ machine, history }, event) => {
        const after = { machine: applied(machine, event), history: happened(history, event) };
        check(after.machine, after.history, event);
        meet(machine, event, after.machine);
        return after;
      },
      key: ({ machine }) => keyOf(machine),
    });
    expect(extent).toEqual({ states: 5_626, edges: 15_139 });
    expect(met.intoLevel[0]).toBe(0);
    for (const count of [...met.intoLevel.slice(1), met.flushedMeanwhile, met.kept, met.nothingLeft, met.emptyBetween])
      expect(count).toBeGreaterThanOrEqual(10);
  },
  TIMEOUT_MS,
);

/**
 * Levels as text, level 0 first: `c b a / x5 / -`. A number: so many bytes, else one (a memtable has one, too). `!`: it is being merged, into
 * the level behind the arrow.
 */
function written({ levels: { flushed, sorted }, running }: Pick<Machine, 'levels' | 'running'>): string {
  const nameOf = (run: Run | undefined): string =>
    run === undefined
      ? '-'
      : `${run.least}${run.bytes > 1 ? run.bytes : ''}${running?.inputs.includes(run) === true ? '!' : ''}`;
  const text = [flushed.map(nameOf).join(' '), ...sorted.map(nameOf)].join(' / ');
  if (running === undefined) return text;
  return `${text} -> ${running.target}${running.dropsTombstones ? ' drops tombstones' : ''}`;
}
function namedRun(name: string): Run {
  return { ...runOf(0, Number(/\d+/.exec(name)?.[0] ?? 1)), least: name.replace(/\d+/, '') };
}
function read(text: string): Pick<Machine, 'levels' | 'running'> {
  const [places = '', merge] = text.split(' -> ');
  const inputs: Run[] = [];
  const runIn = (name: string): Run | undefined => {
    if (name === '-') return undefined;
    const run = namedRun(name.replace('!', ''));
    if (name.endsWith('!')) inputs.push(run);
    return run;
  };
  const [flushed = '', ...sorted] = places.split(' / ');
  const levels = {
    flushed: flushed.split(' ').flatMap((name) => (name === '' ? [] : (runIn(name) ?? []))),
    sorted: sorted.map(runIn),
  };
  if (merge === undefined) return { levels, running: undefined };
  return {
    levels,
    running: { inputs, target: Number.parseInt(merge), dropsTombstones: merge.endsWith('drops tombstones') },
  };
}
function after(before: string, event: string): string {
  const { levels, running } = read(before);
  const [kind, name] = event.split(' ');
  const run = name === undefined ? undefined : namedRun(name);
  if (kind === 'begin') return written({ levels, running: nextCompaction(levels, 1) });
  if (kind === 'flush' && run !== undefined) return written({ levels: withFlushed(levels, run), running });
  assert(running !== undefined, () => 'no merge runs');
  return written({ levels: withCompacted(levels, running, run), running: undefined });
}

/** before | event | after */
it.each([
  ['the first flush of all', '', 'flush a', 'a'],
  ['a flush comes in front', 'b a / x', 'flush c', 'c b a / x'],
  ['three runs in level 0 are not merged', 'c b a', 'begin', 'c b a'],
  ['four are', 'd c b a', 'begin', 'd! c! b! a! -> 1 drops tombstones'],
  ['all that there are', 'e d c b a', 'begin', 'e! d! c! b! a! -> 1 drops tombstones'],
  ['with level 1', 'd c b a / x', 'begin', 'd! c! b! a! / x! -> 1 drops tombstones'],
  ['level 2 may hold what a tombstone hides', 'd c b a / x / y', 'begin', 'd! c! b! a! / x! / y -> 1'],
  ['below an empty level, too', 'd c b a / - / - / z', 'begin', 'd! c! b! a! / - / - / z -> 1'],
  ['level 1 is as large as it may be', 'a / x4', 'begin', 'a / x4'],
  ['it is too large: level 0 is no part of it', 'a / x5', 'begin', 'a / x5! -> 2 drops tombstones'],
  ['with level 2', 'a / x5 / y', 'begin', 'a / x5! / y! -> 2 drops tombstones'],
  ['with level 2, above level 3', 'a / x5 / y / z', 'begin', 'a / x5! / y! / z -> 2'],
  ['with level 2, above a level that is empty', 'a / x5 / y / - / z', 'begin', 'a / x5! / y! / - / z -> 2'],
  ['each level may be four times as large', 'a / x4 / y16 / z64', 'begin', 'a / x4 / y16 / z64'],
  ['level 2 is too large', 'a / x4 / y17 / z', 'begin', 'a / x4 / y17! / z! -> 3 drops tombstones'],
  ['level 2 is too large, and level 1 is empty', 'a / - / y17', 'begin', 'a / - / y17! -> 3 drops tombstones'],
  ['level 0 comes first', 'd c b a / x5 / y17', 'begin', 'd! c! b! a! / x5! / y17 -> 1'],
  ['the upper level comes first', 'a / x5 / y17', 'begin', 'a / x5! / y17! -> 2 drops tombstones'],
  ['a flush while a merge runs', 'd! c! b! a! / x! -> 1', 'flush e', 'e d! c! b! a! / x! -> 1'],
  ['into an empty level 1', 'd! c! b! a! -> 1', 'end m', ' / m'],
  ['in the place of level 1', 'd! c! b! a! / x! / y -> 1', 'end m', ' / m / y'],
  ['what was flushed meanwhile is left', 'f e d! c! b! a! / x! -> 1', 'end m', 'f e / m'],
  ['level 1 into 2', 'a / x5! / y! / z -> 2', 'end m', 'a / - / m / z'],
  ['into a level that there was not', 'a / x5! -> 2', 'end m', 'a / - / m'],
  ['level 2 into 3', 'a / x / y17! / z! -> 3', 'end m', 'a / x / - / m'],
  ['nothing is left, of all', 'd! c! b! a! / x! -> 1', 'end', ''],
  ['nothing is left but what was flushed meanwhile', 'e d! c! b! a! -> 1', 'end', 'e'],
  ['nothing is left of the lowest, nor is a level above it', 'a / x5! / y! -> 2', 'end', 'a'],
  ['nothing is left of the lowest but a level above it', 'a / x / y17! / z! -> 3', 'end', 'a / x'],
  ['nothing is left above a level', 'd! c! b! a! / x! / y -> 1', 'end', ' / - / y'],
] as const)('%s: %j, %s', (_, before, event, expected) => {
  expect(after(before, event)).toBe(expected);
});

it('a merge of runs that are gone, or over a run that was no part of it, is a defect', () => {
  const { levels, running } = read('d! c! b! a! -> 1');
  assert(running !== undefined, () => 'no merge runs');
  expect(() => withCompacted(NO_LEVELS, running, undefined)).toThrow(/runs that are gone/);
  expect(() => withCompacted({ ...levels, sorted: [namedRun('x')] }, running, namedRun('m'))).toThrow(/no part of/);
});
