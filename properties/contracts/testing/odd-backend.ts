/**
 * A state backend that does everything in another way than ours, to show that the seam is one: values are text and lie on
 * the disk as soon as there are more than a few of them, a read comes from there by `readNow`, the task has to wait for each
 * flush, a snapshot is written by a coroutine, has two handles and several objects, and its bytes are JSON in disguise.
 */
import { EngineBug, IoError, JobError } from '../../../core/errors.ts';
import { keyGroupOf } from '../../../core/graph/key-groups.ts';
import type { TimeWindow, Timestamp } from '../../../core/job/functions.ts';
import type { TypeInfo } from '../../../core/job/types.ts';
import type {
  KeyedMapTable,
  KeyedSnapshot,
  KeyedStateBackend,
  KeyedTable,
  ObjectReader,
  Sieve,
  SnapshotOutput,
  StateBackend,
  StateBackendEnv,
  TimerEntry,
  TimerQueue,
} from '../../../core/state/backend.ts';
import type { KeyedHandle } from '../../../core/state/handles.ts';
import type { FloorRange } from '../../../core/time/floors.ts';
import { keyHasher } from '../../../core/values/hash.ts';
import { fromBytes, toBytes } from '../../../core/values/serializers.ts';
import type { Coroutine, Pending } from '../../../core/waiting.ts';
import { inspectOddState } from './odd-inspect.ts';

export interface OddOptions {
  /** So many changed values are kept in memory before the next turn has to wait for a flush. */
  readonly dirtyMax: number;
  /** Whether the n-th blocking read of the run fails, from 1. */
  readonly readFails?: (nth: number) => boolean;
}

export function oddStateBackend(options: OddOptions): StateBackend {
  let reads = 0;
  const fails = (): boolean => options.readFails?.(++reads) === true;
  return { create: (env) => new OddBackend(env, options.dirtyMax, fails), inspect: inspectOddState };
}

type Domain = 'event' | 'processing';
type Place = { readonly text: string } | { readonly file: string; readonly at: number; readonly length: number };
/** `sub`: the namespace of a value state as JSON, the key of a map state as text. Never changed. */
interface Cell {
  readonly group: number;
  readonly state: string;
  readonly key: string;
  readonly sub: string;
  readonly place: Place;
}
interface OddTimer {
  readonly domain: Domain;
  readonly group: number;
  readonly timestamp: Timestamp;
  readonly key: string;
  readonly namespace: TimeWindow | undefined;
}
interface Schema {
  readonly kind: 'value' | 'map';
  readonly keyType: TypeInfo | null;
  readonly type: TypeInfo;
}

class OddBackend implements KeyedStateBackend {
  readonly range: KeyedStateBackend['range'];
  failure: IoError | undefined;
  readonly #env: StateBackendEnv;
  readonly #dirtyMax: number;
  readonly #readFails: () => boolean;
  readonly #hash: (key: unknown) => number;
  #cells: ReadonlyMap<string, Cell> = new Map();
  #timers: readonly OddTimer[] = [];
  readonly #schemas = new Map<string, Schema>();
  #current: { readonly key: unknown; readonly text: string; readonly group: number } | undefined;
  #files = 0;
  readonly #lastKey = new Map<string, string>();
  #flush: Pending<void> | undefined;

  constructor(env: StateBackendEnv, dirtyMax: number, readFails: () => boolean) {
    this.range = env.range;
    this.#env = env;
    this.#dirtyMax = dirtyMax;
    this.#readFails = readFails;
    this.#hash = keyHasher(env.keyType);
  }

