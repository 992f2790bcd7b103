import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { sources } from './sources.ts';
import { change, changeImage, changeSubtasks, drop, mapSteps } from '../testing/listen.ts';
import { finishedInPart, finishing, stopped } from '../testing/disciplines.ts';
import { anomaliesOf, crashed, INPUT, plain, provesLaw } from '../testing/jobs.ts';

const at = (split: string, offset: number) => (read: { readonly split: string; readonly offset: number }) =>
  read.split === split && read.offset === offset;

provesLaw(sources, {
  gap: {
    accepts: plain,
    rejects: () => drop(plain(), 'sourceRecord', at('in-0', 1)),
  },
  repeated: {
    accepts: crashed,
    // A restored reader that starts over.
    rejects: () =>
      change(
        crashed(),
        'sourceRecord',
        (read) => at('in-1', 1)(read) && read.task.attempt === 2,
        () => ({ offset: 0, value: INPUT[1]?.[0] }),
      ),
  },
  'unknown-split': {
    accepts: plain,
    rejects: () => change(plain(), 'sourceRecord', at('in-0', 0), () => ({ split: 'all' })),
  },
  altered: {
    accepts: plain,
    rejects: () => change(plain(), 'sourceRecord', at('in-0', 1), () => ({ value: event('b', 12, 7) })),
  },
  'checkpointed-offset': {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'in', (subtask, i) =>
          i === 0 ? { ...subtask, splits: subtask.splits.map((split) => ({ ...split, offset: 0 })) } : subtask,
        ),
      ),
  },
  unread: {
    accepts: plain,
    rejects: () => {
      const history = plain();
      return {
        ...mapSteps(history, (step) => step),
        input: { in: history.input['in']?.map((records) => [...records, 'more']) ?? [] },
      };
    },
  },
});

it('what a finished reader had is read to its end; a job that is stopped has read as far as its savepoint says', () => {
  expect(anomaliesOf(sources, finishing())).toEqual([]);
  expect(anomaliesOf(sources, finishedInPart())).toEqual([]);
  expect(anomaliesOf(sources, stopped())).toEqual([]);
  const history = finishing();
  const longer = { ...history, input: { in: history.input['in']?.map((records) => [...records, 'more']) ?? [] } };
  expect(anomaliesOf(sources, longer)[0]).toBe('unread');
});
