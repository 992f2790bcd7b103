import { expect, it } from 'vitest';
import { tell } from './heard.ts';

it('tells all in their order, as plain functions, up to the first that throws', () => {
  const told: unknown[] = [];
  function first(this: unknown, fact: string, more?: string): void {
    told.push(['first', this, fact, more]);
  }
  const second = (fact: string): void => {
    told.push(['second', fact]);
    if (fact === 'bad') throw new Error('no');
  };
  const third = (fact: string): void => {
    told.push(['third', fact]);
  };
  tell([first, second, third], 'good');
  expect(told.splice(0)).toEqual([
    ['first', undefined, 'good', undefined],
    ['second', 'good'],
    ['third', 'good'],
  ]);
  expect(() => {
    tell([first, second, third], 'bad');
  }).toThrow('no');
  expect(told.map((one) => (one as readonly unknown[])[0])).toEqual(['first', 'second']);
});
