/** The job manager on bad days. */
import { expect } from 'vitest';
import { story } from './story.ts';

const TASKS = 4;

/*
 *   ack ack ack ack ✝ metadata  pointer        no trace says that checkpoint 2 ever was
 */
story(
  'the job manager dies between the last acknowledgement and completion: the checkpoint never was',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('aligned');
    cluster.crash('jobmanager').at('checkpointAcknowledged', { checkpoint: 2 }, TASKS);
    const history = run();
    expect(history.all('checkpointAcknowledged', { checkpoint: 2, 'task.attempt': 1 })).toHaveLength(TASKS);
    history.never('checkpointCompleted', { checkpoint: 2, attempt: 1 });
    history.inOrder(
      ['attemptStarting', { attempt: 2, restoredFrom: 1 }],
      ['checkpointCompleted', { checkpoint: 2, attempt: 2 }],
    );
    history.exactlyOnce();
  },
);

/*
 *   ack ack ack ack metadata pointer ✝ notify        complete, no task was notified: the sinks commit after the restore
 */
story(
  'the job manager dies between completion and the word of it: the restored sinks commit',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('aligned');
    cluster.crash('jobmanager').at('checkpointCompleted', { checkpoint: 2 });
    const history = run();
    const prepared = history.all('transactionPrepared', { checkpoint: 2, 'task.attempt': 1 });
    expect(prepared.length).toBeGreaterThan(0);
    history.never('notifiedComplete', { checkpoint: 2, 'task.attempt': 1 });
    history.inOrder(['attemptStarting', { attempt: 2, restoredFrom: 2 }]);
    for (const { transaction } of prepared) history.once('transactionCommitted', { transaction, recovered: true });
    history.exactlyOnce();
  },
);

/*
 *   trigger 2, ack ✝        barriers of 2 are still under way when the new job manager cancels their attempt
 */
story(
  'the job manager dies with a checkpoint pending: the next attempt takes it up again under the same id',
  ({ job, cluster, run }) => {
    job.takesCheckpoints('aligned');
    cluster.slowLink('taskmanager-2', 'taskmanager-1', 15);
    cluster.crash('jobmanager').at('channelBlocked', { checkpoint: 2 });
    const history = run();
    history.inOrder(
      ['checkpointTriggered', { attempt: 1, checkpoint: 2 }],
      ['channelBlocked', { task: 'count[1]', checkpoint: 2 }],
      ['attemptStarting', { attempt: 2, restoredFrom: 1 }],
      ['checkpointTriggered', { attempt: 2, checkpoint: 2 }],
      ['checkpointCompleted', { attempt: 2, checkpoint: 2 }],
    );
    history.never('checkpointCompleted', { attempt: 1, checkpoint: 2 });
    history.exactlyOnce();
  },
);

/*
 *   complete 1 ok    complete 2 lost    complete 3: commits the transactions of 2 and 3
 */
story('a lost notification is compensated by the next one', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned');
  cluster.misbehaves('jobmanager', 'notification-lost', 2, 3);
  const history = run();
  history.never('notifiedComplete', { checkpoint: 2 });
  const prepared = history.all('transactionPrepared', { checkpoint: 2 });
  expect(prepared.length).toBeGreaterThan(0);
  for (const { transaction } of prepared) {
    history.inOrder(
      ['checkpointCompleted', { checkpoint: 2 }],
      ['notifiedComplete', { checkpoint: 3 }],
      ['transactionCommitted', { transaction }],
    );
  }
  history.exactlyOnce();
});

/*
 *   complete 2 lost    abort 3, "2 is complete": commits the transactions of 2
 */
story('a lost notification is compensated by the notification of an abort', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned', { inlineStateBytes: 0 });
  cluster.misbehaves('jobmanager', 'notification-lost', 2, 3).refusesPut(6);
  const history = run();
  expect(history.aborted('declined')).toBe(3);
  history.never('notifiedComplete', { checkpoint: 2 });
  for (const { transaction, task } of history.all('transactionPrepared', { checkpoint: 2 })) {
    history.inOrder(
      ['checkpointCompleted', { checkpoint: 2 }],
      ['notifiedAborted', { task: `${task.vertex}[${task.subtask}]`, checkpoint: 3, latestCompleted: 2 }],
      ['transactionCommitted', { transaction }],
      ['notifiedComplete', { checkpoint: 4 }],
    );
  }
  history.exactlyOnce();
});

/*
 *   ... 8 9 ✝ | 10 11 ✝ | 12        by number, not by text: 9 is older than 10
 */
story(
  'ids go from 9 to 10 across a restart of the job manager, and the newest is by number',
  ({ job, cluster, run }) => {
    job.numbers(120, 120).takesCheckpoints('aligned', { checkpointIntervalMs: 20, retainedCheckpoints: 3 });
    cluster.crash('jobmanager').at('checkpointCompleted', { checkpoint: 9 });
    cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 10 });
    const history = run();
    history.inOrder(
      ['checkpointCompleted', { attempt: 1, checkpoint: 9 }],
      ['attemptStarting', { attempt: 2, restoredFrom: 9 }],
      ['checkpointTriggered', { attempt: 2, checkpoint: 10 }],
      ['checkpointCompleted', { attempt: 2, checkpoint: 10 }],
      ['attemptStarting', { attempt: 3, restoredFrom: 10 }],
    );
    history.exactlyOnce();
  },
);

/*
 *   count[1] prepares ✝ commits        what is prepared belongs to the checkpoint: committed if it is complete
 */
story('a task dies between pre-commit and commit, and its successor commits', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned');
  cluster.crash('count[1]').between('notifiedComplete', 'transactionCommitted', { checkpoint: 2 });
  const history = run();
  const [prepared] = history.all('transactionPrepared', { task: 'count[1]', checkpoint: 2 });
  history.inOrder(
    ['transactionPrepared', { task: 'count[1]', checkpoint: 2 }],
    ['attemptStarting', { attempt: 2, restoredFrom: 2 }],
    ['transactionCommitted', { transaction: prepared?.transaction, recovered: true }],
  );
  history.exactlyOnce();
});
