/**
 * Lists of the subtasks of an operator without key, and how a restore deals them out (SEMANTICS O1, J7). The model's own code:
 * it deals items, the engine deals ranges of bytes.
 *
 * A list that an earlier version of the job has left is migrated, item by item, when the function registers it. Left out:
 * connectors, whose states are not the model's.
 */
import type { OperatorListDescriptor } from '../../core/job/operator-states.ts';
import type { ListState } from '../../core/job/states.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { compareTexts } from './key-order.ts';
import { holdsCustom, migrated, storedForm } from './migrate.ts';

export type ListMode = 'split' | 'union';

export interface OwnedList {
  readonly state: string;
  readonly mode: ListMode;
  readonly items: readonly unknown[];
}

/** With the type of an item, as the version of the job declares it that has stored them: items are as its functions had them. */
export interface TypedList extends OwnedList {
  readonly type: TypeInfo;
}

/** As it is stored: types of a job's author have a form of their own. */
export function owned({ state, mode, type, items }: TypedList): OwnedList {
  return { state, mode, items: holdsCustom(type) ? items.map((item) => storedForm(type, item)) : items };
}

interface KnownList {
  readonly mode: ListMode;
  readonly type: TypeInfo;
  readonly items: readonly unknown[];
  /** The function has asked for it in `open`. */
  readonly registered: boolean;
}

/** Lists of one subtask by name. Lists are replaced, never changed, so a fork is a copy of the names. */
export class Lists {
  readonly #byName: Map<string, KnownList>;

  constructor(byName = new Map<string, KnownList>()) {
    this.#byName = byName;
  }

  static of(lists: readonly TypedList[]): Lists {
    return new Lists(
      new Map(lists.map(({ state, mode, type, items }) => [state, { mode, type, items, registered: false }])),
    );
  }

  /** @throws Error if it is of another kind, or holds what has no place in the declared type. */
  register({ kind, name, type }: OperatorListDescriptor): void {
    const mode: ListMode = kind === 'list' ? 'split' : 'union';
    const known = this.#byName.get(name);
    if (known !== undefined && known.mode !== mode) throw new Error(`state '${name}' is of another kind`);
    if (known?.registered === true) return;
    const items = known?.items.map((item) => migrated(known.type, type, item)) ?? [];
    this.#byName.set(name, { mode, type, items, registered: true });
  }

  isRegistered(name: string): boolean {
    return this.#byName.get(name)?.registered === true;
  }

  read(name: string): readonly unknown[] {
    return this.#byName.get(name)?.items ?? [];
  }

  write(name: string, items: readonly unknown[]): void {
    const known = this.#byName.get(name);
    if (known === undefined) throw new Error(`there is no state '${name}'`);
    if (items.includes(undefined)) throw new Error(`undefined cannot be stored in the state '${name}'`);
    const { mode, type, registered } = known;
    this.#byName.set(name, { mode, type, items, registered });
  }

  /** What a snapshot holds: of a union list that nobody registered, the subtask's own share. In order of name. */
  content(subtask: number, parallelism: number): readonly TypedList[] {
    return [...this.#byName]
      .sort(([a], [b]) => compareTexts(a, b))
      .map(([state, { mode, type, items, registered }]) => {
        const carried = !registered && mode === 'union';
        return { state, mode, type, items: carried ? (dealOut(items, parallelism)[subtask] ?? []) : items };
      });
  }

  fork(): Lists {
    return new Lists(new Map(this.#byName));
  }
}

/** What a function works with, at whatever lists are current when it is used. */
export function listHandle(
  name: string,
  at: () => Lists,
  takes: (value: unknown) => void = () => undefined,
): ListState<unknown> {
  const get = () => at().read(name);
  const addAll = (values: readonly unknown[]) => {
    values.forEach(takes);
    at().write(name, [...get(), ...values]);
  };
  const handle = {
    get,
    add: (value: unknown) => addAll([value]),
    addAll,
    update: (values: readonly unknown[]) => {
      values.forEach(takes);
      at().write(name, [...values]);
    },
    clear: () => at().write(name, []),
  };
  return handle;
}

/** In order, as evenly as it goes; the first ones get what is left over. */
function dealOut(items: readonly unknown[], hands: number): readonly (readonly unknown[])[] {
  const dealt: unknown[][] = Array.from({ length: hands }, () => []);
  let next = 0;
  for (const [i, hand] of dealt.entries()) {
    // The smallest whole number that is no less than (items - i) / hands.
    const size = Math.ceil((items.length - i) / hands);
    for (let left = size; left > 0; left--) hand.push(items[next++]);
  }
  return dealt;
}

/**
 * What subtask `subtask` of `parallelism` starts from. `old`: what each old subtask had left, undefined for one that had finished.
 */
export function restoredLists(
  old: readonly (readonly TypedList[] | undefined)[],
  subtask: number,
  parallelism: number,
): readonly TypedList[] {
  const all = old.flatMap((lists) => lists ?? []);
  const names = [...new Set(all.map(({ state }) => state))].sort(compareTexts);
  const restored: TypedList[] = [];
  /** Lists that have a remainder begin where that of the list before ended. */
  let turned = 0;
  for (const state of names) {
    const parts = all.filter((list) => list.state === state);
    const items = parts.flatMap((list) => list.items);
    const [first] = parts;
    if (first === undefined) continue;
    const { mode, type } = first;
    if (mode === 'union') restored.push({ state, mode, type, items });
    else if (old.length === parallelism) {
      const own = old[subtask]?.find((list) => list.state === state);
      if (own !== undefined) restored.push(own);
    } else {
      const hand = (subtask + parallelism - (turned % parallelism)) % parallelism;
      restored.push({ state, mode, type, items: dealOut(items, parallelism)[hand] ?? [] });
      turned += items.length % parallelism;
    }
  }
  return restored;
}
