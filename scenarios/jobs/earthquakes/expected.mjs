// What the earthquakes job must put out, by plain loops over the file: no engine, no model, no import of ours.
//
// One split, a watermark after each record: watermark = newest event time so far - delay - 1. A record is late iff its
// window's last millisecond is not above the watermark before it. Run it (`node expected.mjs`) to see the table.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export const HOUR_MS = 3_600_000;
const WINDOW_MS = 6 * HOUR_MS;

/** All records of the file, in order of arrival. */
export function readEarthquakes() {
  const text = readFileSync(new URL('../../data/earthquakes.ndjson', import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export function windowStart(time) {
  return Math.floor(time / WINDOW_MS) * WINDOW_MS;
}

/** Late records, and a pane for each network and window that has a record on time, in order of network and start. */
export function expectedOutput(records, delayHours) {
  let newest = -Infinity;
  const late = [];
  const panes = new Map();
  for (const { id, net, time, mag } of records) {
    const start = windowStart(time);
    const watermark = newest - delayHours * HOUR_MS - 1;
    if (start + WINDOW_MS - 1 <= watermark) {
      late.push({ id, net, time, mag });
    } else {
      const key = `${net} ${start}`;
      const pane = panes.get(key) ?? { net, start, count: 0, largest: null };
      pane.count += 1;
      if (mag !== null && (pane.largest === null || mag > pane.largest)) pane.largest = mag;
      panes.set(key, pane);
    }
    if (time > newest) newest = time;
  }
  return {
    late,
    panes: [...panes.values()].sort((a, b) => (a.net === b.net ? a.start - b.start : a.net < b.net ? -1 : 1)),
  };
}

/** "net start" -> number of records, late or not. */
export function totals(records) {
  const counts = new Map();
  for (const { net, time } of records) {
    const key = `${net} ${windowStart(time)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const records = readEarthquakes();
  console.log(`${records.length} records, ${totals(records).size} pairs of network and window`);
  console.log('delay h   late  panes');
  for (const delayHours of [0, 1, 6, 24, 48, 72, 168]) {
    const { late, panes } = expectedOutput(records, delayHours);
    console.log(
      `${String(delayHours).padStart(7)}  ${String(late.length).padStart(5)}  ${String(panes.length).padStart(5)}`,
    );
  }
}
