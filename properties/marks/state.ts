/** Marks of keyed state: time to live that runs on while its task does not. */
import type { Facts, Probe } from '../../core/facts.ts';
import type { Mark, MarkWorld } from './mark.ts';

/** The clock read at which a value was touched last: when it really was, and in which attempt. */
interface Touch {
  readonly atMs: number;
  readonly attempt: number;
}

/** Hears of values that expire, with their touch; a touch is at a clock read of its vertex, of two equal ones the later. */
function expiries(
  world: MarkWorld,
  met: (fact: Facts['stateExpired'], touch: Touch, attempt: { readonly restored: boolean }) => void,
): Probe {
  const attempt = { number: 0, restored: false };
  const reads = new Map<string, Map<number, Touch>>();
  return {
    attemptStarting: (fact) => {
      attempt.number = fact.attempt;
      attempt.restored = fact.restoredFrom !== undefined;
    },
    clockRead: ({ task, now }) => {
      if (task.attempt !== attempt.number) return;
      let known = reads.get(task.vertex);
      if (known === undefined) {
        known = new Map();
        reads.set(task.vertex, known);
      }
      known.set(now, { atMs: world.nowUs() / 1_000, attempt: task.attempt });
    },
    stateExpired: (fact) => {
      const touch = reads.get(fact.task.vertex)?.get(fact.lastTouch);
      if (touch !== undefined && fact.task.attempt === attempt.number) met(fact, touch, attempt);
    },
  };
}

export const ttlExpiredAcrossRestore: Mark = {
  name: 'ttl-expired-across-restore',
  rarity: 20,
  needs: ['time-to-live'],
  condition: 'A value expires in a restored attempt that was touched in an attempt before it.',
  listen: (world, reached) =>
    expiries(world, ({ task }, touch, { restored }) => {
      if (restored && touch.attempt < task.attempt) reached();
    }),
};

export const ttlExpiredAcrossClockJump: Mark = {
  name: 'ttl-expired-across-clock-jump',
  rarity: 400,
  needs: ['time-to-live'],
  condition:
    'A value expires by the clock of its task that has really not lived so long: the clock was set, or is another one.',
  listen: (world, reached) =>
    expiries(world, ({ ttlMs }, touch) => {
      if (world.nowUs() / 1_000 - touch.atMs < ttlMs - 1) reached();
    }),
};
