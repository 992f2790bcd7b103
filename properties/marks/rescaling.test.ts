import { expect, it } from 'vitest';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import { type Event, isReached, proves, starting, states, task } from './testing/facts.ts';
import {
  inFlightRestoredByOtherReceivers,
  operatorStateThroughOne,
  reactiveRescaleDuringCheckpoint,
  reactiveScaledDown,
  unionRestoredAfterScaleDown,
  unionStateMultiplied,
} from './rescaling.ts';

const completed = (attempt: number, checkpoint: number): Event =>
  states('checkpointCompleted', { attempt, checkpoint, kind: 'checkpoint', metadata: '' }, 'jobmanager');
/** Items of which so many differ. */
const restored = (attempt: number, mode: 'split' | 'union', items: number, distinct: number): Event =>
  states('operatorStateRestored', {
    task: task(attempt),
    states: [{ operator: 'window', state: 's', mode, items: Array.from({ length: items }, (_, i) => i % distinct) }],
  });

/** Attempts at these parallelisms, each of which restores the checkpoint of the one before, with lists of these sizes. */
function attempts(
  mode: 'split' | 'union',
  ...steps: readonly (readonly [parallelism: number, items: number, distinct?: number])[]
): Event[] {
  return steps.flatMap(([parallelism, items, distinct = 2], i) => [
    starting(i + 1, i === 0 ? undefined : i, parallelism),
    ...(i === 0 ? [] : [restored(i + 1, mode, items, distinct)]),
    completed(i + 1, i + 1),
  ]);
}

proves(operatorStateThroughOne, {
  reaches: attempts('split', [3, 0], [1, 4], [2, 2]),
  nearMiss: [
    ...attempts('split', [3, 0], [1, 4], [1, 4], [2, 0]),
    // Several have left nothing; the one has what it has added itself.
    ...attempts('split', [3, 0], [1, 0], [2, 4]),
    ...attempts('split', [1, 0], [1, 4], [2, 4]),
    ...attempts('split', [3, 0], [2, 4], [3, 4]),
    ...attempts('union', [3, 0], [1, 4], [2, 4]),
  ],
});
proves(unionRestoredAfterScaleDown, {
  reaches: attempts('union', [3, 0], [2, 4]),
  nearMiss: [
    ...attempts('union', [2, 0], [3, 4], [3, 4]),
    ...attempts('union', [3, 0], [2, 0]),
    ...attempts('split', [3, 0], [2, 4]),
  ],
});
proves(unionStateMultiplied, {
  reaches: attempts('union', [3, 0], [3, 2], [2, 6]),
  nearMiss: [
    // One subtask writes back what it was given, and more.
    ...attempts('union', [1, 0], [1, 2], [3, 6]),
    // Three write back their shares, and as much again comes in.
    ...attempts('union', [3, 0], [3, 2], [2, 6, 6]),
    // Not all of the three write back all.
    ...attempts('union', [3, 0], [3, 2], [2, 5]),
    ...attempts('split', [3, 0], [3, 2], [2, 6]),
  ],
});

const starts = (attempt: number, restoredFrom: number | undefined, window: number, source: number): Event =>
  states(
    'attemptStarting',
    {
      attempt,
      leaderEpoch: 1,
      restoredFrom,
      parallelism: new Map([
        ['source', source],
        ['window', window],
      ]),
    },
    'jobmanager',
  );
const replaying = (vertex: string, channels = 1, attempt = 2): Event =>
  states('replayStarted', {
    task: { vertex, subtask: 0, attempt },
    channels: Array.from({ length: channels }, (_, sender) => ({ edge: 0, attempt: 1, sender, receiver: 1 })),
  });

proves(inFlightRestoredByOtherReceivers, {
  reaches: [starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 3, 2), replaying('window')],
  nearMiss: [
    ...[starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 3, 3), replaying('window')],
    ...[starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 2, 3), replaying('window')],
    ...[starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 3, 2), replaying('source'), replaying('window', 0)],
    // The attempt after the one that has changed it.
    ...[completed(2, 2), starts(3, 2, 3, 2), replaying('window', 1, 3)],
  ],
});

const slots = (count: number): Event => states('slotsChanged', { slots: count }, 'jobmanager');
const givenUp = (reason: 'failover' | 'expired'): Event =>
  states('checkpointAborted', { attempt: 1, checkpoint: 1, kind: 'checkpoint', reason }, 'jobmanager');
const reactive = { ...DEFAULT_JOB_CONFIG, schedulerMode: 'reactive' } as const;

proves(reactiveRescaleDuringCheckpoint, {
  scheduling: reactive,
  reaches: [slots(2), starting(1), slots(3), givenUp('failover'), starting(2, undefined, 3)],
  nearMiss: [
    ...[slots(2), starting(1), slots(3), givenUp('expired'), starting(2, undefined, 3)],
    // As many slots as before.
    ...[slots(2), givenUp('failover'), slots(3), starting(3, undefined, 3)],
    // It has used no more of them.
    ...[slots(4), givenUp('failover'), starting(4, undefined, 3)],
  ],
});
proves(reactiveScaledDown, {
  scheduling: reactive,
  reaches: [slots(3), starting(1, undefined, 3), slots(2), starting(2, 1, 2)],
  nearMiss: [
    ...[slots(3), starting(1, undefined, 3), slots(2), starting(2, undefined, 2)],
    ...[slots(1), slots(2), starting(3, 1, 2), slots(3), starting(4, 1, 3)],
  ],
});
it('marks of reactive mode are of no other', () => {
  const down = [slots(3), starting(1, undefined, 3), slots(2), starting(2, 1, 2)];
  expect(isReached(reactiveScaledDown, down)).toBe(false);
});
