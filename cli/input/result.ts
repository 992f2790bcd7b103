/** The figures of an input and of what the job made of it, from its columns and its windows. */
import { eventCount, type InputColumns } from '../../scenarios/input-events.ts';
import type { InputFigures } from '../../reports/input.ts';
import { mostBehindMs, type WindowTable } from '../../scenarios/input-table.ts';

const BUSIEST = 3;

export function resultOf(columns: InputColumns, table: WindowTable): InputFigures {
  const { keys, keyAt, times } = columns;
  const records = new Uint32Array(keys.length);
  for (const key of keyAt) records[key] = (records[key] ?? 0) + 1;
  let newest = -Infinity;
  let minMs = Infinity;
  let outOfOrder = 0;
  for (const time of times) {
    if (time < newest) outOfOrder += 1;
    if (time > newest) newest = time;
    if (time < minMs) minMs = time;
  }
  const { panes } = table;
  let largest = panes[0];
  for (const pane of panes) {
    if (largest === undefined || pane.onTime + pane.again > largest.onTime + largest.again) largest = pane;
  }
  return {
    records: eventCount(columns),
    minMs,
    maxMs: newest,
    keys: keys.length,
    busiestKeys: busiest(records).map((key) => ({ key: keys[key] ?? '', records: records[key] ?? 0 })),
    panes: panes.length,
    counts: table.firings,
    largestPane:
      largest === undefined
        ? undefined
        : { key: keys[largest.key] ?? '', start: largest.start, count: largest.onTime + largest.again },
    late: table.late.length,
    outOfOrder,
    mostBehindMs: mostBehindMs(columns),
  };
}

function busiest(records: Uint32Array): readonly number[] {
  const best: number[] = [];
  for (let key = 0; key < records.length; key += 1) {
    const at = best.findIndex((other) => (records[key] ?? 0) > (records[other] ?? 0));
    if (at < 0) best.push(key);
    else best.splice(at, 0, key);
    best.length = Math.min(best.length, BUSIEST);
  }
  return best;
}
