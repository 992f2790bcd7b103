import { expect, it } from 'vitest';
import { toBytes } from '../../core/values/serializers.ts';
import { event, FORWARD, job, JSON_TYPE, sink } from '../model/testing/turns.ts';
import type { Expectations } from '../plan/expects.ts';
import { anomaliesOf, crashed, perRecord, provesLaw, windows } from '../testing/jobs.ts';
import { hear, type History, judge, type Step } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
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

type CommittedStep = Step & { step: 'committed' };

/** What becomes visible comes in another order, at the places where it came. */
function visibleIn(order: (committed: readonly CommittedStep[]) => readonly (CommittedStep | undefined)[]) {
  return (history: History): History => {
    const committed = order(history.steps.filter((step): step is CommittedStep => step.step === 'committed')).values();
    const next = (step: Step): Step => committed.next().value ?? step;
    return { ...history, steps: history.steps.map((step) => (step.step === 'committed' ? next(step) : step)) };
  };
}

const reversed = visibleIn((committed) => committed.toReversed());

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
  malformed: {
    accepts: () => of(honest()),
    rejects: () => of(honest(), { out: () => Promise.reject(new Error('late')) }),
  },
  'not-a-topic': { accepts: () => of(honest()), rejects: () => of(honest(), { elsewhere: () => 0 }) },
});

it('an order is kept over a restore, and records of different instances have none', () => {
  expect(anomaliesOf(ordered, of(crashed()))).toEqual([]);
  // One key for all: a and b belong to two key groups.
  expect(anomaliesOf(ordered, of(honest(), { out: () => 0 }))).toEqual([]);
});

const [x, y, z] = [event('k', 1), event('k', 2), event('k', 3)];

/** Two splits of records of one key, written as they are. `order`: places in what the first one writes, then the second one. */
function copied(splits: readonly (readonly (typeof x)[])[], order: readonly number[]): History {
  const script = new Script({
    job: job({ in: perRecord(0), out: sink('out') }, [['in', 'out', FORWARD]]),
    input: { in: splits },
    parallelism: { in: 2, out: 2 },
  }).start();
  for (const [partition, records] of splits.entries()) for (const _ of records) script.read(partition);
  return of(visibleIn((committed) => order.map((at) => committed[at]))(script.drain().checkpoint(1).finish(2).history));
}

it.each([
  ['each in its order', [[x, y], [z]], [0, 2, 1], []],
  ['the one of the second split first', [[x, y], [y]], [2, 0, 1], []],
  ['the one of the second split in between', [[x, y], [y]], [0, 2, 1], []],
  ['equal ones of one split', [[x, x, y], [z]], [0, 1, 2, 3], []],
  ['neither of the equal ones behind x', [[x, y], [y]], [1, 2, 0], ['overtaken']],
  ['equal ones, and the last one before them', [[x, z], [x]], [1, 0, 2], ['overtaken']],
  ['equal ones of one split, one of them too late', [[x, x, y], [z]], [0, 2, 1, 3], ['overtaken']],
] as const)('values that two instances have written: %s', (_, splits, order, anomalies) => {
  expect(anomaliesOf(ordered, copied(splits, order))).toEqual(anomalies);
});

it('has compared nothing where no order could show: equal values, or all of one turn', () => {
  const hasCompared = (history: History): boolean => hear(history).compared.includes('ordered');
  expect(hasCompared(copied([[x, y], [z]], [0, 1, 2]))).toBe(true);
  expect(hasCompared(copied([[x, x], [x]], [0, 1, 2]))).toBe(false);
  const panes = windows([[event('a', 1), event('a', 12)]])
    .start()
    .read(0)
    .read(0)
    .drain()
    .checkpoint(1)
    .finish(2);
  expect(panes.history.steps.filter(({ step }) => step === 'committed').length).toBe(2);
  expect(hasCompared(of(panes.history))).toBe(false);
});

it('asks for the key of what was made only: what nobody has made is no matter of the author', () => {
  const keyOf = (record: unknown): unknown => {
    if (record === 'invented') throw new Error('no key');
    return 0;
  };
  const invented = visibleIn((committed) =>
    committed.map((step) => ({ ...step, record: { ...step.record, bytes: toBytes(JSON_TYPE, 'invented') } })),
  );
  const found = judge(of(invented(honest()), { out: keyOf }));
  expect(found.some(({ law, anomaly }) => law === 'sinks' && anomaly === 'invented')).toBe(true);
  expect(found.filter(({ law }) => law === 'ordered')).toEqual([]);
});
