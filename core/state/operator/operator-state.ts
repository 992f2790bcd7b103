/**
 * Lists of an operator without key, one subtask's (Flink: `DefaultOperatorStateBackend`, `PartitionableListState`).
 *
 *     restore     items of any old subtasks, in their order, with the type that they were written with
 *     open        the function registers its states: a name gets its type and its mode; what was restored has to fit
 *     turns       registered states only
 *     snapshot    structure only; bytes are made later, item by item, so that a restore can deal out any range of them
 *
 * A restored state that the function does not register is kept and written again (SEMANTICS U4): a split list as it is, of a
 * union list the subtask's own share, so that all shares together are the list.
 */
import type { OperatorListDescriptor } from '../../job/operator-states.ts';
import type { ListState } from '../../job/states.ts';
import type { TypeInfo } from '../../job/types.ts';
import { IoError, JobError } from '../../errors.ts';
import type { UserCode } from '../../user-code.ts';
import { migrationOf, typeText } from '../../values/evolution.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { ByteReader, bytesOf, type ByteWriter } from '../../values/bytes.ts';
import { readType, sameType, serializerOf, writeType } from '../../values/serializers.ts';
import { showValue } from '../../values/show.ts';
import { type OperatorStateHandle, shareOf } from '../operator-handles.ts';
import { ValueBorder } from '../kinds/border.ts';

/** How the items of a state are dealt out at a restore (Flink: `OperatorStateHandle.Mode`). */
export type OperatorStateMode = 'split' | 'union';

/** Items of one state, as they were when the snapshot was taken. */
interface FrozenList {
  readonly name: string;
  readonly mode: OperatorStateMode;
  readonly type: TypeInfo;
  readonly items: readonly unknown[];
}

/** What becomes bytes later. */
export interface OperatorStateSnapshot {
  /** Handles into the object `object`, whose bytes `out` takes. */
  write(object: string, out: ByteWriter): readonly OperatorStateHandle[];
}

/** One state with what a subtask holds of it. */
export interface OperatorStateContent {
  readonly operator: string;
  readonly state: string;
  readonly mode: string;
  readonly items: readonly unknown[];
}

/** Where the subtask stands. */
export interface SubtaskPlace {
  readonly subtask: number;
  readonly parallelism: number;
}

export class OperatorStates {
  readonly #uid: string;
  readonly #user: UserCode;
  readonly #place: SubtaskPlace;
  readonly #tables = new Map<string, Table>();
  #registers = false;

  constructor(uid: string, user: UserCode, place: SubtaskPlace) {
    this.#uid = uid;
    this.#user = user;
    this.#place = place;
  }

  /** `open` of the function: the only time at which states are registered. */
  register(open: () => void): void {
    this.#registers = true;
    try {
      open();
    } finally {
      this.#registers = false;
    }
  }

  /** @throws JobFault if it is not registered, or known with another type or mode. */
  state<T>(descriptor: OperatorListDescriptor<T>): ListState<T>;
  state(descriptor: OperatorListDescriptor): ListState<unknown> {
    const { name, type } = descriptor;
    const mode = this.#modeOf(descriptor);
    const known = this.#tables.get(name);
    if (known !== undefined) this.#requireSame(known, mode, type);
    if (known?.registered !== true && !this.#registers) throw this.#late(name, mode, type, known);
    let table = known ?? new Table(name, mode, type);
    if (!table.registered) table = this.#registered(table, type);
    table.view ??= new TableListState(table, new ValueBorder(this.#user, name, table.type));
    return table.view;
  }

  /** With the declared type: what was restored is migrated to it, if it was written with another one. */
  #registered(before: Table, type: TypeInfo): Table {
    const { name, mode, items } = before;
    const table = new Table(name, mode, type);
    table.registered = true;
    table.items = Object.freeze(this.#migrated(name, items, before.type, type));
    this.#tables.set(name, table);
    return table;
  }

  #migrated(name: string, items: readonly unknown[], written: TypeInfo, declared: TypeInfo): readonly unknown[] {
    try {
      const convert = migrationOf(`state "${name}"`, written, declared);
      if (convert === undefined) return items;
      return items.map((item) => {
        const migrated = convert(item);
        deepFreeze(migrated);
        return migrated;
      });
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw this.#user.fault('state', error.message);
    }
  }

  /** Before `open`. The items of one old subtask, in order; called in order of the old subtasks. */
  restore({ state, mode, type, offsets }: OperatorStateHandle, bytes: Uint8Array): void {
    const items = readItems(type, offsets, bytes);
    const known = this.#tables.get(state);
    const written = typeOf(type);
    if (known !== undefined && (known.mode !== mode || !sameType(known.type, written)))
      throw new IoError(`operator ${this.#uid}: two parts of the state "${state}" were written in two ways`);
    const table = known ?? new Table(state, mode === 'union' ? 'union' : 'split', written);
    table.items = Object.freeze([...table.items, ...items]);
    this.#tables.set(state, table);
  }

  /** Everything that is held, by name: for facts. */
  content(): readonly OperatorStateContent[] {
    return this.#held().map(({ name, mode, items }) => ({ operator: this.#uid, state: name, mode, items }));
  }

  /** The sync part: no list is ever changed, a new one takes its place. */
  snapshot(): OperatorStateSnapshot {
    const held = this.#held();
    const { subtask, parallelism } = this.#place;
    const frozen = held.map((table): FrozenList => {
      const { name, mode, type, items } = table;
      const own = !table.registered && mode === 'union' ? shareOf(items, subtask, parallelism) : items;
      return { name, mode, type, items: own };
    });
    return { write: (object, out) => frozen.map((list) => writeList(this.#uid, list, object, out)) };
  }

  #held(): readonly Table[] {
    return [...this.#tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #modeOf(descriptor: { readonly kind: string; readonly name: string }): OperatorStateMode {
    const { kind, name } = descriptor;
    if ('ttl' in descriptor && descriptor.ttl !== undefined)
      throw this.#user.fault(
        'state',
        `state "${name}" has a time to live, which only keyed state can have: leave it out`,
      );
    if (kind === 'list') return 'split';
    if (kind === 'unionList') return 'union';
    throw this.#user.fault(
      'state',
      `state "${name}" is a ${kind} state: a function without key has lists (listState, unionListState) and broadcast ` +
        'state (getBroadcastState); for a state of each key put keyBy before the operator',
    );
  }

  #requireSame({ name, mode: before, type: known, registered }: Table, mode: OperatorStateMode, type: TypeInfo): void {
    const where = registered ? 'was registered' : 'is in the checkpoint';
    if (before !== mode) {
      throw this.#user.fault(
        'state',
        `state "${name}" ${where} as a ${kindOf(before)} of ${typeText(known)} and is asked for as a ${kindOf(mode)} of ` +
          `${typeText(type)}: give one of them another name`,
      );
    }
    // What is in the checkpoint may be migrated.
    if (!registered || sameType(known, type)) return;
    throw this.#user.fault(
      'state',
      `state "${name}" was registered with items of ${typeText(known)} and is asked for with items of ${typeText(type)}: ` +
        'use one descriptor for it, or give a state of another type a name of its own',
    );
  }

