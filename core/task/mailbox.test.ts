import { expect, it } from 'vitest';
import { Mailbox, type Offer } from './mailbox.ts';

const NOTHING: Offer = { hasOvertaking: false, canInput: false };
const INPUT: Offer = { hasOvertaking: false, canInput: true };
const BOTH: Offer = { hasOvertaking: true, canInput: true };

function mailbox(...letters: readonly number[]): { box: Mailbox; wakes: () => number } {
  let wakes = 0;
  const box = new Mailbox({ wake: () => wakes++ });
  for (const checkpoint of letters) box.post({ kind: 'notify-complete', checkpoint });
  return { box, wakes: () => wakes };
}

/** What the next steps take: the checkpoint of a letter, or `overtaking`, or `input`. */
function steps(box: Mailbox, ...offers: readonly Offer[]): unknown[] {
  return offers.map((offer) => {
    const next = box.next(offer);
    return typeof next === 'object' && 'checkpoint' in next ? next.checkpoint : next;
  });
}

it('letters come before input, in order of arrival', () => {
  const { box } = mailbox(1, 2);
  expect(steps(box, NOTHING, NOTHING, INPUT)).toEqual([1, 2, 'input']);
});

it('an overtaking barrier comes before letters', () => {
  const { box } = mailbox(1);
  expect(steps(box, BOTH)).toEqual(['overtaking']);
  expect(steps(box, NOTHING)).toEqual([1]);
});

it('no two letters or overtaking barriers follow each other while input is available', () => {
  const { box } = mailbox(1, 2);
  expect(steps(box, INPUT, INPUT, BOTH, BOTH, INPUT, INPUT)).toEqual([1, 'input', 'overtaking', 'input', 2, 'input']);
});

it('a task that can take no input takes one letter after the other', () => {
  const { box } = mailbox(1, 2, 3);
  expect(steps(box, NOTHING, NOTHING, NOTHING, NOTHING)).toEqual([1, 2, 3, 'input']);
});

it('a letter wakes the task', () => {
  const { wakes } = mailbox(1, 2);
  expect(wakes()).toBe(2);
});

it('there is work while a letter, an overtaking barrier or input waits', () => {
  const { box } = mailbox();
  expect([box.hasWork(NOTHING), box.hasWork(INPUT), box.hasWork({ hasOvertaking: true, canInput: false })]).toEqual([
    false,
    true,
    true,
  ]);
  box.post({ kind: 'flush' });
  expect(box.hasWork(NOTHING)).toBe(true);
  box.clear();
  expect(box.hasWork(NOTHING)).toBe(false);
});

it('a paused mailbox has no work, says why, and wakes the task when it is resumed', () => {
  const { box, wakes } = mailbox(1);
  box.pause('its sinks');
  expect([box.hasWork(BOTH), box.paused]).toEqual([false, 'its sinks']);
  box.resume();
  expect([box.hasWork(NOTHING), box.paused, wakes()]).toEqual([true, undefined, 2]);
});
