import { expect, it } from 'vitest';
import { drop, type History, type Step } from '../testing/listen.ts';
import { anomaliesOf, provesLaw, windows, WINDOWS } from '../testing/jobs.ts';
import { event } from '../model/testing/turns.ts';
import { incrementalBase } from './incremental-base.ts';

const run = (writtenFor: number, id = 1, attempt = 1): string =>
  `${WINDOWS.name}/${attempt}-shared/${writtenFor}/sums-0-run-${id}`;

/** Two checkpoints, and the runs that each names. */
function naming(first: readonly string[], second: readonly string[]): History {
  const { history } = windows([[event('a', 1), event('a', 12), event('a', 13)]], { parallelism: {} })
    .start()
    .read(0)
    .drain()
    .checkpoint(1)
    .read(0)
    .drain()
    .checkpoint(2)
    .read(0)
    .drain()
    .finish(3);
  const needs = [first, second];
  return {
    ...history,
    steps: history.steps.flatMap((step): readonly Step[] => {
      if (step.step !== 'listed') return [step];
      const names = needs[step.listed.checkpoint - 1] ?? [];
      return [...names.map((name): Step => ({ step: 'object', name, content: name })), { ...step, needs: names }];
    }),
  };
}

provesLaw(incrementalBase, {
  'written-again': {
    accepts: () => naming([run(1)], [run(1), run(2, 2)]),
    rejects: () => naming([run(1)], [run(2)]),
  },
});

it('a task that has not heard of the completion has no base', () => {
  const again = naming([run(1)], [run(2)]);
  const unheard = drop(again, 'notifiedComplete', ({ task, checkpoint }) => task.vertex === 'sums' && checkpoint === 1);
  expect(anomaliesOf(incrementalBase, unheard)).toEqual([]);
});

it('a run of another attempt, or of another task, is another run', () => {
  expect(anomaliesOf(incrementalBase, naming([run(1, 1, 7)], [run(2)]))).toEqual([]);
  expect(anomaliesOf(incrementalBase, naming([run(1).replace('sums-0', 'sums-1')], [run(2)]))).toEqual([]);
});
