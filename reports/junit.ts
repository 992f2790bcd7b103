/** A campaign as JUnit XML: one suite, one test case a scenario; failures carry the whole report. */
import type { Builder } from 'junit-report-builder';
import junit from 'junit-report-builder';
import type { Summary } from '../properties/campaign/summary.ts';
import { falsifiedReport } from './falsified.ts';
import type { Found } from './json.ts';

export function junitReport(summary: Summary, found: readonly Found[], seconds: number): string {
  // The package is CommonJS whose export is the builder itself; its types describe the other way of loading it.
  const builder = (junit as unknown as Builder).newBuilder();
  const suite = builder.testSuite().name('millrace').time(seconds);
  for (const { id, runs } of summary.scenarios) {
    const test = suite.testCase().className('millrace').name(`${id}: ${runs} runs`);
    for (const { finding, caseFile } of found) {
      if (finding.kase.scenario !== id) continue;
      test.failure(finding.kase.signature, 'law').standardOutput(falsifiedReport(finding, caseFile));
    }
    const elsewhere = summary.failures.filter(
      ({ first, signature }) =>
        first.scenario === id && !found.some(({ finding }) => finding.kase.signature === signature),
    );
    for (const { signature } of elsewhere) test.failure(signature, 'law');
  }
  const determinism = suite.testCase().className('millrace').name(`determinism: ${summary.repeated} runs done twice`);
  if (summary.different.length > 0) determinism.failure(`${summary.different.length} runs differ`, 'determinism');
  return builder.build();
}
