import { expect, it } from 'vitest';
import { expectedOutput, HOUR_MS, readEarthquakes } from './jobs/earthquakes/expected.mjs';
import { columnsOf } from './input-events.ts';
import { lateCount, windowStart, windowTable } from './input-table.ts';

const WINDOW = { windowMs: 6 * HOUR_MS, offsetMs: 0, latenessMs: 0 };

it.each([0, 1, 24, 168])('of the earthquakes is the one of their own script, with a delay of %i h', (delayHours) => {
  const file = readEarthquakes();
  const columns = columnsOf(file.map(({ net, time }, i) => ({ key: net, time, line: i + 1 })));
  const expected = expectedOutput(file, delayHours);
  const { panes, late, firings } = windowTable(columns, WINDOW, delayHours * HOUR_MS);
  expect(late).toHaveLength(expected.late.length);
  expect(lateCount(columns, WINDOW, delayHours * HOUR_MS)).toBe(expected.late.length);
  expect(firings).toBe(expected.panes.length);
  const found = new Map(panes.map(({ key, start, onTime }) => [`${columns.keys[key] ?? ''} ${start}`, onTime]));
  expect(found).toEqual(new Map(expected.panes.map(({ net, start, count }) => [`${net} ${start}`, count])));
});

it('counts a record behind the watermark again while the lateness holds its window, and drops it afterwards', () => {
  const times = [0, 10, 5, 30, 5, 7];
  const columns = columnsOf(times.map((time, i) => ({ key: 'k', time, line: i + 1 })));
  const table = windowTable(columns, { windowMs: 10, offsetMs: 0, latenessMs: 15 }, 0);
  // The watermark is 9 before the 5 of line 3, and 29 before those of lines 5 and 6, by when the window is gone.
  expect(table.panes).toEqual([
    { key: 0, start: 0, onTime: 1, again: 1 },
    { key: 0, start: 10, onTime: 1, again: 0 },
    { key: 0, start: 30, onTime: 1, again: 0 },
  ]);
  expect(table).toMatchObject({ late: [5, 6], firings: 4 });
});

it('has windows that begin at multiples of their length plus the offset, before 1970, too', () => {
  const starts = [-1, 0, 3, 9, 13].map((time) => windowStart(time, { windowMs: 10, offsetMs: 3 }));
  expect(starts).toEqual([-7, -7, 3, 3, 13]);
});
