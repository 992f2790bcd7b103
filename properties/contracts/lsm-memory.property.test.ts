/**
 * The memory of the lsm backend at the least budget. After each operation the graph of its objects is walked, from the backend and from the
 * snapshots that are under way, with private fields and by sizes that know nothing of the account: a place for a field, an item or
 * an entry of a map is 8 bytes, a string is a byte a unit, bytes are the whole buffer that they keep. What is found is compared with what
 * the backend says, structure by structure; no structure may be left over.
 *
 * Tolerance: what is said may be between 2/3 and 5/3 of what is found, give or take 64 bytes: a block is said to be as long as it is on the
 * disk, a run has an overhead for all its fields. All of it together may pass the budget by what one turn writes.
 *
 * Beside the budget, each with a bound of its own here (store.ts):
 *
 *     what one turn writes          no turn is cut in two: the task waits behind it
 *     reads and merges under way    blocks in hand of coroutines; not reached from the backend, so not seen here
 *     a merge that cleans up        the keys that it has dropped, and those that are in memory or were written meanwhile; nothing between merges
 *     snapshots under way           of each run that has been replaced since what is kept of a run, and how many snapshots need it
 *     names of uploaded runs        of the base and of each checkpoint that is not known to be complete, its runs
 *     writers                       of each state what serializes values and keys, as long as the longest one
 */
import { Session } from 'node:inspector';
import { expect, it } from 'vitest';
import { keyGroupOf, type KeyGroupRange } from '../../core/graph/key-groups.ts';
import { int32, list, string } from '../../core/job/types.ts';
import type { Ports } from '../../core/ports.ts';
import type { KeyedSnapshot } from '../../core/state/backend.ts';
import type { KeyedHandle } from '../../core/state/handles.ts';
import { createLsmBackend, type LsmBackend } from '../../core/state/lsm/lsm-backend.ts';
import { timed, timedType } from '../../core/state/timed.ts';
import { keyHasher } from '../../core/values/hash.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { inWorld } from './connector-world.ts';
import { KEYS, WINDOWS } from './state-backend-rig.ts';

const MEMORY_BYTES = 4_096;
/** What one step of this walk writes at most, with the overhead of its entries. */
const STEP_BYTES = 1_200;
const LONGEST_VALUE = 100;
const TTL_MS = 40;

// ---- private fields: the debugger shows them

type Posted = Record<string, unknown>;
interface Remote {
  readonly objectId?: string;
  readonly value?: unknown;
}

class Debugger {
  readonly #session = new Session();
  readonly #desk: { object?: object; values?: readonly unknown[] } = {};

