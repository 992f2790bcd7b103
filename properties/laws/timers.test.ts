import { expect, it } from 'vitest';
import type { KeyedContext } from '../../core/job/functions.ts';
import { BY_KEY, type Event, event, job, process, sink } from '../model/testing/turns.ts';
import { change, drop, fact, type History, insertAfter, move, repeat } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { ALARMS, ALARMS_TAPE, anomaliesOf, perRecord, plain, provesLaw } from '../testing/jobs.ts';
import { timers } from './timers.ts';

function alarms(): Script {
  const input = { in: [[event('a', 1), event('d', 3), event('a', 40)]] };
  return new Script({ job: ALARMS, input, parallelism: {}, tape: ALARMS_TAPE });
}
/** Timers 6 and 8, of two key groups of one task, fire at one advance. */
function together(): History {
  return alarms().start().read(0).read(0).drain().finish(1).history;
}

/** A timer of key 'a' is due at once; later, at `us`, come `more` records of the key. */
function due(us: number, fires: boolean, more = 20): History {
  const input = { in: [[event('a', 1), ...Array.from({ length: more }, () => event('a', 2))]] };
  const script = new Script({ job: ALARMS, input, parallelism: {}, tape: ALARMS_TAPE }).start().read(0).drain();
  if (fires) script.fireProcessing('alarms', 'a', script.keyGroupOf(0, event('a', 1)), 1_001, 5_000);
  script.at(us);
  for (let i = 0; i < more; i++) script.read(0).drain();
  return script.finish(1).history;
}

/** The first record of a key sets a timer for 1,001, and reads the clock for it; the others do not. */
const ONE_ALARM = job(
  {
    in: perRecord(0),
    alarm: process(() => ({
      processElement({ n }: Event, { timerService }: KeyedContext<string>): void {
        if (n === 1 && timerService.currentProcessingTime() > 0) timerService.registerProcessingTimeTimer(1_001);
      },
    })),
    out: sink('out'),
  },
  [
    ['in', 'alarm', BY_KEY],
    ['alarm', 'out', { kind: 'rebalance' }],
  ],
);

provesLaw(timers, {
  overdue: {
    accepts: () => due(900_000, true),
    rejects: () => due(900_000, false),
  },
  early: {
    accepts: together,
    rejects: () =>
      change(
        plain(),
        'eventTimerFired',
        () => true,
        () => ({ timestamp: 1_000 }),
      ),
  },
  missed: {
    accepts: plain,
    rejects: () => drop(together(), 'eventTimerFired', () => true),
  },
  surplus: {
    accepts: plain,
    rejects: () => repeat(together(), 'eventTimerFired', () => true),
  },
  'not-least-first': {
    accepts: together,
    rejects: () =>
      move(
        together(),
        'eventTimerFired',
        ({ timestamp }) => timestamp === 8,
        'before',
        'eventTimerFired',
        ({ timestamp }) => timestamp === 6,
      ),
  },
});

it('a processing-time timer never fires before its millisecond is over, nor one that is not registered', () => {
  const fired = (timestamp: number, now: number): History => {
    const script = alarms().start().read(0).drain();
    return script.fireProcessing('alarms', 'a', script.keyGroupOf(0, event('a', 1)), timestamp, now).finish(1).history;
  };
  expect(anomaliesOf(timers, fired(1_001, 1_002))).toEqual([]);
  expect(anomaliesOf(timers, fired(1_001, 1_001))).toEqual(['early']);
  expect(anomaliesOf(timers, fired(2_000, 2_001))).toEqual(['surplus']);
});

it('a timer that fires in the turn of a record is no timer of an advance', () => {
  const history = insertAfter(
    together(),
    'recordProcessed',
    () => true,
    ({ task }) => fact('eventTimerFired', { task, timestamp: 6, key: 'a', keyGroup: 0, namespace: undefined }),
  );
  expect(anomaliesOf(timers, history)).not.toEqual([]);
});

it('a processing-time timer may be late by as much as a slow task needs', () => {
  expect(anomaliesOf(timers, due(300_000, false))).toEqual([]);
});

it('a timer that is due may wait for a few records more, and for some for each earlier timer that fires', () => {
  expect(anomaliesOf(timers, due(900_000, false, 12))).toEqual([]);
  expect(anomaliesOf(timers, due(900_000, false, 18))).toEqual(['overdue']);
});

it('a timer that is due no longer, for the clock has been set back, may wait until the clock has come to it again', () => {
  // The clock shows 5,000 at 0 ms, the timer is for 1,001, and the clock is set back to 500: it is due again at 501 ms.
  const setBack = (...moments: readonly (readonly [ms: number, records: number])[]): History => {
    const records = moments.flatMap(([, count]) => Array.from({ length: count }, () => event('a', 2, 2)));
    const input = { in: [[event('a', 1), ...records]] };
    let turns = 0;
    const tape = (): { clock: number[]; random: [] } => ({ clock: turns++ === 0 ? [5_000] : [], random: [] });
    const script = new Script({ job: ONE_ALARM, input, parallelism: {}, tape });
    script.start().read(0).drain();
    for (const owner of ['worker-0', 'worker-1']) script.steps.push({ step: 'clock', process: owner, byMs: -4_500 });
    for (const [ms, count] of moments) {
      script.at(ms * 1_000);
      for (let i = 0; i < count; i++) script.read(0).drain();
    }
    return script.finish(1).history;
  };
  expect(anomaliesOf(timers, setBack([1, 20], [450, 20]))).toEqual([]);
  expect(anomaliesOf(timers, setBack([1, 20], [600, 20], [900, 20]))).toEqual([]);
  expect(anomaliesOf(timers, setBack([1, 20], [600, 20], [1_100, 20]))).toEqual(['overdue']);
});
