import { expect, it } from 'vitest';
import { defineJob, int32, JobError, logSink, logSource, noWatermarks } from '../api/index.ts';
import { physicalGraph, rescaled, type Scale } from './physical.ts';

/** in -f-> kept (process function, so a vertex) -h-> sums (8 key groups) -f-> out (as many as the job) */
const job = defineJob('scaled', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32 }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .process(
      () => ({
        processElement(n, _ctx, out) {
          out.collect(n);
        },
      }),
      int32,
      { uid: 'kept' },
    )
    .keyBy((n) => n, int32)
    .reduce((a, b) => a + b, { uid: 'sums' })
    .setMaxParallelism(8)
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});
const WHOLE: Scale = { parallelism: 2, vertices: new Map() };
const shape = ({ parallelism, vertices }: Scale): readonly string[] =>
  physicalGraph(job, parallelism, vertices).vertices.map((vertex) => `${vertex.uid}x${vertex.parallelism}`);

it('one operator gets another parallelism, the others keep theirs; step by step', () => {
  expect(shape(WHOLE)).toEqual(['inx2', 'keptx2', 'sumsx2', 'outx2']);
  const up = rescaled(job, WHOLE, 'sums', 5);
  expect(shape(up)).toEqual(['inx2', 'keptx2', 'sumsx5', 'outx5']);
  expect(shape(rescaled(job, up, 'sums', 1))).toEqual(['inx2', 'keptx2', 'sumsx1', 'outx1']);
});

it('what forward edges join is rescaled together', () => {
  expect(shape(rescaled(job, WHOLE, 'kept', 3))).toEqual(['inx3', 'keptx3', 'sumsx2', 'outx2']);
  expect(shape(rescaled(job, WHOLE, 'in', 4))).toEqual(['inx4', 'keptx4', 'sumsx2', 'outx2']);
});

it('a vertex that is not there, or more subtasks than key groups, is refused by name', () => {
  expect(() => rescaled(job, WHOLE, 'nobody', 2)).toThrow(/has no operator "nobody" at the head of a chain/);
  expect(() => rescaled(job, WHOLE, 'sums', 9)).toThrow(/"sums": parallelism 9 is above its max parallelism 8/);
  expect(() => rescaled(job, WHOLE, 'sums', 0)).toThrow(JobError);
});

it('more subtasks than the key groups that are in force are refused, where the operator declares none', () => {
  const undeclared = { ...job, nodes: job.nodes.map((node) => ({ ...node, maxParallelism: undefined })) };
  const inForce = new Map([['sums', 6]]);
  expect(rescaled(undeclared, WHOLE, 'sums', 6, inForce).vertices.get('sums')).toBe(6);
  expect(() => rescaled(undeclared, WHOLE, 'sums', 7, inForce)).toThrow(
    /"sums": parallelism 7 is above its max parallelism 6, which it declares nowhere and has from its state/,
  );
  expect(rescaled(undeclared, WHOLE, 'sums', 7).vertices.get('sums')).toBe(7);
});
