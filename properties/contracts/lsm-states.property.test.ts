/**
 * The states of a job on the heap and on the lsm backend, step by step, against the model: every kind, plain and with time to live in
 * both ways of updating and both of visibility, while the clock of the host goes forward; maps that are written to while somebody goes
 * through them (SEMANTICS U9); snapshots, full and incremental, sieved or not, restored at any parallelism.
 *
 * A side is an operator at some parallelism with a model of its own: which expired values are cleaned up behind a call or in a compaction
 * is the backend's own matter (J5, J8), so each model hears of it, and says no if there was nothing to clean up. What no clean-up can
 * change the answer of is the same on both sides.
 */
import { expect, it } from 'vitest';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import {
  type AggregatingState,
  aggregatingState,
  type ListState,
  listState,
  type MapState,
  mapState,
  type ReducingState,
  reducingState,
  type StateDescriptor,
  type StateKind,
  type ValueState,
  valueState,
} from '../../core/job/states.ts';
import { int32, record, string } from '../../core/job/types.ts';
import type { Ports } from '../../core/ports.ts';
import type { DroppedState, KeyGroupContent, StateBackend } from '../../core/state/backend.ts';
import { heapStateBackend } from '../../core/state/heap/heap-state-backend.ts';
import { OperatorStates } from '../../core/state/kinds/state-access.ts';
import { createLsmBackend } from '../../core/state/lsm/lsm-backend.ts';
import { lsmStateBackend } from '../../core/state/lsm/lsm-state-backend.ts';
import { sieveOf } from '../../core/state/timed.ts';
import { TurnScope } from '../../core/state/turn-scope.ts';
import { UserCode } from '../../core/user-code.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { keyText } from '../model/key-order.ts';
import { stateHandle } from '../model/states.ts';
import { Store } from '../model/store.ts';
import { CallTime, hasExpired } from '../model/ttl.ts';
import { TapeReader, TurnLog } from '../model/turn.ts';
import { inWorld } from './connector-world.ts';
import { groupOf, type Image, KEYS, MAX_PARALLELISM, Rig, type Taken } from './state-backend-rig.ts';

const MEMORY_BYTES = 4_096;
const TTL_MS = 40;
const TEXT = (length: number, step: number): string => `${'x'.repeat(length)}${step}`;

// ---- the states

type Cleanup = NonNullable<StateTtl['cleanup']>;

const MEAN = record({ sum: int32, count: int32 });

function descriptorOf(kind: StateKind, name: string, ttl: StateTtl | undefined): StateDescriptor {
  const options = ttl === undefined ? {} : { ttl };
  switch (kind) {
    case 'value':
      return valueState(name, string, options);
    case 'list':
      return listState(name, string, options);
    case 'map':
      return mapState(name, int32, string, options);
    case 'reducing':
      return reducingState(name, string, (a, b) => (a + b).slice(-30), options);
    case 'aggregating':
      return aggregatingState(
        name,
        MEAN,
        {
          createAccumulator: () => ({ sum: 0, count: 0 }),
          add: (value: number, { sum, count }) => ({ sum: sum + value, count: count + 1 }),
          getResult: ({ sum, count }) => `${sum} of ${count}`,
        },
        options,
      );
  }
}

/** Each kind: plain, and with time to live in all four ways; cleaned up as it is said, in turn. */
function descriptorsOf(cleanups: readonly Cleanup[]): readonly StateDescriptor[] {
  const kinds: readonly StateKind[] = ['value', 'list', 'map', 'reducing', 'aggregating'];
  return kinds.flatMap((kind, of) => [
    descriptorOf(kind, kind, undefined),
    ...(['on-create-and-write', 'on-read-and-write'] as const).flatMap((update, one) =>
      (['never-return-expired', 'return-if-not-cleaned-up'] as const).map((visibility, two) => {
        const cleanup = cleanups[(of + 2 * one + two) % cleanups.length];
        const ttl = { ms: TTL_MS, update, visibility, ...(cleanup === undefined ? {} : { cleanup }) };
        return descriptorOf(kind, `${kind}-${update}-${visibility}`, ttl);
      }),
    ),
  ]);
}

// ---- what a function may do with a state, and what it sees of it

type Draw = (n: number) => number;
interface Deed {
  readonly what: string;
  readonly of: (state: unknown) => unknown;
}

