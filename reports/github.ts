/**
 * Workflow commands and a job summary of GitHub Actions. At most one annotation for each cause: GitHub shows ten of a step, and
 * a reader needs one.
 */
import type { CampaignReport } from './reporters.ts';
import { summaryReport } from './summary.ts';
import { falsifiedReport } from './falsified.ts';
import { printable } from './words.ts';

const ANNOTATIONS_MAX = 10;

/** Lines for standard output. */
export function annotations({ summary, conclusion }: CampaignReport): readonly string[] {
  const causes = [
    ...summary.failures.map(({ signature, violation }) => [signature, violation.message] as const),
    ...conclusion.problems.map(({ name, text }) => [name, text] as const),
  ];
  return causes.slice(0, ANNOTATIONS_MAX).map(([title, text]) => `::error title=${property(title)}::${data(text)}`);
}

/** Markdown. */
export function stepSummary({ summary, circumstances, conclusion, found }: CampaignReport): string {
  const parts = [
    ...found.map(({ finding, caseFile }) => falsifiedReport(finding, caseFile)),
    summaryReport(summary, circumstances, conclusion.headline),
  ];
  return `### millrace: ${printable(conclusion.headline).replaceAll(/[<>`]/g, ' ')}\n\n${parts.map(fenced).join('\n')}\n`;
}

/** A fence is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${printable(text)}\n${fence}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
