/**
 * `millrace merge`: what several machines did of one campaign, put together. The order of the files does not matter, nor that
 * one is there twice; what is missing, and where two machines differ, is told.
 */
import { type BlobEnd, type BlobHead, lineOf, Merge } from '../../properties/campaign/blob.ts';
import type { RunRow } from '../../properties/campaign/campaign.ts';
import { caseDocument, caseFileName } from '../../properties/case/case.ts';
import { exitCodeOf } from '../../properties/campaign/summary.ts';
import { CampaignTally } from '../../properties/campaign/tally.ts';
import { conclude } from '../../reports/conclusion.ts';
import { falsifiedReport } from '../../reports/falsified.ts';
import type { Found } from '../../reports/json.ts';
import type { CampaignReport, ReportFile } from '../../reports/reporters.ts';
import { summaryReport } from '../../reports/summary.ts';
import { plural } from '../../reports/words.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import { quoted } from '../options.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';
import { tellGitHub } from './github.ts';
import { caseDirectoryOf, refuseReports, writeReport } from './run.ts';

export interface MergeCommand {
  readonly workspace: Workspace;
  readonly directory: string;
  /** Judged as a gate: states that must be reached, kept cases that must still apply. */
  readonly isGate: boolean;
  readonly reports: readonly ReportFile[];
  readonly isGitHub: boolean;
}

interface Merged {
  readonly head: BlobHead;
  readonly ends: readonly BlobEnd[];
  readonly files: number;
}

export async function mergeCommand(platform: Platform, command: MergeCommand): Promise<ExitCode> {
  const { workspace, directory, isGate, reports } = command;
  refuseReports(platform, reports);
  const tally = new CampaignTally();
  const merge = new Merge((row) => tally.add(row));
  const { head, ends, files } = read(platform, directory, merge);
  for (const row of unique(
    ends.flatMap(({ beside }) => beside),
    runKey,
  ))
    tally.add(row);
  const summary = tally.summary(workspace.marks);
  const found = foundIn(platform, workspace, head, ends);
  const kept = unique(
    ends.flatMap((end) => end.kept),
    ({ file, replay }) => `${file} ${replay}`,
  );
  const conclusion = conclude({
    summary,
    exitCode: exitCodeOf(summary),
    kept,
    isGate,
    interrupted: false,
    crash: ends.find(({ crash }) => crash !== null)?.crash ?? undefined,
    unfinished: unique(
      ends.flatMap((end) => end.unfinished),
      runKey,
    ),
    missing: head.runs === null ? { count: 0, first: undefined } : merge.missing(head.runs),
    conflicts: merge.conflicts,
  });
  const circumstances = {
    seed: head.campaign.seed,
    seconds: Math.max(0, ...ends.map(({ seconds }) => seconds)),
    workers: files,
    cutShort: ends.some(({ interrupted }) => interrupted),
    replayFlags: head.flags,
  };
  for (const { finding, caseFile } of found) platform.print(`${falsifiedReport(finding, caseFile)}\n`);
  platform.print(summaryReport(summary, circumstances, conclusion.headline));
  const { exitCode } = conclusion;
  const report: CampaignReport = { summary, found, circumstances, exitCode, conclusion, kept };
  let allWritten = true;
  for (const asked of reports) allWritten = (await writeReport(platform, asked, report)) && allWritten;
  if (command.isGitHub) tellGitHub(platform, report);
  return allWritten || exitCode !== EXIT.held ? exitCode : EXIT.badUsage;
}

function runKey({ scenario, seed }: Pick<RunRow, 'scenario' | 'seed'>): string {
  return `${scenario} ${seed}`;
}

function unique<T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}

/** Throws `BadUsage` if there is nothing, or files of more than one campaign. */
function read(platform: Platform, directory: string, merge: Merge): Merged {
  const files = platform.listBlobs(directory);
  const ends = new Map<string, BlobEnd>();
  let first: { readonly head: BlobHead; readonly file: string } | undefined;
  for (const file of files) {
    let torn = 0;
    for (const text of platform.readLines(file)) {
      if (text === '') continue;
      const line = lineOf(text);
      if (line === undefined) torn += 1;
      else if (line.kind === 'head') {
        if (first !== undefined) refuseOther(first.head, first.file, line, file);
        first ??= { head: line, file };
      } else if (line.kind === 'row') merge.add(line.row);
      else ends.set(text, line);
    }
    if (torn > 0) platform.warn(`${file}: ${plural(torn, 'line')} cut off or changed, left out`);
  }
  if (first === undefined) throw new BadUsage(`${directory}: there is no file of a campaign (*.blob.jsonl)`);
  return { head: first.head, ends: [...ends.values()], files: files.length };
}

function refuseOther(one: BlobHead, file: string, other: BlobHead, otherFile: string): void {
  const differs = (['id', 'version', 'runs', 'format'] as const).find((field) => one[field] !== other[field]);
  if (differs === undefined) return;
  throw new BadUsage(
    `${file} and ${otherFile} are of two campaigns (${differs}: ${String(one[differs])}, ${String(other[differs])}): merge each by itself`,
  );
}

/** Their cases are written here, too: the machines that met them may be gone. */
function foundIn(platform: Platform, workspace: Workspace, head: BlobHead, ends: readonly BlobEnd[]): readonly Found[] {
  const all = ends.flatMap(({ found }) => found).sort((a, b) => a.kase.origin.run - b.kase.origin.run);
  return unique([...all].reverse(), ({ kase }) => kase.signature)
    .toReversed()
    .map((finding) => {
      const path = `${caseDirectoryOf(platform, workspace)}/${caseFileName(finding.kase)}`;
      platform.writeText(path, caseDocument(finding.kase));
      return { finding, caseFile: quoted(path) + head.flags };
    });
}
