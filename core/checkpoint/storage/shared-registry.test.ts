/**
 * The registry against the whole history, explored to the fixpoint: checkpoints and savepoints begin, are acknowledged part by part, are
 * completed or aborted, and subsume older ones; the attempt fails, or another leader comes, and the next one registers what is retained;
 * the job may have been started from an original that it claims or does not. The reference keeps what everyone has named, and works out
 * from that who needs what. After every event
 *
 *   - what a pending, retained or original checkpoint names is there (closure), and nothing else of this job's (no leak);
 *   - of each object the registry has those that name it; a part that names one which is gone is refused, as a whole;
 *   - what is not this job's is there, whatever happens.
 *
 * States are distinguished by who names what; checkpoints go by their order, so that their numbers rise without end and the states do not.
 */
import { describe, expect, it } from 'vitest';
import { explore, type Extent } from '../barriers/testing/explore.ts';
import { drop, NO_SHARED_OBJECTS, type SharedObjects, use } from './shared-registry.ts';

interface Size {
  readonly tasks: readonly number[];
  readonly retained: number;
  /** Completed ones that a task may take for the newest, since it hears late. */
  readonly bases: number;
  /** Objects of a base that a part names again, at most: older runs have been merged away. */
  readonly again: number;
}
const PENDING_MAX = 2;
const TIMEOUT_MS = 60_000;

/** The names that a task gives in a checkpoint: what it has made for it, and what it names again of the base. */
interface Part {
  readonly task: number;
  readonly names: readonly string[];
}
interface Known {
  readonly attempt: number;
  /** Rises over those that may be restored: an attempt counts on from the one that it starts from. */
  readonly id: number;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly parts: readonly Part[];
}
type Claim = 'claimed' | 'not claimed';
interface World {
  readonly registry: SharedObjects;
  /** Of the store. */
  readonly objects: ReadonlySet<string>;
  readonly attempt: number;
  readonly next: number;
  /** What the job was started from, while it may go back to it. */
  readonly original: (Known & { readonly claim: Claim }) | undefined;
  /** In the order of their numbers, as the retained ones. */
  readonly pending: readonly Known[];
  readonly retained: readonly Known[];
  /** What this attempt was restored from, and what it has completed: the last few. */
  readonly bases: readonly Known[];
  readonly stopped: boolean;
}
interface Acknowledge {
  readonly kind: 'acknowledge';
  readonly id: number;
  readonly task: number;
  /** Its place among the bases; undefined: everything is written anew. */
  readonly base: number | undefined;
}
type Event =
  | { readonly kind: 'trigger'; readonly of: Known['kind'] }
  | Acknowledge
  | { readonly kind: 'abort' | 'complete' | 'stop'; readonly id: number }
  | { readonly kind: 'restart' };

const FOREIGN = 'of-another-job/0';
const isShared = (name: string): boolean => name !== FOREIGN;
const prefixOf = ({ attempt, id }: Pick<Known, 'attempt' | 'id'>): string => `${attempt}-shared/${id}/`;
const namesOf = ({ parts }: Known): readonly string[] => parts.flatMap(({ names }) => names);
const sharedOf = (known: Known): readonly string[] => namesOf(known).filter(isShared);
const originalOf = ({ original }: World): readonly (Known & { readonly claim: Claim })[] =>
  original === undefined ? [] : [original];

function acknowledged(world: World, { id, task, base }: Acknowledge, { again }: Size): World {
  const own = world.pending.find((one) => one.id === id);
  if (own === undefined) throw new Error(`${id} is not pending`);
  const older = base === undefined ? [] : (world.bases[base]?.parts.find((part) => part.task === task)?.names ?? []);
  const made = `${prefixOf(own)}${task}`;
  // What is not this job's is written anew.
  const names = own.kind === 'savepoint' ? [] : [...older.filter(isShared).slice(-again), made];
  const { registry, missing } = use(world.registry, id, names, (name) => name.startsWith(prefixOf(own)));
  expect(missing).toEqual(names.filter((name) => name !== made && !world.objects.has(name)));
  const objects = new Set(own.kind === 'savepoint' ? world.objects : [...world.objects, made]);
  if (missing.length > 0) {
    expect(registry).toBe(world.registry);
    return aborted({ ...world, objects }, own);
  }
  const pending = world.pending.map((one) =>
    one === own ? { ...one, parts: [...one.parts, { task, names }].sort((a, b) => a.task - b.task) } : one,
  );
  return { ...world, registry, objects, pending };
}

