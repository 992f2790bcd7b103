import { expect, it } from 'vitest';
import { IoError } from '../errors.ts';
import { Deferred } from '../waiting.ts';
import { Admission } from './admission.ts';

/** A backend that answers with these, one after the other, then with nothing. */
function asked(...answers: readonly Deferred<void>[]): { admission: Admission; wakes: () => number } {
  const left = [...answers];
  let woken = 0;
  return {
    admission: new Admission(
      () => left.shift(),
      () => woken++,
    ),
    wakes: () => woken,
  };
}

it('a backend that asks for no wait lets the task continue at once', () => {
  const { admission, wakes } = asked();
  expect([admission.isOpen(), admission.waitsFor, wakes()]).toEqual([true, undefined, 0]);
});

it('what the backend waits for stops the task until it settles, and is reported by name', () => {
  const flush = new Deferred<void>('a flush');
  const { admission, wakes } = asked(flush);
  expect([admission.isOpen(), admission.isOpen(), admission.waitsFor]).toEqual([
    false,
    false,
    'its state backend: a flush',
  ]);
  flush.resolve();
  expect([wakes(), admission.waitsFor, admission.isOpen()]).toEqual([1, undefined, true]);
});

it('a backend that is not done when the first wait is over is waited for again', () => {
  const [first, second] = [new Deferred<void>('one'), new Deferred<void>('two')];
  const { admission, wakes } = asked(first, second);
  expect(admission.isOpen()).toBe(false);
  first.resolve();
  expect([admission.isOpen(), admission.waitsFor]).toEqual([false, 'its state backend: two']);
  second.resolve();
  expect([wakes(), admission.isOpen()]).toEqual([2, true]);
});

it('a wait that fails fails the step that asks', () => {
  const flush = new Deferred<void>('a flush');
  const { admission } = asked(flush);
  expect(admission.isOpen()).toBe(false);
  flush.reject(new IoError('no space'));
  expect(() => admission.isOpen()).toThrow('no space');
});
