/**
 * The small universe with other windows in its second stage, beside each other in one run: how many a second, and what the laws,
 * the model of event time among them, cost. Sliding windows have ten panes a record; sessions merge.
 */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { WINDOW_KINDS } from '../universes/scenario.ts';
import { rateRow, ratioRow } from './ratio-row.ts';

const of = (windows: string, what: string): string => `windows/${windows}/${what}`;

export async function windowRows(pace: Pace): Promise<readonly Row[]> {
  // Each kind commits an output of its own, so only the two of one kind are held to be the same.
  const rows: Row[] = [];
  for (const windows of WINDOW_KINDS) {
    const [laws, none] = [of(windows, 'laws'), of(windows, 'no laws')];
    const times = await compare({ same: [laws, none], beside: [] }, pace);
    rows.push(
      rateRow(`universes, laws, ${windows} windows`, times, laws),
      rateRow(`universes, no laws, ${windows} windows`, times, none),
      ratioRow(`laws / no laws, ${windows} windows`, times, laws, none),
    );
  }
  return rows;
}
