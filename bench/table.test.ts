import { expect, it } from 'vitest';
import { isMet, type Row } from './row.ts';
import { tableOf } from './table.ts';

const rows: readonly Row[] = [
  { what: 'event', value: 2.345, unit: 'x', must: { atMost: 3 }, spread: [2.2, 2.5] },
  { what: 'universes', value: 812.4, unit: '/s', must: { atLeast: 1_000 }, note: 'with laws' },
  { what: 'cost', value: 1_123_456.7, unit: 'us' },
];

it('a row says what was measured, what it must be, and whether it is', () => {
  expect(tableOf(rows).split('\n')).toEqual([
    'what       measured      must                  spread        note',
    'event      2.35 x        <= 3.00 x    met      2.20 to 2.50',
    'universes  812 /s        >= 1,000 /s  NOT MET                with laws',
    'cost       1,123,457 us',
  ]);
  expect(rows.map(isMet)).toEqual([true, false, undefined]);
});
