import { expect, it } from 'vitest';
import type { History, Step } from '../testing/listen.ts';
import { anomaliesOf, provesLaw, windows } from '../testing/jobs.ts';
import { event } from '../model/testing/turns.ts';
import { savepointKept } from './savepoint-kept.ts';

/** A plain savepoint, and a failover behind it. */
function saved(): History {
  return windows([[event('a', 1), event('a', 12), event('a', 13)]], { parallelism: {} })
    .start()
    .read(0)
    .drain()
    .savepoint(1)
    .start()
    .drain()
    .finish(2).history;
}

/** What the services hold of the savepoint is something else from the second attempt on. */
function later(
  edit: (stored: Extract<History['steps'][number], { step: 'stored' }>) => History['steps'][number],
): History {
  const history = saved();
  const at = history.steps.findIndex(({ step }) => step === 'stored');
  const stored = history.steps[at];
  if (stored?.step !== 'stored') throw new Error('the history has no savepoint');
  // The fact of its completion follows; the next attempt comes later.
  const cut = history.steps.findIndex((step, i) => i > at && step.step === 'fact' && step.kind === 'attemptStarting');
  return { ...history, steps: [...history.steps.slice(0, cut), edit(stored), ...history.steps.slice(cut)] };
}

provesLaw(savepointKept, {
  gone: {
    accepts: saved,
    rejects: () => later((stored) => ({ ...stored, image: { undecodable: 'object metadata is missing' } })),
  },
  changed: {
    accepts: saved,
    rejects: () =>
      later((stored) =>
        'undecodable' in stored.image ? stored : { ...stored, image: { ...stored.image, leaderEpoch: 99 } },
      ),
  },
});

/** Another job is started from the savepoint in place of the second attempt; `deleted`: its files go then. */
function forked(
  { claimed, moved = false }: { readonly claimed: boolean; readonly moved?: boolean },
  deleted?: 'before its checkpoint' | 'behind its checkpoint',
): History {
  const history = saved();
  const stored = history.steps.find(({ step }) => step === 'stored');
  if (stored?.step !== 'stored') throw new Error('the history has no savepoint');
  const from = stored.listed.metadata;
  const to = moved ? 'moved/metadata' : from;
  const gone: Step = { step: 'deleted', metadata: to };
  const fork: Step = { step: 'forked', fork: { job: 'fork', from, to, claimed, same: false } };
  const starts = (step: Step): boolean =>
    step.step === 'fact' && step.kind === 'attemptStarting' && step.fact.attempt === 2;
  return {
    ...history,
    steps: history.steps.flatMap((step): readonly Step[] => {
      if (starts(step)) return deleted === 'before its checkpoint' ? [fork, gone, step] : [fork, step];
      return step.step === 'listed' && deleted === 'behind its checkpoint' ? [step, gone] : [step];
    }),
  };
}

it('a job that has claimed it may delete it, once a checkpoint of its own is complete', () => {
  expect(anomaliesOf(savepointKept, forked({ claimed: true }))).toEqual([]);
  expect(anomaliesOf(savepointKept, forked({ claimed: true }, 'behind its checkpoint'))).toEqual([]);
  expect(anomaliesOf(savepointKept, forked({ claimed: true }, 'before its checkpoint'))).toContain('gone');
  expect(anomaliesOf(savepointKept, forked({ claimed: false }, 'behind its checkpoint'))).toEqual(['gone']);
});

it('one that was moved is looked for where it is now', () => {
  expect(anomaliesOf(savepointKept, forked({ claimed: false, moved: true }))).toEqual([]);
  expect(anomaliesOf(savepointKept, forked({ claimed: true, moved: true }, 'behind its checkpoint'))).toEqual([]);
  expect(anomaliesOf(savepointKept, forked({ claimed: false, moved: true }, 'behind its checkpoint'))).toEqual([
    'gone',
  ]);
});
