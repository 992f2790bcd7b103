/**
 * `millrace gate`: what continuous integration asks. Kept cases first, then a campaign whose seed is the
 * commit's, so that every commit explores other plans and stays reproducible; red also if an
 * interesting state was not reached in ten times as many runs as its rarity says. (The share of `core` that is covered
 * is c8's business: see `npm run gate`.)
 */
import type { ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf } from '../scenarios.ts';
import { corpusIn, runKept } from './kept.ts';
import { campaignReport, refuseReports, type RunCommand, secondsLeft } from './run.ts';

/** In a campaign that machines share, the first of them runs what was kept. */
export async function gateCommand(platform: Platform, command: RunCommand): Promise<ExitCode> {
  const { workspace, extent, seed, reports } = command;
  refuseReports(platform, reports);
  const directory = workspace.caseDirectory ?? platform.corpusDirectory;
  const isMine = (extent.shard?.index ?? 1) === 1;
  const kept = isMine
    ? await runKept(
        platform,
        workspace,
        corpusIn(platform, workspace, directory),
        () => secondsLeft(platform, extent) > 0,
      )
    : [];
  const campaign = campaignOf(workspace.scenarios.all, seed, workspace.source);
  // What a share of the runs does not reach, another may: `merge --gate` knows.
  const isGate = (extent.shard?.total ?? 1) === 1;
  return campaignReport(platform, campaign, command, { before: [], kept, isGate });
}