/** What it has made goes by its prefix, too: of tasks that have not acknowledged it. */
function aborted(world: World, own: Known): World {
  const { registry, objects } = subsumed(world, own);
  const left = [...objects].filter((name) => !name.startsWith(prefixOf(own)));
  return { ...world, registry, objects: new Set(left), pending: world.pending.filter((one) => one !== own) };
}

function subsumed(world: World, { id }: Known): World {
  const { registry, unused } = drop(world.registry, id);
  return { ...world, registry, objects: new Set([...world.objects].filter((name) => !unused.includes(name))) };
}

function completed(world: World, own: Known, { retained, bases }: Size): World {
  const all = [...world.retained, own];
  const isLate = (one: Known): boolean => one.id < own.id && one.kind === 'checkpoint';
  const claimed = originalOf(world).filter(({ claim }) => claim === 'claimed');
  const after = {
    ...world,
    pending: world.pending.filter((one) => one !== own),
    retained: all.slice(-retained),
    bases: [...world.bases, own].slice(-bases),
    original: claimed.length > 0 ? undefined : world.original,
  };
  return [...claimed, ...all.slice(0, -retained)].reduce(subsumed, after.pending.filter(isLate).reduce(aborted, after));
}

/** By a savepoint: nothing older is ever restored. Nothing is pending any more that the registry would be asked about. */
function stopped(world: World, own: Known): World {
  const others = world.pending.filter((one) => one !== own).reduce(aborted, { ...world, pending: [] });
  const claimed = originalOf(world).filter(({ claim }) => claim === 'claimed');
  const after = { ...others, retained: [], original: claimed.length > 0 ? undefined : world.original, stopped: true };
  return [...claimed, ...world.retained].reduce(subsumed, after);
}

/** As the leader prepares an attempt: what is listed is registered, and what nobody names is swept. */
function restarted(world: World): World {
  let registry = NO_SHARED_OBJECTS;
  for (const known of [...world.retained, ...originalOf(world)])
    registry = use(registry, known.id, sharedOf(known), () => true).registry;
  const restored = world.retained.at(-1) ?? world.original;
  return {
    ...world,
    registry,
    objects: new Set([...world.objects].filter((name) => !isShared(name) || registry.has(name))),
    attempt: world.attempt + 1,
    next: (restored?.id ?? 0) + 1,
    pending: [],
    bases: restored === undefined ? [] : [restored],
  };
}

function after(world: World, event: Event, size: Size): World {
  if (event.kind === 'restart') return restarted(world);
  if (event.kind === 'acknowledge') return acknowledged(world, event, size);
  if (event.kind === 'trigger') {
    const { attempt, next } = world;
    return { ...world, next: next + 1, pending: [...world.pending, { attempt, id: next, kind: event.of, parts: [] }] };
  }
  const own = world.pending.find(({ id }) => id === event.id);
  if (own === undefined) throw new Error(`${event.id} is not pending`);
  if (event.kind === 'abort') return aborted(world, own);
  if (event.kind === 'stop') return stopped(world, own);
  return own.kind === 'checkpoint'
    ? completed(world, own, size)
    : { ...world, pending: world.pending.filter((one) => one !== own) };
}

function enabled({ pending, bases, stopped }: World, { tasks }: Size): readonly Event[] {
  if (stopped) return [];
  const events: Event[] = [{ kind: 'restart' }];
  if (pending.length < PENDING_MAX)
    events.push({ kind: 'trigger', of: 'checkpoint' }, { kind: 'trigger', of: 'savepoint' });
  for (const { id, kind, parts } of pending) {
    events.push({ kind: 'abort', id });
    if (parts.length === tasks.length) events.push({ kind: 'complete', id });
    if (parts.length === tasks.length && kind === 'savepoint') events.push({ kind: 'stop', id });
    for (const task of tasks) {
      if (parts.some((part) => part.task === task)) continue;
      events.push({ kind: 'acknowledge', id, task, base: undefined });
      // They are full: it does not matter whose part comes first.
      if (kind === 'savepoint') break;
      for (const [base, of] of bases.entries()) if (of.id < id) events.push({ kind: 'acknowledge', id, task, base });
    }
  }
  return events;
}

