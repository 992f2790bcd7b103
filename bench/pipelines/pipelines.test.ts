import { expect, it } from 'vitest';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { fastCheckPipeline } from './fast-check.ts';
import { limitPipeline } from './limit.ts';
import { millracePipeline } from './millrace.ts';

it('every scheduler brings the same records through the pipeline', async () => {
  const load = { stages: 4, records: 17 };
  const scratch = new Scratch();
  for (const seed of [0, 1, 2 ** 31 - 1]) {
    const expected = limitPipeline(load, seed);
    expect(millracePipeline(load, seed, scratch)).toBe(expected);
    expect(await fastCheckPipeline(load, seed, 'waitAll')).toBe(expected);
    expect(await fastCheckPipeline(load, seed, 'waitIdle')).toBe(expected);
  }
});
