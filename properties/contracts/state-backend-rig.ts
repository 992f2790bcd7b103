/** What the clauses of `stateBackendContract` work with: an operator at some parallelism, and beside it what it must hold. */
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { IoError } from '../../core/errors.ts';
import { keyGroupOf, keyGroupRange, ownerOf } from '../../core/graph/key-groups.ts';
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import { int32, list, string } from '../../core/job/types.ts';
import type { Disk, Ports } from '../../core/ports.ts';
import type {
  GroupContent,
  KeyedSnapshot,
  KeyedStateBackend,
  KeyGroupContent,
  Sieve,
  StateBackend,
} from '../../core/state/backend.ts';
import { type KeyedHandle, keyedHandle } from '../../core/state/handles.ts';
import type { FloorRange } from '../../core/time/floors.ts';
import { keyHasher } from '../../core/values/hash.ts';
import { compareBytes, fromBytes, toBytes } from '../../core/values/serializers.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { ContractBroken } from '../../sim/contract.ts';

export const MAX_PARALLELISM = 5;
/** The least budget that a configuration may give. */
const LEAST_MEMORY_BYTES = 4_096;
export const KEYS: readonly string[] = ['', 'a', 'b', 'c', 'zz', 'ä', 'k1', 'k2'];
export const WINDOWS: readonly (TimeWindow | undefined)[] = [
  undefined,
  { start: -5, end: 5 },
  { start: 5, end: 7 },
  { start: 5, end: 9 },
];
/** States: a value per window, a list, a map. */
const VALUE = { name: 'value', type: int32 };
const LIST = { name: 'list', type: list(string) };
const MAP = { name: 'map', keyType: int32, type: string };

export type Domain = 'event' | 'processing';
type Entry = GroupContent['entries'][number];
type Timer = GroupContent['timers'][number];

const hash = keyHasher(string);
export function groupOf(key: string): number {
  return keyGroupOf(hash(key), MAX_PARALLELISM);
}

/** What the operator must hold: flat lists that are replaced whole. */
class Expected {
  entries: readonly Entry[] = [];
  timers: readonly Timer[] = [];
  floors: readonly Timestamp[] = Array.from({ length: MAX_PARALLELISM }, () => 0);

  copy(): Expected {
    return Object.assign(new Expected(), this);
  }

  get(state: string, key: string, namespace: TimeWindow | undefined): unknown {
    return this.entries.find((entry) => isAt(entry, state, key, namespace))?.value;
  }

  set(state: string, key: string, namespace: TimeWindow | undefined, value: unknown): void {
    const others = this.entries.filter((entry) => !isAt(entry, state, key, namespace));
    this.entries = value === undefined ? others : [...others, { state, key, namespace, value }];
  }

  pairs(key: string): readonly (readonly [number, string])[] {
    const found = this.entries.find((entry) => isAt(entry, MAP.name, key, undefined))?.value;
    return Array.isArray(found) ? (found as readonly (readonly [number, string])[]) : [];
  }

  setPair(key: string, at: number, value: string | undefined): void {
    const pairs = this.pairs(key).filter(([other]) => other !== at);
    if (value !== undefined) pairs.push([at, value]);
    pairs.sort(([a], [b]) => compareBytes(toBytes(int32, a), toBytes(int32, b)));
    this.set(MAP.name, key, undefined, pairs.length === 0 ? undefined : pairs);
  }

  setTimer(timer: Timer, there: boolean): void {
    const others = this.timers.filter((other) => other.domain !== timer.domain || compareTimers(other, timer) !== 0);
    this.timers = there ? [...others, timer] : others;
  }

  /** The first timer of a subtask that is due. */
  due(domain: Domain, upTo: Timestamp, isEligible: (keyGroup: number) => boolean): Timer | undefined {
    return this.timers
      .filter((timer) => timer.domain === domain && timer.timestamp <= upTo && isEligible(groupOf(String(timer.key))))
      .toSorted(compareTimers)[0];
  }

  contents(): readonly KeyGroupContent[] {
    return this.floors.map((floor, keyGroup) => {
      const isIn = ({ key }: { readonly key: unknown }): boolean => groupOf(String(key)) === keyGroup;
      return {
        keyGroup,
        floor,
        entries: this.entries.filter(isIn).toSorted(compareEntries),
        timers: (['event', 'processing'] as const).flatMap((domain) =>
          this.timers.filter((timer) => isIn(timer) && timer.domain === domain).toSorted(compareTimers),
        ),
      };
    });
  }
}

export interface Image {
  readonly handles: readonly (readonly KeyedHandle[])[];
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly expected: Expected;
}

/** The sync parts of all subtasks. */
export interface Taken {
  readonly parts: readonly KeyedSnapshot[];
  readonly expected: Expected;
}

/** The operator. Every write goes to the backend and to what is expected of it. */
export class Rig {
  readonly backends: readonly KeyedStateBackend[];
  readonly parallelism: number;
  expected = new Expected();
  readonly #stateBackend: StateBackend;
  readonly #ports: Ports;
  readonly #disk: Disk;
  readonly #name: string;
  #images = 0;
  /** What its images share. */
  #shared: ReadonlyMap<string, Uint8Array> = new Map();