/** Drawn once, done to both backends and both models. */
function deedOf({ kind }: StateDescriptor, below: Draw, step: number): Deed {
  const text = TEXT(below(25), step);
  switch (kind) {
    case 'value':
      return pick<ValueState<unknown>>(below, [
        ['value', 3, (state) => state.value()],
        ['update', 3, (state) => state.update(text)],
        ['clear', 1, (state) => state.clear()],
      ]);
    case 'reducing':
    case 'aggregating':
      return pick<ReducingState<unknown> & AggregatingState<unknown, unknown>>(below, [
        ['get', 2, (state) => state.get()],
        ['add', 4, (state) => state.add(kind === 'reducing' ? text : step)],
        ['clear', 1, (state) => state.clear()],
      ]);
    case 'list': {
      const items = Array.from({ length: below(3) }, (_, at) => TEXT(at, step));
      return pick<ListState<unknown>>(below, [
        ['get', 3, (state) => state.get()],
        ['add', 3, (state) => state.add(text)],
        ['addAll', 1, (state) => state.addAll(items)],
        ['update', 1, (state) => state.update(items)],
        ['clear', 1, (state) => state.clear()],
      ]);
    }
    case 'map': {
      const [at, other] = [below(9) - 2, below(9) - 2];
      return pick<MapState<unknown, unknown>>(below, [
        ['get', 2, (state) => state.get(at)],
        ['contains', 1, (state) => [state.contains(at), state.has(other)]],
        ['put', 4, (state) => state.put(at, text)],
        [
          'putAll',
          1,
          (state) =>
            state.putAll([
              [at, text],
              [other, 'y'],
            ]),
        ],
        ['remove', 1, (state) => state.remove(at)],
        ['entries', 1, (state) => state.entries()],
        ['keys', 1, (state) => state.keys()],
        ['values', 1, (state) => state.values()],
        ['isEmpty', 1, (state) => state.isEmpty()],
        ['clear', 1, (state) => state.clear()],
        ['write while entries', 4, (state) => wroteWhile(state, (map) => map.entries(), other, text)],
        ['write while keys', 1, (state) => wroteWhile(state, (map) => map.keys(), other, text)],
        ['write while values', 1, (state) => wroteWhile(state, (map) => map.values(), other, text)],
        ['clear while entries', 1, (state) => clearedWhile(state)],
      ]);
    }
  }
}

type Choice<S> = readonly [what: string, weight: number, of: (state: S) => unknown];

function pick<S>(below: Draw, choices: readonly Choice<S>[]): Deed {
  let left = below(choices.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [what, weight, of] of choices) {
    if (left < weight) return { what, of: (state) => of(state as S) };
    left -= weight;
  }
  throw new Error('no choice');
}

/** What somebody sees who changes, removes and adds in front of and behind where they are, and what is there then. */
function wroteWhile(
  map: MapState<unknown, unknown>,
  all: (map: MapState<unknown, unknown>) => Iterable<unknown>,
  at: number,
  text: string,
): unknown {
  const seen: unknown[] = [];
  for (const one of all(map)) {
    seen.push(one);
    map.put(at + seen.length, text);
    map.remove(at - seen.length);
    map.put(at + 3 * seen.length, `${text}!`);
    // Whoever sees what they write never comes to an end.
    if (seen.length > 40) throw new Error('the entries do not end');
  }
  return [seen, map.entries()];
}

function clearedWhile(map: MapState<unknown, unknown>): unknown {
  const seen: unknown[] = [];
  for (const one of map.entries()) {
    seen.push(one);
    map.clear();
  }
  return [seen, map.isEmpty()];
}

// ---- a side

interface Clock {
  now: number;
}

interface Met {
  cleaned: number;
  dropped: number;
  expired: number;
  incremental: number;
  savepoints: number;
  handedOver: number;
  sieved: number;
  lateImages: number;
  both: number;
}

/** A snapshot between its sync part and its end, and what it has to hold. */
interface SnapshotTaken {
  readonly taken: Taken;
  readonly model: Store;
}

class Side {
  readonly rig: Rig;
  readonly states: readonly OperatorStates[];
  readonly model: Store;
  readonly #scopes: readonly TurnScope[];
  readonly #users: readonly UserCode[];
  readonly #clock: Clock;
  readonly #descriptors: readonly StateDescriptor[];
  readonly #met: Met;

