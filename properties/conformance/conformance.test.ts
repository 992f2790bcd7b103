/**
 * Ours against Apache Flink, case by case (see README.md). Every case holds, or a row of "Ours versus Flink" excuses it; what
 * we answer there is in `ours/`; the table in core/README.md has the counts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROWS } from './differences.ts';
import { FAMILIES } from './families/index.ts';
import { differs, ours, tableOf } from './table.ts';

const fileOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const compared = new Map(
  FAMILIES.map((family) => [family.name, family.compare(JSON.parse(fileOf(`vectors/${family.name}.json`)))]),
);

describe.each([...compared])('%s', (name, cases) => {
  it('our implementations agree with each other on every case', () => {
    for (const { name: one, answers } of cases) {
      const [[subject, first] = ['', ''], ...others] = [...answers];
      for (const [other, answer] of others) expect.soft(answer, `${one}: ${other} against ${subject}`).toBe(first);
    }
  });

  it('every case is as in Flink, or touches a rule that is ours', () => {
    for (const one of cases.filter((candidate) => differs(candidate) && candidate.touched === undefined)) {
      expect.soft(ours(one), one.name).toBe(one.flink);
    }
  });

  it('where we differ our answer is the one that is written down', async () => {
    const different = cases.filter(differs).map((one) => `${one.name}  ${one.touched}\n  ${ours(one)}`);
    if (different.length === 0) return;
    await expect(`${different.join('\n')}\n`).toMatchFileSnapshot(`ours/${name}.txt`);
  });
});

it('the table "Ours versus Flink" in core/README.md has these rows and counts', () => {
  const lines = fileOf('../../core/README.md').split('\n');
  const table = tableOf(compared).split('\n');
  const start = lines.indexOf(table[0] ?? '');
  expect(lines.slice(start, start + table.length)).toEqual(table);
});

it('each row stands on a line of SEMANTICS', () => {
  const sections = fileOf('../../core/SEMANTICS.md').split(/^#+ /mu);
  for (const { id, semantics } of ROWS) {
    const section = sections.find((candidate) => candidate.startsWith(semantics.section)) ?? '';
    expect.soft(section.replaceAll(/\s+/gu, ' '), id).toContain(semantics.words);
  }
});
