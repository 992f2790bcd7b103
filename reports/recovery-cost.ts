/** What failures and checkpoints cost, as a table: one checkpoint interval a line. Times are virtual. */
import type { RecoveryCostRow, RecoveryCosts } from '../properties/run/recovery-cost.ts';
import { rightAligned } from './layout.ts';
import { count } from './words.ts';

type Column = readonly [title: string, cell: (row: RecoveryCostRow) => string];

const COLUMNS: readonly Column[] = [
  ['interval', ({ interval }) => (typeof interval === 'number' ? `${count(interval)} ms` : interval)],
  ['checkpoints', ({ checkpoints }) => count(checkpoints)],
  ['run', ({ ms }) => `${count(Math.round(ms))} ms`],
  ['overhead', ({ overheadPer1000 }) => percent(overheadPer1000)],
  ['records again', ({ again }) => count(again)],
  ['recovery', ({ recoveryMs }) => `${count(Math.round(recoveryMs))} ms`],
  ['worst', ({ worstRecoveryMs }) => `${count(Math.round(worstRecoveryMs))} ms`],
  ['with a failure', ({ withOneFailurePer1000 }) => percent(withOneFailurePer1000)],
];

/** The cheapest line if there is one failure a run is marked. */
export function recoveryCostReport(scenario: string, { records, kills, rows }: RecoveryCosts): string {
  const least = Math.min(...rows.map((row) => row.withOneFailurePer1000));
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const lines = rightAligned(cells).map((line, at) =>
    rows[at - 1]?.withOneFailurePer1000 === least ? `${line}  <- least` : line,
  );
  return [
    `${scenario}, ${count(records)} records, virtual time; ${count(kills)} failures an interval, one a run`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

function percent(per1000: number): string {
  return `${per1000 > 0 ? '+' : ''}${(per1000 / 10).toFixed(1)} %`;
}
