import { barrierDiscipline } from './barrier-discipline.ts';
import { drop, fact, type History, insertAfter, move, repeat } from './testing.ts';
import { crashed, INPUT, plain, provesLaw, windows } from './testing-jobs.ts';

/** Records and the barrier behind them wait in the channels together. */
function queued(): History {
  return windows(INPUT).start().read(0).read(1).trigger(1).drain().complete(1).notify(1).finish(2).history;
}

provesLaw(barrierDiscipline, {
  'processed-past-barrier': {
    accepts: crashed,
    rejects: () =>
      insertAfter(plain(), 'channelBlocked', () => true, ({ task, channel }) => fact('statusReceived', { task, channel, idle: false })),
  },
  'snapshot-without-barrier': {
    accepts: plain,
    rejects: () => drop(plain(), 'barrierReceived', ({ task }) => task.vertex === 'sums'),
  },
  'between-barrier-and-snapshot': {
    accepts: plain,
    rejects: () =>
      move(
        plain(),
        'snapshotTaken',
        ({ task }) => task.vertex === 'in' && task.subtask === 0,
        'after',
        'sourceRecord',
        ({ split, offset }) => split === 'in-0' && offset === 1,
      ),
  },
  'barriers-not-rising': {
    accepts: plain,
    rejects: () => repeat(plain(), 'barrierReceived', () => true),
  },
  'snapshots-not-rising': {
    accepts: plain,
    rejects: () => repeat(plain(), 'snapshotTaken', () => true),
  },
  'barrier-moved': {
    accepts: queued,
    rejects: () =>
      move(
        queued(),
        'barrierReceived',
        ({ channel }) => channel.edge === 0 && channel.sender === 0 && channel.receiver === 0,
        'before',
        'recordProcessed',
        ({ channel }) => channel.edge === 0 && channel.sender === 0,
      ),
  },
});
