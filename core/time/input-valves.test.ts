import { expect, it } from 'vitest';
import { MAX_TIMESTAMP } from '../job/functions.ts';
import { EngineBug } from '../errors.ts';
import { InputValves } from './input-valves.ts';

type Step = (valves: InputValves) => void;
const w =
  (channel: number, watermark: number): Step =>
  (valves) => {
    valves.inputWatermark(channel, watermark);
  };
const status =
  (channel: number, idle: boolean): Step =>
  (valves) => {
    valves.inputStatus(channel, idle);
  };
const idle = (channel: number): Step => status(channel, true);
const active = (channel: number): Step => status(channel, false);

/** What each step made the task do, in order: a watermark, 'idle', 'active'. */
function run(inputOf: readonly number[], steps: readonly Step[]): (number | string)[][] {
  let out: (number | string)[] = [];
  const valves = new InputValves(inputOf, {
    advance: (watermark) => out.push(watermark),
    status: (isIdle) => out.push(isIdle ? 'idle' : 'active'),
  });
  return steps.map((step) => {
    out = [];
    step(valves);
    return out;
  });
}

it('the least over two inputs; each is what its own valve says of its channels', () => {
  // Channels 0 and 2 are of the first input, channel 1 is the second.
  expect(run([1, 2, 1], [w(0, 5), w(1, 9), w(2, 7), w(0, 8), w(1, 10), w(2, 20)])).toEqual([[], [], [5], [7], [], [8]]);
});

it('an idle input does not count; one that comes back counts at once, unlike a channel of a valve', () => {
  const steps = [w(0, 3), w(1, 9), idle(0), w(1, 12), active(0), w(1, 20), w(0, 15)];
  expect(run([1, 2], steps)).toEqual([[], [3], [9], [12], [], [], [15]]);
  // As channels of one input, channel 0 would be passed over until it has caught up.
  expect(run([1, 1], steps)).toEqual([[], [3], [9], [12], [], [20], []]);
});

it('the flush of an input precedes what its idleness lets through, and each is an advance', () => {
  const steps = [w(0, 5), w(1, 9), w(2, 20), idle(1), idle(0)];
  expect(run([1, 1, 2], steps)).toEqual([[], [], [5], [], [9, 20]]);
});

it('the last input that goes idle flushes the greatest over both, then the task is idle', () => {
  expect(run([1, 2], [w(0, 7), w(1, 3), idle(0), idle(1), active(1), w(1, 8)])).toEqual([
    [],
    [3],
    [],
    [7, 'idle'],
    ['active'],
    [8],
  ]);
});

it('*ours*: MAX of one input does not override the other while that one is idle', () => {
  expect(
    run([1, 2], [w(0, 5), w(1, 3), idle(1), w(0, MAX_TIMESTAMP), active(1), w(1, 8), w(1, MAX_TIMESTAMP)]),
  ).toEqual([[], [3], [5], ['idle'], ['active'], [8], [MAX_TIMESTAMP]]);
});

it('refuses a channel that does not exist', () => {
  expect(() => run([1], [w(1, 0)])).toThrow(EngineBug);
});
