/** Where a checkpoint keeps operator state, and how it is dealt out (SEMANTICS O1, J7; Flink: `RoundRobinOperatorStateRepartitioner`). Pure. */
import { bytes, int64, list, record, string, type TypeOf } from '../job/types.ts';

/** Items of one state of one subtask, or a range of them. */
export const operatorStateHandle = record({
  /** uid of the operator. */
  operator: string,
  state: string,
  /** `split` or `union`: see `OperatorStateMode`. */
  mode: string,
  /** Of an item, as `writeType` writes it. */
  type: bytes,
  object: string,
  /** Where the items begin in the object, and where the last one ends: one more than there are items. */
  offsets: list(int64),
});
export type OperatorStateHandle = TypeOf<typeof operatorStateHandle>;

/** Otherwise its object may not be there. */
export function hasItems(handle: OperatorStateHandle): boolean {
  return sizeOf(handle) > 0;
}

/** How many items a handle stands for. */
function sizeOf({ offsets }: OperatorStateHandle): number {
  return Math.max(offsets.length - 1, 0);
}

/**
 * What each new subtask restores, in order of the old subtasks.
 *
 *     union   everything to everyone
 *     split   at the same parallelism unchanged; else, state by state in order of name, all items in order (old subtask,
 *             position): floor(total / P) contiguous ones each, and one more to `total mod P` subtasks, counted from where those of
 *             the state before ended
 *
 * @param old the handles of each old subtask.
 * @param parallelism P, >= 1.
 */
export function redistributed(
  old: readonly (readonly OperatorStateHandle[])[],
  parallelism: number,
): readonly (readonly OperatorStateHandle[])[] {
  const dealt = Array.from({ length: parallelism }, (): OperatorStateHandle[] => []);
  const sameParallelism = old.length === parallelism;
  for (const operator of new Set(old.flat().map((handle) => handle.operator))) {
    let start = 0;
    for (const handles of byState(old, operator)) {
      const all = handles.flatMap(({ handle }) => handle);
      if (handles[0]?.handle.mode === 'union') {
        for (const restored of dealt) restored.push(...all);
      } else if (sameParallelism) {
        for (const { subtask, handle } of handles) dealt[subtask]?.push(handle);
      } else {
        const total = all.reduce((sum, handle) => sum + sizeOf(handle), 0);
        for (let i = 0; i < parallelism; i++) {
          const { from, to } = share(total, i, parallelism);
          dealt[(start + i) % parallelism]?.push(...range(all, from, to));
        }
        start = (start + (total % parallelism)) % parallelism;
      }
    }
  }
  return dealt;
}

interface OwnedHandle {
  readonly subtask: number;
  readonly handle: OperatorStateHandle;
}

/** The handles of an operator's states, in order of name; those of a state in order of the old subtasks. */
function byState(
  old: readonly (readonly OperatorStateHandle[])[],
  operator: string,
): readonly (readonly OwnedHandle[])[] {
  const states = new Map<string, OwnedHandle[]>();
  for (const [subtask, handles] of old.entries()) {
    for (const handle of handles) {
      if (handle.operator !== operator) continue;
      const known = states.get(handle.state);
      if (known === undefined) states.set(handle.state, [{ subtask, handle }]);
      else known.push({ subtask, handle });
    }
  }
  return [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, handles]) => handles);
}

/** The part of `total` items that the `i`-th of `parts` gets: [from, to). */
function share(total: number, i: number, parts: number): { readonly from: number; readonly to: number } {
  const base = Math.floor(total / parts);
  const more = total % parts;
  const from = i * base + Math.min(i, more);
  return { from, to: from + base + (i < more ? 1 : 0) };
}

/** The subtask's share of a list that all have: the shares of all, one after the other, are the list. */
export function shareOf<T>(items: readonly T[], subtask: number, parallelism: number): readonly T[] {
  const { from, to } = share(items.length, subtask, parallelism);
  return items.slice(from, to);
}

/** Items [from, to) of the handles together. A state without items keeps one handle, so that its type and mode are known. */
function range(handles: readonly OperatorStateHandle[], from: number, to: number): readonly OperatorStateHandle[] {
  const parts: OperatorStateHandle[] = [];
  let at = 0;
  for (const handle of handles) {
    const size = sizeOf(handle);
    const first = Math.max(from - at, 0);
    const last = Math.min(to - at, size);
    if (first < last) parts.push({ ...handle, offsets: handle.offsets.slice(first, last + 1) });
    at += size;
  }
  const [any] = handles;
  return parts.length > 0 || any === undefined ? parts : [{ ...any, offsets: any.offsets.slice(0, 1) }];
}
