/** The wall clock of a host is set, forward or back, while its processes run. Its monotonic clock goes on. */
import { defineIncident, named } from './vocabulary/define.ts';
import { processRef, whole } from './vocabulary/fields.ts';
import { count, victim } from './vocabulary/words.ts';

const PLANS_PER_1000 = 120;
const STEP_MAX_MS = 60_000;
/** Of those: back. */
const BACK = 500;

export const stepClock = defineIncident({
  kind: 'step-clock',
  title: 'the wall clock of a host is set forward or back',
  cause: 'a time service corrects a clock that was off, a machine is resumed',
  test: ['sim/faults/incidents.test.ts', 'a step moves the wall clock of the host, not its monotonic one'],
  fields: { process: processRef(), byMs: whole(-STEP_MAX_MS, STEP_MAX_MS, 'milliseconds that it is set forward') },
  inject: (world, { process, byMs }, self) => world.stepClock(named(process, self), byMs),
  draw: (dice, shape) => {
    if (!dice.chance(PLANS_PER_1000)) return [];
    const instant = shape.anywhere(dice);
    const step = dice.skewed(1, 1_000);
    const byMs = dice.chance(BACK) ? -step : step;
    return [{ what: { kind: 'step-clock', process: shape.victim(dice, instant), byMs }, when: instant.when }];
  },
  words: ({ process, byMs }) =>
    `set the clock of ${victim(process)} ${byMs < 0 ? 'back' : 'forward'} by ${count(Math.abs(byMs))} ms`,
});
