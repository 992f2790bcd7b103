import { expect, it } from 'vitest';
import { userFrames } from './job-fault.ts';

it("frames are the user's: none of node's own, of packages, or of this one", () => {
  const stack = [
    'Error: x',
    '    at timestamp (/home/ann/jobs/totals.ts:17:9)',
    '    at file:///home/ann/jobs/totals.ts:3:1',
    '    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)',
    '    at async node:internal/modules/run_main:117:5',
    '    at node:fs/promises:10:5',
    '    at f (/home/ann/node_modules/fast-check/lib/index.js:1:1)',
    `    at run (${import.meta.url.replace('job-fault.test.ts', 'user-code.ts')}:1:1)`,
    '    at Array.map (<anonymous>)',
  ];
  expect(userFrames(stack.join('\n'))).toEqual([
    'at timestamp (/home/ann/jobs/totals.ts:17:9)',
    'at /home/ann/jobs/totals.ts:3:1',
  ]);
});
