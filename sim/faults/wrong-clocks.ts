/** The clocks of a host differ from virtual time, for the whole run. What sets one while it runs is `step-clock.ts`. */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const wrongClocks = defineRate({
  kind: 'wrong-clocks',
  title: 'wall clocks off, clocks fast or slow',
  cause: 'a broken time service',
  test: ['sim/kernel/clock.test.ts', 'gains or loses its millionths on both clocks'],
  swarm: { name: 'clocks', on: 200, drawn: 700 },
  knobs: {
    clockOffsetMs: knob('ms', [0, 10_000], 0, [1, 2_000], 'wall clocks are off by at most this'),
    clockDriftPpm: knob('ppm', [0, 50_000], 0, [10, 5_000], 'clocks are fast or slow by at most this'),
  },
});
