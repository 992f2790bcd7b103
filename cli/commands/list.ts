/** `millrace list`: what there is to run. */
import { LAWS } from '../../properties/laws/index.ts';
import { MARKS } from '../../properties/marks/index.ts';
import { KNOBS } from '../../properties/plan/knobs.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { scenariosOf } from '../scenarios.ts';

/** With `everything` also laws, marks and knobs. */
export function listCommand(platform: Platform, everything: boolean): ExitCode {
  const { all } = scenariosOf({ kind: 'built-in' });
  const rows = (title: string, list: readonly (readonly [string, string])[]): void => {
    const width = Math.max(...list.map(([name]) => name.length));
    platform.print([title, ...list.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n'));
  };
  rows(
    'scenarios',
    all.map(({ id, states }) => [id, states]),
  );
  if (!everything) return EXIT.held;
  rows(
    'laws',
    LAWS.map(({ name, states }) => [name, states]),
  );
  rows(
    'marks',
    MARKS.map(({ name, rarity, condition }) => [name, `1 in ${rarity}: ${condition}`]),
  );
  rows(
    'knobs',
    KNOBS.map(({ name, min, max, calm, doc }) => [name, `${min} to ${max}, calm ${calm}: ${doc}`]),
  );
  return EXIT.held;
}
