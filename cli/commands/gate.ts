/**
 * `millrace gate`: what continuous integration asks. Kept cases first, then a campaign whose seed is the
 * commit's, so that every commit explores other plans and stays reproducible; red also if an
 * interesting state was not reached in ten times as many runs as its rarity says. (The share of `core` that is covered
 * is c8's business: see `npm run gate`.)
 */
import type { ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf } from '../scenarios.ts';
import { corpusDirectoryOf } from './cases.ts';
import { corpusIn } from './kept.ts';
import { campaignReport, type RunCommand, runOwnKept } from './run.ts';
import { refuseReports } from './telling.ts';

export async function gateCommand(platform: Platform, command: RunCommand): Promise<ExitCode> {
  const { workspace, extent, seed } = command;
  refuseReports(platform, command);
  const kept = await runOwnKept(platform, command, () =>
    corpusIn(platform, workspace, corpusDirectoryOf(platform, workspace)),
  );
  const campaign = campaignOf(workspace.scenarios.all, seed, workspace.source);
  // What a share of the runs does not reach, another may: `merge --gate` knows.
  const isGate = (extent.shard?.total ?? 1) === 1;
  return campaignReport(platform, campaign, command, { before: [], kept, isGate });
}
