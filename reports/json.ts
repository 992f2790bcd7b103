/** A campaign as JSON, for scripts: the summary, and every finding with the file of its case. */
import type { Finding } from '../properties/campaign/investigate.ts';
import type { Summary } from '../properties/campaign/summary.ts';
import type { KeptResult } from '../properties/campaign/kept.ts';
import type { Conclusion } from './conclusion.ts';
import type { Circumstances } from './summary.ts';

export interface Found {
  readonly finding: Finding;
  readonly caseFile: string;
}

export function jsonReport(
  summary: Summary,
  found: readonly Found[],
  circumstances: Circumstances,
  { exitCode, headline, problems }: Conclusion,
  kept: readonly KeptResult[],
): string {
  const { slowest, different, unequal, failures, reasons, ...figures } = summary;
  const named = (result: Summary['slowest']) =>
    result === undefined
      ? null
      : { run: result.run, scenario: result.scenario, seed: result.seed, events: result.counters.events };
  const report = {
    format: 1,
    exitCode,
    headline,
    problems,
    ...circumstances,
    ...figures,
    slowest: named(slowest),
    notDeterministic: different.map(({ run, scenario, seed, digest, digestAgain, againElsewhere = false }) => ({
      run,
      scenario,
      seed,
      digest,
      digestAgain,
      againElsewhere,
    })),
    unequal: unequal.map(({ run, scenario, seed, difference }) => ({ run, scenario, seed, difference })),
    failures: failures.map(({ signature, together, runs, violation, first }) => ({
      signature,
      together,
      runs,
      violation,
      first: named(first),
    })),
    reasons: reasons.map(({ reason, count, first }) => ({ reason, count, first: named(first) })),
    kept: kept.map(({ file, scenario, keptFor, answer }) => ({ file, scenario, keptFor, ...answer })),
    findings: found.map(({ finding, caseFile }) => ({
      signature: finding.kase.signature,
      caseFile,
      shrunk: finding.kase.shrunk,
      notes: finding.notes,
    })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