  constructor(stateBackend: StateBackend, ports: Ports, name: string, parallelism = 1, disk: Disk = ports.disk) {
    this.#stateBackend = stateBackend;
    this.#name = name;
    this.#ports = ports;
    this.#disk = disk;
    this.parallelism = parallelism;
    this.backends = Array.from({ length: parallelism }, (_, subtask) =>
      stateBackend.create({
        range: keyGroupRange(subtask, parallelism, MAX_PARALLELISM),
        maxParallelism: MAX_PARALLELISM,
        keyType: string,
        disk,
        directory: `/contract/${name}/${subtask}`,
        scope: ports.scope,
        now: () => ports.clock.now(),
        settings: { backend: 'lsm', memoryBytes: LEAST_MEMORY_BYTES, incremental: false },
      }),
    );
  }

  /** The backend that has the key, with the key current. */
  at(key: string): KeyedStateBackend {
    const backend = this.backends[ownerOf(groupOf(key), this.parallelism, MAX_PARALLELISM)];
    if (backend === undefined) throw new ContractBroken(`no backend has key ${key}`);
    backend.setCurrentKey(key);
    return backend;
  }

  // ---- reads

  value(key: string, namespace: TimeWindow | undefined): unknown {
    return this.at(key).table(VALUE.name, VALUE.type).get(namespace);
  }
  list(key: string): unknown {
    return this.at(key).table(LIST.name, LIST.type).get(undefined);
  }
  pairs(key: string): readonly (readonly [number, string])[] {
    return this.at(key).mapTable(MAP.name, MAP.keyType, MAP.type).entries();
  }

  // ---- writes

  put(key: string, namespace: TimeWindow | undefined, value: number | undefined): void {
    const table = this.at(key).table(VALUE.name, VALUE.type);
    if (value === undefined) table.remove(namespace);
    else table.put(namespace, value);
    this.expected.set(VALUE.name, key, namespace, value);
  }
  putList(key: string, values: readonly string[]): void {
    this.at(key).table(LIST.name, LIST.type).put(undefined, values);
    this.expected.set(LIST.name, key, undefined, values);
  }
  putPair(key: string, at: number, value: string | undefined): void {
    const map = this.at(key).mapTable(MAP.name, MAP.keyType, MAP.type);
    if (value === undefined) map.remove(at);
    else map.put(at, value);
    this.expected.setPair(key, at, value);
  }
  clearMap(key: string): void {
    this.at(key).mapTable(MAP.name, MAP.keyType, MAP.type).clear();
    this.expected.set(MAP.name, key, undefined, undefined);
  }
  /** Whether it was not there. */
  addTimer(domain: Domain, timestamp: Timestamp, key: string, namespace: TimeWindow | undefined): boolean {
    const isNew = this.at(key).timers(domain).add(timestamp, namespace);
    this.expected.setTimer({ domain, timestamp, key, namespace }, true);
    return isNew;
  }
  /** Whether it was there. */
  removeTimer(domain: Domain, timestamp: Timestamp, key: string, namespace: TimeWindow | undefined): boolean {
    const was = this.at(key).timers(domain).remove(timestamp, namespace);
    this.expected.setTimer({ domain, timestamp, key, namespace }, false);
    return was;
  }

  // ---- between turns

  /** The task asks until it may go on. */
  *admitted(): Coroutine<void> {
    for (const backend of this.backends) {
      for (let wait = backend.admit(); wait !== undefined; wait = backend.admit()) yield* wait;
    }
  }

  // ---- snapshots

  /** `floor` of each key group. */
  take(floor: (keyGroup: number) => Timestamp = () => 0, sieves?: ReadonlyMap<string, Sieve>): Taken {
    this.expected.floors = Array.from({ length: MAX_PARALLELISM }, (_, group) => floor(group));
    const parts = this.backends.map((backend) => {
      const { start, end } = backend.range;
      const floors: FloorRange[] = [];
      for (let group = start; group <= end; group++) {
        const before = floors.at(-1);
        if (before?.floor === floor(group)) floors[floors.length - 1] = { ...before, end: group };
        else floors.push({ start: group, end: group, floor: floor(group) });
      }
      return backend.snapshot(floors, sieves);
    });
    return { parts, expected: this.expected.copy() };
  }

