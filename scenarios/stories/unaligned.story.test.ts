/** Barriers that overtake, what they overtake, and its way back. */
import type { KnobValues } from '../../properties/plan/knobs.ts';
import { expect } from 'vitest';
import { story, type StorySetup } from './story.ts';
import type { RunHistory } from './run-history.ts';

/** `count[1]` cannot keep up: records queue before it, on both sides of the network. */
function queues({ job, cluster }: StorySetup, knobs: KnobValues = {}): void {
  job.takesCheckpoints('unaligned', { credits: 3, outputBuffersMax: 3, ...knobs });
  cluster.slow('count[1]', 25);
}

/** The channel state of each channel into `count[1]` is what lies between the two cuts, no more and no less. */
function holdsExactlyWhatWasOvertaken(history: RunHistory, checkpoint: number): void {
  for (const sender of [0, 1]) {
    const { from, to } = history.between(`numbers[${sender}]`, 'count[1]', checkpoint);
    expect(
      history.inFlight(checkpoint, { 'channel.sender': sender, 'channel.receiver': 1 }),
      `records of numbers[${sender}]`,
    ).toBe(to - from);
  }
}

/*
 *   before    [ r r r | r ] ──> count[1]          after    [ | r r r r ] ──> count[1]
 *                                                             '---' in the checkpoint: queued at the input
 */
story('unaligned: a barrier overtakes what is queued at the input, and that is in the checkpoint', (setup) => {
  queues(setup);
  const history = setup.run();
  history.inOrder(
    ['barrierReceived', { task: 'count[1]', checkpoint: 2, overtook: true }],
    ['snapshotTaken', { task: 'count[1]', checkpoint: 2, unaligned: true }],
    ['channelStatePersisted', { task: 'count[1]', checkpoint: 2, side: 'input' }],
    ['checkpointCompleted', { checkpoint: 2 }],
  );
  expect(history.inFlight(2, { side: 'input' })).toBeGreaterThan(0);
  holdsExactlyWhatWasOvertaken(history, 2);
  history.exactlyOnce();
});

/*
 *   numbers[0] [ r r r ] + barrier  ──no credit──>      numbers[0] [ | r r r ]     the sender keeps what is overtaken
 */
story('unaligned: a barrier overtakes what is queued at the output, and that is in the checkpoint, too', (setup) => {
  queues(setup, { credits: 1, outputBuffersMax: 6 });
  const history = setup.run();
  history.inOrder(
    ['barrierSent', { 'task.vertex': 'numbers', checkpoint: 2 }],
    ['channelStatePersisted', { 'task.vertex': 'numbers', checkpoint: 2, side: 'output' }],
    ['checkpointCompleted', { checkpoint: 2 }],
  );
  expect(history.inFlight(2, { side: 'output' })).toBeGreaterThan(0);
  holdsExactlyWhatWasOvertaken(history, 2);
  history.exactlyOnce();
});

/*
 *   checkpoint 2: [ r5 r6 r7 ]        attempt 2: count[1] takes r5 r6 r7, then what the sources read again from r8 on
 */
story('unaligned: after a crash in-flight data is replayed before new data', (setup) => {
  queues(setup);
  setup.cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 2 });
  const history = setup.run();
  const [started, ended] = [
    { task: 'count[1]', 'task.attempt': 2 },
    { task: 'count[1]', 'task.attempt': 2 },
  ];
  history.inOrder(
    ['attemptStarting', { attempt: 2, restoredFrom: 2 }],
    ['replayStarted', started],
    ['recordProcessed', { task: 'count[1]', 'task.attempt': 2, 'channel.attempt': 1 }],
    ['replayEnded', ended],
    ['recordProcessed', { task: 'count[1]', 'task.attempt': 2, 'channel.attempt': 2 }],
  );
  history.noneBetween(['replayStarted', started], ['replayEnded', ended], 'recordProcessed', {
    task: 'count[1]',
    'channel.attempt': 2,
  });
  const replayed = history.all('recordProcessed', { task: 'count[1]', 'task.attempt': 2, 'channel.attempt': 1 });
  for (const sender of [0, 1]) {
    const { from, to } = history.between(`numbers[${sender}]`, 'count[1]', 2);
    const seqs = replayed.filter(({ channel }) => channel.sender === sender).map(({ seq }) => seq);
    expect(seqs, `of numbers[${sender}]`).toEqual(Array.from({ length: to - from }, (_, index) => from + index));
  }
  history.exactlyOnce();
});

