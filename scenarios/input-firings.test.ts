/** Hand-computed counts: [start, end, count] in the order in which a key shows them. Delay 0, so the watermark before a record is the newest time - 1. */
import { expect, it } from 'vitest';
import { columnsOf } from './input-events.ts';
import { firingTable, triples } from './input-firings.ts';
import type { WindowOptions } from './input-table.ts';

const columns = (times: readonly number[]) => columnsOf(times.map((time, i) => ({ key: 'k', time, line: i + 1 })));
const WINDOWS: WindowOptions = { windowMs: 10, offsetMs: 0, latenessMs: 0 };
function table(times: readonly number[], options: Partial<WindowOptions>, delayMs = 0) {
  const { rows, ...rest } = firingTable(columns(times), { ...WINDOWS, ...options }, delayMs);
  return { ...rest, rows: [...triples(rows[0] ?? [])] };
}

it('sliding: a record is in each window that holds its time, and late only if all of them are gone', () => {
  // 7 is in [5, 15) and [0, 10). At 12 the watermark is 6. At 6 it is 11: [0, 10) is gone, [5, 15) takes it. At 30 it is 11.
  // At 14 the watermark is 29: both of its windows are gone.
  const { rows, late, panes } = table([7, 12, 6, 30, 14], { slideMs: 5 });
  const byStart = rows.toSorted((a, b) => a[0] - b[0]);
  expect(byStart).toEqual([
    [0, 10, 1],
    [5, 15, 3],
    [10, 20, 1],
    [25, 35, 1],
    [30, 40, 1],
  ]);
  expect(late).toEqual([5]);
  expect(panes).toBe(5);
});

it('sessions that touch are one; one that is behind the watermark is saved by a live one, or late', () => {
  // [0, 10) and [10, 20) touch. At 31 the watermark is 30, and [0, 20) is gone; 24 touches [31, 41) alive: [24, 41).
  // At 5 the watermark is 30: [5, 15) is gone, and nothing is alive that it touches.
  const { rows, late } = table([0, 10, 31, 24, 5], { sessionMs: 10 });
  expect(rows).toEqual([
    [0, 20, 2],
    [24, 41, 2],
  ]);
  expect(late).toEqual([5]);
});

it('sessions and lateness: what comes behind the end of a live session fires it again, with its new bounds', () => {
  // [0, 10) fires at 9, is kept until 29. At 20 the watermark is 20 (of the 21), and [8, 18) makes [0, 18), whose end has passed.
  const { rows, late } = table([0, 21, 8], { sessionMs: 10, latenessMs: 20 });
  expect(rows).toEqual([
    [0, 10, 1],
    [0, 18, 2],
    [21, 31, 1],
  ]);
  expect(late).toEqual([]);
});

it('count: fires at so many records of a window, not at its end; joined sessions add up', () => {
  expect(table([1, 2, 3, 4, 5, 11], { trigger: { kind: 'count', count: 2 } }).rows).toEqual([
    [0, 10, 2],
    [0, 10, 4],
  ]);
  // [0, 3) and [5, 8) have one each; 3 joins them: three records, and three of them since the last firing.
  expect(table([0, 5, 3], { sessionMs: 3, trigger: { kind: 'count', count: 3 } }, 100).rows).toEqual([[0, 8, 3]]);
});

it('continuous: at the multiples of the interval from the first record on, then at the end, once', () => {
  // Window [0, 10), every 4. From 1: 4, 8, 9. At 6 the watermark is 0; at 20 it is 5: 4 fires with both; then 8 and 9.
  expect(table([1, 6, 20], { trigger: { kind: 'continuous', everyMs: 4 } }).rows).toEqual([
    [0, 10, 2],
    [0, 10, 2],
    [0, 10, 2],
    [20, 30, 1],
    [20, 30, 1],
    [20, 30, 1],
  ]);
  // Before 1970 the remainder truncates: -7 - (-3) + 4 = 0, which is behind the end of [-10, 0), so it fires at -1 only.
  expect(table([-7], { trigger: { kind: 'continuous', everyMs: 4 } }).rows).toEqual([[-10, 0, 1]]);
});

it('early and late: what it must show is what the default shows, and an early count has at most the records of its span', () => {
  const { rows, mayBeEarly } = table([1, 6, 12], { trigger: { kind: 'earlyAndLate', everyMs: 4 } });
  expect(rows).toEqual([
    [0, 10, 2],
    [10, 20, 1],
  ]);
  expect([0, 1, 2, 3].map((count) => mayBeEarly(0, 0, 10, count))).toEqual([false, true, true, false]);
  expect(table([1], {}).mayBeEarly(0, 0, 10, 1)).toBe(false);
});