  *write({ parts, expected }: Taken, kind: CheckpointKind = 'checkpoint'): Coroutine<Image> {
    const objects = new Map<string, Uint8Array>(this.#shared);
    const image = this.#images++;
    const handles: (readonly KeyedHandle[])[] = [];
    for (const [subtask, part] of parts.entries()) {
      const common = `image-${image}-${subtask}`;
      let whole = new Uint8Array();
      const written = part.write({
        checkpoint: image + 1,
        kind,
        append: (bytes) => {
          const slice = { object: common, offset: whole.length, length: bytes.length };
          const grown = new Uint8Array(whole.length + bytes.length);
          grown.set(whole);
          grown.set(bytes, whole.length);
          whole = grown;
          return slice;
        },
        file: (name, bytes) => {
          objects.set(`${common}-${name}`, bytes.slice());
          return `${common}-${name}`;
        },
        shared: (name, bytes) => {
          const object = `${this.#name}-${image}-${subtask}-${name}`;
          objects.set(object, bytes.slice());
          this.#shared = new Map(this.#shared).set(object, bytes.slice());
          return object;
        },
        mayReuse: (object) => this.#shared.has(object),
      });
      const made = 'next' in written ? yield* written : written;
      // As a handle travels: through bytes.
      handles.push(made.map((handle) => fromBytes(keyedHandle, toBytes(keyedHandle, handle))));
      objects.set(common, whole);
    }
    return { handles, objects, expected };
  }

  /** Of a checkpoint that is complete then. */
  *image(floor?: (keyGroup: number) => Timestamp, kind?: CheckpointKind): Coroutine<Image> {
    const image = yield* this.write(this.take(floor), kind);
    for (const backend of this.backends) backend.notifyComplete(this.#images);
    return image;
  }

  /** What `inspect` says, each key group by itself. */
  inspect({ handles, objects }: Image): readonly KeyGroupContent[] {
    return handles.flatMap((ofSubtask) =>
      this.#stateBackend
        .inspect(ofSubtask, (name) => objects.get(name))
        .flatMap(({ first, last, floor, entries, timers }) =>
          Array.from({ length: last - first + 1 }, (_, i) => ({ keyGroup: first + i, floor, entries, timers })),
        ),
    );
  }

  /** What `measure` says, by state: keys, entries. Undefined: the backend measures nothing. */
  measured({
    handles,
    objects,
  }: Image): readonly (readonly [state: string, keys: number, entries: number])[] | undefined {
    const { measure } = this.#stateBackend;
    if (measure === undefined) return undefined;
    const sums = new Map<string, readonly [number, number]>();
    for (const { state, keys, entries } of handles.flatMap((own) => measure(own, (name) => objects.get(name)))) {
      const [some, more] = sums.get(state) ?? [0, 0];
      sums.set(state, [some + keys, more + entries]);
    }
    return [...sums].map(([state, [keys, entries]]) => [state, keys, entries]);
  }

  /** The operator at another parallelism, from the image, as the engine hands out handles. */
  *restored(image: Image, name: string, parallelism = this.parallelism): Coroutine<Rig> {
    const rig = new Rig(this.#stateBackend, this.#ports, name, parallelism, this.#disk);
    const floors = new Map<number, Timestamp>();
    for (const backend of rig.backends) {
      const { start, end } = backend.range;
      const handles = image.handles.flat().filter(({ first, last }) => last >= start && first <= end);
      const got = yield* backend.restore(handles, function* (object): Coroutine<Uint8Array> {
        const bytes = image.objects.get(object);
        if (bytes === undefined) throw new IoError(`object ${object} is missing`);
        return bytes;
      });
      for (const range of got) {
        for (let group = range.start; group <= range.end; group++) {
          if (floors.has(group) || group < start || group > end)
            throw new ContractBroken(`floor of ${group} came twice`);
          floors.set(group, range.floor);
        }
      }
    }
    rig.#shared = image.objects;
    rig.expected = image.expected.copy();
    rig.expected.floors = Array.from({ length: MAX_PARALLELISM }, (_, group) => floors.get(group) ?? NaN);
    return rig;
  }

  /** What the backends hold, asked through their interface alone; takes the timers out. Floors are what was restored. */
  drain(): readonly KeyGroupContent[] {
    const seen = new Expected();
    seen.floors = this.expected.floors;
    for (const key of KEYS) {
      for (const namespace of WINDOWS) seen.set(VALUE.name, key, namespace, this.value(key, namespace));
      seen.set(LIST.name, key, undefined, this.list(key));
      for (const [at, value] of this.pairs(key)) seen.setPair(key, at, value);
    }
    for (const backend of this.backends) {
      for (const domain of ['event', 'processing'] as const) {
        const queue = backend.timers(domain);
        for (let timer = queue.poll(Infinity); timer !== undefined; timer = queue.poll(Infinity)) {
          const { timestamp, key, namespace } = timer;
          seen.setTimer({ domain, timestamp, key, namespace }, true);
        }
      }
    }
    return seen.contents();
  }
}

function isAt(entry: Entry, state: string, key: string, namespace: TimeWindow | undefined): boolean {
  return entry.state === state && entry.key === key && compareWindows(entry.namespace, namespace) === 0;
}
function compareEntries(a: Entry, b: Entry): number {
  const byName = a.state < b.state ? -1 : a.state > b.state ? 1 : 0;
  return byName || compareKeys(a.key, b.key) || compareWindows(a.namespace, b.namespace);
}
export function compareTimers(a: Timer, b: Timer): number {
  return a.timestamp - b.timestamp || compareKeys(a.key, b.key) || compareWindows(a.namespace, b.namespace);
}
function compareKeys(a: unknown, b: unknown): number {
  return compareBytes(toBytes(string, String(a)), toBytes(string, String(b)));
}
function compareWindows(a: TimeWindow | undefined, b: TimeWindow | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return a.start - b.start || a.end - b.end;
}
