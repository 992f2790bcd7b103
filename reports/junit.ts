/**
 * A campaign as JUnit XML: one suite, a test case for each scenario, for what was kept, and for what else a campaign can
 * fail by; failures carry the whole report. It is green exactly if the exit code is 0.
 */
import type { Builder, TestCase } from 'junit-report-builder';
import junit from 'junit-report-builder';
import type { Summary } from '../properties/campaign/summary.ts';
import type { Conclusion } from './conclusion.ts';
import { falsifiedReport } from './falsified.ts';
import type { Found } from './json.ts';
import { printable } from './words.ts';

export function junitReport(
  summary: Summary,
  found: readonly Found[],
  seconds: number,
  { problems, exitCode, headline }: Conclusion,
): string {
  // The package is CommonJS whose export is the builder itself; its types describe the other way of loading it.
  const builder = (junit as unknown as Builder).newBuilder();
  const suite = builder.testSuite().name('millrace').time(seconds);
  const testCase = (name: string): TestCase => suite.testCase().className('millrace').name(xmlText(name));
  let red = 0;
  const fail = (test: TestCase, message: string, type: string, text?: string): void => {
    red += 1;
    test.failure(xmlText(message), type);
    if (text !== undefined) test.standardOutput(xmlText(text));
  };

  for (const { id, runs } of summary.scenarios) {
    const test = testCase(`${id}: ${runs} runs`);
    for (const { finding, caseFile } of found) {
      if (finding.kase.scenario !== id) continue;
      fail(test, finding.kase.signature, 'law', falsifiedReport(finding, caseFile));
    }
    const elsewhere = summary.failures.filter(
      ({ first, signature }) =>
        first.scenario === id && !found.some(({ finding }) => finding.kase.signature === signature),
    );
    for (const { signature } of elsewhere) fail(test, signature, 'law');
  }
  const determinism = testCase(`determinism: ${summary.repeated} runs done twice`);
  if (summary.differentRuns > 0) fail(determinism, `${summary.differentRuns} runs differ`, 'determinism');
  const relations = testCase(`relations: ${summary.compared} runs compared with a variant of their plan`);
  if (summary.unequalRuns > 0) fail(relations, `${summary.unequalRuns} runs committed another output`, 'relation');
  for (const { name, kind, text } of problems) {
    red += 1;
    const test = testCase(name);
    const [first = ''] = text.split('\n');
    if (kind === 'failure') test.failure(xmlText(first), name.replace(/:.*/s, ''));
    else test.error(xmlText(first), name.replace(/:.*/s, ''));
    test.standardOutput(xmlText(text));
  }
  // Whatever it was: a report that is green while the command is not would be believed.
  if (exitCode !== 0 && red === 0) testCase('verdict').error(xmlText(headline), `exit ${exitCode}`);
  return builder.build();
}

const NO_XML = /[\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** XML has no way to write most control characters, nor half a surrogate pair, not even escaped. */
function xmlText(text: string): string {
  return printable(text).replaceAll(NO_XML, '\uFFFD');
}
