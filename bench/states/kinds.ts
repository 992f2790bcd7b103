/**
 * The same few accesses a turn on a keyed state of each kind, and on a `Map` as one would write it without an engine: no checks,
 * nothing frozen, values changed in place, and so no snapshot that could be taken of it.
 */
import type { AggregateFunction } from '../../core/job/aggregation.ts';
import { aggregatingState, listState, mapState, reducingState, valueState } from '../../core/job/states.ts';
import { int32, record } from '../../core/job/types.ts';
import type { KeyedTask } from './keyed-task.ts';
import type { Accesses } from './load.ts';

export const STATE_KINDS = ['value', 'list', 'map', 'reducing', 'aggregating'] as const;
export type StateKind = (typeof STATE_KINDS)[number];
/** A value whose time never comes, so that it can be compared: by what deletes what has expired. */
export const TTL_CLEANUPS = ['none', 'incremental'] as const;

/** A list begins anew once it is so long. */
const ITEMS_MAX = 8;
/** Entries of a map. */
const ENTRIES = 8;
const TTL_MS = 2 ** 40;

interface Sum {
  readonly sum: number;
  readonly count: number;
}
const sums: AggregateFunction<number, Sum, number> = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (value, { sum, count }) => ({ sum: (sum + value) | 0, count: count + 1 }),
  getResult: ({ sum, count }) => sum ^ count,
};

const add = (a: number, b: number): number => (a + b) | 0;

export function accessesOf(kind: StateKind, task: KeyedTask): Accesses {
  return onState[kind](task);
}

export function plainAccessesOf(kind: StateKind): Accesses {
  return onMap[kind]();
}

/** A turn of two accesses at the current key. */
function turns(task: KeyedTask, turn: (value: number) => number): Accesses {
  return {
    accesses: 2,
    turn: (key, value) => {
      task.begin(key);
      const read = turn(value);
      task.end();
      return read;
    },
  };
}

const onState: Readonly<Record<StateKind, (task: KeyedTask) => Accesses>> = {
  value: (task) => valueTurns(task, valueState('state', int32)),
  list: (task) => {
    const descriptor = listState('state', int32);
    return turns(task, (value) => {
      const state = task.states.getState(descriptor);
      const items = state.get();
      if (items.length < ITEMS_MAX) state.add(value);
      else state.update([value]);
      return items.at(-1) ?? 0;
    });
  },
  map: (task) => {
    const descriptor = mapState('state', int32, int32);
    return turns(task, (value) => {
      const state = task.states.getState(descriptor);
      const before = state.get(value % ENTRIES) ?? 0;
      state.put(value % ENTRIES, add(before, value));
      return before;
    });
  },
  reducing: (task) => {
    const descriptor = reducingState('state', int32, add);
    return turns(task, (value) => {
      const state = task.states.getState(descriptor);
      state.add(value);
      return state.get() ?? 0;
    });
  },
  aggregating: (task) => {
    const descriptor = aggregatingState('state', record({ sum: int32, count: int32 }), sums);
    return turns(task, (value) => {
      const state = task.states.getState(descriptor);
      state.add(value);
      return state.get() ?? 0;
    });
  },
};

export function timedAccesses(cleanup: (typeof TTL_CLEANUPS)[number], task: KeyedTask): Accesses {
  return valueTurns(task, valueState('state', int32, { ttl: { ms: TTL_MS, cleanup } }));
}

function valueTurns(task: KeyedTask, descriptor: ReturnType<typeof valueState<number>>): Accesses {
  return turns(task, (value) => {
    const state = task.states.getState(descriptor);
    const before = state.value() ?? 0;
    state.update(add(before, value));
    return before;
  });
}

const onMap: Readonly<Record<StateKind, () => Accesses>> = {
  value: () => {
    const values = new Map<number, number>();
    return {
      accesses: 2,
      turn: (key, value) => {
        const before = values.get(key) ?? 0;
        values.set(key, add(before, value));
        return before;
      },
    };
  },
  list: () => {
    const lists = new Map<number, number[]>();
    return {
      accesses: 2,
      turn: (key, value) => {
        const items = lists.get(key);
        const last = items?.at(-1) ?? 0;
        if (items !== undefined && items.length < ITEMS_MAX) items.push(value);
        else lists.set(key, [value]);
        return last;
      },
    };
  },
  map: () => {
    const maps = new Map<number, Map<number, number>>();
    return {
      accesses: 2,
      turn: (key, value) => {
        let entries = maps.get(key);
        if (entries === undefined) {
          entries = new Map();
          maps.set(key, entries);
        }
        const before = entries.get(value % ENTRIES) ?? 0;
        entries.set(value % ENTRIES, add(before, value));
        return before;
      },
    };
  },
  reducing: () => {
    const values = new Map<number, number>();
    return {
      accesses: 2,
      turn: (key, value) => {
        const before = values.get(key);
        values.set(key, before === undefined ? value : add(before, value));
        return values.get(key) ?? 0;
      },
    };
  },
  aggregating: () => {
    const accumulators = new Map<number, { sum: number; count: number }>();
    return {
      accesses: 2,
      turn: (key, value) => {
        const before = accumulators.get(key);
        if (before === undefined) accumulators.set(key, { sum: value, count: 1 });
        else {
          before.sum = add(before.sum, value);
          before.count++;
        }
        const { sum, count } = accumulators.get(key)!;
        return sum ^ count;
      },
    };
  },
};
