import { expect, it } from 'vitest';
import { Mailbox, type Offer } from './mailbox.ts';

const NOTHING: Offer = { hasOvertaking: false, canInput: false, hasRoom: true };
const INPUT: Offer = { hasOvertaking: false, canInput: true, hasRoom: true };
const BOTH: Offer = { hasOvertaking: true, canInput: true, hasRoom: true };
const FULL: Offer = { hasOvertaking: false, canInput: false, hasRoom: false };

interface Rig {
  readonly box: Mailbox;
  readonly wakes: () => number;
  /** What the input offers from now on. */
  readonly offers: (offer: Offer) => void;
}

function mailbox(...letters: readonly number[]): Rig {
  let wakes = 0;
  let now = NOTHING;
  const box = new Mailbox(
    { wake: () => wakes++ },
    {
      get hasOvertaking() {
        return now.hasOvertaking;
      },
      get canInput() {
        return now.canInput;
      },
      get hasRoom() {
        return now.hasRoom;
      },
    },
  );
  for (const checkpoint of letters) box.post({ kind: 'notify-complete', checkpoint });
  return { box, wakes: () => wakes, offers: (offer) => (now = offer) };
}

/** What the next steps take: the checkpoint of a letter, or `overtaking`, or `input`. */
function steps({ box, offers }: Rig, ...each: readonly Offer[]): unknown[] {
  return each.map((offer) => {
    offers(offer);
    const next = box.next();
    return typeof next === 'object' && 'checkpoint' in next ? next.checkpoint : next;
  });
}

it('letters come before input, in order of arrival', () => {
  const rig = mailbox(1, 2);
  expect(steps(rig, NOTHING, NOTHING, INPUT)).toEqual([1, 2, 'input']);
});

it('an overtaking barrier comes before letters', () => {
  const rig = mailbox(1);
  expect(steps(rig, BOTH)).toEqual(['overtaking']);
  expect(steps(rig, NOTHING)).toEqual([1]);
});

it('no two letters or overtaking barriers follow each other while input is available', () => {
  const rig = mailbox(1, 2);
  expect(steps(rig, INPUT, INPUT, BOTH, BOTH, INPUT, INPUT)).toEqual([1, 'input', 'overtaking', 'input', 2, 'input']);
});

it('a letter does not wait for the last of many overtaking barriers', () => {
  const rig = mailbox(1, 2);
  const barriers: Offer = { hasOvertaking: true, canInput: false, hasRoom: true };
  expect(steps(rig, barriers, barriers, barriers, barriers, barriers)).toEqual([
    'overtaking',
    1,
    'overtaking',
    2,
    'overtaking',
  ]);
  const busy = mailbox(1);
  expect(steps(busy, BOTH, BOTH, BOTH, BOTH)).toEqual(['overtaking', 'input', 1, 'input']);
});

it('a task that can take no input takes one letter after the other', () => {
  const rig = mailbox(1, 2, 3);
  expect(steps(rig, NOTHING, NOTHING, NOTHING, NOTHING)).toEqual([1, 2, 3, 'input']);
});

it('a letter wakes the task', () => {
  const { wakes } = mailbox(1, 2);
  expect(wakes()).toBe(2);
});

it('there is work while a letter, an overtaking barrier or input waits', () => {
  const { box, offers } = mailbox();
  const hasWork = [NOTHING, INPUT, { hasOvertaking: true, canInput: false, hasRoom: true }].map((offer) => {
    offers(offer);
    return box.hasWork;
  });
  expect(hasWork).toEqual([false, true, true]);
  offers(NOTHING);
  box.post({ kind: 'flush' });
  expect(box.hasWork).toBe(true);
  box.clear();
  expect(box.hasWork).toBe(false);
});

it('the task is woken only for something that it can take', () => {
  const { box, wakes, offers } = mailbox();
  box.wake();
  expect(wakes()).toBe(0);
  offers(INPUT);
  box.wake();
  expect(wakes()).toBe(1);
});

it('a paused mailbox has no work, says why, and wakes the task when it is resumed', () => {
  const { box, wakes, offers } = mailbox(1);
  offers(BOTH);
  box.pause('its sinks');
  box.wake();
  expect([box.hasWork, box.paused, wakes()]).toEqual([false, 'its sinks', 1]);
  box.resume();
  offers(NOTHING);
  expect([box.hasWork, box.paused, wakes()]).toEqual([true, undefined, 2]);
});

it('timers that are due wait for room as input does, and hold no other letter back', () => {
  const rig = mailbox(1);
  rig.box.post({ kind: 'processing-time' });
  rig.box.post({ kind: 'notify-complete', checkpoint: 2 });
  expect(steps(rig, FULL, FULL)).toEqual([1, 2]);
  expect(rig.box.hasWork).toBe(false);
  rig.offers(INPUT);
  expect(rig.box.hasWork).toBe(true);
  expect(steps(rig, INPUT, INPUT)).toEqual(['input', { kind: 'processing-time' }]);
});
