/**
 * A state backend of one's own, as small as it can be: every value is text in one map, and a snapshot is that map as JSON in
 * one object. It is correct and slow; what is worth a look is which promises even the simplest backend has to keep.
 *
 *   cell    (state, key, sub) -> text      sub: the window of a value, or the key in a map state; '' without either
 *   image   { keyType, states, cells, timers, floors }, each cell and timer with its key group
 */
import { IoError, JobError, type TimeWindow, type TypeInfo, type Coroutine } from 'millrace';
import {
  EngineBug,
  type FloorRange,
  fromBytes,
  type GroupContent,
  type InspectState,
  type KeyedHandle,
  type KeyedMapTable,
  type KeyedSnapshot,
  type KeyedStateBackend,
  type KeyedTable,
  type KeyGroupRun,
  keyGroupOf,
  keyHasher,
  type ObjectReader,
  type Sieve,
  type SnapshotOutput,
  type StateBackend,
  type StateBackendEnv,
  type TimerQueue,
  toBytes,
} from 'millrace/parts';

export const textBackend: StateBackend = {
  create: (env) => new TextBackend(env),
  inspect: inspectImages(),
};

interface Cell {
  readonly group: number;
  readonly state: string;
  readonly key: string;
  readonly sub: string;
  readonly text: string;
}
type Domain = 'event' | 'processing';
interface Timer {
  readonly domain: Domain;
  readonly group: number;
  readonly timestamp: number;
  readonly key: string;
  readonly window?: TimeWindow | undefined;
}
/** `mapKey`: of a map state. */
interface StateType {
  readonly mapKey: TypeInfo | null;
  readonly type: TypeInfo;
}
interface Image {
  readonly keyType: TypeInfo;
  readonly states: readonly (readonly [string, StateType])[];
  readonly cells: readonly Cell[];
  readonly timers: readonly Timer[];
  readonly floors: readonly FloorRange[];
}

class TextBackend implements KeyedStateBackend {
  readonly range: KeyedStateBackend['range'];
  readonly failure = undefined;
  readonly #env: StateBackendEnv;
  readonly #hash: (key: unknown) => number;
  readonly #cells = new Map<string, Cell>();
  readonly #states = new Map<string, StateType>();
  #timers: readonly Timer[] = [];
  #current: { readonly key: unknown; readonly text: string; readonly group: number } | undefined;

  constructor(env: StateBackendEnv) {
    this.range = env.range;
    this.#env = env;
    this.#hash = keyHasher(env.keyType);
  }

