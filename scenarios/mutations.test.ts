/**
 * A case file may be edited, merged or half lost: whatever it says, it is refused with its place, no longer applies with a
 * reason, or runs to its end. The full form, `MILLRACE_MUTATIONS=2000`, is for the night.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readFindings, findingLine } from '../properties/campaign/sighting.ts';
import { parseCase } from '../properties/case/parse.ts';
import { replay } from '../properties/case/replay.ts';
import { mutated } from '../properties/case/testing/mutations.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { run } from '../properties/run/run.ts';
import { scenarios } from './index.ts';

const MUTATIONS = Number(process.env['MILLRACE_MUTATIONS'] ?? 120);
const HANGS_MS = 10_000;
const directory = new URL('cases/', import.meta.url);
const CASES = readdirSync(directory).map((name) => readFileSync(new URL(name, directory), 'utf8'));

/** What is wrong with the answer; undefined: nothing. Counts the answers. */
function wrongWith(text: string, answers: Map<string, number>): string | undefined {
  const begun = performance.now();
  const count = (kind: string): void => void answers.set(kind, (answers.get(kind) ?? 0) + 1);
  try {
    const kase = parseCase(text, 'x.json');
    const answer = replay(
      kase,
      (id) => scenarios.find((scenario) => scenario.id === id),
      (scenario, plan) => run(scenario, plan),
    );
    count(answer.kind);
    if (answer.kind === 'no-longer-applies' && answer.why === '') return 'no reason';
  } catch (error) {
    if (!(error instanceof InvalidInput)) return String(error);
    count('refused');
    if (!/^x\.json is not a case:\n {2}\S.*: /.test(error.message)) return `no place: ${error.message}`;
  }
  const ms = performance.now() - begun;
  return ms > HANGS_MS ? `took ${Math.round(ms)} ms` : undefined;
}

it('a mutation of a case file is refused with its place, no longer applies with a reason, or is run', () => {
  const wrong: string[] = [];
  const answers = new Map<string, number>();
  for (let index = 0; index < MUTATIONS; index++) {
    const text = mutated(CASES[index % CASES.length] ?? '', index);
    const what = wrongWith(text, answers);
    if (what !== undefined) wrong.push(`mutation ${index}: ${what}`);
  }
  expect(wrong).toEqual([]);
  // Each answer is met, or the mutations are not what they should be.
  for (const kind of ['refused', 'no-longer-applies', 'passes']) {
    expect([kind, answers.get(kind) ?? 0]).not.toEqual([kind, 0]);
  }
});

it('a mutation of a line of findings is left out, or says what it said', () => {
  const sighting = { run: 3, scenario: 'smoke', seed: 'abc', signatures: ['sinks/lost/x'] };
  const line = findingLine({ campaign: 'c', flags: '', sighting });
  let left = 0;
  for (let index = 0; index < 500; index++) {
    const { findings, torn } = readFindings(mutated(line.trimEnd(), index));
    expect(findings.length + torn).toBeLessThanOrEqual(1);
    left += torn;
    for (const found of findings) expect(found).toEqual({ campaign: 'c', flags: '', sighting });
  }
  expect(left).toBeGreaterThan(250);
});