  setCurrentKey(key: unknown): void {
    const group = keyGroupOf(this.#hash(key), this.#env.maxParallelism);
    if (group < this.range.start || group > this.range.end) throw new EngineBug(`key group ${group} is not here`);
    this.#current = { key, text: textOf(this.#env.keyType, key), group };
  }
  get currentKey(): unknown {
    return this.#owner.key;
  }
  get currentKeyGroup(): number {
    return this.#owner.group;
  }
  get #owner(): { readonly key: unknown; readonly text: string; readonly group: number } {
    if (this.#current === undefined) throw new EngineBug('no key is current');
    return this.#current;
  }

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    this.#register(name, { kind: 'value', keyType: null, type });
    return {
      get: (namespace) => {
        const text = this.#get(name, subOf(namespace));
        return text === undefined ? undefined : valueOf(type, text);
      },
      put: (namespace, value) => {
        this.#put(name, subOf(namespace), textOf(type, value));
      },
      remove: (namespace) => {
        this.#remove(name, subOf(namespace));
      },
    };
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    this.#register(name, { kind: 'map', keyType, type });
    const own = (): Cell[] => {
      const { text } = this.#owner;
      return [...this.#cells.values()].filter((cell) => cell.state === name && cell.key === text).sort(bySub);
    };
    return {
      get: (key) => {
        const text = this.#get(name, textOf(keyType, key));
        return text === undefined ? undefined : valueOf(type, text);
      },
      has: (key) => this.#find(name, textOf(keyType, key)) !== undefined,
      put: (key, value) => {
        this.#put(name, textOf(keyType, key), textOf(type, value));
      },
      remove: (key) => {
        this.#remove(name, textOf(keyType, key));
      },
      entries: () => own().map((cell) => [valueOf(keyType, cell.sub), valueOf(type, this.#read(cell))] as const),
      clear: () => {
        for (const cell of own()) this.#remove(name, cell.sub);
      },
    };
  }

  keysOf(state: string): readonly unknown[] {
    const keys = new Set([...this.#cells.values()].filter((cell) => cell.state === state).map(({ key }) => key));
    return [...keys].sort().map((key) => valueOf(this.#env.keyType, key));
  }

  /** Begins anywhere: at the key behind the one that it ended at, of the bytes' order. */
  someKeysOf(state: string, count: number): readonly unknown[] {
    const { group } = this.#owner;
    const at = `${state} ${group}`;
    const own = [...this.#cells.values()].filter((cell) => cell.state === state && cell.group === group);
    const keys = [...new Set(own.map(({ key }) => key))].sort();
    const behind = keys.filter((key) => key > (this.#lastKey.get(at) ?? ''));
    const some = (behind.length === 0 ? keys : behind).slice(0, count);
    this.#lastKey.set(at, some.at(-1) ?? '');
    return some.map((key) => valueOf(this.#env.keyType, key));
  }

  timers(domain: Domain): TimerQueue {
    const own = (): OddTimer[] => this.#timers.filter((timer) => timer.domain === domain).sort(byTime);
    const make = (timestamp: Timestamp, namespace: TimeWindow | undefined): OddTimer => {
      const { text, group } = this.#owner;
      return { domain, group, timestamp, key: text, namespace };
    };
    return {
      add: (timestamp, namespace) => {
        const timer = make(timestamp, namespace);
        if (own().some((other) => byTime(other, timer) === 0)) return false;
        this.#timers = [...this.#timers, timer];
        return true;
      },
      remove: (timestamp, namespace) => this.#drop(own().find((t) => byTime(t, make(timestamp, namespace)) === 0)),
      poll: (upTo, eligible): TimerEntry | undefined => {
        const due = own().find(({ timestamp, group }) => timestamp <= upTo && eligible?.(group) !== false);
        if (due === undefined) return undefined;
        this.#drop(due);
        const { timestamp, group, namespace } = due;
        return { timestamp, key: valueOf(this.#env.keyType, due.key), keyGroup: group, namespace };
      },
      head: () => own()[0]?.timestamp,
    };
  }

  admit(): Pending<void> | undefined {
    if (this.#flush !== undefined && !this.#flush.settled) return this.#flush;
    this.#flush = this.#dirty.length > this.#dirtyMax ? this.#env.scope.spawn('flush', this.#flushAll()) : undefined;
    return this.#flush;
  }

  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    const cells = [...this.#cells.values()];
    const timers = this.#timers;
    const states = [...this.#schemas];
    const types = new Map(states.map(([name, { type }]) => [name, type]));
    const kept = ({ state }: Cell, text: string): string | undefined => {
      const sieve = sieves?.get(state);
      const type = types.get(state);
      if (sieve === undefined || type === undefined) return text;
      const left = sieve(valueOf(type, text));
      return left === undefined ? undefined : textOf(type, left);
    };
    const { disk, keyType } = this.#env;
    const { start, end } = this.range;
    return {
      discard: () => undefined,
      *write(out: SnapshotOutput): Coroutine<readonly KeyedHandle[]> {
        const loaded: { readonly cell: Cell; readonly text: string }[] = [];
        for (const cell of cells) {
          const text = kept(cell, yield* load(disk, cell.place));
          if (text !== undefined) loaded.push({ cell, text });
        }
        const middle = (start + end) >> 1;
        const halves =
          start === end
            ? [[start, end]]
            : [
                [start, middle],
                [middle + 1, end],
              ];
        return halves.map(([first = start, last = end]) => {
          const inHalf = ({ group }: { readonly group: number }): boolean => group >= first && group <= last;
          const rows = loaded
            .filter(({ cell }) => inHalf(cell))
            .map(({ cell: { group, state, key, sub }, text }) => [group, state, key, sub, text]);
          const own: number[] = [];
          const objects: string[] = [];
          for (let at = 0; at < rows.length; at += CHUNK) {
            const slice = out.append(disguised(rows.slice(at, at + CHUNK)));
            own.push(slice.offset, slice.length);
            objects[0] = slice.object;
          }
          objects.push(
            out.file(
              `index-${first}`,
              disguised({ keyType, states, timers: timers.filter(inHalf), floors: clipped(floors, first, last) }),
            ),
          );
          return { first, last, objects, own };
        });
      },
    };
  }

  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const restored: FloorRange[] = [];
    const cells = new Map(this.#cells);
    const mine = (group: number): boolean => group >= this.range.start && group <= this.range.end;
    for (const { objects, own } of handles) {
      const index = revealed(yield* read(objects.at(-1) ?? '')) as {
        keyType: TypeInfo;
        states: [string, Schema][];
        timers: OddTimer[];
        floors: FloorRange[];
      };
      if (!same(index.keyType, this.#env.keyType)) throw new JobError('another key type');
      for (const [name, schema] of index.states) this.#register(name, schema);
      this.#timers = [...this.#timers, ...index.timers.filter(({ group }) => mine(group))];
      restored.push(...clipped(index.floors, this.range.start, this.range.end));
      const common = own.length === 0 ? new Uint8Array() : yield* read(objects[0] ?? '');
      for (let i = 0; i < own.length; i += 2) {
        const at = own[i] ?? 0;
        for (const [group, state, key, sub, text] of revealed(common.subarray(at, at + (own[i + 1] ?? 0))) as Row[]) {
          if (mine(group)) cells.set(idOf(state, key, sub), { group, state, key, sub, place: { text } });
        }
      }
    }
    this.#cells = cells;
    return restored.sort((a, b) => a.start - b.start);
  }

  notifyComplete(): void {
    // Snapshots are full.
  }
  notifyAborted(): void {
    // Nothing to free.
  }
  close(): void {
    this.#cells = new Map();
  }

  // ---- cells

  #register(name: string, schema: Schema): void {
    const known = this.#schemas.get(name);
    if (known !== undefined && !same(known, schema)) throw new JobError(`state ${name} has another type`);
    this.#schemas.set(name, schema);
  }
  #find(state: string, sub: string): Cell | undefined {
    return this.#cells.get(idOf(state, this.#owner.text, sub));
  }
  #get(state: string, sub: string): string | undefined {
    const cell = this.#find(state, sub);
    return cell === undefined ? undefined : this.#read(cell);
  }
  #put(state: string, sub: string, text: string): void {
    const { group, text: key } = this.#owner;
    this.#cells = new Map(this.#cells).set(idOf(state, key, sub), { group, state, key, sub, place: { text } });
  }
  #remove(state: string, sub: string): void {
    const cells = new Map(this.#cells);
    cells.delete(idOf(state, this.#owner.text, sub));
    this.#cells = cells;
  }
  #drop(timer: OddTimer | undefined): boolean {
    this.#timers = this.#timers.filter((other) => other !== timer);
    return timer !== undefined;
  }

  #read({ place }: Cell): string {
    if ('text' in place) return place.text;
    try {
      if (this.failure !== undefined) throw this.failure;
      if (this.#readFails()) throw new IoError(`read of ${place.file} failed`);
      let text = '';
      while (text.length < place.length) {
        const part = this.#env.disk.readNow(place.file, place.at + text.length, place.length - text.length);
        if (part.length === 0) throw new IoError(`${place.file} is too short`);
        text += String.fromCharCode(...part);
      }
      return text;
    } catch (error) {
      if (error instanceof IoError) this.failure ??= error;
      throw error;
    }
  }

  get #dirty(): readonly (readonly [string, Cell])[] {
    return [...this.#cells].filter(([, { place }]) => 'text' in place);
  }

  *#flushAll(): Coroutine<void> {
    const file = `${this.#env.directory}.run-${this.#files++}`;
    const moved = new Map<Cell, Place>();
    let whole = '';
    for (const [, cell] of this.#dirty) {
      if (!('text' in cell.place)) continue;
      moved.set(cell, { file, at: whole.length, length: cell.place.text.length });
      whole += cell.place.text;
    }
    yield* this.#env.disk.append(
      file,
      Uint8Array.from(whole, (c) => c.charCodeAt(0)),
    );
    this.#cells = new Map(
      [...this.#cells].map(([id, cell]) => [id, { ...cell, place: moved.get(cell) ?? cell.place }]),
    );
  }
}

type Row = [group: number, state: string, key: string, sub: string, text: string];
const CHUNK = 3;

function* load(disk: StateBackendEnv['disk'], place: Place): Coroutine<string> {
  if ('text' in place) return place.text;
  let text = '';
  while (text.length < place.length) {
    const part = yield* disk.read(place.file, place.at + text.length, place.length - text.length);
    if (part.length === 0) throw new IoError(`${place.file} is too short`);
    text += String.fromCharCode(...part);
  }
  return text;
}

function clipped(floors: readonly FloorRange[], first: number, last: number): FloorRange[] {
  return floors
    .filter(({ start, end }) => end >= first && start <= last)
    .map(({ start, end, floor }) => ({ start: Math.max(start, first), end: Math.min(end, last), floor }));
}
function idOf(state: string, key: string, sub: string): string {
  return JSON.stringify([state, key, sub]);
}
function subOf(namespace: TimeWindow | undefined): string {
  return namespace === undefined ? '' : JSON.stringify([namespace.start, namespace.end]);
}
function bySub(a: Cell, b: Cell): number {
  return a.sub < b.sub ? -1 : 1;
}
function byTime(a: OddTimer, b: OddTimer): number {
  const key = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  return a.timestamp - b.timestamp || key || start(a) - start(b) || (a.namespace?.end ?? 0) - (b.namespace?.end ?? 0);
}
function start({ namespace }: OddTimer): number {
  return namespace?.start ?? -Infinity;
}
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Two hex digits a byte: in the order of the bytes. */
function textOf<T>(type: TypeInfo<T>, value: T): string {
  return Array.from(toBytes(type, value), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
function valueOf<T>(type: TypeInfo<T>, text: string): T {
  return fromBytes(
    type,
    Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16)),
  );
}
function disguised(value: unknown): Uint8Array {
  return Uint8Array.from(encodeURIComponent(JSON.stringify(value)), (c) => c.charCodeAt(0) ^ 0x5a);
}
function revealed(bytes: Uint8Array): unknown {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte ^ 0x5a);
  return JSON.parse(decodeURIComponent(text));
}
