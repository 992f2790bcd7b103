/** `millrace recovery-cost`: what checkpoints cost and what they save, by checkpoint interval. */
import { isUnbounded } from '../../properties/run/rest.ts';
import { violationOfOverrun } from '../../properties/campaign/outside.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { expand } from '../../properties/plan/generate.ts';
import { type Interval, NoRecovery, recoveryCosts } from '../../properties/run/recovery-cost.ts';
import { quoted } from '../../reports/words.ts';
import { recoveryCostReport } from '../../reports/recovery-cost.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { refuseUnwritable } from './telling.ts';

export interface RecoveryCostCommand {
  readonly workspace: Workspace;
  readonly scenario: string;
  readonly records: number;
  readonly kills: number;
  readonly seed: string;
  readonly intervalsMs?: readonly number[];
  /** File for the figures. */
  readonly json?: string;
}

export function recoveryCostCommand(platform: Platform, asked: RecoveryCostCommand): ExitCode {
  const { workspace, records, kills, seed, intervalsMs, json } = asked;
  const scenario = workspace.scenarios.named(asked.scenario);
  if (isUnbounded(scenario.build(expand(scenario, seed)).job))
    throw new BadUsage(
      `${scenario.id}: a source of its job has no end, and a run without one has no length to compare; give a scenario whose sources are bounded`,
    );
  refuseUnwritable(platform, '--json', json);
  const progress = (interval: Interval): void => {
    platform.progress(`${typeof interval === 'number' ? `${interval} ms` : interval} done`);
  };
  const options = { seed, records, kills, progress, ...(intervalsMs === undefined ? {} : { intervalsMs }) };
  try {
    const done = platform.guarded(workspace, (run) => recoveryCosts(run, scenario, options));
    platform.progress(undefined);
    if (done.kind === 'endless') {
      platform.print(`ENDLESS  ${signatureOf(violationOfOverrun(scenario.id, done.overrun))}`);
      return EXIT.lawBroke;
    }
    platform.print(recoveryCostReport(scenario.id, done.value));
    if (json !== undefined) {
      const figures = { format: 1, scenario: scenario.id, seed, ...done.value };
      platform.writeText(json, `${JSON.stringify(figures, undefined, 2)}\n`);
    }
    return EXIT.held;
  } catch (error) {
    platform.progress(undefined);
    if (!(error instanceof NoRecovery)) throw error;
    platform.print(
      `NO FIGURES  ${error.message}\n  tells more  npx millrace run ${quoted(scenario.id)}${sourceFlags(workspace.source)}`,
    );
    return EXIT.inconclusive;
  }
}
