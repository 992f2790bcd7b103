import { expect, it } from 'vitest';
import { curveInWords } from './shrink.ts';

it('a curve is told by its halvings, and its end', () => {
  const weights = [1_000, 900, 499, 480, 240, 100, 99];
  const curve = weights.map((weight, index) => ({ runs: 2 * index, weight }));
  expect(curveInWords(curve)).toBe('1000 at 0, 499 at 4, 240 at 8, 100 at 10, 99 at 12');
  expect(curveInWords([{ runs: 0, weight: 3 }])).toBe('3 at 0');
});
