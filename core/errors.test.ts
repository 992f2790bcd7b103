import { expect, it } from 'vitest';
import { Cancelled, IoError, Killed } from './errors.ts';

it('control flow takes no stack, and all other errors keep theirs', () => {
  const { stackTraceLimit } = Error;
  expect(new Killed('worker-1').stack).not.toContain('\n');
  expect(new Cancelled('open').stack).not.toContain('\n');
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  expect(new IoError('gone').stack).toContain('errors.test');
});
