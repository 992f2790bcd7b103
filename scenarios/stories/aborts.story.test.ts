/** Checkpoints that fail while their barriers are under way. */
import { expect } from 'vitest';
import { story } from './story.ts';

/*
 *   numbers ──> left, slow ── r r r | ──> count      the coordinator gives checkpoint n up; count hears of it
 *           └─> right ────────────────|─> count      before a barrier of n has come, and remembers
 */
story(
  'an abort that comes before the barrier is remembered, and a cancel marker goes on in its place',
  ({ job, cluster, run }) => {
    job.of('relay').takesCheckpoints('aligned', {
      checkpointTimeoutMs: 45,
      checkpointIntervalMs: 50,
      outputBuffersMax: 4,
      credits: 4,
    });
    cluster.slow('relay[0]', 80).slow('relay[1]', 80);
    const history = run();
    const checkpoint = history.aborted('expired');
    history.inOrder(
      ['checkpointTriggered', { checkpoint }],
      ['checkpointAborted', { checkpoint, reason: 'expired' }],
      ['abortRemembered', { 'task.vertex': 'count', checkpoint }],
    );
    history.never('snapshotTaken', { 'task.vertex': 'count', checkpoint });
    history.exactlyOnce();
  },
);

/*
 *   numbers ──> left, slow ──> count[0]      blocked by the barrier of `right`; the abort unblocks it,
 *           └─> right ───|──> count[0]       and downstream of a task that never sees the barrier there is a cancel marker
 */
story('an abort ends an alignment in a diamond: the blocked channels continue', ({ job, cluster, run }) => {
  job.of('diamond').takesCheckpoints('aligned', {
    checkpointTimeoutMs: 45,
    checkpointIntervalMs: 50,
    outputBuffersMax: 4,
    credits: 4,
  });
  cluster.slow('left[0]', 80);
  const history = run();
  const checkpoint = history.aborted('expired');
  history.inOrder(
    ['channelBlocked', { 'task.vertex': 'count', checkpoint }],
    ['checkpointAborted', { checkpoint, reason: 'expired' }],
    ['notifiedAborted', { 'task.vertex': 'count', checkpoint }],
    ['channelUnblocked', { 'task.vertex': 'count', checkpoint }],
  );
  history.never('snapshotTaken', { 'task.vertex': 'count', checkpoint });
  history.exactlyOnce();
});

/*
 *   count[0] ──X declines 1 ──> coordinator ── abort 1 ──> count[1]
 *   numbers[0] ───────── slow link ───────── | 1 ────────> count[1]       too late: it neither blocks nor counts
 */
story('the barrier of an aborted checkpoint arrives late and is obsolete', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned', { inlineStateBytes: 0 });
  cluster.refusesPut(0).slowLink('taskmanager-2', 'taskmanager-1', 40);
  const history = run();
  const checkpoint = history.aborted('declined');
  history.inOrder(
    ['channelBlocked', { task: 'count[1]', 'channel.sender': 1, checkpoint }],
    ['declined', { task: 'count[0]', checkpoint }],
    ['notifiedAborted', { task: 'count[1]', checkpoint }],
    ['channelUnblocked', { task: 'count[1]', 'channel.sender': 1, checkpoint }],
    ['barrierObsolete', { task: 'count[1]', 'channel.sender': 0, checkpoint }],
  );
  history.never('snapshotTaken', { task: 'count[1]', checkpoint });
  history.never('checkpointCompleted', { checkpoint });
  history.exactlyOnce();
});

/*
 *   trigger 2 ────────────────> complete 2
 *        trigger 3 ────────────────> complete 3
 */
story('two checkpoints overlap, each a cut of its own', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned', { checkpointIntervalMs: 15, maxConcurrentCheckpoints: 2 });
  cluster.slowLink('taskmanager-2', 'taskmanager-1', 20);
  const history = run();
  history.inOrder(
    ['checkpointTriggered', { checkpoint: 2 }],
    ['checkpointTriggered', { checkpoint: 3 }],
    ['checkpointCompleted', { checkpoint: 2 }],
    ['checkpointCompleted', { checkpoint: 3 }],
  );
  history.inOrder(
    ['barrierReceived', { task: 'count[1]', checkpoint: 2 }],
    ['barrierSent', { task: 'numbers[1]', checkpoint: 3 }],
    ['snapshotTaken', { task: 'count[1]', checkpoint: 2 }],
    ['snapshotTaken', { task: 'count[1]', checkpoint: 3 }],
  );
  history.exactlyOnce();
});

/*
 *   count: snapshot n ──put──X refused ──> decline n        n + 1 is a new one, and complete
 */
story('the async part fails and declines its checkpoint; the next one succeeds', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned', { inlineStateBytes: 0 });
  cluster.refusesPut(3);
  const history = run();
  const checkpoint = history.aborted('declined');
  history.inOrder(
    ['snapshotTaken', { 'task.vertex': 'count', checkpoint }],
    ['declined', { 'task.vertex': 'count', checkpoint, reason: 'failed' }],
    ['checkpointAborted', { checkpoint, reason: 'declined' }],
    ['checkpointCompleted', { checkpoint: checkpoint + 1 }],
  );
  history.never('attemptFailed');
  history.never('checkpointCompleted', { checkpoint });
  history.exactlyOnce();
});

/*
 *   tolerableFailures: 1        n failed, n + 1 failed: one too many
 */
story(
  'one failed checkpoint more than is tolerable restarts the job, from the last completed one',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('aligned', { tolerableFailures: 1, inlineStateBytes: 0 });
    cluster.refusesPut(3).refusesPut(5);
    const history = run();
    const [first, second] = history.all('checkpointAborted', { reason: 'declined' });
    expect(second?.checkpoint).toBe((first?.checkpoint ?? 0) + 1);
    history.inOrder(
      ['checkpointAborted', { checkpoint: first?.checkpoint, attempt: 1 }],
      ['checkpointAborted', { checkpoint: second?.checkpoint, attempt: 1 }],
      ['attemptFailed', { attempt: 1 }],
      ['attemptStarting', { attempt: 2, restoredFrom: (first?.checkpoint ?? 0) - 1 }],
    );
    expect(history.all('attemptFailed', { attempt: 1 })[0]?.message).toContain('CheckpointFailuresExceeded');
    history.exactlyOnce();
  },
);
