/**
 * The state of one logical instance: cells by (state, key, namespace) and two sets of timers. Copy on write: a fork
 * shares every container, and who wants to change one copies it first unless it is his own.
 *
 *     store A owns table T      fork: A and B get new tokens      B writes: copies T, owns T'
 *       A.token == T.owner        T.owner is neither's token        B.token == T'.owner, A still reads T
 *
 * So a fork costs O(number of states), and values, which are never changed, are always shared.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { StateKind } from '../../core/job/states.ts';
import { compareTexts } from './key-order.ts';
import { holdsCustom, migratedState, storedForm, type StoredType, type StoredTypes } from './migrate.ts';
import type { Handover, ModelContent, ModelTimerFiring } from './types.ts';

/** Of a state that has one value per key. */
type CellKind = Exclude<StateKind, 'map'>;
type Token = object;

interface Cell {
  readonly key: unknown;
  readonly namespace: TimeWindow | undefined;
  readonly value: unknown;
}
interface MapCell {
  readonly owner: Token;
  readonly key: unknown;
  /** By the text of the map key. Never empty. */
  readonly entries: Map<string, readonly [unknown, unknown]>;
}
interface CellTable {
  readonly kind: CellKind;
  readonly owner: Token;
  readonly cells: Map<string, Cell>;
}
interface MapTable {
  readonly kind: 'map';
  readonly owner: Token;
  readonly cells: Map<string, MapCell>;
}

export class Store {
  /** Timers that are set from here on are dropped: in batch, at the end of a key. */
  dropsTimers: boolean;
  #token: Token = {};
  readonly #tables: Map<string, CellTable | MapTable>;
  #eventTimers: TimerSet;
  #processingTimers: TimerSet;
  /** States that this version of the job has not asked for: as what an earlier one stored them. */
  #carried: StoredTypes;

  /** `from`: what it has it shares, until either changes it. */
  constructor(from?: Store) {
    if (from === undefined) {
      this.dropsTimers = false;
      this.#tables = new Map();
      this.#eventTimers = new TimerSet('event', this.#token);
      this.#processingTimers = new TimerSet('processing', this.#token);
      this.#carried = NONE_CARRIED;
    } else {
      this.dropsTimers = from.dropsTimers;
      this.#tables = new Map(from.#tables);
      this.#eventTimers = from.#eventTimers;
      this.#processingTimers = from.#processingTimers;
      this.#carried = from.#carried;
    }
  }

  fork(): Store {
    this.#token = {};
    return new Store(this);
  }

  /** For another version of the job: all states as they are. `types`: what this version has declared them as. */
  handedOver(types: StoredTypes): Store {
    const next = this.fork();
    const carried = new Map<string, StoredType>();
    for (const name of this.#tables.keys()) {
      const type = this.#carried.get(name) ?? types.get(name);
      if (type !== undefined) carried.set(name, type);
    }
    next.#carried = carried;
    return next;
  }

  /** There are states that this version has not asked for. */
  get carries(): boolean {
    return this.#carried.size > 0;
  }

