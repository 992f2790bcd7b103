import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GENERATED_DOCS } from './generated-docs.ts';
import { table } from './markdown.ts';

it.each(GENERATED_DOCS)('$path is what the code says; if not: npm run docs', ({ path, text }) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text());
});

it('a cell of a table may hold what would end it', () => {
  expect(table(['a', 'b'], [['x|y', 'two\nlines']])).toBe('| a | b |\n| --- | --- |\n| x\\|y | two lines |');
});
