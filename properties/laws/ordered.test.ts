import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import type { Expectations } from '../plan/expects.ts';
import { anomaliesOf, crashed, provesLaw, windows } from '../testing/jobs.ts';
import type { History, Step } from '../testing/listen.ts';
import { ordered } from './ordered.ts';

const byKey: Expectations['orderedBy'] = { out: (record: { readonly key: string }) => record.key };
const of = (history: History, orderedBy = byKey): History => ({ ...history, expects: { orderedBy } });

/** Key a has three panes, of three turns. */
const honest = (): History =>
  windows([[event('a', 1), event('a', 12), event('a', 31)], [event('b', 40)]])
    .start()
    .read(1)
    .drain()
    .read(0)
    .drain()
    .read(0)
    .drain()
    .read(0)
    .drain()
    .checkpoint(1)
    .finish(2).history;

/** What becomes visible comes in the reverse order, at the places where it came. */
function reversed(history: History): History {
  const committed = history.steps.filter((step): step is Step & { step: 'committed' } => step.step === 'committed');
  return {
    ...history,
    steps: history.steps.map((step) => (step.step === 'committed' ? (committed.pop() ?? step) : step)),
  };
}

provesLaw(ordered, {
  overtaken: { accepts: () => of(honest()), rejects: () => of(reversed(honest())) },
  threw: {
    accepts: () => of(honest()),
    rejects: () =>
      of(honest(), {
        out: () => {
          throw new Error('no key');
        },
      }),
  },
  'not-a-topic': { accepts: () => of(honest()), rejects: () => of(honest(), { elsewhere: () => 0 }) },
});

it('an order is kept over a restore, and records of different instances have none', () => {
  expect(anomaliesOf(ordered, of(crashed()))).toEqual([]);
  // One key for all: a and b belong to two key groups.
  expect(anomaliesOf(ordered, of(honest(), { out: () => 0 }))).toEqual([]);
});
