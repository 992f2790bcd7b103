import type { History } from '../testing/listen.ts';
import { provesLaw, windows } from '../testing/jobs.ts';
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
