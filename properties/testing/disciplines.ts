/** For tests of laws: good hand-made histories of every barrier discipline, of finished tasks, savepoints and stops. */
import type { CheckpointingConfig } from '../../core/config.ts';
import { event } from '../model/testing/turns.ts';
import type { History } from './listen.ts';
import { Script } from './script.ts';
import { BROADCAST, INPUT, windows } from './jobs.ts';

/** Keys of both subtasks of `sums` from both sources, so that every channel carries something. */
const MIXED = [
  [event('a', 1), event('b', 2), event('a', 12), event('b', 31)],
  [event('b', 3), event('a', 4), event('b', 13), event('a', 32)],
];

function mixed(checkpointing: Partial<CheckpointingConfig>): Script {
  return windows(MIXED, { checkpointing });
}

const UNALIGNED = { unaligned: true };
const TIMED = { unaligned: true, alignedTimeoutMs: 50 };
const LOOSE = { mode: 'at-least-once' } as const;

/** Both sources have sent and no task has received, when checkpoint 1 overtakes everything. */
function overtaken(): Script {
  return mixed(UNALIGNED).start().read(0).read(0).read(0).read(1).read(1).trigger(1).drain().complete(1).notify(1);
}

/** An unaligned checkpoint with in-flight data on every channel, and no failure. */
export function unaligned(): History {
  return overtaken().finish(2).history;
}

/** It is restored, perhaps at another parallelism, and what was in flight comes first. */
export function replayed(parallelism: Readonly<Record<string, number>> = {}): History {
  return overtaken().start(1, parallelism).drain().read(0).read(1).drain().checkpoint(2).finish(3).history;
}

/** `sums[0]` takes a record of source 0 in turn before the barrier of source 1 overtakes. */
export function halfOvertaken(): History {
  return mixed(UNALIGNED)
    .start()
    .read(0)
    .read(0)
    .read(1)
    .read(1)
    .take('sums', 0, 1, { sender: 0 })
    .trigger(1)
    .take('sums', 0, 1, { sender: 1 })
    .drain()
    .complete(1)
    .notify(1)
    .finish(2).history;
}

/** All barriers come in their turn. */
export function inTime(): History {
  return mixed(TIMED).start().read(0).read(1).trigger(1).drain().complete(1).notify(1).finish(2).history;
}

/** `sums[0]` waits for source 1 too long, and goes on unaligned. */
export function tooLate(): Script {
  return mixed(TIMED)
    .start()
    .read(0)
    .read(1)
    .read(1)
    .trigger(1)
    .take('sums', 0, 10, { sender: 0 })
    .timeOut('sums', 0, 1)
    .drain()
    .complete(1)
    .notify(1);
}
export function timedOut(): History {
  return tooLate().start(1).drain().read(0).drain().checkpoint(2).finish(3).history;
}

/** The barrier of source 1 waits too long in its output queue to `sums[0]`. */
export function outputTimedOut(): History {
  return mixed(TIMED)
    .start()
    .read(0)
    .read(1)
    .read(1)
    .trigger(1)
    .outputTimeOut('in', 1, 0, 1)
    .drain()
    .complete(1)
    .notify(1)
    .finish(2).history;
}

/** `sums[0]` takes a record from behind the barrier of source 0 while it waits for that of source 1; then a failure. */
export function loose(): Script {
  return mixed(LOOSE)
    .start()
    .read(0)
    .read(1)
    .trigger(1)
    .read(0)
    .read(0)
    .take('sums', 0, 10, { sender: 0 })
    .drain()
    .complete(1)
    .notify(1);
}
export function atLeastOnce(): History {
  return loose().start(1).drain().read(1).drain().checkpoint(2).finish(3).history;
}

/** A plain savepoint in an unaligned job: data is queued before its barriers, and takes its turn. */
export function savepointed(): History {
  return mixed(UNALIGNED)
    .start()
    .read(0)
    .read(1)
    .read(1)
    .savepoint(1)
    .trigger(2)
    .drain()
    .complete(2)
    .notify(2)
    .finish(3).history;
}

/** Stopped with a savepoint, and gone on from there. */
export function stopped(): History {
  return windows(INPUT)
    .start()
    .read(0)
    .drain()
    .checkpoint(1)
    .read(1)
    .drain()
    .stop(2)
    .resumed()
    .start(2)
    .read(0)
    .drain()
    .checkpoint(3)
    .finish(4).history;
}

/** Stopped in the middle of the input with the end of event time. */
export function drained(): History {
  const script = windows(INPUT).start().read(0).read(1).drain().stop(1, 'drain');
  script.steps.push({ step: 'settled' });
  return script.history;
}

