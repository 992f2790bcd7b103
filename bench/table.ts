/** The table that the benchmarks print. */
import { isMet, type Row } from './row.ts';

const HEADER = ['what', 'measured', 'must', '', 'spread', 'note'] as const;

export function tableOf(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { what, value, unit, must, spread, note } = row;
  const met = isMet(row);
  return [
    what,
    `${short(value)}${gap(unit)}`,
    must === undefined
      ? ''
      : 'atMost' in must
        ? `<= ${short(must.atMost)}${gap(unit)}`
        : `>= ${short(must.atLeast)}${gap(unit)}`,
    met === undefined ? '' : met ? 'met' : 'NOT MET',
    spread === undefined ? '' : `${short(spread[0])} to ${short(spread[1])}`,
    note ?? '',
  ];
}

function gap(unit: string): string {
  return unit === '' ? '' : ` ${unit}`;
}

/** Three digits that count. */
function short(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return text.replace(/\B(?=(\d{3})+$)/g, size >= 1_000 ? ',' : '');
}