  setCurrentKey(key: unknown): void {
    const group = keyGroupOf(this.#hash(key), this.#env.maxParallelism);
    if (!this.#owns(group)) throw new EngineBug(`key group ${group} is outside the backend's range`);
    this.#current = { key, text: textOf(this.#env.keyType, key), group };
  }

  get currentKey(): unknown {
    return this.#owner.key;
  }

  get currentKeyGroup(): number {
    return this.#owner.group;
  }

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    this.#register(name, { mapKey: null, type });
    return {
      get: (window) => this.#value(type, name, subOf(window)),
      put: (window, value) => {
        this.#put(name, subOf(window), textOf(type, value));
      },
      remove: (window) => {
        this.#remove(name, subOf(window));
      },
    };
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    this.#register(name, { mapKey: keyType, type });
    const own = (): readonly Cell[] => {
      const { text } = this.#owner;
      return [...this.#cells.values()].filter((cell) => cell.state === name && cell.key === text).sort(bySub);
    };
    return {
      get: (key) => this.#value(type, name, textOf(keyType, key)),
      has: (key) => this.#cells.has(this.#id(name, textOf(keyType, key))),
      put: (key, value) => {
        this.#put(name, textOf(keyType, key), textOf(type, value));
      },
      remove: (key) => {
        this.#remove(name, textOf(keyType, key));
      },
      entries: () => own().map(({ sub, text }) => [valueOf(keyType, sub), valueOf(type, text)] as const),
      clear: () => {
        for (const { sub } of own()) this.#remove(name, sub);
      },
    };
  }

  keysOf(state: string): readonly unknown[] {
    const keys = new Set([...this.#cells.values()].filter((cell) => cell.state === state).map(({ key }) => key));
    return [...keys].sort().map((key) => valueOf(this.#env.keyType, key));
  }

  /** Goes round: what it names goes to the end of the map. */
  someKeysOf(state: string, count: number): readonly unknown[] {
    const { group } = this.#owner;
    const keys = new Set<string>();
    for (const cell of this.#cells.values()) {
      if (cell.state === state && cell.group === group && keys.size < count) keys.add(cell.key);
    }
    for (const [id, cell] of [...this.#cells]) {
      if (cell.state !== state || !keys.has(cell.key)) continue;
      this.#cells.delete(id);
      this.#cells.set(id, cell);
    }
    return [...keys].map((key) => valueOf(this.#env.keyType, key));
  }

  timers(domain: Domain): TimerQueue {
    const own = (): readonly Timer[] => this.#timers.filter((timer) => timer.domain === domain).sort(byTime);
    const find = (timestamp: number, window: TimeWindow | undefined): Timer | undefined => {
      const timer = { domain, group: 0, timestamp, key: this.#owner.text, window };
      return own().find((other) => byTime(other, timer) === 0);
    };
    return {
      add: (timestamp, window) => {
        if (find(timestamp, window) !== undefined) return false;
        const { text, group } = this.#owner;
        this.#timers = [...this.#timers, { domain, group, timestamp, key: text, window }];
        return true;
      },
      remove: (timestamp, window) => this.#drop(find(timestamp, window)),
      poll: (upTo, eligible) => {
        const due = own().find(({ timestamp, group }) => timestamp <= upTo && eligible?.(group) !== false);
        if (due === undefined) return undefined;
        this.#drop(due);
        const { timestamp, group, window } = due;
        return { timestamp, key: valueOf(this.#env.keyType, due.key), keyGroup: group, namespace: window };
      },
      head: () => own()[0]?.timestamp,
    };
  }

  admit(): undefined {
    // Nothing is ever behind: all of it is in memory.
  }

  /** The structure is copied now, the bytes are made later: a turn in between changes the map, not the copy. */
  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    const all = [...this.#cells.values()];
    const image: Image = {
      keyType: this.#env.keyType,
      states: [...this.#states],
      cells: sieves === undefined ? all : all.flatMap((cell) => this.#kept(cell, sieves.get(cell.state))),
      timers: this.#timers,
      floors: [...floors],
    };
    const { start, end } = this.range;
    return {
      write(out: SnapshotOutput): readonly KeyedHandle[] {
        const object = out.file('image', new TextEncoder().encode(JSON.stringify(image)));
        return [{ first: start, last: end, objects: [object], own: [] }];
      },
      discard: () => undefined,
    };
  }

  /** After a rescale the handles are those of several old subtasks, and hold more than this one owns. */
  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const floors: FloorRange[] = [];
    for (const { objects } of handles) {
      const image = imageIn(yield* read(objects[0] ?? ''));
      if (!same(image.keyType, this.#env.keyType)) throw new JobError('the keys are of another type than before');
      for (const [name, type] of image.states) this.#register(name, type);
      for (const cell of image.cells) {
        if (this.#owns(cell.group)) this.#cells.set(idOf(cell), cell);
      }
      this.#timers = [...this.#timers, ...image.timers.filter(({ group }) => this.#owns(group))];
      floors.push(...clipped(image.floors, this.range.start, this.range.end));
    }
    return floors.sort((a, b) => a.start - b.start);
  }

  notifyComplete(): void {
    // Each snapshot stands for itself.
  }

  notifyAborted(): void {
    // Nothing to free.
  }

  close(): void {
    this.#cells.clear();
  }

  get #owner(): { readonly key: unknown; readonly text: string; readonly group: number } {
    if (this.#current === undefined) throw new EngineBug('no key is current');
    return this.#current;
  }

  /** What a snapshot keeps of a value: what has outlived its time to live is left out. */
  #kept(cell: Cell, sieve: Sieve | undefined): readonly Cell[] {
    const type = this.#states.get(cell.state)?.type;
    if (sieve === undefined || type === undefined) return [cell];
    const left = sieve(valueOf(type, cell.text));
    return left === undefined ? [] : [{ ...cell, text: textOf(type, left) }];
  }

  #owns(group: number): boolean {
    return group >= this.range.start && group <= this.range.end;
  }

  #register(name: string, type: StateType): void {
    const known = this.#states.get(name);
    if (known !== undefined && !same(known, type)) throw new JobError(`state ${name} has another type than before`);
    this.#states.set(name, type);
  }

  #id(state: string, sub: string): string {
    return idOf({ state, key: this.#owner.text, sub });
  }

  #value<T>(type: TypeInfo<T>, state: string, sub: string): T | undefined {
    const cell = this.#cells.get(this.#id(state, sub));
    return cell === undefined ? undefined : valueOf(type, cell.text);
  }

  #put(state: string, sub: string, text: string): void {
    const { group, text: key } = this.#owner;
    this.#cells.set(this.#id(state, sub), { group, state, key, sub, text });
  }

  #remove(state: string, sub: string): void {
    this.#cells.delete(this.#id(state, sub));
  }

  #drop(timer: Timer | undefined): boolean {
    this.#timers = this.#timers.filter((other) => other !== timer);
    return timer !== undefined;
  }
}

// ---- looking inside

/** The content of images, group by group, from their bytes alone: this is how the laws see what was saved. */
function inspectImages(): InspectState {
  return (handles, bytesOf) => {
    const runs: KeyGroupRun[] = [];
    for (const { objects } of [...handles].sort((a, b) => a.first - b.first)) {
      const bytes = bytesOf(objects[0] ?? '');
      if (bytes === undefined) throw new IoError(`object ${objects[0] ?? ''} is missing`);
      const image = imageIn(bytes);
      for (const { start, end, floor } of image.floors) {
        for (let group = start; group <= end; group++) addRun(runs, group, contentOf(image, group, floor));
      }
    }
    return runs;
  };
}

/** Groups that hold nothing and have one floor are one run. */
function addRun(runs: KeyGroupRun[], group: number, content: GroupContent): void {
  const isEmpty = ({ entries, timers }: GroupContent): boolean => entries.length + timers.length === 0;
  const before = runs.at(-1);
  const goesOn =
    before !== undefined &&
    before.last + 1 === group &&
    before.floor === content.floor &&
    isEmpty(before) &&
    isEmpty(content);
  if (goesOn) runs[runs.length - 1] = { ...before, last: group };
  else runs.push({ first: group, last: group, ...content });
}

function contentOf({ keyType, states, cells, timers }: Image, group: number, floor: number): GroupContent {
  const own = cells.filter((cell) => cell.group === group);
  const named = [...states].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = named.flatMap(([state, { mapKey, type }]) => {
    const ofState = own.filter((cell) => cell.state === state);
    const keys = [...new Set(ofState.map(({ key }) => key))].sort();
    return keys.flatMap((key) => {
      const ofKey = ofState.filter((cell) => cell.key === key).sort(mapKey === null ? byWindowOf : bySub);
      const at = { state, key: valueOf(keyType, key) };
      if (mapKey === null) {
        return ofKey.map(({ sub, text }) => ({ ...at, namespace: windowOf(sub), value: valueOf(type, text) }));
      }
      const value = ofKey.map(({ sub, text }) => [valueOf(mapKey, sub), valueOf(type, text)]);
      return [{ ...at, namespace: undefined, value }];
    });
  });
  const fired = timers
    .filter((timer) => timer.group === group)
    .sort((a, b) => (a.domain === b.domain ? byTime(a, b) : a.domain < b.domain ? -1 : 1));
  return {
    floor,
    entries,
    timers: fired.map(({ domain, timestamp, key, window }) => ({
      domain,
      timestamp,
      key: valueOf(keyType, key),
      namespace: window,
    })),
  };
}

// ---- text

/** Two hex digits a byte, so that the order of the text is that of the bytes. */
function textOf<T>(type: TypeInfo<T>, value: T): string {
  return Array.from(toBytes(type, value), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function valueOf<T>(type: TypeInfo<T>, text: string): T {
  return fromBytes(
    type,
    Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
  );
}

function imageIn(bytes: Uint8Array): Image {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Image;
  } catch {
    throw new IoError('the image of a snapshot is damaged');
  }
}

function idOf({ state, key, sub }: Pick<Cell, 'state' | 'key' | 'sub'>): string {
  return JSON.stringify([state, key, sub]);
}

function subOf(window: TimeWindow | undefined): string {
  return window === undefined ? '' : `${window.start} ${window.end}`;
}

function windowOf(sub: string): TimeWindow | undefined {
  if (sub === '') return undefined;
  const [start = 0, end = 0] = sub.split(' ').map(Number);
  return { start, end };
}

const bySub = (a: Cell, b: Cell): number => (a.sub < b.sub ? -1 : 1);
const byWindowOf = (a: Cell, b: Cell): number => byWindow(windowOf(a.sub), windowOf(b.sub));

function byWindow(a: TimeWindow | undefined, b: TimeWindow | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return a.start - b.start || a.end - b.end;
}

function byTime(a: Timer, b: Timer): number {
  const byKey = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  return a.timestamp - b.timestamp || byKey || byWindow(a.window, b.window);
}

function clipped(floors: readonly FloorRange[], first: number, last: number): readonly FloorRange[] {
  return floors
    .filter(({ start, end }) => end >= first && start <= last)
    .map(({ start, end, floor }) => ({ start: Math.max(start, first), end: Math.min(end, last), floor }));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
