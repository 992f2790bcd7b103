/** Where barriers wait for each other, and what happens meanwhile. */
import { expect } from 'vitest';
import { story } from './story.ts';

/*
 *   numbers[0] ───────── slow link ─────────> count[1]     barrier of numbers[1] first:
 *   numbers[1] ── blocked ████|█████████████> count[1]     its channel waits for the other one
 */
story(
  'an aligned barrier blocks its channel, and only its channel, until the other barrier has come',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('aligned', { recordIntervalUs: 5_000 });
    cluster.slowLink('taskmanager-2', 'taskmanager-1', 15);
    const [early, late] = [
      { task: 'count[1]', 'channel.sender': 1, checkpoint: 2 },
      { task: 'count[1]', 'channel.sender': 0, checkpoint: 2 },
    ];
    const history = run();
    history.inOrder(
      ['channelBlocked', early],
      ['recordProcessed', { task: 'count[1]', 'channel.sender': 0 }],
      ['barrierReceived', late],
      ['channelUnblocked', early],
      ['recordProcessed', { task: 'count[1]', 'channel.sender': 1 }],
    );
    history.noneBetween(['channelBlocked', early], ['channelUnblocked', early], 'recordProcessed', {
      task: 'count[1]',
      'channel.sender': 1,
    });
    history.exactlyOnce();
  },
);

/*
 *   numbers[1] ──|── r r r ──> count[1]    nothing blocks: r is in the snapshot of count[1], yet behind the barrier,
 *   numbers[0] ───── slow ──|> count[1]    so numbers[1] sends it again after the crash
 */
story(
  'at least once: what passes between two barriers is counted twice after a crash, and nothing is lost',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('at-least-once', { recordIntervalUs: 5_000 });
    cluster.slowLink('taskmanager-2', 'taskmanager-1', 15);
    cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 2 });
    const history = run();
    history.never('channelBlocked');
    history.inOrder(
      ['barrierReceived', { task: 'count[1]', 'channel.sender': 1, checkpoint: 2 }],
      ['recordProcessed', { task: 'count[1]', 'channel.sender': 1 }],
      ['barrierReceived', { task: 'count[1]', 'channel.sender': 0, checkpoint: 2 }],
      ['snapshotTaken', { task: 'count[1]', checkpoint: 2 }],
      ['attemptStarting', { attempt: 2, restoredFrom: 2 }],
    );
    history.atLeastOnceWithDuplicates();
  },
);

/*
 *   numbers[1] ── blocked ████|───────────────> count[1]     aligned at first; the time is over before the other barrier
 *   numbers[0] ─── slow link ── | r r r r r ──> count[1]     comes: the snapshot is taken now, and what still comes is kept
 */
story(
  'aligned with timeout: an alignment at the input that takes too long turns unaligned',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('timeout', { alignedTimeoutMs: 5, recordIntervalUs: 4_000, bufferRecords: 4 });
    cluster.slowLink('taskmanager-2', 'taskmanager-1', 12);
    const history = run();
    const checkpoint = history.all('channelStatePersisted', { task: 'count[1]', side: 'input' })[0]?.checkpoint ?? 0;
    const [early, late] = [
      { task: 'count[1]', 'channel.sender': 1, checkpoint },
      { task: 'count[1]', 'channel.sender': 0, checkpoint },
    ];
    history.inOrder(
      ['channelBlocked', early],
      ['alignmentTimedOut', { task: 'count[1]', checkpoint }],
      ['snapshotTaken', { task: 'count[1]', checkpoint, unaligned: true }],
      ['barrierReceived', late],
      ['channelStatePersisted', { ...late, side: 'input' }],
      ['checkpointCompleted', { checkpoint }],
    );
    // What was blocked stays blocked until all barriers have come, and is no channel state.
    history.noneBetween(['channelBlocked', early], ['barrierReceived', late], 'channelUnblocked', early);
    history.never('channelStatePersisted', early);
    const { from, to } = history.between('numbers[0]', 'count[1]', checkpoint);
    expect(history.inFlight(checkpoint, { 'channel.sender': 0, 'channel.receiver': 1 })).toBe(to - from);
    expect(history.result.checkpoints.find((stats) => stats.checkpoint === checkpoint)?.unalignedCheckpoint).toBe(true);
    history.exactlyOnce();
  },
);

/*
 *   numbers[0] [ r r r | ] ──no credit──> count[1], slow      the barrier has not even left its sender
 *   numbers[0] [ | r r r ] ─────────────>
 */
story(
  'aligned with timeout: a barrier that has queued too long at the output overtakes there',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('timeout', { alignedTimeoutMs: 5, credits: 1, outputBuffersMax: 6 });
    cluster.slow('count[1]');
    const history = run();
    const [first] = history.all('outputTimedOut');
    const checkpoint = first?.checkpoint ?? 0;
    history.inOrder(
      ['snapshotTaken', { 'task.vertex': 'numbers', checkpoint, unaligned: false }],
      ['outputTimedOut', { 'task.vertex': 'numbers', 'channel.receiver': 1, checkpoint }],
      ['channelStatePersisted', { 'task.vertex': 'numbers', checkpoint, side: 'output' }],
      ['acknowledged', { 'task.vertex': 'numbers', checkpoint }],
      ['checkpointCompleted', { checkpoint }],
    );
    expect(history.inFlight(checkpoint, { side: 'output' })).toBeGreaterThan(0);
    history.exactlyOnce();
  },
);

/*
 *   numbers ──forward──> both ──hash──> count     a forward edge has no key to redistribute its records by:
 *   extras  ──forward──┘                          aligned into `both`, unaligned again behind it
 */
story(
  'unaligned: a node behind forward edges is aligned all the same, and the way behind it is not',
  ({ job, cluster, run }) => {
    job.of('forced').takesCheckpoints('unaligned');
    cluster.slow('count[1]').slow('extras[0]', 20);
    const history = run();
    const forced = history
      .all('barrierSent')
      .filter(({ task }) => task.vertex === 'numbers' || task.vertex === 'extras');
    expect(new Set(forced.flatMap(({ edges }) => edges.map(({ alignment }) => alignment)))).toEqual(
      new Set(['forced']),
    );
    history.never('barrierReceived', { 'task.vertex': 'both', overtook: true });
    history.never('channelStatePersisted', { 'task.vertex': 'both', side: 'input' });
    history.inOrder(
      ['channelBlocked', { 'task.vertex': 'both', checkpoint: 2 }],
      ['channelUnblocked', { 'task.vertex': 'both', checkpoint: 2 }],
      ['barrierReceived', { task: 'count[1]', checkpoint: 2, overtook: true }],
      ['snapshotTaken', { task: 'count[1]', checkpoint: 2, unaligned: true }],
    );
    history.exactlyOnce();
  },
);
