import { expect, it } from 'vitest';
import { pointwiseReceivers, pointwiseSenders } from './pointwise.ts';

function table(senders: number, receivers: number): readonly string[] {
  return Array.from({ length: senders }, (_, sender) => {
    const { start, end } = pointwiseReceivers(sender, senders, receivers);
    return `${sender}: ${start}-${end - 1}`;
  });
}

it('joins senders and receivers as Flink does', () => {
  expect(table(2, 4)).toEqual(['0: 0-1', '1: 2-3']);
  expect(table(3, 4)).toEqual(['0: 0-1', '1: 2-2', '2: 3-3']);
  expect(table(5, 2)).toEqual(['0: 0-0', '1: 0-0', '2: 1-1', '3: 1-1', '4: 1-1']);
  expect(table(3, 3)).toEqual(['0: 0-0', '1: 1-1', '2: 2-2']);
});

it('gives every sender a receiver and every receiver a sender, and both sides agree', () => {
  for (let senders = 1; senders <= 9; senders++) {
    for (let receivers = 1; receivers <= 9; receivers++) {
      for (let sender = 0; sender < senders; sender++) {
        for (let receiver = 0; receiver < receivers; receiver++) {
          const to = pointwiseReceivers(sender, senders, receivers);
          const from = pointwiseSenders(receiver, senders, receivers);
          expect(to.end > to.start && from.end > from.start).toBe(true);
          expect(receiver >= to.start && receiver < to.end).toBe(sender >= from.start && sender < from.end);
        }
      }
    }
  }
});
