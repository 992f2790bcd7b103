/** `millrace list`: what there is to run. */
import { KNOBS } from '../../properties/plan/knobs.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';

/** With `everything` also laws, marks, knobs and reporters. */
export function listCommand(platform: Platform, workspace: Workspace, everything: boolean): ExitCode {
  const rows = (title: string, list: readonly (readonly [string, string])[]): void => {
    const width = Math.max(...list.map(([name]) => name.length));
    platform.print([title, ...list.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n'));
  };
  rows(
    'scenarios',
    workspace.scenarios.all.map(({ id, states }) => [id, states]),
  );
  if (!everything) return EXIT.held;
  rows(
    'laws',
    workspace.laws.map(({ name, states }) => [name, states]),
  );
  rows(
    'marks',
    workspace.marks.map(({ name, rarity, condition }) => [name, `1 in ${rarity}: ${condition}`]),
  );
  rows(
    'knobs',
    KNOBS.map(({ name, min, max, calm, doc }) => [name, `${min} to ${max}, calm ${calm}: ${doc}`]),
  );
  rows(
    'reporters',
    workspace.reporters.map(({ flag, describes }) => [flag, describes]),
  );
  return EXIT.held;
}
