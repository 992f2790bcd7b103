/**
 * `millrace gate`: what continuous integration asks. Kept cases first, then a campaign whose seed is the
 * commit's, so that every commit explores other plans and stays reproducible; red also if an
 * interesting state was not reached in ten times as many runs as its rarity says. (The share of `core` that is covered
 * is c8's business: see `npm run gate`.)
 */
import { BadUsage, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf } from '../scenarios.ts';
import { corpusDirectoryOf } from './cases.ts';
import { corpusIn } from './kept.ts';
import { campaignReport, refuseFiles, type RunCommand, runOwnKept } from './run.ts';

export interface GateCommand extends RunCommand {
  /** A commit: only if code differs from it there is a campaign. */
  readonly changedSince: string | undefined;
}

/** What no run depends on: prose. Whatever else has changed may be code, its input or its configuration. */
const PROSE = /\.(?:md|txt|adoc|rst)$|(?:^|\/)(?:LICENSE|CHANGELOG|AUTHORS|CODEOWNERS)$/;

export async function gateCommand(platform: Platform, command: GateCommand): Promise<ExitCode> {
  const { workspace, extent, seed } = command;
  refuseFiles(platform, command);
  const unchangedSince = isUnchanged(platform, command.changedSince) ? command.changedSince : undefined;
  const kept = await runOwnKept(platform, command, () =>
    corpusIn(platform, workspace, corpusDirectoryOf(platform, workspace)),
  );
  const campaign = campaignOf(workspace.scenarios.all, seed, workspace.source);
  // What a share of the runs does not reach, another may: `merge --gate` knows.
  const isGate = (extent.shard?.total ?? 1) === 1;
  const asked = unchangedSince === undefined ? command : { ...command, extent: { ...extent, runs: 0 } };
  return campaignReport(platform, campaign, asked, { before: [], kept, isGate, unchangedSince });
}

function isUnchanged(platform: Platform, since: string | undefined): boolean {
  if (since === undefined) return false;
  const files = platform.changedSince(since);
  if (files === undefined) {
    throw new BadUsage(
      `--changed ${since}: git knows no such commit here; fetch it first (a checkout of continuous integration often has only the newest)`,
    );
  }
  return files.every((file) => PROSE.test(file));
}
