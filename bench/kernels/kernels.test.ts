import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LimitKernel } from './limit-kernel.ts';
import { SimKernelLoad } from './sim-kernel.ts';

it('the limit kernel and ours fire the same events in the same order, for any schedule', () => {
  // Small latencies make many events of one instant, where only the sequence decides.
  const loads = fc.record({
    queue: fc.integer({ min: 1, max: 300 }),
    events: fc.integer({ min: 1, max: 2_000 }),
    latencyUs: fc.constantFrom(1, 2, 7, 100, 5_000),
  });
  fc.assert(
    fc.property(loads, fc.integer(), (load, seed) => {
      const limit = new LimitKernel(load);
      const ours = new SimKernelLoad(load);
      expect(ours.run(seed)).toBe(limit.run(seed));
      expect(ours.counts).toEqual(limit.counts);
    }),
    { seed: 1, numRuns: 60 },
  );
});

it('another seed is another order, and a kernel can run again', () => {
  const load = { queue: 50, events: 500, latencyUs: 1_000 };
  const limit = new LimitKernel(load);
  const first = limit.run(1);
  expect(limit.run(2)).not.toBe(first);
  expect(limit.run(1)).toBe(first);
});
