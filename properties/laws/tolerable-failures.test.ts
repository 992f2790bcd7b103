import { expect, it } from 'vitest';
import { FailureManager } from '../../core/checkpoint/coordinator/failure-manager.ts';
import type { AbortReason } from '../../core/facts.ts';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { event } from '../model/testing/turns.ts';
import { anomaliesOf, provesLaw, windows } from '../testing/jobs.ts';
import { fact, type History, type Step } from '../testing/listen.ts';
import { tolerableFailures } from './tolerable-failures.ts';

const aborted = (checkpoint: number, reason: AbortReason = 'expired', kind: CheckpointKind = 'checkpoint'): Step =>
  fact('checkpointAborted', { attempt: 1, checkpoint, kind, reason });
const completed = (checkpoint: number): Step =>
  fact('checkpointCompleted', { attempt: 1, checkpoint, kind: 'savepoint', metadata: 'elsewhere' });
const triggered = (checkpoint: number): Step =>
  fact('checkpointTriggered', { attempt: 1, checkpoint, kind: 'checkpoint', finished: [] });
const at = (us: number): Step => ({ step: 'time', us });
/** As the engine says it: a law that no longer knew the words would be blind. */
const GIVEN_UP = new FailureManager(0).aborted(3, 'checkpoint', 'expired') ?? '';
const failed = (message = GIVEN_UP, attempt = 1): Step => fact('attemptFailed', { attempt, message, fault: undefined });

/** In a job that tolerates two failed checkpoints in a row. */
function history(...then: readonly Step[]): History {
  const { steps, ...rest } = windows([[event('a', 1)], []], { checkpointing: { tolerableFailures: 2 } }).start()
    .history;
  return { ...rest, steps: [...steps, ...then] };
}
const anomalies = (...then: readonly Step[]): readonly string[] => anomaliesOf(tolerableFailures, history(...then));

provesLaw(tolerableFailures, {
  'gave-up-early': {
    accepts: () => history(aborted(1), aborted(2), aborted(3), failed()),
    // FLINK-12364, FLINK-10074 in their nearest form: a success between them does not start the count afresh.
    rejects: () => history(aborted(1), aborted(2), completed(3), aborted(4), failed()),
  },
  'went-on': {
    accepts: () => history(aborted(1), aborted(2), at(2_000_000), triggered(3)),
    rejects: () => history(aborted(1), aborted(2), aborted(3), at(2_000_000), triggered(4)),
  },
});

it('each checkpoint counts once, for some reasons, and if it is newer than the last success', () => {
  expect(anomalies(aborted(1, 'declined'), aborted(2, 'store-failed'), aborted(3), failed())).toEqual([]);
  expect(anomalies(aborted(1), aborted(2), aborted(2), failed())).toEqual(['gave-up-early']);
  expect(anomalies(aborted(1), aborted(2), aborted(3, 'subsumed'), failed())).toEqual(['gave-up-early']);
  expect(anomalies(aborted(1), aborted(2), aborted(3, 'expired', 'savepoint'), failed())).toEqual(['gave-up-early']);
  expect(anomalies(completed(4), aborted(5), aborted(6), aborted(3), failed())).toEqual(['gave-up-early']);
  expect(anomalies(completed(4), aborted(5), completed(3), aborted(6), aborted(7), failed())).toEqual([]);
});

it('an attempt counts for itself, and may fail for any other reason', () => {
  expect(anomalies(failed('a task has failed'))).toEqual([]);
  expect(anomalies(failed(undefined, 7))).toEqual([]);
  const { steps } = history();
  const starting = steps.find((step) => step.step === 'fact' && step.kind === 'attemptStarting');
  if (starting?.step !== 'fact' || starting.kind !== 'attemptStarting') throw new Error('no attempt starts');
  const second = fact('attemptStarting', { ...starting.fact, attempt: 2 });
  expect(anomalies(aborted(1), aborted(2), aborted(3), second, failed(undefined, 2))).toEqual(['gave-up-early']);
});

it('what is coordinated goes on for a moment behind the last failure', () => {
  expect(anomalies(aborted(1), aborted(2), aborted(3), triggered(4), at(1_000_000), triggered(5))).toEqual([]);
  expect(
    anomalies(at(5), aborted(1), aborted(2), aborted(3), at(1_000_005), aborted(4), at(1_000_006), triggered(5)),
  ).toEqual(['went-on']);
  expect(anomalies(aborted(1), aborted(2), aborted(3), completed(4), at(2_000_000), triggered(5))).toEqual(['went-on']);
});