  constructor(
    rig: Rig,
    model: Store,
    world: { readonly clock: Clock; readonly descriptors: readonly StateDescriptor[]; readonly met: Met },
  ) {
    this.rig = rig;
    this.model = model;
    this.#clock = world.clock;
    this.#descriptors = world.descriptors;
    this.#met = world.met;
    this.#users = rig.backends.map(() => new UserCode());
    this.#scopes = this.#users.map((user) => new TurnScope(user, () => this.#clock.now));
    this.states = rig.backends.map(
      (backend, at) =>
        new OperatorStates(backend, {
          user: this.#users[at]!,
          scope: this.#scopes[at]!,
          cleaned: (state, key) => this.cleaned(state, key),
          expired: () => this.#met.expired++,
        }),
    );
    // Sieves are of what is registered, so all of it is from the start on where snapshots are sieved; otherwise what was restored is
    // carried until somebody asks for it.
    if (this.isSieved) for (const states of this.states) for (const one of this.#descriptors) states.getState(one);
  }

  get isSieved(): boolean {
    return this.#descriptors.some(({ ttl }) => ttl?.cleanup === 'full-snapshot');
  }

  /** One call of a function. */
  call(key: string, deeds: readonly (readonly [StateDescriptor, Deed])[]): readonly unknown[] {
    const backend = this.rig.at(key);
    const at = this.rig.backends.indexOf(backend);
    const [user, states] = [this.#users[at]!, this.states[at]!];
    user.atRecord(key);
    this.#scopes[at]!.atKey();
    user.enter('op');
    const answers = deeds.map(([descriptor, { of }]) => of(states.getState<unknown>(descriptor)));
    user.leave();
    const seen = this.called(key, deeds);
    states.cleanUp();
    user.check();
    expect([backend.currentKey, backend.failure]).toEqual([key, undefined]);
    expect(answers).toEqual(seen);
    return answers;
  }

  /** The same call in the model. */
  called(key: string, deeds: readonly (readonly [StateDescriptor, Deed])[]): readonly unknown[] {
    const { now } = this.#clock;
    const place = { attempt: 1, subtask: 0, parallelism: 1 };
    const time = new CallTime(new TapeReader(new TurnLog('op'), { clock: [now], random: [], cleaned: [], place }));
    const cursor = { store: this.model, key: { value: key, text: keyText(string, key) }, time };
    return deeds.map(([descriptor, { of }]) => of(stateHandle(descriptor, { cursor: () => cursor })));
  }

  /** Behind a call. */
  cleaned(state: string, key: unknown): void {
    const gone = (value: unknown): boolean => hasExpired(value, TTL_MS, this.#clock.now);
    expect([state, key, this.model.prune(state, gone, keyText(string, key))]).toEqual([state, key, true]);
    this.#met.cleaned++;
  }

  /** In a compaction. */
  dropped({ state, key, mapKey, now }: DroppedState): void {
    const gone = (value: unknown): boolean => hasExpired(value, TTL_MS, now);
    const text = keyText(string, key);
    const was =
      mapKey === undefined
        ? this.model.prune(state, gone, text)
        : this.model.pruneEntry(state, text, keyText(int32, mapKey), gone);
    expect([state, key, mapKey, was]).toEqual([state, key, mapKey, true]);
    this.#met.dropped++;
  }

  keysOf(state: string): readonly unknown[] {
    const keys = this.rig.backends.flatMap((backend) => backend.keysOf(state)).map(String);
    const known = this.model.keysOf(state).map(({ value }) => String(value));
    expect(keys.toSorted(byUnits)).toEqual(known.toSorted(byUnits));
    return keys;
  }

  take(floor: number): SnapshotTaken {
    const sieved = this.states[0]!.sieved;
    const sieves = new Map(sieved.map((one) => [one.state, sieveOf(one, this.#clock.now)]));
    const model = this.model.fork();
    for (const { state, ttlMs } of sieved) {
      if (model.prune(state, (value) => hasExpired(value, ttlMs, this.#clock.now))) this.#met.sieved++;
    }
    return { taken: this.rig.take((group) => floor + group, sieves.size === 0 ? undefined : sieves), model };
  }

  /** Writes it, and looks whether it holds what it should. */
  *written({ taken, model }: SnapshotTaken, kind?: CheckpointKind): Coroutine<Image> {
    const image = yield* this.rig.write(taken, kind);
    expect(contentOf(this.rig.inspect(image))).toEqual(contentOfModel(model));
    if (image.handles.flat().some(({ objects }) => objects.some((name) => name.includes('run-'))))
      this.#met.incremental++;
    return image;
  }
}

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Content = readonly (readonly [state: string, key: unknown, value: unknown])[];

function contentOf(groups: readonly KeyGroupContent[]): Content {
  expect(groups.map(({ keyGroup }) => keyGroup)).toEqual(Array.from({ length: MAX_PARALLELISM }, (_, at) => at));
  for (const { keyGroup, entries } of groups)
    for (const { key } of entries) expect(groupOf(String(key))).toBe(keyGroup);
  return ordered(groups.flatMap(({ entries }) => entries.map(({ state, key, value }) => [state, key, value] as const)));
}
function contentOfModel(model: Store): Content {
  return ordered(model.content().entries.map(({ state, key, value }) => [state, key, value] as const));
}
function ordered(content: Content): Content {
  return content.toSorted((a, b) => byUnits(`${a[0]} ${String(a[1])}`, `${b[0]} ${String(b[1])}`));
}

/** What clean-up behind calls and in compactions cannot change the answer of, as long as the clock goes forward. */
function isAlike({ ttl }: StateDescriptor, { what }: Deed): boolean {
  const { cleanup = 'incremental', visibility = 'never-return-expired' } = ttl ?? { cleanup: 'none' };
  if (cleanup === 'none' || cleanup === 'full-snapshot') return true;
  return visibility === 'never-return-expired' && what !== 'isEmpty';
}

// ---- the walk

interface Variant {
  readonly cleanups: readonly Cleanup[];
  readonly incremental: boolean;
}

function* together(ports: Ports, steps: number, { cleanups, incremental }: Variant, met: Met): Coroutine<void> {
  const below: Draw = (n) => ports.random.below(n);
  const clock: Clock = { now: 0 };
  const world = { clock, descriptors: descriptorsOf(cleanups), met };
  const { descriptors } = world;
  /** Of each backend: whose it is. Until then nothing is dropped, since no state has been asked for. */
  const made: { side: Side | undefined }[] = [];
  const lsmBackend: StateBackend = {
    ...lsmStateBackend,
    create: (env) => {
      const owner: { side: Side | undefined } = { side: undefined };
      made.push(owner);
      const settings = { ...env.settings, incremental };
      const dropped = (one: DroppedState): void => owner.side!.dropped(one);
      return createLsmBackend({ ...env, settings, now: () => clock.now, dropped }, MEMORY_BYTES);
    },
  };
  /** The backends that were made since the last one are those of this side. */
  const lsmSide = (rig: Rig, model: Store): Side => {
    const side = new Side(rig, model, world);
    for (const one of made) one.side ??= side;
    return side;
  };
  let heap = new Side(new Rig(heapStateBackend, ports, 'heap', 2), new Store(), world);
  let lsm = lsmSide(new Rig(lsmBackend, ports, 'lsm', 2), new Store());
  let pending: (readonly [SnapshotTaken, SnapshotTaken])[] = [];
  for (let step = 0; step < steps; step++) {
    clock.now += below(4) === 0 ? below(12) : 0;
    const key = KEYS[below(KEYS.length)] ?? '';
    const at = below(30);
    if (at === 0) {
      const { name } = descriptors[below(descriptors.length)]!;
      heap.keysOf(name);
      lsm.keysOf(name);
    } else if (at < 3) {
      // Two checkpoints may be under way, of which the later one is written first.
      if (pending.length < 2) pending.push([heap.take(step), lsm.take(step)]);
    } else if (at === 3) {
      const [ofHeap, ofLsm] = pending.pop() ?? [];
      if (ofHeap !== undefined) yield* heap.written(ofHeap);
      if (ofLsm !== undefined) yield* lsm.written(ofLsm);
      if (ofLsm !== undefined) met.lateImages++;
    } else if (at === 4) {
      for (const one of lsm.rig.backends) {
        if (below(2) === 0) one.notifyAborted(1 + below(20));
        else one.notifyComplete(1 + below(8));
      }
    } else if (at === 5 && below(2) === 0) {
      // Of what is restored the sync parts that are left are of no use: the task has ended.
      for (const [ofHeap, ofLsm] of pending) {
        for (const part of [...ofHeap.taken.parts, ...ofLsm.taken.parts]) part.discard();
      }
      pending = [];
      const kind = incremental && below(2) === 0 ? 'savepoint' : 'checkpoint';
      const [ofHeap, ofLsm] = [heap.take(step), lsm.take(step)];
      const images = [yield* heap.written(ofHeap, kind), yield* lsm.written(ofLsm, kind)] as const;
      const parallelism = 1 + below(MAX_PARALLELISM);
      // Runs are for a backend that has runs: an incremental image goes back to lsm, every other one to either of the two.
      const crosses = !incremental || kind === 'savepoint';
      const [toHeap, toLsm] = crosses ? [images[1], images[0]] : images;
      const [modelOfHeap, modelOfLsm] = crosses ? [ofLsm.model, ofHeap.model] : [ofHeap.model, ofLsm.model];
      const heapRig = yield* new Rig(heapStateBackend, ports, 'heap').restored(toHeap, `heap-${step}`, parallelism);
      const lsmRig = yield* new Rig(lsmBackend, ports, 'lsm').restored(toLsm, `lsm-${step}`, parallelism);
      heap = new Side(heapRig, modelOfHeap.fork(), world);
      lsm = lsmSide(lsmRig, modelOfLsm.fork());
      if (crosses) met.handedOver++;
      if (kind === 'savepoint') met.savepoints++;
    } else {
      const deeds = Array.from({ length: 1 + below(3) }, () => {
        const descriptor = descriptors[below(descriptors.length)]!;
        return [descriptor, deedOf(descriptor, below, step)] as const;
      });
      const answers = [heap.call(key, deeds), lsm.call(key, deeds)] as const;
      const alike = (of: readonly unknown[]): readonly unknown[] => of.filter((_, i) => isAlike(...deeds[i]!));
      expect(alike(answers[1])).toEqual(alike(answers[0]));
      met.both += alike(answers[0]).length;
    }
    if (below(4) > 0) for (const { rig } of [heap, lsm]) yield* rig.admitted();
    if (below(6) === 0) yield* ports.clock.sleep(below(3));
  }
  for (const [ofHeap, ofLsm] of pending) {
    yield* heap.written(ofHeap);
    yield* lsm.written(ofLsm);
  }
}

const VARIANTS: readonly Variant[] = [
  { cleanups: ['none'], incremental: false },
  { cleanups: ['compaction', 'incremental', 'full-snapshot', 'none'], incremental: false },
  { cleanups: ['compaction', 'incremental'], incremental: true },
  { cleanups: ['incremental', 'none', 'compaction'], incremental: true },
  // What is sieved is written whole, also where checkpoints are incremental.
  { cleanups: ['full-snapshot', 'compaction'], incremental: true },
];

it.each(VARIANTS)('states of every kind answer as in the model, %j', (variant) => {
  const { cleanups, incremental } = variant;
  const met: Met = {
    cleaned: 0,
    dropped: 0,
    expired: 0,
    incremental: 0,
    savepoints: 0,
    handedOver: 0,
    sieved: 0,
    lateImages: 0,
    both: 0,
  };
  for (let seed = 0; seed < 2; seed++) {
    const world = { diskJitterUs: 300, diskShortReadPer1000: seed % 2 === 0 ? 200 : 0 };
    try {
      inWorld({ seed: `lsm-states-${cleanups.join('-')}-${seed}`, world }, ({ ports }) =>
        together(ports, 350, variant, met),
      );
    } catch (error) {
      throw new Error(`seed ${seed} of ${JSON.stringify(variant)}`, { cause: error });
    }
  }
  // The walk went where it should.
  const isSieved = cleanups.includes('full-snapshot');
  expect(met.both).toBeGreaterThan(500);
  expect(met.expired).toBeGreaterThan(100);
  expect(met.handedOver).toBeGreaterThan(1);
  expect(met.lateImages).toBeGreaterThan(5);
  if (cleanups.includes('incremental')) expect(met.cleaned).toBeGreaterThan(20);
  if (cleanups.includes('compaction')) expect(met.dropped).toBeGreaterThan(20);
  if (isSieved) expect(met.sieved).toBeGreaterThan(20);
  if (incremental && !isSieved) expect(met.incremental).toBeGreaterThan(5);
  else expect(met.incremental).toBe(0);
  if (incremental) expect(met.savepoints).toBeGreaterThan(1);
});
