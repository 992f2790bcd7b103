/** `--from <directory>`: whether universes can start from it. */
import { expand } from '../../properties/plan/generate.ts';
import { missedStart } from '../../properties/run/run.ts';
import { BadUsage } from '../exit-codes.ts';
import type { Workspace } from '../workspace.ts';

/** Throws `BadUsage`. `keeps`: the directory of `--keep-checkpoints`, if it is given. */
export function requireStart({ source, scenarios, options }: Workspace, keeps: string | undefined): void {
  const [scenario] = scenarios.all;
  if (source.from === undefined || scenario === undefined) return;
  const { directory } = source.from;
  if (keeps !== undefined) {
    throw new BadUsage(
      `--keep-checkpoints ${keeps}: what is taken behind --from ${directory} depends on that directory, too, and cannot be started from; leave one of them out`,
    );
  }
  const missed = missedStart(scenario, expand(scenario, ''), options.parts);
  if (missed === undefined) return;
  throw new BadUsage(
    `--from ${directory}: ${missed}. The laws judge by the history behind it, which is done again: take it anew with this millrace and this job`,
  );
}
