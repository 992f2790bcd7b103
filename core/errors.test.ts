import { expect, it } from 'vitest';
import { Cancelled, IoError, Killed } from './errors.ts';

it('control flow takes no stack, and all other errors keep theirs', () => {
  const { stackTraceLimit } = Error;
  const stacks = [new Killed('worker-1'), new Cancelled('open')].map(({ stack }) => stack);
  expect(stacks).toEqual(['Error: worker-1', 'Error: open']);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  expect(new IoError('gone').stack).toContain('errors.test');
});
