/** What a command says of a campaign, and where: on the terminal, in the reports that were asked for, to GitHub. */
import { messageOf } from '../../core/errors.ts';
import { falsifiedReport } from '../../reports/falsified.ts';
import { annotations, stepSummary } from '../../reports/github.ts';
import type { CampaignReport, ReportFile } from '../../reports/reporters.ts';
import { summaryReport } from '../../reports/summary.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';

export interface Audience {
  /** To be written to files. */
  readonly reports: readonly ReportFile[];
  /** Annotations and a summary of the step, as GitHub reads them. */
  readonly isGitHub: boolean;
}

/** A report that cannot be written is known before anything is run. Throws `BadUsage`. */
export function refuseReports(platform: Platform, { reports }: Audience): void {
  for (const { reporter, file } of reports) refuseUnwritable(platform, `--${reporter.flag}`, file);
}

/** The same of any file of a command. `file` undefined: it is not asked for. Throws `BadUsage`. */
export function refuseUnwritable(platform: Platform, option: string, file: string | undefined): void {
  const obstacle = file === undefined ? undefined : platform.obstacleTo(file);
  if (obstacle !== undefined) throw new BadUsage(`${option} ${file ?? ''}: cannot be written: ${obstacle}`);
}

/** And of a directory in which files are made. Throws `BadUsage`. */
export function refuseUnwritableIn(platform: Platform, option: string, directory: string | undefined): void {
  const obstacle = directory === undefined ? undefined : platform.obstacleTo(`${directory}/${ANY_FILE}`);
  if (obstacle !== undefined)
    throw new BadUsage(`${option} ${directory ?? ''}: nothing can be written in there: ${obstacle}`);
}

/** A name that nothing there has. */
const ANY_FILE = 'millrace.tmp';

/** The exit code is that of the report; if that held, and a file could not be written, bad usage. */
export async function tell(
  platform: Platform,
  { reports, isGitHub }: Audience,
  report: CampaignReport,
): Promise<ExitCode> {
  const { summary, found, circumstances, conclusion } = report;
  for (const { finding, caseFile } of found) platform.print(`${falsifiedReport(finding, caseFile)}\n`);
  platform.print(summaryReport(summary, circumstances, conclusion.headline, platform.columns));
  let allWritten = true;
  for (const asked of reports) allWritten = (await writeReport(platform, asked, report)) && allWritten;
  if (isGitHub) tellGitHub(platform, report);
  return allWritten || conclusion.exitCode !== EXIT.held ? conclusion.exitCode : EXIT.badUsage;
}

/** False: it could not be written. What it comes to is in the output all the same. */
async function writeReport(
  platform: Platform,
  { reporter, file }: ReportFile,
  report: CampaignReport,
): Promise<boolean> {
  try {
    platform.writeText(file, await reporter.render(report));
    return true;
  } catch (error) {
    platform.warn(`--${reporter.flag} ${file}: ${messageOf(error)}`);
    return false;
  }
}

function tellGitHub(platform: Platform, report: CampaignReport): void {
  for (const line of annotations(report)) platform.print(line);
  const file = platform.variable('GITHUB_STEP_SUMMARY');
  if (file === undefined) return;
  try {
    platform.appendText(file, stepSummary(report));
  } catch (error) {
    platform.warn(messageOf(error));
  }
}
