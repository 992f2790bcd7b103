import { type Event, proves, starting, states, task } from './testing/facts.ts';
import {
  inFlightRestoredByOtherReceivers,
  operatorStateThroughOne,
  unionRestoredAfterScaleDown,
  unionStateMultiplied,
} from './rescaling.ts';

const completed = (attempt: number, checkpoint: number): Event =>
  states('checkpointCompleted', { attempt, checkpoint, kind: 'checkpoint', metadata: '' }, 'jobmanager');
const restored = (attempt: number, mode: 'split' | 'union', items: number, subtask = 0): Event =>
  states('operatorStateRestored', {
    task: task(attempt, subtask),
    states: [{ operator: 'window', state: 's', mode, items: Array.from({ length: items }, (_, i) => i) }],
  });

/** Attempts at these parallelisms, each of which restores the checkpoint of the one before, with lists of these sizes. */
function attempts(
  mode: 'split' | 'union',
  ...steps: readonly (readonly [parallelism: number, items: number])[]
): Event[] {
  return steps.flatMap(([parallelism, items], i) => [
    starting(i + 1, i === 0 ? undefined : i, parallelism),
    ...(i === 0 ? [] : [restored(i + 1, mode, items)]),
    completed(i + 1, i + 1),
  ]);
}

proves(operatorStateThroughOne, {
  reaches: attempts('split', [3, 0], [1, 4], [2, 2]),
  nearMiss: attempts('split', [3, 0], [1, 4], [1, 4], [2, 0]),
});
proves(unionRestoredAfterScaleDown, {
  reaches: attempts('union', [3, 0], [2, 4]),
  nearMiss: [...attempts('union', [2, 0], [3, 4]), ...attempts('split', [3, 0], [2, 4])],
});
proves(unionStateMultiplied, {
  reaches: attempts('union', [3, 0], [3, 2], [2, 6]),
  // One subtask writes back what it was given, and more; three write back their shares.
  nearMiss: [...attempts('union', [1, 0], [1, 2], [1, 6]), ...attempts('split', [3, 0], [3, 2], [3, 5])],
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
const replaying = (vertex: string): Event =>
  states('replayStarted', {
    task: { vertex, subtask: 0, attempt: 2 },
    channels: [{ edge: 0, attempt: 1, sender: 0, receiver: 1 }],
  });

proves(inFlightRestoredByOtherReceivers, {
  reaches: [starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 3, 2), replaying('window')],
  nearMiss: [
    ...[starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 3, 3), replaying('window')],
    ...[starts(1, undefined, 2, 2), completed(1, 1), starts(2, 1, 2, 3), replaying('window')],
  ],
});