  #late(name: string, mode: OperatorStateMode, type: TypeInfo, restored: Table | undefined): Error {
    const before =
      restored === undefined
        ? ''
        : `; the checkpoint holds a ${kindOf(restored.mode)} of ${typeText(restored.type)} of that name`;
    return this.#user.fault(
      'state',
      `state "${name}" (a ${kindOf(mode)} of ${typeText(type)}) is registered late${before}: ask for it in open, ` +
        'which is called before the first element and after a restore',
    );
  }
}

function kindOf(mode: OperatorStateMode): string {
  return mode === 'union' ? 'union list' : 'list';
}

class Table {
  readonly name: string;
  readonly mode: OperatorStateMode;
  readonly type: TypeInfo;
  items: readonly unknown[] = Object.freeze([]);
  registered = false;
  view: TableListState | undefined;

  constructor(name: string, mode: OperatorStateMode, type: TypeInfo) {
    this.name = name;
    this.mode = mode;
    this.type = type;
  }
}

class TableListState implements ListState<unknown> {
  readonly #table: Table;
  readonly #border: ValueBorder;

  constructor(table: Table, border: ValueBorder) {
    this.#table = table;
    this.#border = border;
  }

  get(): readonly unknown[] {
    return this.#border.shown(this.#table.items);
  }
  add(value: unknown): void {
    this.#border.taken(value, 'add');
    this.#table.items = Object.freeze([...this.#table.items, value]);
  }
  addAll(values: readonly unknown[]): void {
    this.#takeAll(values, 'addAll');
    this.#table.items = Object.freeze([...this.#table.items, ...values]);
  }
  update(values: readonly unknown[]): void {
    this.#takeAll(values, 'update');
    this.#table.items = Object.freeze([...values]);
  }
  clear(): void {
    this.#table.items = Object.freeze([]);
  }

  #takeAll(values: unknown, call: string): void {
    const { user, name } = this.#border;
    if (!isList(values))
      throw user.fault('not-of-type', `${call} of ${name}: expected a list of its items, got ${showValue(values)}`);
    for (const value of values) this.#border.taken(value, call);
  }
}

function isList(values: unknown): values is readonly unknown[] {
  return Array.isArray(values);
}

// ---- bytes

function writeList(
  operator: string,
  { name, mode, type, items }: FrozenList,
  object: string,
  out: ByteWriter,
): OperatorStateHandle {
  const serializer = serializerOf(type);
  const offsets = [out.length];
  for (const item of items) {
    serializer.write(item, out);
    offsets.push(out.length);
  }
  const typeBytes = bytesOf((to) => {
    writeType(type, to);
  });
  return { operator, state: name, mode, type: typeBytes, object, offsets };
}

function typeOf(bytes: Uint8Array): TypeInfo {
  const input = new ByteReader(bytes);
  const type = readType(input);
  input.expectEnd();
  return type;
}

function readItems(type: Uint8Array, offsets: readonly number[], bytes: Uint8Array): readonly unknown[] {
  const serializer = serializerOf(typeOf(type));
  return offsets.slice(1).map((end, i) => {
    const start = offsets[i] ?? 0;
    if (start > end || end > bytes.length) throw new IoError('a handle of operator state is damaged');
    const input = new ByteReader(bytes.subarray(start, end));
    const item = serializer.read(input);
    input.expectEnd();
    deepFreeze(item);
    return item;
  });
}

/** Reads what a handle stands for with no store at hand. `bytes`: of its object. Throws `IoError` if they are damaged. */
export function decodeOperatorState(handle: OperatorStateHandle, bytes: Uint8Array): OperatorStateContent {
  const { operator, state, mode, type, offsets } = handle;
  return { operator, state, mode, items: readItems(type, offsets, bytes) };
}
