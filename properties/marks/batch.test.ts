import { batchStageRunAgain, sortSpilled, upstreamRecomputed } from './batch.ts';
import { type Event, proves, states, task } from './testing/facts.ts';

const stage = (attempt: number, vertex: string): Event =>
  states(
    'attemptStarting',
    {
      attempt,
      leaderEpoch: 1,
      restoredFrom: undefined,
      parallelism: new Map(),
      stage: { vertex, finished: new Map() },
    },
    'jobmanager',
  );
const failed = (attempt: number): Event =>
  states('attemptFailed', { attempt, message: 'killed', fault: undefined }, 'jobmanager');
const finished = (attempt: number, vertex: string): Event =>
  states('stageFinished', { attempt, stage: vertex }, 'jobmanager');
const spills = (attempt: number): Event => states('sortSpilled', { task: task(attempt), records: 9 });
const cleared = (attempt: number): Event => states('keyCleared', { task: task(attempt), key: 'a', keyGroup: 1 });
const reset = (lost: string): Event =>
  states('stagesReset', { attempt: 2, lost, stages: [lost, 'window'] }, 'jobmanager');

// Another stage finishes; an attempt fails that is not the newest.
proves(batchStageRunAgain, {
  reaches: [stage(1, 'in'), failed(1), stage(2, 'in'), finished(2, 'in')],
  nearMiss: [stage(1, 'in'), finished(1, 'in'), stage(2, 'window'), failed(1), finished(2, 'window'), failed(2)],
});
// What has spilled was given up.
proves(sortSpilled, {
  reaches: [spills(1), cleared(1)],
  nearMiss: [cleared(1), spills(1), cleared(2)],
});
// What finishes next is another one.
proves(upstreamRecomputed, {
  reaches: [finished(1, 'in'), reset('in'), finished(3, 'in')],
  nearMiss: [finished(1, 'in'), reset('in'), finished(3, 'window')],
});
