/** Marks of keyed state: time to live that runs on while its task does not. */
import type { Facts, Probe } from '../../core/facts.ts';
import type { Mark } from './mark.ts';

/**
 * Hears of values that expire in a restored attempt and were touched before it. A touch is at a clock read of its attempt, so
 * one at no clock read of this attempt at this vertex is older.
 */
function heirlooms(met: (fact: Facts['stateExpired'], firstRead: number) => void): Probe {
  let attempt = 0;
  let restored = false;
  const reads = new Map<string, Set<number>>();
  const firstReads = new Map<string, number>();
  return {
    attemptStarting: (fact) => {
      attempt = fact.attempt;
      restored = fact.restoredFrom !== undefined;
      reads.clear();
      firstReads.clear();
    },
    clockRead: ({ task, now }) => {
      if (!restored || task.attempt !== attempt) return;
      const known = reads.get(task.vertex);
      if (known === undefined) reads.set(task.vertex, new Set([now]));
      else known.add(now);
      const name = `${task.vertex}/${task.subtask}`;
      if (!firstReads.has(name)) firstReads.set(name, now);
    },
    stateExpired: (fact) => {
      const { task, lastTouch } = fact;
      if (!restored || task.attempt !== attempt || reads.get(task.vertex)?.has(lastTouch) === true) return;
      met(fact, firstReads.get(`${task.vertex}/${task.subtask}`) ?? Infinity);
    },
  };
}

export const ttlExpiredAcrossRestore: Mark = {
  name: 'ttl-expired-across-restore',
  rarity: 20,
  needs: ['time-to-live'],
  condition: 'A value expires in a restored attempt that was touched in an attempt before it.',
  listen: (_world, reached) => heirlooms(() => reached()),
};

export const ttlExpiredAcrossClockJump: Mark = {
  name: 'ttl-expired-across-clock-jump',
  rarity: 200,
  needs: ['time-to-live'],
  condition:
    'A value expires that was touched, in an earlier attempt, at a time that was still to come by the clock of the task that goes on with it.',
  listen: (_world, reached) =>
    heirlooms(({ lastTouch }, firstRead) => {
      if (firstRead < lastTouch) reached();
    }),
};
