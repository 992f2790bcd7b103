/** The host of a process goes dark: all its processes die, and its disk forgets what was not synced. They start again on it; one that is dead
 * already does so in its own time. */
import { defineIncident, named } from './vocabulary/define.ts';
import { absenceMs } from './vocabulary/draw.ts';
import { processRef, whole } from './vocabulary/fields.ts';
import { count, victim } from './vocabulary/words.ts';

/** Of plans whose tasks keep copies of their state on the disks of the hosts; elsewhere it is a kill. */
const KEEPING_COPIES = 450;
const ELSEWHERE = 20;
/** Of those: a second one, later. */
const SECOND = 300;

export const powerLoss = defineIncident({
  kind: 'power-loss',
  title: 'a host loses power, and its disk what was not synced',
  cause: 'a power failure, a kernel panic, a virtual machine that is reset',
  test: ['sim/faults/incidents.test.ts', 'a power loss ends all processes of the host, and takes what was not synced'],
  finds: 'local-copy-unsynced',
  marks: ['local-copy-survived-power-loss', 'torn-manifest-survived'],
  fields: { process: processRef(), restartAfterMs: whole(0, 60_000, 'milliseconds until its processes start again') },
  inject: (world, what, self) => world.powerLoss(named(what.process, self), what.restartAfterMs),
  draw: (dice, shape) => {
    if (!dice.chance(shape.keepsCopies ? KEEPING_COPIES : ELSEWHERE)) return [];
    const instants = [dice.chance(500) ? shape.inCheckpoint(dice) : shape.anywhere(dice)];
    if (dice.chance(SECOND)) instants.push(shape.afterRestart(dice, 2));
    return instants.map((instant) => ({
      what: {
        kind: 'power-loss' as const,
        process: shape.victim(dice, instant),
        restartAfterMs: absenceMs(dice),
      },
      when: instant.when,
    }));
  },
  cost: ({ restartAfterMs }) => ({ restartUs: restartAfterMs * 1000 }),
  words: ({ process, restartAfterMs }) =>
    `cut the power of the host of ${victim(process)} for ${count(restartAfterMs)} ms`,
});
