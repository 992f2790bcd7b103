import { expect, it } from 'vitest';
import type { EdgeSpec, NodeSpec } from '../../job/spec.ts';
import { int32 } from '../../job/types.ts';
import { physicalGraph } from '../../graph/physical.ts';
import { planOf } from './checkpoint-plan.ts';

const node = (id: number, uid: string, parallelism: number): NodeSpec => ({
  id,
  uid,
  name: uid,
  parallelism,
  maxParallelism: 8,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
});
const edge = (
  id: number,
  from: number,
  to: number,
  kind: 'forward' | 'rebalance' | 'rescale' | 'broadcast',
): EdgeSpec => ({
  id,
  from,
  to,
  tag: undefined,
  type: int32,
  partition: { kind },
});
function plan(parallelism: readonly number[], edges: readonly EdgeSpec[], finished: readonly string[]) {
  const nodes = parallelism.map((count, id) => node(id, 'abcd'[id] ?? '?', count));
  const {
    trigger,
    acknowledge,
    finished: out,
  } = planOf(physicalGraph({ name: 'job', nodes, edges }, 1), new Set(finished));
  return [
    trigger.map(({ vertex, subtask }) => `${vertex}[${subtask}]`).join(' '),
    [...acknowledge].join(' '),
    out.join(' '),
  ];
}

it('all run: the sources are triggered, all acknowledge', () => {
  expect(plan([2, 1], [edge(0, 0, 1, 'rebalance')], [])).toEqual(['a[0] a[1]', 'a[0] a[1] b[0]', '']);
});

it('a task behind an all-to-all edge is triggered only when all before it have finished', () => {
  expect(plan([2, 2], [edge(0, 0, 1, 'rebalance')], ['a[0]'])).toEqual(['a[1]', 'a[1] b[0] b[1]', 'a[0]']);
  expect(plan([2, 2], [edge(0, 0, 1, 'broadcast')], ['a[0]', 'a[1]'])).toEqual(['b[0] b[1]', 'b[0] b[1]', 'a[0] a[1]']);
});

it('a task with two inputs waits for the end of both', () => {
  const edges = [edge(0, 0, 2, 'rebalance'), edge(1, 1, 2, 'rebalance')];
  expect(plan([1, 1, 1], edges, ['a[0]'])[0]).toBe('b[0]');
  expect(plan([1, 1, 1], edges, ['a[0]', 'b[0]'])[0]).toBe('c[0]');
});

it('across a finished middle: what has none running before it, though something further up does not matter any more', () => {
  const edges = [edge(0, 0, 1, 'rebalance'), edge(1, 1, 2, 'rebalance')];
  expect(plan([1, 1, 1], edges, ['b[0]'])).toEqual(['a[0] c[0]', 'a[0] c[0]', 'b[0]']);
});

it('rescale is pointwise, both ways', () => {
  expect(plan([4, 2], [edge(0, 0, 1, 'rescale')], ['a[0]', 'a[1]'])[0]).toBe('a[2] a[3] b[0]');
  expect(plan([2, 4], [edge(0, 0, 1, 'rescale')], ['a[1]'])[0]).toBe('a[0] b[2] b[3]');
  expect(plan([2, 3], [edge(0, 0, 1, 'rescale')], ['a[0]'])[0]).toBe('a[1] b[0] b[1]');
});

it('all but one finished', () => {
  expect(plan([1, 2], [edge(0, 0, 1, 'rebalance')], ['a[0]', 'b[1]'])).toEqual(['b[0]', 'b[0]', 'a[0] b[1]']);
});
