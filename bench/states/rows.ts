/** A value state of small rows, which is larger than the memory that a backend may have; and the same in a `Map`. */
import { type ValueDescriptor, valueState } from '../../core/job/states.ts';
import { int32, record, string, type TypeOf } from '../../core/job/types.ts';
import type { StateSettings } from '../../core/state/backend.ts';
import { toBytes } from '../../core/values/serializers.ts';
import { type KeyedTask, ON_HEAP } from './keyed-task.ts';
import type { Accesses } from './load.ts';

const rowType = record({ count: int32, text: string });
type Row = TypeOf<typeof rowType>;
const ROWS: ValueDescriptor<Row> = valueState('rows', rowType);

/** What a row carries besides, so that it is of the size of a small event. */
const TEXT = 'x'.repeat(80);
export const ROW_KEYS = 20_000;
/** Of a key and its row, as they are serialized. What a backend stores with them is its own matter. */
export const ROW_BYTES = toBytes(int32, ROW_KEYS).length + toBytes(rowType, { count: ROW_KEYS, text: TEXT }).length;

/** How large the state is against the memory that there is for it. */
export const MEMORY_NAMES = ['in cache', '10x the memory', '50x the memory'] as const;
export type Memory = (typeof MEMORY_NAMES)[number];
/** Memory for the state, in times of its size. */
const SHARES: Readonly<Record<Memory, number>> = { 'in cache': 4, '10x the memory': 1 / 10, '50x the memory': 1 / 50 };
export const ROW_PLACES = ['plain', 'heap', ...MEMORY_NAMES] as const;
export type RowPlace = (typeof ROW_PLACES)[number];
export const ROW_ACCESSES = ['reads', 'updates'] as const;

export function memoryNamed(name: string): Memory {
  const memory = MEMORY_NAMES.find((one) => one === name);
  if (memory === undefined) throw new Error(`there is no memory ${name}`);
  return memory;
}

export function lsmSettings(memory: Memory, keys = ROW_KEYS, incremental = true): StateSettings {
  return { backend: 'lsm', memoryBytes: Math.round(keys * ROW_BYTES * SHARES[memory]), incremental };
}

/** Of a backend. Plain rows have none. */
export function rowSettings(place: Exclude<RowPlace, 'plain'>): StateSettings {
  return place === 'heap' ? ON_HEAP : lsmSettings(place);
}

/** One access a turn. */
export function rowReads(task: KeyedTask): Accesses {
  return {
    accesses: 1,
    turn: (key) => {
      task.begin(key);
      const row = task.states.getState(ROWS).value();
      task.end();
      return row?.count ?? 0;
    },
  };
}

/** Two: the row is read, and written anew. */
export function rowUpdates(task: KeyedTask): Accesses {
  return {
    accesses: 2,
    turn: (key) => {
      task.begin(key);
      const state = task.states.getState(ROWS);
      const count = state.value()?.count ?? 0;
      state.update({ count: count + 1, text: TEXT });
      task.end();
      return count;
    },
  };
}

export function plainRows(): { readonly reads: Accesses; readonly updates: Accesses } {
  const rows = new Map<number, Row>();
  return {
    reads: { accesses: 1, turn: (key) => rows.get(key)?.count ?? 0 },
    updates: {
      accesses: 2,
      turn: (key) => {
        const count = rows.get(key)?.count ?? 0;
        rows.set(key, { count: count + 1, text: TEXT });
        return count;
      },
    },
  };
}
