import { expect, it } from 'vitest';
import type { JobSpec } from '../job/spec.ts';
import { leastSlots, parallelismOn } from './reactive.ts';
import { twoVertices } from './testing/two-vertices.ts';

/** What the nodes declare, by uid. */
function declaring(declared: Readonly<Record<string, { parallelism?: number; maxParallelism?: number }>>): JobSpec {
  return { ...twoVertices, nodes: twoVertices.nodes.map((node) => ({ ...node, ...declared[node.uid] })) };
}

it('an attempt needs the slots of what declares its parallelism, and one at least', () => {
  expect(leastSlots(twoVertices)).toBe(1);
  expect(leastSlots(declaring({ source: { parallelism: 3 }, sink: { parallelism: 2 } }))).toBe(3);
});

it('what declares no parallelism has that of the slots, at most the least of the key groups', () => {
  expect(parallelismOn(twoVertices, 5)).toBe(5);
  expect(parallelismOn(declaring({ source: { maxParallelism: 4 }, sink: { maxParallelism: 7 } }), 5)).toBe(4);
  // What declares its own does not bound the others.
  expect(parallelismOn(declaring({ source: { parallelism: 2, maxParallelism: 2 } }), 5)).toBe(5);
});

it('a job that declares all of it does not follow the slots', () => {
  const all = declaring({ source: { parallelism: 2 }, sink: { parallelism: 2 } });
  expect([parallelismOn(all, 2), parallelismOn(all, 9)]).toEqual([1, 1]);
});
