/**
 * `millrace gate`: what continuous integration asks. Kept cases first, then a campaign whose seed is the
 * commit's, so that every commit explores other plans and stays reproducible; red also if an
 * interesting state was not reached in ten times as many runs as its rarity says. (The share of `core` that is covered
 * is c8's business: see `npm run gate`.)
 */
import { parseCase } from '../../properties/case/case.ts';
import { replay } from '../../properties/case/replay.ts';
import { run } from '../../properties/run/run.ts';
import type { ReportFile } from '../../reports/reporters.ts';
import { count } from '../../reports/words.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { answerInWords } from './replay.ts';
import { campaignReport, type RunCommand } from './run.ts';

export interface GateCommand {
  readonly workspace: Workspace;
  readonly runs: number;
  readonly seed: string;
  readonly workers: number | undefined;
  readonly reports: readonly ReportFile[];
}

export async function gateCommand(
  platform: Platform,
  { workspace, runs, seed, workers, reports }: GateCommand,
): Promise<ExitCode> {
  const kept = keptCases(platform, workspace);
  const extent = { runs, seconds: undefined };
  const command: RunCommand = { workspace, scenarios: [], extent, seed, workers, reports };
  const { summary, exitCode } = await campaignReport(
    platform,
    campaignOf(workspace.scenarios.all, seed, workspace.source),
    command,
  );
  const missing = summary.marks.filter((mark) => mark.missing);
  if (missing.length > 0)
    platform.warn(`gate: ${count(missing.length)} interesting states were never reached, see MISSING above`);
  if (exitCode !== EXIT.held) return exitCode;
  return kept && missing.length === 0 ? EXIT.held : EXIT.lawBroke;
}

/** True if every kept failure passes now. */
function keptCases(platform: Platform, { scenarios, options, caseDirectory }: Workspace): boolean {
  let pass = true;
  for (const file of platform.listJson(caseDirectory ?? platform.caseDirectory)) {
    const kase = parseCase(platform.readText(file) ?? '', file);
    const answer = replay(
      kase,
      (id) => scenarios.find(id),
      (scenario, plan) => run(scenario, plan, options),
    );
    if (answer.kind === 'passes') continue;
    pass = false;
    platform.print(`${file}: ${answerInWords(answer, kase, file, [])}\n`);
  }
  return pass;
}
