/** Tasks and jobs that come to their end while checkpoints go on. */
import { expect } from 'vitest';
import { story } from './story.ts';

/*
 *   trigger n ── numbers[0]: last record, end of data ── | ──> count[1]        the barrier comes behind the end
 */
story('a source reaches the end of its data while a checkpoint is pending', ({ job, cluster, run }) => {
  job.numbers(20, 60).takesCheckpoints('aligned', { checkpointIntervalMs: 10 });
  cluster.slowLink('taskmanager-2', 'taskmanager-1', 20);
  const history = run();
  const spanning = history.all('checkpointCompleted').filter(({ checkpoint }) => {
    const ended = ['inputEnded', { task: 'count[1]', 'channel.sender': 0 }] as const;
    const triggered = history.indexOf('checkpointTriggered', { checkpoint });
    return (
      triggered < history.indexOf(...ended) &&
      history.indexOf(...ended) < history.indexOf('checkpointCompleted', { checkpoint })
    );
  });
  expect(spanning.length).toBeGreaterThan(0);
  history.exactlyOnce();
});

/*
 *   numbers[0] done ▪   numbers[1] r r r r ✝      the checkpoint has numbers[0] as finished; numbers restarts whole,
 *                                                 with the split that is left, and reads nothing again
 */
story(
  'a checkpoint has a finished task, and a vertex that had finished in part restarts whole',
  ({ job, cluster, run }) => {
    job.numbers(10, 120).takesCheckpoints('aligned');
    cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 4 });
    const history = run();
    history.inOrder(
      ['taskFinished', { task: 'numbers[0]', 'task.attempt': 1 }],
      ['checkpointTriggered', { checkpoint: 4 }],
      ['attemptStarting', { attempt: 2, restoredFrom: 4 }],
    );
    expect(history.all('checkpointTriggered', { attempt: 1, checkpoint: 4 })[0]?.finished).toEqual(['numbers[0]']);
    history.inOrder(['taskOpened', { task: 'numbers[0]', 'task.attempt': 2, finishedOnRestore: false }]);
    history.exactlyOnce();
  },
);

/*
 *   extras[0] ▪ extras[1] ▪   numbers r r r ✝     all of extras had finished: restored as finished, it runs no user code
 */
story('a vertex that had finished as a whole is restored as finished', ({ job, cluster, run }) => {
  job.of('forced').numbers(120, 120).extras(8, 8).takesCheckpoints('unaligned');
  cluster.crash('count[1]').at('notifiedComplete', { checkpoint: 4 });
  const history = run();
  expect(history.all('checkpointTriggered', { attempt: 1, checkpoint: 4 })[0]?.finished).toEqual([
    'extras[0]',
    'extras[1]',
  ]);
  history.inOrder(
    ['attemptStarting', { attempt: 2, restoredFrom: 4 }],
    ['taskOpened', { task: 'extras[0]', 'task.attempt': 2, finishedOnRestore: true }],
  );
  history.never('sourceRecord', { 'task.vertex': 'extras', 'task.attempt': 2 });
  history.exactlyOnce();
});

/*
 *   r r r r | savepoint    stopped ... resumed r r r r        nothing in between, nothing twice
 */
story('a job is stopped without drain and resumed from its savepoint', ({ job, cluster, run }) => {
  job.takesCheckpoints('unaligned');
  cluster.stop('suspend').at('notifiedComplete', { checkpoint: 1 });
  const history = run();
  const [stopped] = history.all('checkpointCompleted', { kind: 'stop' });
  history.inOrder(
    ['checkpointCompleted', { kind: 'stop' }],
    ['jobEnded', { status: 'stopped' }],
    ['attemptStarting', { restoredFrom: stopped?.checkpoint }],
    ['sourceRecord', { 'task.attempt': 2 }],
    ['jobEnded', { status: 'finished' }],
  );
  history.exactlyOnce();
});

/*
 *   r r r r MAX | savepoint    drained: event time has ended, what was read is all there ever is
 */
story('a job is stopped with drain: it commits what it has read, and event time ends', ({ job, cluster, run }) => {
  job.takesCheckpoints('aligned');
  cluster.stop('drain').at('notifiedComplete', { checkpoint: 1 });
  const history = run();
  history.inOrder(
    ['watermarkSent', { 'task.vertex': 'numbers', watermark: Number.MAX_SAFE_INTEGER }],
    ['checkpointCompleted', { kind: 'drain' }],
    ['jobEnded', { status: 'stopped' }],
  );
  history.exactlyOnceOfWhatWasRead();
});
