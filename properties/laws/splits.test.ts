import { expect, it } from 'vitest';
import type { NodeSpec } from '../../core/job/spec.ts';
import { splits } from './splits.ts';
import { change, changeImage, changeSubtasks, fact, type History, insertAfter, repeat } from '../testing/listen.ts';
import { finishedInPart, finishing } from '../testing/disciplines.ts';
import { anomaliesOf, crashed, plain, provesLaw } from '../testing/jobs.ts';

/** One of the two partitions is there from the start, and so many at all times after it. */
function grown(first: number, later: number, history = plain()): History {
  const begins: History['steps'] = [{ step: 'time', us: 1_000 }];
  return { ...history, partitionsAt: (us) => (us === 0 ? first : later), steps: [...begins, ...history.steps] };
}

provesLaw(splits, {
  missing: {
    accepts: plain,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'in', (subtask, i) => (i === 0 ? { ...subtask, splits: [] } : subtask)),
      ),
  },
  premature: {
    accepts: () => grown(1, 2),
    rejects: () => grown(1, 1),
  },
  twice: {
    accepts: () => crashed({ in: 1 }),
    rejects: () =>
      changeImage(plain(), 1, (image) => ({
        ...image,
        enumerators: image.enumerators.map((enumerator) => ({ ...enumerator, unassigned: ['in-1'] })),
      })),
  },
  'assigned-twice': {
    accepts: plain,
    rejects: () => repeat(plain(), 'splitAdded', () => true),
  },
  'resumed-elsewhere': {
    accepts: crashed,
    rejects: () =>
      change(
        crashed(),
        'splitAdded',
        ({ task }) => task.attempt === 2,
        () => ({ offset: 0 }),
      ),
  },
});

it('a partition that was added is required of a checkpoint once a reader has been given it', () => {
  const without = (history: History): History =>
    changeImage(history, 1, (image) =>
      changeSubtasks(image, 'in', (subtask) => ({
        ...subtask,
        splits: subtask.splits.filter(({ split }) => split !== 'in-1'),
      })),
    );
  expect(anomaliesOf(splits, grown(1, 2, without(plain())))).toEqual(['missing']);
  const { steps, ...rest } = without(plain());
  const unread = steps.filter((step) => step.step !== 'fact' || !('split' in step.fact) || step.fact.split !== 'in-1');
  const notYet: History = { ...rest, steps: unread };
  expect(anomaliesOf(splits, grown(1, 2, notYet))).toEqual([]);
  expect(anomaliesOf(splits, grown(2, 2, notYet))).toEqual(['missing']);
  const nodes = rest.job.nodes.map((node): NodeSpec => {
    const { operator } = node;
    if (operator.kind !== 'source') return node;
    return { ...node, operator: { ...operator, source: { ...operator.source, discoveryIntervalMs: 10 } } };
  });
  const onItsWay = () => fact('splitAssigned', { attempt: 1, source: 'in', split: 'in-1', subtask: 1 });
  const looking = { ...notYet, job: { ...rest.job, nodes } };
  expect(
    anomaliesOf(
      splits,
      grown(
        1,
        2,
        insertAfter(looking, 'attemptRunning', () => true, onItsWay),
      ),
    ),
  ).toEqual(['missing']);
  expect(
    anomaliesOf(
      splits,
      grown(
        1,
        2,
        insertAfter(looking, 'checkpointTriggered', () => true, onItsWay),
      ),
    ),
  ).toEqual([]);
});

it('what a finished reader had is in no image any more, and is not missing', () => {
  expect(anomaliesOf(splits, finishing())).toEqual([]);
  expect(anomaliesOf(splits, finishedInPart())).toEqual([]);
  // The split of a reader that has not finished.
  const lost = changeImage(finishing(), 2, (image) =>
    changeSubtasks(image, 'in', (subtask) => ({ ...subtask, splits: [] })),
  );
  expect(anomaliesOf(splits, lost)).toEqual(['missing']);
  const again = changeImage(finishing(), 2, (image) => ({
    ...image,
    enumerators: image.enumerators.map((one) => ({ ...one, unassigned: ['in-0'] })),
  }));
  expect(anomaliesOf(splits, again)).toEqual(['twice']);
});
