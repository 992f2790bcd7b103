import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { change, drop, fact, type History, insertAfter, move, repeat } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { ALARMS, ALARMS_TAPE, anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
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