/** Source 0 has read everything and finishes behind checkpoint 1; checkpoint 2 is without it. */
export function partlyFinished(): Script {
  return windows(INPUT)
    .start()
    .read(0)
    .read(0)
    .read(0)
    .read(1)
    .end('in', 0)
    .drain()
    .checkpoint(1)
    .finishTask('in', 0)
    .read(1)
    .drain()
    .checkpoint(2);
}
export function finishing(): History {
  return partlyFinished().finish(3).history;
}
/** The source restarts whole, with the split that is left. */
export function finishedInPart(): History {
  return partlyFinished().start(2).read(1).drain().checkpoint(3).finish(4).history;
}

/** Everything has finished but the last vertex, whose senders restore as finished. */
export function finishedOnRestore(): History {
  return windows(INPUT)
    .start()
    .read(0)
    .read(0)
    .read(0)
    .read(1)
    .read(1)
    .read(1)
    .end()
    .drain()
    .checkpoint(1)
    .finishTask('in', 0)
    .finishTask('in', 1)
    .drain()
    .checkpoint(2)
    .start(2)
    .drain()
    .checkpoint(3)
    .settle().history;
}

/** `sums[0]` waits for the barrier of source 1 when checkpoint 1 is given up; that barrier comes late; checkpoint 2 is taken. */
export function abortedInAlignment(): Script {
  return windows(INPUT)
    .start()
    .read(0)
    .read(1)
    .trigger(1)
    .take('sums', 0, 10, { sender: 0 })
    .abort(1, ['sums', 0], ['sums', 1])
    .drain()
    .read(0)
    .read(0)
    .drain();
}
export function aborted(): History {
  return abortedInAlignment().checkpoint(2).finish(3).history;
}

/** The sources hear of the abort before they have sent a barrier, and send cancel markers. */
export function cancelledAtTheSources(): History {
  return windows(INPUT).start().read(0).read(1).abort(1, ['in', 0], ['in', 1]).read(0).drain().checkpoint(2).finish(3)
    .history;
}

/** A savepoint is aborted, and `sums[0]` takes note of checkpoint 2 before its barriers come: they are over, and 2 goes downstream. */
export function passedOver(): History {
  return mixed(TIMED)
    .start()
    .read(0)
    .read(1)
    .trigger(1, 'savepoint')
    .abort(1)
    .trigger(2)
    .announce('sums', 0, { sender: 0 })
    .drain()
    .complete(2)
    .notify(2)
    .finish(3).history;
}

/** `sums[0]` waits for the barrier of source 1 when it takes note of the next checkpoint of source 0. */
export function subsumedByAnnouncement(): History {
  return mixed(TIMED)
    .start()
    .read(0)
    .read(1)
    .trigger(1)
    .take('sums', 0, 10, { sender: 0 })
    .abort(1)
    .trigger(2)
    .announce('sums', 0, { sender: 0 })
    .drain()
    .complete(2)
    .notify(2)
    .finish(3).history;
}

/** The sources cancel checkpoint 2 and finish. `sums` is triggered for 3 before it reads the cancel markers. */
export function triggeredBehindCancelMarkers(): History {
  return windows(INPUT)
    .start()
    .read(0)
    .read(0)
    .read(0)
    .read(1)
    .read(1)
    .read(1)
    .end()
    .drain()
    .checkpoint(1)
    .abort(2, ['in', 0], ['in', 1])
    .finishTask('in', 0)
    .finishTask('in', 1)
    .trigger(3)
    .drain()
    .complete(3)
    .notify(3)
    .settle().history;
}

/** `sums[0]` aligns for a savepoint that is given up when the barrier of checkpoint 2 overtakes on the channel that is blocked. */
export function overtakenInAlignment(): History {
  return mixed(UNALIGNED)
    .start()
    .read(0)
    .read(1)
    .read(1)
    .trigger(1, 'savepoint')
    .take('sums', 0, 10, { sender: 0 })
    .abort(1)
    .trigger(2)
    .take('sums', 0, 1, { sender: 0 })
    .drain()
    .complete(2)
    .notify(2)
    .finish(3).history;
}

/** An unaligned job whose only edge is a broadcast: its receivers are forced to align, with data queued before the barrier. */
export function forced(): History {
  const input = { in: [[event('a', 1), event('a', 2)], [event('b', 3)]] };
  return new Script({ job: BROADCAST, input, parallelism: { in: 2, out: 2 }, checkpointing: UNALIGNED })
    .start()
    .read(0)
    .read(1)
    .trigger(1)
    .read(0)
    .drain()
    .complete(1)
    .notify(1)
    .finish(2).history;
}
