/**
 * The windows of a key that merge when they overlap or touch, sessions above all (SEMANTICS L6, L8, L9; Flink:
 * `MergingWindowSet`). They are disjoint and apart, so one that joins them meets each at most once:
 *
 *     live     [0, 10)          [20, 30)
 *     joins            [10, 20)            touches both: all three are [0, 30) now
 *
 * Contents stay where they are: under a *state window*, that of the merged one with the smallest start. So a merge moves the
 * contents of the others only. What is live is in state, as one list per key, and is written at each change.
 */
import type { TimeWindow } from '../../job/functions.ts';
import { int64, list, tuple } from '../../job/types.ts';
import type { KeyedTable, StateTables } from '../../state/backend.ts';
import { touches } from '../../time/windows.ts';

/** A live window, and the namespace of its contents. */
export interface LiveWindow {
  readonly window: TimeWindow;
  readonly state: TimeWindow;
}
/** What becomes of a window that joins the live ones. */
export interface Join extends LiveWindow {
  /** The live windows that are no more, by start. Empty if the window is new, or within a live one. */
  readonly merged: readonly LiveWindow[];
}

type Row = readonly [number, number, number, number];
const ROWS = list(tuple<Row>(int64, int64, int64, int64));

export class MergingWindows {
  readonly #table: KeyedTable<readonly Row[]>;

  constructor(tables: StateTables) {
    this.#table = tables.table('window-merging', ROWS);
  }

  /** Changes nothing. */
  join(own: TimeWindow): Join {
    const touching = this.#live().filter(({ window }) => touches(window, own));
    const [first] = touching;
    const last = touching.at(-1);
    if (first === undefined || last === undefined) return { window: own, state: own, merged: [] };
    const start = Math.min(first.window.start, own.start);
    const end = Math.max(last.window.end, own.end);
    const isSame = first === last && start === first.window.start && end === first.window.end;
    const window = isSame ? first.window : { start, end };
    return { window, state: first.state, merged: isSame ? [] : touching };
  }

  /** From now on it is so. */
  keep({ window, state, merged }: Join): void {
    const gone = [window, ...merged.map((live) => live.window)];
    this.#write([...this.#live().filter((live) => !gone.some((one) => isSame(live.window, one))), { window, state }]);
  }

  /** Undefined: there is no such window. */
  stateOf(window: TimeWindow): TimeWindow | undefined {
    return this.#live().find((live) => isSame(live.window, window))?.state;
  }

  retire(window: TimeWindow): void {
    this.#write(this.#live().filter((live) => !isSame(live.window, window)));
  }

  #live(): readonly LiveWindow[] {
    const rows = this.#table.get(undefined) ?? [];
    return rows.map(([start, end, stateStart, stateEnd]) => ({
      window: { start, end },
      state: { start: stateStart, end: stateEnd },
    }));
  }

  #write(live: readonly LiveWindow[]): void {
    if (live.length === 0) return this.#table.remove(undefined);
    const rows = live.map(({ window, state }): Row => [window.start, window.end, state.start, state.end]);
    this.#table.put(
      undefined,
      rows.sort((a, b) => a[0] - b[0]),
    );
  }
}

function isSame(a: TimeWindow, b: TimeWindow): boolean {
  return a.start === b.start && a.end === b.end;
}
