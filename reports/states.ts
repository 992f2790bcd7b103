/** What checkpoints hold, as tables: for `replay --checkpoints` and `inspect`. */
import type { CheckpointFigures, StateFigure } from '../core/checkpoint/storage/figures.ts';
import type { Growing } from '../properties/run/growth.ts';
import { count } from './words.ts';

const STATE_COLUMNS = ['kind', 'keys', 'entries', 'bytes', 'type'] as const;

/** One line a state and checkpoint, in the order in which they were completed, then what only grows. */
export function statesReport(checkpoints: readonly CheckpointFigures[], growing: readonly Growing[]): string {
  const rows = checkpoints.flatMap(({ attempt, checkpoint, states }) =>
    states.map((state) => [String(attempt), String(checkpoint), `${state.uid}/${state.state}`, ...cellsOf(state)]),
  );
  if (rows.length === 0) return 'no checkpoint holds state';
  return [table([['attempt', 'id', 'state', ...STATE_COLUMNS], ...rows]), ...growing.map(growingInWords)].join('\n');
}

export function growingInWords({ uid, state, kind, from, to, over }: Growing): string {
  const why = kind === 'union list' ? ': does every subtask write back the whole list?' : '';
  return `ONLY GROWS  ${uid}/${state}: ${count(from)} -> ${count(to)} entries over ${count(over)} checkpoints${why}`;
}

export function cellsOf({ kind, keys, entries, bytes, type }: StateFigure): readonly string[] {
  const number = (of: number | undefined): string => (of === undefined ? '' : count(of));
  return [kind, number(keys), count(entries), number(bytes), type ?? ''];
}

export { STATE_COLUMNS };

/** Numbers to the right, text to the left; two blanks between columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    /^[\d,]*$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
