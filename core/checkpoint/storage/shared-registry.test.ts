/**
 * The registry against the whole history, breadth first to the fixpoint: checkpoints begin, are acknowledged part by part, are
 * completed or aborted, and subsume older ones. The reference keeps what every checkpoint has named, and works out from that who
 * needs what.
 */
import { expect, it } from 'vitest';
import { drop, NO_SHARED_OBJECTS, type SharedObjects, use } from './shared-registry.ts';

const TASKS = [0, 1] as const;
const RETAINED = 1;
const CHECKPOINTS = 3;

/** The names that a task gives in a checkpoint: what it has made for it, and what it names again of the base. */
interface Part {
  readonly task: number;
  readonly names: readonly string[];
}
interface Known {
  readonly id: number;
  readonly state: 'pending' | 'retained';
  readonly parts: readonly Part[];
}
interface World {
  readonly registry: SharedObjects;
  /** Of the store. */
  readonly objects: ReadonlySet<string>;
  readonly checkpoints: readonly Known[];
  /** That have been complete at some time: only these are bases. */
  readonly completed: readonly number[];
  readonly next: number;
  readonly path: readonly string[];
}
const made = (id: number, task: number): string => `${id}/${task}`;
const namesOf = ({ parts }: Known): readonly string[] => parts.flatMap(({ names }) => names);

function acknowledge(world: World, id: number, task: number, base: number): World | undefined {
  const checkpoint = world.checkpoints.find((one) => one.id === id);
  if (checkpoint?.state !== 'pending' || checkpoint.parts.some((part) => part.task === task)) return undefined;
  const older = world.checkpoints.find((one) => one.id === base)?.parts.find((part) => part.task === task)?.names ?? [];
  // A base that the task knows and that is gone by now: it names what it remembers.
  const names = [...(base === 0 ? [] : older.length > 0 ? older : [made(base, task)]), made(id, task)];
  const { registry, missing } = use(world.registry, id, names, (name) => name.startsWith(`${id}/`));
  expect(missing, world.path.join(' ')).toEqual(
    names.filter((name) => name !== made(id, task) && !world.objects.has(name)),
  );
  const path = [...world.path, `ack ${id} ${task} on ${base}`];
  const objects = new Set([...world.objects, made(id, task)]);
  if (missing.length > 0) return abort({ ...world, registry, objects, path }, id);
  const checkpoints = world.checkpoints.map((one) =>
    one === checkpoint ? { ...one, parts: [...one.parts, { task, names }] } : one,
  );
  return { ...world, registry, objects, checkpoints, path };
}

function abort(world: World, id: number): World | undefined {
  const checkpoint = world.checkpoints.find((one) => one.id === id);
  if (checkpoint?.state !== 'pending') return undefined;
  return without({ ...world, path: [...world.path, `abort ${id}`] }, checkpoint, true);
}

/** `wholly`: what it has made goes by its prefix, too. */
function without(world: World, checkpoint: Known, wholly: boolean): World {
  const { registry, unused } = drop(world.registry, checkpoint.id);
  const objects = new Set(
    [...world.objects].filter((name) => !unused.includes(name) && !(wholly && name.startsWith(`${checkpoint.id}/`))),
  );
  return { ...world, registry, objects, checkpoints: world.checkpoints.filter((one) => one !== checkpoint) };
}

function complete(world: World, id: number): World | undefined {
  const checkpoint = world.checkpoints.find((one) => one.id === id);
  if (checkpoint?.state !== 'pending' || checkpoint.parts.length < TASKS.length) return undefined;
  const done: Known = { ...checkpoint, state: 'retained' };
  let after: World = {
    ...world,
    checkpoints: world.checkpoints.map((one) => (one === checkpoint ? done : one)),
    completed: [...world.completed, id],
    path: [...world.path, `complete ${id}`],
  };
  for (const older of after.checkpoints.filter((one) => one.state === 'pending' && one.id < id))
    after = without(after, older, true);
  const retained = after.checkpoints.filter((one) => one.state === 'retained');
  for (const old of retained.slice(0, Math.max(0, retained.length - RETAINED))) after = without(after, old, false);
  return after;
}

