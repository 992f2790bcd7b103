/** The figures of an input and of what the job made of it, from its columns and its windows. */
import { eventCount, type InputColumns } from '../../scenarios/input-events.ts';
import type { InputFigures } from '../../reports/input.ts';
import { mostBehindMs, type WindowTable } from '../../scenarios/input-table.ts';

const BUSIEST = 3;

/** Of the windows alone. */
export interface WindowFigures {
  readonly panes: number;
  readonly firings: number;
  readonly largest: { readonly key: number; readonly start: number; readonly count: number } | undefined;
  readonly late: readonly number[];
}

export function figuresOf({ panes, firings, late }: WindowTable): WindowFigures {
  let [first] = panes;
  for (const pane of panes) {
    if (first === undefined || pane.onTime + pane.again > first.onTime + first.again) first = pane;
  }
  const largest = first && { key: first.key, start: first.start, count: first.onTime + first.again };
  return { panes: panes.length, firings, largest, late };
}

export function resultOf(columns: InputColumns, figures: WindowFigures): InputFigures {
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
  const { panes, firings, largest, late } = figures;
  return {
    records: eventCount(columns),
    minMs,
    maxMs: newest,
    keys: keys.length,
    busiestKeys: busiest(records).map((key) => ({ key: keys[key] ?? '', records: records[key] ?? 0 })),
    panes,
    counts: firings,
    largestPane: largest && { ...largest, key: keys[largest.key] ?? '' },
    late: late.length,
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
