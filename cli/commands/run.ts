/** `millrace run`: a campaign, its findings as cases, its reports. */
import type { Campaign, RunRow } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { findingFromOutside } from '../../properties/campaign/outside.ts';
import { exitCodeOf, type FailureGroup, summarize, type Summary } from '../../properties/campaign/summary.ts';
import { type Case, caseDocument, caseFileName } from '../../properties/case/case.ts';
import { falsifiedReport } from '../../reports/falsified.ts';
import type { Found } from '../../reports/json.ts';
import type { ReportFile } from '../../reports/reporters.ts';
import { type Circumstances, summaryReport } from '../../reports/summary.ts';
import { count, plural } from '../../reports/words.ts';
import { drive, type Extent } from '../campaign.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { campaignOf, sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { WHOLE, wholeRun } from './whole.ts';

export interface RunCommand {
  readonly workspace: Workspace;
  /** Ids; none: all of the workspace. */
  readonly scenarios: readonly string[];
  readonly extent: Extent;
  readonly seed: string;
  /** 0: in this process. Undefined: as many as pay off. */
  readonly workers: number | undefined;
  /** To be written to files. */
  readonly reports: readonly ReportFile[];
}

export const DEFAULT_RUNS = 2_100;
/** Findings that are shrunk and shown; the summary names all. */
const FINDINGS_MAX = 3;
/** Other failures, met while a finding was shrunk, that become cases too. */
const SLIPPED_MAX = 2;
/** Below this a campaign ends sooner than other processes start. */
const RUNS_PER_WORKER_MIN = 400;

export async function runCommand(platform: Platform, command: RunCommand): Promise<ExitCode> {
  const { workspace, extent, seed } = command;
  const { source, scenarios } = workspace;
  const ids = command.scenarios.map((id) => scenarios.named(id).id);
  const isWholeAskedFor = ids.length === 0 || ids.includes(WHOLE);
  const before = source.kind === 'input' && isWholeAskedFor ? [(await wholeRun(platform, source, seed)).row] : [];
  const chosen = ids.length === 0 ? scenarios.all : ids.filter((id) => id !== WHOLE).map((id) => scenarios.named(id));
  const rest: Extent = chosen.length === 0 ? { ...extent, runs: 0 } : extent;
  const report = await campaignReport(platform, campaignOf(chosen, seed, source), { ...command, extent: rest }, before);
  return report.exitCode;
}

/** Runs, shrinks what failed, writes cases and reports, prints. Used by `gate` too. `before`: rows that are summed up with it. */
export async function campaignReport(
  platform: Platform,
  campaign: Campaign,
  command: RunCommand,
  before: readonly RunRow[] = [],
): Promise<{ readonly summary: Summary; readonly exitCode: ExitCode }> {
  const workers = command.workers ?? workersFor(command.extent, platform.processors);
  const started = command.extent.since ?? platform.seconds();
  const pool = platform.openPool(campaign, command.workspace, workers);
  const progress = progressOf(platform, command.extent);
  const { results, cutShort } = await drive(platform, pool, command.extent, progress).finally(() => pool.close());
  platform.progress(undefined);
  const circumstances: Circumstances = {
    seed: campaign.seed,
    seconds: platform.seconds() - started,
    workers,
    cutShort,
    replayFlags: sourceFlags(command.workspace.source),
  };
  const summary = summarize([...before, ...results], command.workspace.marks);
  const found = (await findings(platform, command.workspace, summary.failures)).map(({ finding, caseFile }) => ({
    finding,
    caseFile: caseFile + sourceFlags(command.workspace.source),
  }));
  const exitCode = platform.interrupted() ? EXIT.interrupted : exitCodeOf(summary);
  for (const { finding, caseFile } of found) platform.print(`${falsifiedReport(finding, caseFile)}\n`);
  platform.print(summaryReport(summary, circumstances));
  for (const { reporter, file } of command.reports) {
    platform.writeText(file, await reporter.render({ summary, found, circumstances, exitCode }));
  }
  return { summary, exitCode };
}

/** A process pays off only if it has enough to do; results do not depend on how many there are. */
function workersFor({ runs, seconds }: Extent, processors: number): number {
  const most = seconds === undefined ? Math.floor(runs / RUNS_PER_WORKER_MIN) : processors;
  const workers = Math.min(processors, most);
  return workers >= 2 ? workers : 0;
}

function progressOf(platform: Platform, extent: Extent): (results: readonly { readonly verdict: string }[]) => void {
  const started = platform.seconds();
  let runs = 0;
  let failures = 0;
  return (results) => {
    runs += results.length;
    failures += results.filter(({ verdict }) => verdict === 'fail').length;
    const seconds = platform.seconds() - started;
    const of = extent.seconds === undefined ? ` of ${count(extent.runs)}` : '';
    const rate = seconds > 0.5 ? `, ${count(Math.round(runs / seconds))}/s` : '';
    platform.progress(`${count(runs)}${of} runs${rate}, ${plural(failures, 'failure')}`);
  };
}

// ---- findings

async function findings(
  platform: Platform,
  workspace: Workspace,
  failures: readonly FailureGroup[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const written = new Set<string>();
  // A run over a whole input is shown as it is: each try to shrink it would take as long as itself.
  const shrinkable = failures.filter(({ first }) => first.scenario !== WHOLE);
  for (const { first, signature } of shrinkable.slice(0, FINDINGS_MAX)) {
    if (platform.interrupted()) break;
    const { scenario, seed, run: number } = first;
    platform.progress(`shrinking ${signature}, run ${count(number)}`);
    const finding =
      first.outside === true
        ? findingFromOutside(workspace.scenarios.named(scenario), first)
        : await interruptible(platform, platform.investigate(workspace, { scenario, seed, run: number, signature }));
    platform.progress(undefined);
    if (finding === 'interrupted') break;
    if (finding === undefined) {
      platform.warn(`${signature}: run ${count(number)} does not fail again: it is not deterministic`);
      continue;
    }
    written.add(signature);
    found.push({ finding, caseFile: writeCase(platform, workspace, finding.kase) });
    writeSlipped(platform, workspace, finding, failures, written);
  }
  return found;
}

/** What an interrupt ends is no crash. */
async function interruptible<T>(platform: Platform, work: Promise<T>): Promise<T | 'interrupted'> {
  try {
    return await work;
  } catch (error) {
    if (platform.interrupted()) return 'interrupted';
    throw error;
  }
}

/** A further case for what shrinking slipped to, unless the campaign has met it anyway. */
function writeSlipped(
  platform: Platform,
  workspace: Workspace,
  { slipped }: Finding,
  failures: readonly FailureGroup[],
  written: Set<string>,
): void {
  const fresh = slipped.filter(
    ({ signature }) => !written.has(signature) && !failures.some((failure) => failure.signature === signature),
  );
  for (const kase of fresh.slice(0, SLIPPED_MAX)) {
    written.add(kase.signature);
    platform.warn(`shrinking also met ${kase.signature}: ${writeCase(platform, workspace, kase)}`);
  }
}

function writeCase(platform: Platform, { caseDirectory }: Workspace, kase: Case): string {
  const path = `${caseDirectory ?? platform.caseDirectory}/${caseFileName(kase)}`;
  platform.writeText(path, caseDocument(kase));
  return path;
}
