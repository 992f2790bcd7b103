import { expect, it } from 'vitest';
import type { Invariant } from '../plan/expects.ts';
import { anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
import { type History, judge } from '../testing/listen.ts';
import { invariant } from './invariant.ts';

const among = (of: Readonly<Record<string, Invariant>>): History => ({ ...plain(), expects: { invariant: of } });
const counting = (most: number): Invariant => ({
  init: 0,
  step: (count: number) => {
    if (count >= most) throw new RangeError(`more than ${most} records`);
    return count + 1;
  },
});

provesLaw(invariant, {
  broken: { accepts: () => among({ out: counting(99) }), rejects: () => among({ out: counting(2) }) },
  'not-a-topic': { accepts: () => among({ out: counting(99) }), rejects: () => among({ elsewhere: counting(99) }) },
});

it('reports what the author threw, the record, the state before it, and where', () => {
  const [violation] = judge(among({ out: counting(2) }));
  expect(violation?.message).toBe(
    'the invariant of topic out is broken in partition 0: RangeError: more than 2 records',
  );
  expect(violation?.evidence.map(({ label }) => label).slice(0, 4)).toEqual([
    'record',
    'offset',
    'state before',
    'where',
  ]);
  expect(JSON.stringify(violation?.evidence)).toContain('invariant.test.ts');
});

it('each partition has a state of its own, and a value as a start is copied', () => {
  const seen = new Set<string>();
  const unique: Invariant = {
    init: seen,
    step: (state: Set<string>, record) => {
      const text = JSON.stringify(record);
      if (state.has(text)) throw new Error('twice');
      state.add(text);
    },
  };
  const doubled = among({ out: unique });
  const elsewhere = doubled.steps.map((step) =>
    step.step === 'committed' ? { ...step, record: { ...step.record, partition: 1 } } : step,
  );
  expect(anomaliesOf(invariant, doubled)).toEqual([]);
  expect(anomaliesOf(invariant, { ...doubled, steps: [...doubled.steps, ...elsewhere] })).toEqual([]);
  expect(anomaliesOf(invariant, { ...doubled, steps: [...doubled.steps, ...doubled.steps] })).toContain('broken');
  expect(seen.size).toBe(0);
});