/*
 *   attempt 2: r5 r6 ✝      attempt 3: r5 r6 ✝      attempt 4: r5 r6 r7, and on
 */
story('unaligned: a crash while in-flight data is replayed, and another one, and it is all replayed again', (setup) => {
  queues(setup);
  const { cluster, run } = setup;
  cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 2 });
  for (const attempt of [2, 3])
    cluster.crash('count[1]').at('recordProcessed', { 'task.attempt': attempt, 'channel.attempt': 1 }, 2);
  const history = run();
  expect(history.all('attemptStarting').map(({ restoredFrom }) => restoredFrom)).toEqual([undefined, 2, 2, 2]);
  for (const attempt of [2, 3]) {
    history.inOrder(['replayStarted', { task: 'count[1]', 'task.attempt': attempt }], ['attemptFailed', { attempt }]);
    history.never('replayEnded', { task: 'count[1]', 'task.attempt': attempt });
  }
  history.inOrder(
    ['replayStarted', { task: 'count[1]', 'task.attempt': 4 }],
    ['replayEnded', { task: 'count[1]', 'task.attempt': 4 }],
  );
  history.exactlyOnce();
});

/*
 *   count[1]: replays r5 r6 r7 ...        "not ready": what it still replays would be in no snapshot
 *                    ^ barrier 3
 */
story('unaligned: a task that still replays declines, and that is no failure of the job', (setup) => {
  queues(setup, {
    checkpointIntervalMs: 12,
    tolerableFailures: 0,
    credits: 8,
    outputBuffersMax: 8,
    recordIntervalUs: 500,
  });
  setup.cluster.slow('count[1]', 50).crash('count[1]').at('notifiedComplete', { checkpoint: 2 });
  const history = setup.run();
  const checkpoint = history.aborted('task-not-ready');
  history.inOrder(
    ['replayStarted', { task: 'count[1]', 'task.attempt': 2 }],
    ['declined', { task: 'count[1]', checkpoint, reason: 'not-ready' }],
    ['checkpointAborted', { checkpoint, reason: 'task-not-ready' }],
    ['replayEnded', { task: 'count[1]', 'task.attempt': 2 }],
    ['checkpointCompleted', { attempt: 2 }],
  );
  history.never('attemptFailed', { attempt: 2 });
  history.exactlyOnce();
});

/*
 *   [ r r r r | ] ──> count[1]        a savepoint waits its turn: it must be readable without any channel
 */
story('unaligned: a savepoint is aligned, however much is queued, and the next checkpoint overtakes again', (setup) => {
  queues(setup, { checkpointIntervalMs: 60 });
  setup.cluster.savepoint().at('outputBlocked', { 'task.vertex': 'numbers' }, 10);
  const history = setup.run();
  const [savepoint] = history.all('checkpointCompleted', { kind: 'savepoint' });
  const checkpoint = savepoint?.checkpoint ?? 0;
  history.inOrder(
    ['checkpointTriggered', { checkpoint, kind: 'savepoint' }],
    ['barrierReceived', { task: 'count[1]', checkpoint, overtook: false }],
    ['snapshotTaken', { task: 'count[1]', checkpoint, unaligned: false }],
    ['checkpointCompleted', { checkpoint, kind: 'savepoint' }],
    ['barrierReceived', { task: 'count[1]', overtook: true }],
  );
  history.never('channelStateOpened', { checkpoint });
  history.inOrder(
    ['barrierReceived', { checkpoint }],
    ['recordProcessed', { task: 'count[1]' }],
    ['snapshotTaken', { task: 'count[1]', checkpoint }],
  );
  history.exactlyOnce();
});

/*
 *   [ r5 r6 r7 ] of count[1]    ──rescale 2 -> 3──>    each new count takes those of its key groups
 */
story('unaligned: in-flight data is redistributed when the job continues at another parallelism', (setup) => {
  queues(setup);
  setup.cluster.rescale(3).at('checkpointCompleted', { checkpoint: 2 });
  const history = setup.run();
  expect(history.inFlight(2)).toBeGreaterThan(0);
  history.inOrder(
    ['attemptStarting', { attempt: 2, restoredFrom: 2 }],
    ['replayStarted', { 'task.vertex': 'count', 'task.attempt': 2 }],
    ['recordProcessed', { 'task.vertex': 'count', 'task.attempt': 2, 'channel.attempt': 1 }],
  );
  history.once('taskOpened', { task: 'count[2]', 'task.attempt': 2 });
  history.exactlyOnce();
});
