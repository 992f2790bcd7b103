import { expect, it } from 'vitest';
import type { SubtaskImage } from '../../core/checkpoint/storage/reader.ts';
import type { PartitionSpec } from '../../core/job/spec.ts';
import { event } from '../model/testing/turns.ts';
import { keyGroupsOwnedOnce } from './key-groups-owned-once.ts';
import { change, changeImage, changeSubtasks, type History, judge, repeat } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { anomaliesOf, BROADCAST, crashed, dealtBy, plain, provesLaw } from '../testing/jobs.ts';

provesLaw(keyGroupsOwnedOnce, {
  range: {
    accepts: () => crashed({ sums: 4 }),
    rejects: () =>
      change(
        plain(),
        'taskOpened',
        ({ task }) => task.vertex === 'sums',
        () => ({ keyGroups: { start: 0, end: 2 } }),
      ),
  },
  'opened-twice': {
    accepts: plain,
    rejects: () => repeat(plain(), 'taskOpened', () => true),
  },
  misrouted: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'sent',
        ({ channel }) => channel.edge === 0,
        ({ channel }) => ({
          channel: { ...channel, receiver: 1 - channel.receiver },
        }),
      ),
  },
  misdelivered: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'recordProcessed',
        ({ value }) => (value as { key: string }).key === 'a',
        () => ({ value: event('b', 1) }),
      ),
  },
  'stored-elsewhere': {
    accepts: () => crashed({ sums: 3 }),
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'sums', (subtask, i) => (i === 0 ? { ...subtask, keyGroups: [] } : subtask)),
      ),
  },
});

type Run = SubtaskImage['keyGroups'][number] | undefined;
const WRONG = ['stored-elsewhere'];
const all = (one: Run, others: SubtaskImage['keyGroups']) => (one === undefined ? others : [one, ...others]);
const before = (run: Run): Run => run && { ...run, first: run.first - 1 };
const behindFirst = (run: Run): Run => run && { ...run, first: run.first + 1 };

it('a broadcast that goes to one subtask twice and misses another is misrouted', () => {
  const script = new Script({ job: BROADCAST, input: { in: [[event('a', 1)]] }, parallelism: { in: 1, out: 2 } });
  const history = script.start().read(0).drain().checkpoint(1).finish(2).history;
  const twice = change(
    history,
    'sent',
    ({ channel }) => channel.receiver === 1,
    ({ channel }) => ({
      channel: { ...channel, receiver: 0 },
    }),
  );
  expect(anomaliesOf(keyGroupsOwnedOnce, history)).toEqual([]);
  expect(anomaliesOf(keyGroupsOwnedOnce, twice)).toEqual(['misrouted']);
});

/** Two senders with a record each, four receivers: 0 and 1 belong to the first sender, 2 and 3 to the second. */
function partitioned(partition: PartitionSpec): History {
  const script = new Script({
    job: dealtBy(partition),
    input: { in: [[event('a', 1, 4)], [event('b', 2, 5)]] },
    parallelism: { in: 2, out: 4 },
  });
  return script.start().read(0).read(1).drain().checkpoint(1).finish(2).history;
}
const elsewhere = (history: History, receiver: number): History =>
  change(
    history,
    'sent',
    () => true,
    ({ channel }) => ({ channel: { ...channel, receiver } }),
  );

it('over a rescale edge a record stays with the receivers of its sender', () => {
  expect(judge(partitioned({ kind: 'rescale' }))).toEqual([]);
  expect(anomaliesOf(keyGroupsOwnedOnce, elsewhere(partitioned({ kind: 'rescale' }), 1))).toEqual([]);
  expect(anomaliesOf(keyGroupsOwnedOnce, elsewhere(partitioned({ kind: 'rescale' }), 2))).toEqual(['misrouted']);
  expect(anomaliesOf(keyGroupsOwnedOnce, elsewhere(partitioned({ kind: 'shuffle' }), 2))).toEqual([]);
});

it('over a custom edge a record goes where its author says', () => {
  const custom: PartitionSpec = {
    kind: 'custom',
    partition: (value, receivers) => (value as { n: number }).n % receivers,
  };
  expect(judge(partitioned(custom))).toEqual([]);
  expect(anomaliesOf(keyGroupsOwnedOnce, elsewhere(partitioned(custom), 1))).toEqual(['misrouted']);
});

it.each<[string, (runs: SubtaskImage['keyGroups'], subtask: number) => SubtaskImage['keyGroups'], readonly string[]]>([
  ['as it is', (runs) => runs, []],
  ['with one key group at both subtasks', ([one, ...runs], i) => all(i === 1 ? before(one) : one, runs), WRONG],
  ['without the first key group', ([one, ...runs], i) => all(i === 0 ? behindFirst(one) : one, runs), WRONG],
  ['with a run twice', ([one, ...runs], i) => all(one, i === 0 && one !== undefined ? [one, ...runs] : runs), WRONG],
])('an image %s', (_, edit, found) => {
  const history = changeImage(plain(), 1, (image) =>
    changeSubtasks(image, 'sums', (subtask, i) => ({ ...subtask, keyGroups: edit(subtask.keyGroups, i) })),
  );
  expect(anomaliesOf(keyGroupsOwnedOnce, history)).toEqual(found);
});
