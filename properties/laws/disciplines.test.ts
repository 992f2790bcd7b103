/** Good histories of every barrier discipline: no law has anything against them. */
import { expect, it } from 'vitest';
import { judge } from '../testing/listen.ts';
import * as histories from '../testing/disciplines.ts';

const good = {
  'unaligned, with data in flight': histories.unaligned(),
  'a record in turn, then a barrier that overtakes': histories.halfOvertaken(),
  'restored with data in flight': histories.replayed(),
  'restored with data in flight at higher parallelism': histories.replayed({ in: 1, sums: 3 }),
  'restored with data in flight at lower parallelism': histories.replayed({ sums: 1 }),
  'aligned with timeout, in time': histories.inTime(),
  'aligned with timeout, too late at the inputs': histories.timedOut(),
  'aligned with timeout, too late at an output': histories.outputTimedOut(),
  'at least once, with a restore': histories.atLeastOnce(),
  'a savepoint under unaligned': histories.savepointed(),
  'stopped and resumed': histories.stopped(),
  'stopped with the end of event time': histories.drained(),
  'a task that has finished takes no part': histories.finishing(),
  'a vertex that had finished in part restarts whole': histories.finishedInPart(),
  'a vertex that had finished restores as finished': histories.finishedOnRestore(),
  'aborted while a task aligns': histories.aborted(),
  'aborted before the sources have sent a barrier': histories.cancelledAtTheSources(),
  'a barrier comes behind the announcement of a newer one': histories.passedOver(),
  'a checkpoint is given up for one that is announced': histories.subsumedByAnnouncement(),
  'a trigger comes before the cancel markers of older checkpoints': histories.triggeredBehindCancelMarkers(),
  'a savepoint in alignment, overtaken on its blocked channel': histories.overtakenInAlignment(),
  'a forced node in an unaligned job': histories.forced(),
};

for (const [name, history] of Object.entries(good)) {
  it(`no law is broken by: ${name}`, () => {
    expect(
      judge(history).map(
        (violation) =>
          `${violation.law}/${violation.anomaly}: ${violation.message} ${JSON.stringify(violation.evidence)}`,
      ),
    ).toEqual([]);
  });
}
