/** The table "Ours versus Flink" of core/README.md. */
import { ROWS } from './differences.ts';
import type { Compared } from './family.ts';

/** All subjects answer the same: the first one's. */
export function ours({ answers, flink }: Compared): string {
  for (const answer of answers.values()) return answer;
  return flink;
}

export function differs(one: Compared): boolean {
  return ours(one) !== one.flink;
}

/** By family, its cases. */
export function tableOf(compared: ReadonlyMap<string, readonly Compared[]>): string {
  const lines = ROWS.map(({ id, rule, flink, ours, why, semantics }) => {
    const counts = [...compared].flatMap(([family, cases]) => {
      const count = cases.filter((one) => differs(one) && one.touched === id).length;
      return count === 0 ? [] : [`\`${family}\` ${count} of ${cases.length}`];
    });
    const counted = counts.length === 0 ? 'none yet' : counts.join(', ');
    return `| ${rule} | ${flink} | ${ours} | ${why} | ${semantics.section} | ${counted} |`;
  });
  return [
    '| rule | Flink 2.2.1 | ours | why | SEMANTICS | cases that differ |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
