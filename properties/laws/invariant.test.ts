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
  malformed: {
    accepts: () => among({ out: counting(99) }),
    rejects: () => among({ out: { init: 0, step: () => Promise.reject(new Error('late')) } }),
  },
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

it('a step or a start that is a promise is told so once, and nothing more is asked', () => {
  let asked = 0;
  const step = (): unknown => {
    asked++;
    return Promise.reject(new Error('late'));
  };
  const [violation, ...others] = judge(among({ out: { init: 0, step } }));
  expect([others.length, asked]).toEqual([0, 1]);
  expect(violation?.message).toMatch(/^`step` of the invariant of topic out returned a promise; it is asked synch/);
  for (const init of [Promise.resolve(0), () => Promise.resolve(0)]) {
    const [start] = judge(among({ out: { ...counting(99), init } }));
    expect(start?.message).toMatch(/^`init` of the invariant of topic out returned a promise/);
  }
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
