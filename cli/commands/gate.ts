/**
 * `millrace gate`: what continuous integration asks. Kept cases first, then a campaign whose seed is the
 * commit's, so that every commit explores other plans and stays reproducible; red also if an
 * interesting state was not reached in ten times as many runs as its rarity says. (The share of `core` that is covered
 * is c8's business: see `npm run gate`.)
 */
import type { ReportFile } from '../../reports/reporters.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { corpusIn, runKept } from './kept.ts';
import { campaignReport, refuseReports, type RunCommand } from './run.ts';

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
  refuseReports(platform, reports);
  const directory = workspace.caseDirectory ?? platform.corpusDirectory;
  const kept = await runKept(platform, workspace, corpusIn(platform, workspace, directory));
  const extent = { runs, seconds: undefined };
  const command: RunCommand = {
    workspace,
    scenarios: [],
    extent,
    seed,
    workers,
    reports,
    lastFailed: false,
    shrinkSeconds: undefined,
  };
  const campaign = campaignOf(workspace.scenarios.all, seed, workspace.source);
  return campaignReport(platform, campaign, command, { before: [], kept, isGate: true });
}
