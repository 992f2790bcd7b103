/** What GitHub shows of a step: an annotation for each cause, and a summary. */
import { annotations, stepSummary } from '../../reports/github.ts';
import type { CampaignReport } from '../../reports/reporters.ts';
import { messageOf } from '../../core/errors.ts';
import type { Platform } from '../platform.ts';

export function tellGitHub(platform: Platform, report: CampaignReport): void {
  for (const line of annotations(report)) platform.print(line);
  const file = platform.variable('GITHUB_STEP_SUMMARY');
  if (file === undefined) return;
  try {
    platform.appendText(file, stepSummary(report));
  } catch (error) {
    platform.warn(messageOf(error));
  }
}
