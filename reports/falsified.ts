/**
 * The report of a failure: what broke, the small plan that breaks it, how the engine and the model differ, what led to
 * it, and the command that shows it again.
 */
import type { Finding } from '../properties/campaign/investigate.ts';
import type { Case } from '../properties/case/case.ts';
import type { Violation } from '../properties/outcome.ts';
import { becauseLines } from './because.ts';
import { evidenceText } from './evidence.ts';
import { COLUMNS, listed } from './layout.ts';
import { count, printable } from './words.ts';
import { incidentInWords, recordLines, shrunkInWords } from './plan-words.ts';

const RECORDS_SHOWN = 16;
const RECORD_WIDTH = 110;
const INCIDENTS_SHOWN = 16;
const CHOICES_SHOWN = 8;
const KNOB_LINES_SHOWN = 16;
const MARGIN = ' '.repeat(14);

/** `caseFile`: where the case lies, relative to where the command runs. `command`: what replays it, if not the program. */
export function falsifiedReport(finding: Finding, caseFile: string, command?: string): string {
  const { kase, violation } = finding;
  const lines = [
    `FALSIFIED  ${kase.scenario}   law: ${kase.law}   signature: ${kase.signature}`,
    `  seed ${kase.origin.seed}, run ${count(kase.origin.run)}    shrunk in ${count(kase.shrunk.runs)} runs: ${shrunkInWords(kase.shrunk.from, kase.shrunk.to)}${kase.shrunk.minimal ? ', minimal' : ''}`,
    ...planLines(kase),
    ...divergenceLines(violation),
    ...titled('because', becauseLines(finding.trace, finding.heard, violation, command === undefined)),
    ...titled('note', finding.notes),
    ...titled('reproduce', [command ?? `npx millrace replay ${caseFile}`]),
  ];
  return lines.map(printable).join('\n');
}

/** `title` beside the first line, the others below it. */
function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === 0 ? `  ${title.padEnd(MARGIN.length - 2)}${line}` : MARGIN + line));
}

function planLines({ plan }: Case): readonly string[] {
  const part = (name: string, lines: readonly string[], most: number): readonly string[] =>
    shortened(lines, most).map((line, index) => `${(index === 0 ? name : '').padEnd(10)}${line}`);
  const config = Object.entries(plan.config).map(([knob, value]) => `${knob} ${value}`);
  const choices =
    'seed' in plan.choices
      ? [`from seed ${plan.choices.seed}`]
      : plan.choices.explicit.map(({ label, k, value }) => `draw ${k} of ${label} is ${value}`);
  return titled('plan', [
    ...part('records', recordLines(plan).map(clipped), RECORDS_SHOWN),
    ...part('incident', plan.incidents.map(incidentInWords), INCIDENTS_SHOWN),
    ...part('knobs', listed(config, COLUMNS - MARGIN.length - 10), KNOB_LINES_SHOWN),
    ...part('choices', choices, CHOICES_SHOWN),
  ]);
}

function clipped(line: string): string {
  return line.length <= RECORD_WIDTH ? line : `${line.slice(0, RECORD_WIDTH - 4)} ...`;
}

function shortened(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `... and ${count(lines.length - most)} more, in the case file`];
}

/** What was expected and what came stand under each other, as in a diff. */
export function divergenceLines(violation: Violation): readonly string[] {
  const width = Math.max(0, ...violation.evidence.map(({ label }) => label.length));
  const evidence = violation.evidence.map(
    (item) => `  ${sign(item.label)} ${item.label.padEnd(width)}  ${evidenceText(item)}`,
  );
  return titled('divergence', [violation.message, ...evidence]);
}

function sign(label: string): string {
  if (['model', 'expected'].includes(label)) return '-';
  return ['engine', 'actual'].includes(label) ? '+' : ' ';
}