function trigger(world: World): World | undefined {
  if (world.next > CHECKPOINTS || world.checkpoints.filter((one) => one.state === 'pending').length >= 2)
    return undefined;
  const checkpoint: Known = { id: world.next, state: 'pending', parts: [] };
  return {
    ...world,
    next: world.next + 1,
    checkpoints: [...world.checkpoints, checkpoint],
    path: [...world.path, `trigger ${world.next}`],
  };
}

/** Closure: what a checkpoint names is there. No leak: what is there is named. */
function check({ registry, objects, checkpoints, path }: World): void {
  const needed = new Set(checkpoints.flatMap(namesOf));
  expect([...objects].sort(), path.join(', ')).toEqual([...needed].sort());
  expect([...registry.keys()].sort()).toEqual([...needed].sort());
  for (const [name, users] of registry) {
    expect([...users].sort((a, b) => a - b)).toEqual(
      checkpoints.filter((one) => namesOf(one).includes(name)).map(({ id }) => id),
    );
  }
}

it('keeps what a pending or retained checkpoint names, and nothing else, whatever is aborted, subsumed or named too late', () => {
  let frontier: readonly World[] = [
    { registry: NO_SHARED_OBJECTS, objects: new Set(), checkpoints: [], completed: [], next: 1, path: [] },
  ];
  const known = new Set<string>();
  const met = { gone: 0, sharedByThree: 0 };
  while (frontier.length > 0) {
    const next: World[] = [];
    for (const world of frontier) {
      const steps: (World | undefined)[] = [trigger(world)];
      for (const { id } of world.checkpoints) {
        steps.push(abort(world, id), complete(world, id));
        for (const task of TASKS)
          for (const base of [0, ...world.completed]) if (base < id) steps.push(acknowledge(world, id, task, base));
      }
      for (const after of steps) {
        if (after === undefined) continue;
        check(after);
        if (after.path.at(-1)?.startsWith('abort') === true && after.path.at(-2)?.startsWith('ack') === true)
          met.gone++;
        if ([...after.registry.values()].some((users) => users.size >= 3)) met.sharedByThree++;
        const name = JSON.stringify([after.checkpoints, after.completed, after.next]);
        if (known.has(name)) continue;
        known.add(name);
        next.push(after);
      }
    }
    frontier = next;
  }
  expect(known.size).toBeGreaterThan(300);
  expect(met.gone).toBeGreaterThan(10);
  expect(met.sharedByThree).toBeGreaterThan(10);
});

/** before, event, after: object -> who names it. */
it.each([
  ['a new object', {}, ['use', 1, ['1/a']], { '1/a': [1] }, []],
  ['a further checkpoint names it', { '1/a': [1] }, ['use', 2, ['1/a', '2/b']], { '1/a': [1, 2], '2/b': [2] }, []],
  ['the same part again', { '1/a': [1] }, ['use', 1, ['1/a']], { '1/a': [1] }, []],
  ['one that is gone: nothing of the part is registered', {}, ['use', 2, ['1/a', '2/b']], {}, ['1/a']],
  ['nothing is named', { '1/a': [1] }, ['use', 2, []], { '1/a': [1] }, []],
  ['subsumed, and a newer one names it', { '1/a': [1, 2], '1/b': [1] }, ['drop', 1, []], { '1/a': [2] }, ['1/b']],
  ['a checkpoint that has named nothing', { '1/a': [1] }, ['drop', 7, []], { '1/a': [1] }, []],
] as const)('%s', (_, before, [event, checkpoint, names], after, out) => {
  const registry = new Map(Object.entries(before).map(([name, users]) => [name, new Set<number>(users)]));
  const of = (objects: SharedObjects) => Object.fromEntries([...objects].map(([name, users]) => [name, [...users]]));
  if (event === 'use') {
    const used = use(registry, checkpoint, names, (name) => name.startsWith(`${checkpoint}/`));
    expect([of(used.registry), used.missing]).toEqual([after, out]);
  } else {
    const dropped = drop(registry, checkpoint);
    expect([of(dropped.registry), dropped.unused]).toEqual([after, out]);
  }
});
