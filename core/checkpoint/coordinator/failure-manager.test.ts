import { expect, it } from 'vitest';
import type { AbortReason } from '../../facts.ts';
import { FailureManager } from './failure-manager.ts';

it.each<[AbortReason, boolean]>([
  ['expired', true],
  ['declined', true],
  ['store-failed', true],
  ['subsumed', false],
  ['task-not-ready', false],
  ['task-closing', false],
  ['cancellation-marker', false],
  ['not-all-running', false],
  ['partly-finished', false],
  ['failover', false],
  ['stopped', false],
])('%s counts: %s; it never does for a plain savepoint, and always fails a stop', (reason, counts) => {
  expect(new FailureManager(0).aborted(1, 'checkpoint', reason) !== undefined).toBe(counts);
  expect(new FailureManager(0).aborted(1, 'savepoint', reason)).toBeUndefined();
  expect(new FailureManager(9).aborted(1, 'stop', reason)).toMatch(/^StopFailed: .*1.*stop/);
  expect(new FailureManager(9).aborted(1, 'drain', reason)).toMatch(/^StopFailed: .*1.*drain/);
});

it('tolerates as many as configured, each id once', () => {
  const failures = new FailureManager(2);
  expect([3, 3, 4, 4, 3].map((id) => failures.aborted(id, 'checkpoint', 'expired'))).toEqual(Array(5).fill(undefined));
  expect(failures.aborted(5, 'checkpoint', 'declined')).toMatch(
    /^CheckpointFailuresExceeded: checkpoint 5 .*3 in a row.* is 2/,
  );
});

it('a success resets the count, and older ids no longer count', () => {
  const failures = new FailureManager(1);
  expect(failures.aborted(3, 'checkpoint', 'expired')).toBeUndefined();
  failures.completed(5);
  expect(failures.aborted(4, 'checkpoint', 'expired')).toBeUndefined();
  expect(failures.aborted(6, 'checkpoint', 'expired')).toBeUndefined();
  expect(failures.aborted(7, 'checkpoint', 'expired')).toBeDefined();
});