/** Compared as text first: `expect` is slow, and good at telling the difference. */
function same(actual: readonly unknown[], expected: readonly unknown[]): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

function check(world: World): void {
  const { registry, objects, pending, retained } = world;
  const known = [...originalOf(world), ...retained, ...pending];
  const needed = [...new Set(known.flatMap(sharedOf))].sort();
  same([...objects].sort(), [...needed, FOREIGN].sort());
  same([...registry.keys()].sort(), needed);
  for (const [name, users] of registry) {
    const naming = known.filter((one) => namesOf(one).includes(name)).map(({ id }) => id);
    same(
      [...users].sort((a, b) => a - b),
      naming.sort((a, b) => a - b),
    );
  }
}

/** Checkpoints and what they have made, by their order. */
function keyOf({ objects, original, pending, retained, bases, stopped }: World, { again }: Size): string {
  // What a task can still name of a base, or that it would name something that is gone.
  const ofBases = bases.map(({ attempt, id, parts }) => [
    { attempt, id },
    ...parts.map(({ names }) =>
      names
        .filter(isShared)
        .slice(-again)
        .map((name) => (objects.has(name) ? name : 'gone')),
    ),
  ]);
  const text = JSON.stringify([original ?? null, pending, retained, ofBases, stopped]).replace(
    /"attempt":(\d+),"id":(\d+)/g,
    (_, attempt: string, id: string) => `"of":"${attempt}-shared/${id}/"`,
  );
  const serial = (name: string): number => Number.parseInt(name) * 1_000_000 + Number(/\/(\d+)/.exec(name)?.[1]);
  const all = [...new Set(text.match(/\d+-shared\/\d+\//g))].sort((a, b) => serial(a) - serial(b));
  return text.replace(/\d+-shared\/\d+\//g, (name) => `#${all.indexOf(name)}/`);
}

/** `refused`: edges on which a part names what is gone; `usersMost`: of one object, at one time. */
type Explored = Extent & { readonly refused: number; readonly usersMost: number };

function explored(claim: Claim | undefined, size: Size): Explored {
  const parts = size.tasks.map((task) => ({ task, names: [`1-shared/1/${task}`, FOREIGN] }));
  const original: World['original'] = claim && { attempt: 1, id: 1, kind: 'checkpoint', parts, claim };
  const before: World = {
    registry: NO_SHARED_OBJECTS,
    objects: new Set([FOREIGN, ...(original === undefined ? [] : namesOf(original))]),
    attempt: 1,
    next: 1,
    original,
    pending: [],
    retained: [],
    bases: [],
    stopped: false,
  };
  const met = { refused: 0, usersMost: 0 };
  const extent = explore<undefined, Event, undefined, World>({
    // The registry is a value: nothing has to be replayed.
    create: () => undefined,
    apply: () => undefined,
    initial: restarted(before),
    enabled: (world) => enabled(world, size),
    step: (world, event) => {
      const next = after(world, event, size);
      check(next);
      if (event.kind === 'acknowledge' && next.pending.length < world.pending.length) met.refused += 1;
      met.usersMost = Math.max(met.usersMost, ...[...next.registry.values()].map((users) => users.size));
      return next;
    },
    key: (world) => keyOf(world, size),
  });
  return { ...extent, ...met };
}

describe('keeps what somebody names, and nothing else, whatever is aborted, subsumed, restored or named too late', () => {
  const one = { tasks: [0], bases: 2, again: 1 };
  const golden: readonly (readonly [Claim | undefined, Size, Explored])[] = [
    [undefined, { ...one, retained: 1 }, { states: 330, edges: 1_895, refused: 35, usersMost: 3 }],
    ['claimed', { ...one, retained: 1 }, { states: 327, edges: 1_888, refused: 35, usersMost: 3 }],
    ['not claimed', { ...one, retained: 1 }, { states: 561, edges: 3_238, refused: 53, usersMost: 4 }],
    [undefined, { ...one, retained: 2 }, { states: 1_030, edges: 5_927, refused: 0, usersMost: 4 }],
    ['claimed', { ...one, retained: 2 }, { states: 1_165, edges: 6_726, refused: 13, usersMost: 4 }],
    ['not claimed', { ...one, retained: 2 }, { states: 1_863, edges: 10_734, refused: 0, usersMost: 4 }],
    ['claimed', { ...one, retained: 1, again: 2 }, { states: 861, edges: 4_980, refused: 132, usersMost: 3 }],
    [
      'claimed',
      { tasks: [0, 1], retained: 1, bases: 2, again: 1 },
      { states: 7_608, edges: 50_229, refused: 3_022, usersMost: 3 },
    ],
  ];
  for (const [claim, size, extent] of golden) {
    const origin = claim === undefined ? 'no original' : `an original, ${claim}`;
    const { tasks, retained, bases, again } = size;
    const sizes = `tasks: ${tasks.length}, retained: ${retained}, bases: ${bases}, named again: ${again}`;
    it(
      `${origin}; ${sizes}: ${extent.states} states, ${extent.edges} edges`,
      () => {
        expect(explored(claim, size)).toEqual(extent);
      },
      TIMEOUT_MS,
    );
  }
});

/** As text: who names each object, `1/a by 1 2; 2/b by 2`. */
function written(registry: SharedObjects): string {
  return [...registry].map(([name, users]) => `${name} by ${[...users].join(' ')}`).join('; ');
}
function read(text: string): SharedObjects {
  const entries = text === '' ? [] : text.split('; ').map((entry) => entry.split(' by '));
  return new Map(entries.map(([name = '', users = '']) => [name, new Set(users.split(' ').map(Number))]));
}

/** before | event | after | what is missing, or goes. `register`: of what is listed when an attempt begins. */
it.each([
  ['a new object', '', 'use 1: 1/a', '1/a by 1', ''],
  ['a further checkpoint names it', '1/a by 1', 'use 2: 1/a 2/b', '1/a by 1 2; 2/b by 2', ''],
  ['the same part again', '1/a by 1', 'use 1: 1/a', '1/a by 1', ''],
  ['one that is gone: nothing of the part is registered', '', 'use 2: 1/a 2/b', '', '1/a'],
  ['one is gone, and one is there', '1/a by 1', 'use 2: 1/a 1/b', '1/a by 1', '1/b'],
  ['a savepoint names nothing', '1/a by 1', 'use 2:', '1/a by 1', ''],
  ['an attempt begins: what is retained is there', '', 'register 1: 1/a 0/b', '1/a by 1; 0/b by 1', ''],
  ['so is what the next one shares', '1/a by 1', 'register 2: 1/a 2/b', '1/a by 1 2; 2/b by 2', ''],
  ['and what the original does, claimed or not', '1/a by 2', 'register 1: 1/a 1/b', '1/a by 2 1; 1/b by 1', ''],
  ['which shares nothing if it is of another job', '2/a by 2', 'register 1:', '2/a by 2', ''],
  ['subsumed, and a newer one names it', '1/a by 1 2; 1/b by 1', 'drop 1:', '1/a by 2', '1/b'],
  ['subsumed, the last one that names it', '1/a by 2; 2/b by 2; 3/c by 3', 'drop 2:', '3/c by 3', '1/a 2/b'],
  ['a claimed original', '1/a by 1 2; 1/b by 1; 2/c by 2', 'drop 1:', '1/a by 2; 2/c by 2', '1/b'],
  ['beside an original that is not claimed', '1/a by 1 2; 2/b by 2', 'drop 2:', '1/a by 1', '2/b'],
  ['a checkpoint or savepoint that has named nothing', '1/a by 1', 'drop 7:', '1/a by 1', ''],
  ['and there is nothing', '', 'drop 7:', '', ''],
] as const)('%s: %j, %s', (_, before, event, expected, out) => {
  const registry = read(before);
  const [kind = '', id = '', ...objects] = event.replace(':', '').split(' ');
  const checkpoint = Number(id);
  if (kind === 'drop') {
    const dropped = drop(registry, checkpoint);
    expect([written(dropped.registry), dropped.unused.join(' ')]).toEqual([expected, out]);
  } else {
    const isOwn = (name: string): boolean => kind === 'register' || name.startsWith(`${checkpoint}/`);
    const used = use(registry, checkpoint, objects, isOwn);
    expect([written(used.registry), used.missing.join(' ')]).toEqual([expected, out]);
  }
  expect(written(registry)).toBe(before);
});
