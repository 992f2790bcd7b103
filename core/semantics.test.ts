import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rules = [
  ...readFileSync(join(import.meta.dirname, 'SEMANTICS.md'), 'utf8').matchAll(/^- \*\*([A-Z])(\d+)\*\* /gm),
].map(([, section = '', number = '']) => ({ section, number: Number(number) }));
const labels = new Set(rules.map(({ section, number }) => `${section}${number}`));

it('every rule of SEMANTICS has a label, numbered from 1 within its section', () => {
  const text = readFileSync(join(import.meta.dirname, 'SEMANTICS.md'), 'utf8');
  const unlabelled = text.split('\n').filter((line) => line.startsWith('- ') && !/^- \*\*[A-Z]\d+\*\* /.test(line));
  expect(unlabelled).toEqual([]);
  const next = new Map<string, number>();
  for (const { section, number } of rules) {
    expect(`${section}${number}`).toBe(`${section}${(next.get(section) ?? 0) + 1}`);
    next.set(section, number);
  }
  expect(labels.size).toBe(rules.length);
});

it('every label that code cites is that of a rule', () => {
  const files = ['core', 'sim', 'properties', 'scenarios'].flatMap((layer) =>
    readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${layer}/${name}`),
  );
  let cited = 0;
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8').replace(/\n\s*(?:\*|\/\/) ?/g, ' ');
    for (const [, list = ''] of text.matchAll(/SEMANTICS ((?:[A-Z]\d+(?:, | to )?)+)/g)) {
      for (const label of list.split(/, | to /).filter((part) => part !== '')) {
        cited++;
        expect(labels.has(label), `${file} cites SEMANTICS ${label}`).toBe(true);
      }
    }
  }
  expect(cited).toBeGreaterThan(40);
});
