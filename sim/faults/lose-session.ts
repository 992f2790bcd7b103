/**
 * The session of the job manager with the HA store ends while it lives: it leads no more, hears so, and has to leave the job to
 * whoever leads next. It lives on like that for `forMs`, then it is started anew.
 */
import { defineIncident, named } from './vocabulary/define.ts';
import { absenceMs } from './vocabulary/draw.ts';
import { processRef, whole } from './vocabulary/fields.ts';
import { count, victim } from './vocabulary/words.ts';

const PLANS_PER_1000 = 80;
/** Of those: while a checkpoint is under way. */
const CHECKPOINT_PENDING = 500;
/** Shorter than what makes a job without a leader look stuck. */
const FOR_MAX_MS = 500;

export const loseSession = defineIncident({
  kind: 'lose-session',
  title: 'a job manager loses its leadership, lives on, and is started anew later',
  cause: 'a long pause of the process, a partition between it and the HA store',
  test: [
    'sim/faults/incidents.test.ts',
    'a lost session ends the lease of a process that lives on, until it is restarted',
  ],
  finds: 'cleaned-up-when-leadership-is-lost',
  fields: {
    process: processRef(),
    forMs: whole(0, 60_000, 'milliseconds that it lives on'),
    restartAfterMs: whole(0, 60_000, 'milliseconds until it starts again, from then on'),
  },
  inject: (world, what, self) => {
    const process = named(what.process, self);
    if (world.hostOf(process) === undefined) return false;
    world.ha.loseSession(process);
    const { forMs, restartAfterMs } = what;
    return {
      forMs,
      untilFact: undefined,
      end: () => {
        world.kill(process, restartAfterMs);
      },
    };
  },
  draw: (dice, shape) => {
    if (!dice.chance(PLANS_PER_1000)) return [];
    const { when } = dice.chance(CHECKPOINT_PENDING) ? shape.checkpointPending(dice) : shape.anywhere(dice);
    const forMs = dice.skewed(1, FOR_MAX_MS);
    const what = { kind: 'lose-session', process: shape.jobManager, forMs, restartAfterMs: absenceMs(dice) } as const;
    return [{ what, when }];
  },
  cost: ({ forMs, restartAfterMs }) => ({ restartUs: (forMs + restartAfterMs) * 1000 }),
  words: ({ process, forMs, restartAfterMs }) =>
    `end the session of ${victim(process)} with the HA store, and kill it ${count(forMs)} ms later for ${count(restartAfterMs)} ms`,
});
