/** A scenario without a job, for tests of everything that only handles plans. */
import fc from 'fast-check';
import type { Scenario } from '../scenario.ts';

export const fakeScenario: Scenario = {
  id: 'fake',
  states: 'Numbers from two partitions go nowhere.',
  parameters: [{ name: 'fakeDelayMs', min: 0, max: 1000, calm: 10 }],
  build: () => ({ job: { name: 'fake', nodes: [], edges: [] }, topics: {}, confluent: true }),
  generate: (seed, count) => {
    const salt = seed.length;
    const records = Array.from({ length: count }, (_, index) => ({ n: index * salt }));
    const half = count >> 1;
    return { numbers: [records.slice(0, half), records.slice(half)] };
  },
  recordArbitrary: () => fc.record({ n: fc.nat() }, { noNullPrototype: true }),
};
