/**
 * The reports that a campaign writes to files, beside what the terminal shows. A row here is all that a reporter needs:
 * `run` and `gate` offer its flag and write what it renders.
 */
import type { Summary } from '../properties/campaign/summary.ts';
import type { KeptResult } from '../properties/campaign/kept.ts';
import type { Conclusion } from './conclusion.ts';
import { type Found, jsonReport } from './json.ts';
import type { Circumstances } from './summary.ts';

export interface CampaignReport {
  readonly summary: Summary;
  readonly found: readonly Found[];
  readonly circumstances: Circumstances;
  readonly exitCode: number;
  /** What it comes to: the same for every report. */
  readonly conclusion: Conclusion;
  /** What earlier campaigns had kept, run again. */
  readonly kept: readonly KeptResult[];
}

export interface Reporter {
  /** One lower-case word: `json` is `--json <file>`. */
  readonly flag: string;
  /** For `--help`. */
  readonly describes: string;
  /** The text of the file. */
  render(report: CampaignReport): string | Promise<string>;
}

export const REPORTERS: readonly Reporter[] = [
  {
    flag: 'json',
    describes: 'write the summary as JSON',
    render: ({ summary, found, circumstances, conclusion, kept }) =>
      jsonReport(summary, found, circumstances, conclusion, kept),
  },
  {
    flag: 'junit',
    describes: 'write it as JUnit XML',
    async render({ summary, found, circumstances, conclusion }) {
      // Loaded only when asked for: it is large.
      const { junitReport } = await import('./junit.ts');
      return junitReport(summary, found, circumstances.seconds, conclusion);
    },
  },
];

/** A report that was asked for, and where it goes. */
export interface ReportFile {
  readonly reporter: Reporter;
  readonly file: string;
}
