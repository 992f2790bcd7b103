/**
 * The small universe under back-pressure, by discipline of its barriers: how many a second, beside each other in one run, and
 * what the laws add. All must commit the same output. Left out: at-least-once, whose state may count a record twice.
 */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { BENCH_DISCIPLINES } from '../variants.ts';
import { rateRow, ratioRow } from './ratio-row.ts';

const of = (discipline: string, what: string): string => `discipline/${discipline}/${what}`;

export async function disciplineRows(pace: Pace): Promise<readonly Row[]> {
  const same = BENCH_DISCIPLINES.flatMap((discipline) => [of(discipline, 'laws'), of(discipline, 'no laws')]);
  const times = await compare({ same, beside: [] }, pace);
  return [
    ...BENCH_DISCIPLINES.flatMap((discipline) => [
      rateRow(`universes, laws, ${discipline}`, times, of(discipline, 'laws')),
      rateRow(`universes, no laws, ${discipline}`, times, of(discipline, 'no laws')),
      ratioRow(`laws / no laws, ${discipline}`, times, of(discipline, 'laws'), of(discipline, 'no laws')),
    ]),
    ratioRow('unaligned / aligned, no laws', times, of('unaligned', 'no laws'), of('aligned', 'no laws')),
    ratioRow('timeout / aligned, no laws', times, of('timeout', 'no laws'), of('aligned', 'no laws')),
  ];
}