  constructor() {
    this.#session.connect();
    Reflect.set(globalThis, '__desk', this.#desk);
  }

  close(): void {
    Reflect.deleteProperty(globalThis, '__desk');
    this.#session.disconnect();
  }

  /** No accessors: they hold nothing. */
  fieldsOf(object: object): readonly (readonly [name: string, value: unknown])[] {
    this.#desk.object = object;
    const { result } = this.#post('Runtime.evaluate', { expression: '__desk.object', objectGroup: 'walk' }) as {
      result: Remote;
    };
    const { privateProperties = [] } = this.#post('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    }) as { privateProperties?: { name: string; value?: Remote }[] };
    const fields = privateProperties.filter(({ value }) => value !== undefined);
    const remote = fields.flatMap(({ value }) => (value?.objectId === undefined ? [] : [{ objectId: value.objectId }]));
    this.#post('Runtime.callFunctionOn', {
      objectId: result.objectId,
      functionDeclaration: 'function (...values) { __desk.values = values; }',
      arguments: remote,
    });
    const values = [...(this.#desk.values ?? [])];
    this.#post('Runtime.releaseObjectGroup', { objectGroup: 'walk' });
    return fields.map(({ name, value }) => [name, value?.objectId === undefined ? value?.value : values.shift()]);
  }

  /** Answers before it returns: the session is of this very thread. */
  #post(method: string, params: Posted): unknown {
    let answer: unknown;
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

// ---- the walk through the objects

/** Not of the state: what the backend was given, and types with what was compiled for them. */
const GIVEN =
  /\.#?(disk|scope|env|options\.disk|schema|type|keyType|serializer|keySerializer|hasher|indexer|user|failure)$/;

/** Where what is found belongs to, by the path to it; the first one counts. */
const STRUCTURES = [
  ['memtables', /^backend\.#store\.(#active|#frozen)/],
  ['runs', /^backend\.#store\.#runs\.(#runs|#levels)/],
  ['cache', /^backend\.#store\.#files\.cache/],
  ['own', /\.#(heads|walks)$|\.#(heads|walks)[.[]/],
  ['sifting', /^backend\.#store\.#sifting/],
  ['uploaded', /^backend\.#uploaded/],
  ['pins', /^backend\.#store\.#runs\.#pins/],
  ['files', /^backend\.#store\.#files\.#ids/],
  ['writers', /[wW]riter(\.|$)/],
  ['flushed', /^snapshot.*[.]memtable/],
  ['snapshots', /^snapshot/],
  ['rest', /^/],
] as const;
type Structure = (typeof STRUCTURES)[number][0];
type Found = Record<Structure, number>;

const ACCOUNTED = ['memtables', 'runs', 'cache', 'own'] as const;
type Account = LsmBackend['memory']['account'];

class Walk {
  readonly found = Object.fromEntries(STRUCTURES.map(([name]) => [name, 0])) as Found;
  readonly #debugger: Debugger;
  readonly #seen = new Set<object>();
  /** In order of distance, so that a structure is met where it lives. */
  #todo: (readonly [path: string, value: unknown])[] = [];

  constructor(inspector: Debugger) {
    this.#debugger = inspector;
  }

  /** Everything that can be reached and has not been so far. */
  from(path: string, root: object): void {
    this.#todo.push([path, root]);
    while (this.#todo.length > 0) {
      const level = this.#todo;
      this.#todo = [];
      for (const [at, value] of level) this.#visit(at, value);
    }
  }

  #visit(path: string, value: unknown): void {
    if (GIVEN.test(path)) return;
    if (typeof value === 'string') this.#add(path, value.length);
    if (typeof value !== 'object' || value === null) return;
    const held = ArrayBuffer.isView(value) ? value.buffer : value;
    if (this.#seen.has(held)) return;
    this.#seen.add(held);
    if (ArrayBuffer.isView(value)) this.#add(path, value.buffer.byteLength);
    else if (Array.isArray(value)) value.forEach((item) => this.#place(`${path}[]`, item));
    else if (value instanceof Set) value.forEach((item) => this.#place(`${path}[]`, item));
    else if (value instanceof Map) {
      for (const [key, item] of value as Map<unknown, unknown>) {
        this.#place(`${path}[]`, key);
        this.#place(`${path}[]`, item);
      }
    } else {
      for (const [name, field] of Object.entries(value)) this.#place(`${path}.${name}`, field);
      if (Object.getPrototypeOf(value) === Object.prototype) return;
      for (const [name, field] of this.#debugger.fieldsOf(value)) this.#place(`${path}.${name}`, field);
    }
  }

  /** Code is of no account. */
  #place(path: string, value: unknown): void {
    if (typeof value === 'function') return;
    this.#add(path, 8);
    this.#todo.push([path, value]);
  }

  #add(path: string, bytes: number): void {
    const [name] = STRUCTURES.find(([, pattern]) => pattern.test(path)) ?? ['rest'];
    this.found[name] += bytes;
  }
}

/** What of the account is not what was found. */
function differences(account: Account, found: Found): readonly string[] {
  return ACCOUNTED.filter((name) => {
    const [said, is] = [account[name], found[name]];
    return said < (2 * is) / 3 - 64 || said > (5 * is) / 3 + 64;
  }).map((name) => `${name}: ${account[name]} bytes by the account, ${found[name]} found`);
}

// ---- operations

interface Met {
  readonly most: Partial<Record<Structure, number>>;
  /** Steps at which an account is refused that misses half of a structure. */
  readonly refused: Record<(typeof ACCOUNTED)[number], number>;
  walks: number;
  pinned: number;
  dropped: number;
}

interface SnapshotTaken {
  readonly snapshot: KeyedSnapshot;
  readonly checkpoint: number;
}

function* walked(ports: Ports, steps: number, inspector: Debugger, met: Met): Coroutine<void> {
  const below = (n: number): number => ports.random.below(n);
  let now = 0;
  const make = (name: string, of: KeyGroupRange): LsmBackend =>
    createLsmBackend(
      {
        range: of,
        maxParallelism: 8,
        keyType: string,
        disk: ports.disk,
        directory: `state/${name}`,
        scope: ports.scope,
        settings: { backend: 'lsm', memoryBytes: MEMORY_BYTES, incremental: true },
        now: () => now,
        dropped: () => met.dropped++,
      },
      MEMORY_BYTES,
    );
  const range = { start: 0, end: 7 };
  const backend = make('first', range);
  const objects = new Map<string, Uint8Array>();
  const values = backend.table('value', string);
  const items = backend.table('items', list(timedType(string)));
  const entries = backend.mapTable('map', int32, timedType(string));
  backend.cleanUp({ state: 'items', kind: 'list', ttlMs: TTL_MS });
  backend.cleanUp({ state: 'map', kind: 'map', ttlMs: TTL_MS });
  const pending: SnapshotTaken[] = [];
  /** How many runs a checkpoint has of which the backend has not heard the end, and the newest that is complete. */
  const unheard = new Map<number, number>();
  const complete = { checkpoint: 0, runs: 0 };
  let checkpoint = 0;
  function* write({ snapshot, checkpoint: of }: SnapshotTaken): Coroutine<readonly KeyedHandle[]> {
    const keep = (name: string, bytes: Uint8Array): string => (objects.set(name, bytes), name);
    const written = snapshot.write({
      checkpoint: of,
      kind: 'checkpoint',
      append: (bytes) => ({ object: keep(`common-${of}`, bytes), offset: 0, length: bytes.length }),
      file: keep,
      shared: (name, bytes) => keep(`${name}-of-${of}`, bytes),
      mayReuse: () => true,
    });
    const handles = 'next' in written ? yield* written : written;
    for (const handle of handles) unheard.set(of, handle.objects.length - 1);
    return handles;
  }
  for (let step = 0; step < steps; step++) {
    now += below(3);
    backend.setCurrentKey(KEYS[below(KEYS.length)] ?? '');
    const text = 'x'.repeat(below(LONGEST_VALUE));
    const namespace = WINDOWS[below(WINDOWS.length)];
    const domain = below(2) === 0 ? 'event' : 'processing';
    switch (below(14)) {
      case 0:
      case 1:
        values.put(namespace, text);
        break;
      case 2:
        values.get(namespace);
        values.remove(namespace);
        break;
      case 3:
        items.put(undefined, [...(items.get(undefined) ?? []).slice(-4), timed(text.slice(0, 20), now)]);
        break;
      case 4:
      case 5:
      case 6:
        entries.put(below(20), timed(text, now));
        break;
      case 7:
        entries.remove(below(20));
        break;
      case 8:
        backend.timers(domain).add(below(60), namespace);
        break;
      case 9:
        backend.timers(domain).poll(below(60));
        break;
      case 10:
        for (const state of ['value', 'items', 'map']) backend.someKeysOf(state, 1);
        break;
      case 11:
        entries.entries();
        break;
      case 12:
        if (pending.length < 3) {
          pending.push({ snapshot: backend.snapshot([{ ...range, floor: 0 }]), checkpoint: ++checkpoint });
        }
        break;
      default: {
        const [one] = pending.splice(below(2), 1);
        if (one === undefined) break;
        const end = below(4);
        if (end === 0) one.snapshot.discard();
        else {
          yield* write(one);
          if (end === 1) {
            backend.notifyAborted(one.checkpoint);
            unheard.delete(one.checkpoint);
          } else if (end === 2) {
            backend.notifyComplete(one.checkpoint);
            if (one.checkpoint > complete.checkpoint) {
              Object.assign(complete, { checkpoint: one.checkpoint, runs: unheard.get(one.checkpoint) });
              for (const of of unheard.keys()) if (of <= one.checkpoint) unheard.delete(of);
            }
          }
        }
      }
    }
    look(backend, pending, [...unheard.values(), complete.runs], inspector, met);
    for (let wait = backend.admit(); wait !== undefined; wait = backend.admit()) yield* wait;
    if (below(4) === 0) yield* ports.clock.sleep(below(4));
  }
  for (const one of pending.splice(0)) yield* write(one);
  // Whatever goes on behind the task's back is over.
  yield* ports.clock.sleep(1_000);
  const walk = look(backend, [], [...unheard.values(), complete.runs], inspector, met);
  expect([walk.sifting, walk.pins]).toEqual([8, 8]);

  // A part of the key groups, in a backend that takes over the runs.
  const handles = yield* write({ snapshot: backend.snapshot([{ ...range, floor: 0 }]), checkpoint: checkpoint + 1 });
  const other = make('second', { start: 1, end: 5 });
  yield* other.restore(handles, function* (name) {
    return objects.get(name)!;
  });
  const base = [handles.reduce((sum, handle) => sum + handle.objects.length - 1, 0)];
  look(other, [], base, inspector, met);
  for (const [at, key] of KEYS.filter((one) => isOf(other, one)).entries()) {
    other.setCurrentKey(key);
    other.mapTable('map', int32, timedType(string)).entries();
    other.table('value', string).put(undefined, `${at}`);
    other.timers('event').poll(Infinity);
    look(other, [], base, inspector, met);
    for (let wait = other.admit(); wait !== undefined; wait = other.admit()) yield* wait;
    look(other, [], base, inspector, met);
  }
}

function isOf(backend: LsmBackend, key: string): boolean {
  const group = keyGroupOf(keyHasher(string)(key), 8);
  return group >= backend.range.start && group <= backend.range.end;
}

/** `named`: how many runs each checkpoint has that is the base or may become it. */
function look(
  backend: LsmBackend,
  pending: readonly SnapshotTaken[],
  named: readonly number[],
  inspector: Debugger,
  met: Met,
): Found {
  const walk = new Walk(inspector);
  walk.from('backend', backend);
  for (const { snapshot } of pending) walk.from('snapshot', snapshot);
  const { found } = walk;
  const { account, measured } = backend.memory;
  expect(account).toEqual(measured);
  expect(differences(account, found)).toEqual([]);
  const said = account.memtables + account.runs + account.cache + account.own;
  expect(said).toBeLessThanOrEqual(MEMORY_BYTES + STEP_BYTES);
  expect(found.memtables + found.runs + found.cache + found.own).toBeLessThanOrEqual(MEMORY_BYTES + STEP_BYTES);

  // ---- beside the budget: places for what there is, 16 bytes for a name, 200 for a run
  expect(found.sifting).toBeLessThanOrEqual(MEMORY_BYTES >> 1);
  expect(found.uploaded).toBeLessThanOrEqual(named.reduce((sum, runs) => sum + 16 + 32 * runs, 64));
  expect(found.pins).toBeLessThanOrEqual(8 + (pending.length === 0 ? 0 : 16 * 17 * pending.length));
  expect(found.writers).toBeLessThanOrEqual(3_000);
  // What a snapshot under way consists of has become runs, or is a memtable of the backend still.
  expect(found.flushed).toBe(0);
  expect(found.snapshots).toBeLessThanOrEqual(pending.length * 300 + (200 * (found.pins - 8)) / 16);
  // Of the states, not of what is in them.
  expect(found.rest).toBeLessThanOrEqual(2_000);

  met.walks++;
  if (found.pins > 8) met.pinned++;
  for (const [name, bytes] of Object.entries(found)) {
    met.most[name as Structure] = Math.max(met.most[name as Structure] ?? 0, bytes);
  }
  for (const name of ACCOUNTED) {
    if (differences({ ...account, [name]: account[name] / 2 }, found).length > 0) met.refused[name]++;
  }
  return found;
}

it('what is found in memory after each operation is what the backend says, and what is beside the budget has its bounds', () => {
  const met: Met = { most: {}, refused: { memtables: 0, runs: 0, cache: 0, own: 0 }, walks: 0, pinned: 0, dropped: 0 };
  const inspector = new Debugger();
  try {
    for (let seed = 0; seed < 2; seed++) {
      const world = { diskJitterUs: 300, diskShortReadPer1000: seed === 1 ? 200 : 0 };
      try {
        inWorld({ seed: `lsm-memory-${seed}`, world }, ({ ports }) => walked(ports, 240, inspector, met));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  } finally {
    inspector.close();
  }
  // The walk went where it should, and an account that leaves out half of a structure would have been found.
  for (const name of ACCOUNTED) expect([name, met.refused[name] > 50]).toEqual([name, true]);
  expect(met.pinned).toBeGreaterThan(100);
  expect(met.dropped).toBeGreaterThan(20);
  expect(met.most.sifting).toBeGreaterThan(100);
  expect(met.most.uploaded).toBeGreaterThan(100);
  expect(met.most.snapshots).toBeGreaterThan(1_000);
});
