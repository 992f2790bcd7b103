import { expect, it } from 'vitest';
import type { EvidenceItem } from '../properties/evidence.ts';
import { evidenceText } from './evidence.ts';

it('every kind of evidence has its words', () => {
  const label = 'l';
  const items: readonly EvidenceItem[] = [
    { kind: 'text', label, text: 'a sentence' },
    { kind: 'value', label, value: null },
    { kind: 'value', label, value: 7 },
    { kind: 'values', label, values: ['a', 1, true] },
    { kind: 'channel', label, edge: 0, sender: 1, receiver: 2, attempt: 3 },
    { kind: 'window', label, start: 0, end: 10 },
    { kind: 'cause', label, chain: ['in-0@1', 'map[0]'] },
    { kind: 'waits', label, text: 'window[0] waits for barrier 7' },
  ];
  expect(items.map(evidenceText)).toEqual([
    'a sentence',
    'nothing',
    '7',
    'a, 1, true',
    '1->2 of attempt 3',
    '[0, 10)',
    'in-0@1 -> map[0]',
    'window[0] waits for barrier 7',
  ]);
});
