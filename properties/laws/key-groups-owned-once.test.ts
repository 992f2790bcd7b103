import { expect, it } from 'vitest';
import { event } from '../model/testing.ts';
import { keyGroupsOwnedOnce } from './key-groups-owned-once.ts';
import { change, changeImage, changeSubtasks, repeat } from './testing.ts';
import { Script } from './testing-script.ts';
import { anomaliesOf, BROADCAST, crashed, plain, provesLaw } from './testing-jobs.ts';

provesLaw(keyGroupsOwnedOnce, {
  range: {
    accepts: () => crashed({ sums: 4 }),
    rejects: () => change(plain(), 'taskOpened', ({ task }) => task.vertex === 'sums', () => ({ keyGroups: { start: 0, end: 2 } })),
  },
  'opened-twice': {
    accepts: plain,
    rejects: () => repeat(plain(), 'taskOpened', () => true),
  },
  misrouted: {
    accepts: plain,
    rejects: () =>
      change(plain(), 'sent', ({ channel }) => channel.edge === 0, ({ channel }) => ({
        channel: { ...channel, receiver: 1 - channel.receiver },
      })),
  },
  misdelivered: {
    accepts: plain,
    rejects: () =>
      change(plain(), 'recordProcessed', ({ value }) => (value as { key: string }).key === 'a', () => ({ value: event('b', 1) })),
  },
  'stored-elsewhere': {
    accepts: () => crashed({ sums: 3 }),
    rejects: () =>
      changeImage(plain(), 1, (image) => changeSubtasks(image, 'sums', (subtask, i) => (i === 0 ? { ...subtask, keyGroups: [] } : subtask))),
  },
});

it('a broadcast that goes to one subtask twice and misses another is misrouted', () => {
  const script = new Script({ job: BROADCAST, input: { in: [[event('a', 1)]] }, parallelism: { in: 1, out: 2 } });
  const history = script.start().read(0).drain().checkpoint(1).finish(2).history;
  const twice = change(history, 'sent', ({ channel }) => channel.receiver === 1, ({ channel }) => ({
    channel: { ...channel, receiver: 0 },
  }));
  expect(anomaliesOf(keyGroupsOwnedOnce, history)).toEqual([]);
  expect(anomaliesOf(keyGroupsOwnedOnce, twice)).toEqual(['misrouted']);
});