  /** This version asks for the state: what an earlier one has stored in it becomes of this type. Throws if it cannot. `touch`: see `Place`. */
  use(state: string, declared: StoredType, touch?: Timestamp): void {
    const written = this.#carried.get(state);
    if (written === undefined) return;
    const left = new Map(this.#carried);
    left.delete(state);
    const table = this.#tables.get(state);
    const now = (value: unknown): unknown => migratedState(written.type, declared.type, value, touch);
    if (table?.kind === 'map' && declared.kind === 'map') {
      for (const [at, { key, entries }] of [...table.cells]) {
        for (const [entry, [entryKey, value]] of [...entries]) {
          this.putMapEntry(state, at, key, entry, [entryKey, now(value)]);
        }
      }
    } else if (table !== undefined && table.kind !== 'map' && declared.kind !== 'map') {
      const cells = new Map([...table.cells].map(([at, cell]) => [at, { ...cell, value: now(cell.value) }]));
      this.#tables.set(state, { kind: declared.kind, owner: this.#token, cells });
    } else if (table !== undefined) throw otherKind(state, table.kind, declared.kind);
    this.#carried = left;
  }

  // ---- states with one value per key, window contents. `at` is the text of key and namespace.

  read(state: string, kind: CellKind, at: string): unknown {
    return this.#cells(state, kind)?.cells.get(at)?.value;
  }
  write(state: string, kind: CellKind, at: string, cell: Cell): void {
    this.#ownCells(state, kind).cells.set(at, cell);
  }
  remove(state: string, kind: CellKind, at: string): void {
    if (this.#cells(state, kind)?.cells.has(at) === true) this.#ownCells(state, kind).cells.delete(at);
  }

  // ---- map states. `at` is the text of the key, `entry` that of the map key.

  mapEntry(state: string, at: string, entry: string): readonly [unknown, unknown] | undefined {
    return this.#maps(state)?.cells.get(at)?.entries.get(entry);
  }
  /** In the order of the serialized map keys. */
  mapEntries(state: string, at: string): readonly (readonly [unknown, unknown])[] {
    return sortedEntries(this.#maps(state)?.cells.get(at)?.entries);
  }
  hasMap(state: string, at: string): boolean {
    return this.#maps(state)?.cells.has(at) === true;
  }
  putMapEntry(state: string, at: string, key: unknown, entry: string, pair: readonly [unknown, unknown]): void {
    this.#ownMapCell(state, at, key).set(entry, pair);
  }
  removeMapEntry(state: string, at: string, key: unknown, entry: string): void {
    if (this.mapEntry(state, at, entry) === undefined) return;
    const entries = this.#ownMapCell(state, at, key);
    entries.delete(entry);
    if (entries.size === 0) this.clearMap(state, at);
  }
  clearMap(state: string, at: string): void {
    if (this.hasMap(state, at)) this.#ownMaps(state).cells.delete(at);
  }

  /** The keys that have something in a state, in no order. */
  keysOf(state: string): readonly { readonly value: unknown; readonly text: string }[] {
    const cells = this.#tables.get(state)?.cells ?? new Map<string, Cell | MapCell>();
    return [...cells].map(([text, { key }]) => ({ value: key, text }));
  }

  /**
   * Deletes of the key at `at`, or of all keys, what `gone` says, of a list its items, of a map its entries. True if something
   * was.
   */
  prune(state: string, gone: (value: unknown) => boolean, at?: string): boolean {
    const table = this.#tables.get(state);
    if (table === undefined) return false;
    let pruned = false;
    for (const text of at === undefined ? [...table.cells.keys()] : [at]) {
      pruned =
        (table.kind === 'map' ? this.#pruneMap(state, text, gone) : this.#pruneCell(state, text, gone)) || pruned;
    }
    return pruned;
  }

  #pruneCell(state: string, at: string, gone: (value: unknown) => boolean): boolean {
    const table = this.#tables.get(state);
    if (table === undefined || table.kind === 'map') return false;
    const cell = table.cells.get(at);
    if (cell === undefined) return false;
    if (table.kind !== 'list') {
      if (!gone(cell.value)) return false;
      this.remove(state, table.kind, at);
      return true;
    }
    const items = cell.value as readonly unknown[];
    const left = items.filter((item) => !gone(item));
    if (left.length === items.length) return false;
    if (left.length === 0) this.remove(state, table.kind, at);
    else this.write(state, table.kind, at, { ...cell, value: left });
    return true;
  }

  #pruneMap(state: string, at: string, gone: (value: unknown) => boolean): boolean {
    const cell = this.#maps(state)?.cells.get(at);
    if (cell === undefined) return false;
    const expired = [...cell.entries].filter(([, [, value]]) => gone(value));
    for (const [entry] of expired) this.removeMapEntry(state, at, cell.key, entry);
    return expired.length > 0;
  }

  /** Deletes one entry of a map if it is what `gone` says. True if it was. */
  pruneEntry(state: string, at: string, entry: string, gone: (value: unknown) => boolean): boolean {
    const found = this.mapEntry(state, at, entry);
    const cell = this.#maps(state)?.cells.get(at);
    if (found === undefined || cell === undefined || !gone(found[1])) return false;
    this.removeMapEntry(state, at, cell.key, entry);
    return true;
  }

  // ---- timers. Read through the first, change through the second.

  timers(domain: 'event' | 'processing'): Pick<TimerSet, 'least'> {
    return domain === 'event' ? this.#eventTimers : this.#processingTimers;
  }
  /** Unless timers are dropped here. */
  registerTimer(
    domain: 'event' | 'processing',
    timestamp: Timestamp,
    key: { readonly value: unknown; readonly text: string },
    namespace: TimeWindow | undefined,
  ): void {
    if (!this.dropsTimers) this.ownTimers(domain).register(timestamp, key.value, key.text, namespace);
  }
  ownTimers(domain: 'event' | 'processing'): TimerSet {
    if (domain === 'event') return (this.#eventTimers = this.#eventTimers.ownedBy(this.#token));
    return (this.#processingTimers = this.#processingTimers.ownedBy(this.#token));
  }

  /** `types`: what this version of the job has declared its states as. */
  content(types: StoredTypes = NONE_CARRIED): ModelContent {
    const entries: ModelContent['entries'][number][] = [];
    for (const [state, table] of this.#tables) {
      const type = (this.#carried.get(state) ?? types.get(state))?.type;
      const form = type !== undefined && holdsCustom(type) ? (value: unknown) => storedForm(type, value) : asItIs;
      if (table.kind === 'map') {
        for (const { key, entries: map } of table.cells.values()) {
          const value = sortedEntries(map).map(([entryKey, held]) => [entryKey, form(held)]);
          entries.push({ state, key, namespace: undefined, value });
        }
      } else {
        for (const { key, namespace, value } of table.cells.values())
          entries.push({ state, key, namespace, value: form(value) });
      }
    }
    return { entries, timers: [...this.#eventTimers.firings(), ...this.#processingTimers.firings()] };
  }

  // ---- one name, one kind

  #cells(state: string, kind: CellKind): CellTable | undefined {
    const table = this.#tables.get(state);
    if (table === undefined || table.kind === kind) return table;
    throw otherKind(state, table.kind, kind);
  }
  #maps(state: string): MapTable | undefined {
    const table = this.#tables.get(state);
    if (table === undefined || table.kind === 'map') return table;
    throw otherKind(state, table.kind, 'map');
  }

  // ---- copy on write

  #ownCells(state: string, kind: CellKind): CellTable {
    const table = this.#cells(state, kind);
    if (table?.owner === this.#token) return table;
    const own: CellTable = { kind, owner: this.#token, cells: new Map<string, Cell>(table?.cells) };
    this.#tables.set(state, own);
    return own;
  }
  #ownMaps(state: string): MapTable {
    const table = this.#maps(state);
    if (table?.owner === this.#token) return table;
    const own: MapTable = { kind: 'map', owner: this.#token, cells: new Map<string, MapCell>(table?.cells) };
    this.#tables.set(state, own);
    return own;
  }
  #ownMapCell(state: string, at: string, key: unknown): Map<string, readonly [unknown, unknown]> {
    const { cells } = this.#ownMaps(state);
    const cell = cells.get(at);
    if (cell?.owner === this.#token) return cell.entries;
    const entries = new Map(cell?.entries);
    cells.set(at, { owner: this.#token, key, entries });
    return entries;
  }
}

const NONE_CARRIED: StoredTypes = new Map();

function asItIs(value: unknown): unknown {
  return value;
}

function otherKind(state: string, is: StateKind, wanted: StateKind): Error {
  return new Error(`state '${state}' is a ${is} state and cannot be used as a ${wanted} state`);
}

function sortedEntries(
  entries: ReadonlyMap<string, readonly [unknown, unknown]> | undefined,
): readonly (readonly [unknown, unknown])[] {
  if (entries === undefined) return [];
  if (entries.size === 1) return [...entries.values()];
  return [...entries].sort(([a], [b]) => compareTexts(a, b)).map(([, pair]) => pair);
}

/** What another version of the job has handed over; an empty store if nothing. */
export function storeOf(handover: Handover | undefined): Store {
  return handover?.states instanceof Store ? handover.states.fork() : new Store();
}

/** The same for an operator that asks for all its states at once. */
export function storeWith(types: StoredTypes, handover: Handover | undefined): Store {
  const store = storeOf(handover);
  for (const [state, type] of types) store.use(state, type);
  return store;
}

/** A timer with the text of its key, by which ties are broken. */
export interface StoredTimer {
  readonly firing: ModelTimerFiring;
  readonly keyText: string;
}

/** Fired timers stay at the front of the array until there are this many of them, and more than half of it. */
const FIRED_KEPT_MAX = 32;

/**
 * A set by (timestamp, key, namespace), sorted. New timers are mostly the latest, so they move few others; the least is
 * taken by moving `first` on.
 */
export class TimerSet {
  readonly #domain: 'event' | 'processing';
  readonly #owner: Token;
  readonly #sorted: StoredTimer[];
  #first = 0;

  constructor(domain: 'event' | 'processing', owner: Token, sorted: StoredTimer[] = []) {
    this.#domain = domain;
    this.#owner = owner;
    this.#sorted = sorted;
  }

  ownedBy(token: Token): TimerSet {
    return this.#owner === token ? this : new TimerSet(this.#domain, token, this.#sorted.slice(this.#first));
  }
  /** In the order in which they fire. */
  firings(): readonly ModelTimerFiring[] {
    return this.#sorted.slice(this.#first).map((timer) => timer.firing);
  }
  least(): StoredTimer | undefined {
    return this.#sorted[this.#first];
  }
  removeLeast(): void {
    this.#first += 1;
    if (this.#first <= FIRED_KEPT_MAX || this.#first * 2 <= this.#sorted.length) return;
    this.#sorted.splice(0, this.#first);
    this.#first = 0;
  }
  /** Registering twice is once. */
  register(timestamp: Timestamp, key: unknown, keyText: string, namespace: TimeWindow | undefined): void {
    const at = this.#place(timestamp, keyText, namespace);
    if (this.#isAt(at, timestamp, keyText, namespace)) return;
    let moving: StoredTimer = { firing: { domain: this.#domain, timestamp, key, namespace }, keyText };
    for (let i = at; i < this.#sorted.length; i++) {
      const next = this.#sorted[i];
      this.#sorted[i] = moving;
      if (next !== undefined) moving = next;
    }
    this.#sorted.push(moving); // by hand: `splice` allocates and is ten times as slow for a few entries
  }
  /** Does nothing if there is no such timer. */
  delete(timestamp: Timestamp, keyText: string, namespace: TimeWindow | undefined): void {
    const at = this.#place(timestamp, keyText, namespace);
    if (this.#isAt(at, timestamp, keyText, namespace)) this.#sorted.splice(at, 1);
  }

  /** The index of the first timer that is not before this one. */
  #place(timestamp: Timestamp, keyText: string, namespace: TimeWindow | undefined): number {
    let low = this.#first;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const timer = this.#sorted[middle];
      if (timer !== undefined && compareTimer(timer, timestamp, keyText, namespace) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  #isAt(at: number, timestamp: Timestamp, keyText: string, namespace: TimeWindow | undefined): boolean {
    const timer = this.#sorted[at];
    return timer !== undefined && compareTimer(timer, timestamp, keyText, namespace) === 0;
  }
}

function compareTimer(
  timer: StoredTimer,
  timestamp: Timestamp,
  keyText: string,
  namespace: TimeWindow | undefined,
): number {
  const { firing } = timer;
  if (firing.timestamp !== timestamp) return firing.timestamp - timestamp;
  if (timer.keyText !== keyText) return compareTexts(timer.keyText, keyText);
  if (firing.namespace === undefined || namespace === undefined) {
    return (firing.namespace === undefined ? 0 : 1) - (namespace === undefined ? 0 : 1);
  }
  return firing.namespace.start - namespace.start || firing.namespace.end - namespace.end;
}
