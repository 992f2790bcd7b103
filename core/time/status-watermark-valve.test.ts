import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../job/functions.ts';
import { EngineBug } from '../errors.ts';
import { StatusWatermarkValve } from './status-watermark-valve.ts';
import type { ValveOutput } from './status-watermark-valve.ts';

type Step =
  | { readonly kind: 'watermark'; readonly channel: number; readonly watermark: number }
  | { readonly kind: 'status'; readonly channel: number; readonly idle: boolean }
  | { readonly kind: 'replayed' };

const w = (channel: number, watermark: number): Step => ({ kind: 'watermark', channel, watermark });
const idle = (channel: number): Step => ({ kind: 'status', channel, idle: true });
const active = (channel: number): Step => ({ kind: 'status', channel, idle: false });
const replayed: Step = { kind: 'replayed' };

function apply(valve: StatusWatermarkValve, step: Step): ValveOutput {
  switch (step.kind) {
    case 'watermark':
      return valve.inputWatermark(step.channel, step.watermark);
    case 'status':
      return valve.inputStatus(step.channel, step.idle);
    case 'replayed':
      valve.replayEnded();
      return { watermark: undefined, status: undefined };
  }
}

/** What each step emitted, in order: a watermark, 'idle', 'active'. */
function run(channels: number, steps: readonly Step[]): (number | string)[][] {
  const valve = new StatusWatermarkValve(channels);
  return steps.map((step) => {
    const { watermark, status } = apply(valve, step);
    const out: (number | string)[] = watermark === undefined ? [] : [watermark];
    if (status === 'active') out.unshift(status);
    if (status === 'idle') out.push(status);
    return out;
  });
}

describe('watermarks', () => {
  it('emit the minimum, strictly rising; a channel counts from the start', () => {
    expect(run(2, [w(0, 5), w(1, 3), w(1, 3), w(1, 9), w(0, 4), w(0, 7)])).toEqual([[], [3], [], [5], [], [7]]);
  });

  it('of one channel pass', () => {
    expect(run(1, [w(0, 5), w(0, 5), w(0, 4), w(0, MAX_TIMESTAMP)])).toEqual([[5], [], [], [MAX_TIMESTAMP]]);
  });

  it('reach MAX only when every channel has', () => {
    expect(run(2, [w(0, 5), w(1, 3), w(1, MAX_TIMESTAMP), w(0, MAX_TIMESTAMP)])).toEqual([
      [],
      [3],
      [5],
      [MAX_TIMESTAMP],
    ]);
  });
});

describe('idleness', () => {
  it('an idle channel does not hold the watermark back, and its watermarks are ignored', () => {
    expect(run(2, [w(0, 5), idle(1), w(1, 4), w(0, 6)])).toEqual([[], [5], [], [6]]);
  });

  it('a channel that becomes active behind the output does not count until it has caught up', () => {
    const steps = [w(0, 5), w(1, 9), w(2, 7), idle(0), active(0), w(2, 8), w(0, 12), w(2, 20), w(1, 20)];
    expect(run(3, steps)).toEqual([[], [], [5], [7], [], [8], [], [9], [12]]);
  });

  it('with active channels but none aligned nothing is emitted, not MAX', () => {
    expect(run(2, [w(0, 9), idle(1), idle(0), active(1), w(1, 5)])).toEqual([[], [9], ['idle'], ['active'], []]);
  });

  it('*ours*: the last channel that goes idle flushes the maximum over all, whichever it is', () => {
    expect(run(2, [w(0, 5), w(1, 9), idle(0), idle(1)])).toEqual([[], [5], [9], ['idle']]);
    expect(run(2, [w(0, 5), w(1, 9), idle(1), idle(0)])).toEqual([[], [5], [], [9, 'idle']]);
    // Channel 0 came back behind the output: in Flink nothing is flushed here.
    expect(run(3, [w(0, 2), w(1, 6), w(2, 9), idle(0), active(0), idle(2), idle(1), idle(0)])).toEqual([
      [],
      [],
      [2],
      [6],
      [],
      [],
      [],
      [9, 'idle'],
    ]);
  });

  it('a status that does not change is ignored', () => {
    expect(run(1, [active(0), idle(0), idle(0), active(0)])).toEqual([[], ['idle'], [], ['active']]);
  });
});

describe('the end', () => {
  it('*ours*: an idle channel is not overridden by the MAX of another', () => {
    expect(run(2, [w(0, 5), w(1, 3), idle(1), w(0, MAX_TIMESTAMP), active(1), w(1, 8)])).toEqual([
      [],
      [3],
      [5],
      ['idle'],
      ['active'],
      [8],
    ]);
  });

  it('*ours*: MAX on an idle channel ends its idleness', () => {
    expect(run(2, [idle(1), w(0, MAX_TIMESTAMP), w(1, MAX_TIMESTAMP)])).toEqual([
      [],
      ['idle'],
      ['active', MAX_TIMESTAMP],
    ]);
  });

  it('refuses a channel that does not exist', () => {
    expect(() => new StatusWatermarkValve(1).inputStatus(1, true)).toThrow(EngineBug);
  });
});

describe('the end of a replay', () => {
  it('a channel keeps no more than what was emitted: its new sender may lag', () => {
    expect(run(2, [w(0, 9), w(1, 5), replayed, w(1, 7), w(0, 6), w(0, 8)])).toEqual([[], [5], [], [], [6], [7]]);
  });

  it('MAX that was replayed finishes no new sender, unless it was emitted', () => {
    expect(run(2, [w(0, MAX_TIMESTAMP), w(1, 5), replayed, w(1, 200), w(0, 60)])).toEqual([[], [5], [], [], [60]]);
    expect(run(2, [w(0, MAX_TIMESTAMP), w(1, MAX_TIMESTAMP), replayed, w(1, 200)])).toEqual([
      [],
      [MAX_TIMESTAMP],
      [],
      [],
    ]);
  });
});

/** The rules, applied to the whole history of every channel, with the outputs so far as the only memory. */
function reference(channels: number, history: readonly Step[], last: number, wasIdle: boolean): ValveOutput {
  const states = Array.from({ length: channels }, (_, index) => {
    const state = { watermark: MIN_TIMESTAMP, idle: false, finished: false };
    for (const step of history) {
      if (step.kind === 'replayed' || step.channel !== index) continue;
      if (step.kind === 'watermark' && step.watermark === MAX_TIMESTAMP) state.finished = true;
      else if (step.kind === 'status' && !state.finished) state.idle = step.idle;
      if (step.kind === 'watermark' && (!state.idle || state.finished)) {
        state.watermark = Math.max(state.watermark, step.watermark);
      }
    }
    return state;
  });
  const open = states.filter((s) => !s.finished);
  const awake = open.filter((s) => !s.idle);
  let watermark: number;
  let isIdle = false;
  if (open.length === 0) {
    watermark = Math.max(...states.map((s) => s.watermark));
    if (watermark !== MAX_TIMESTAMP) return { watermark: undefined, status: undefined };
  } else if (awake.length === 0) {
    watermark = Math.max(...open.map((s) => s.watermark));
    isIdle = true;
  } else {
    const aligned = awake.filter((s) => s.watermark >= last);
    watermark = aligned.length === 0 ? last : Math.min(...aligned.map((s) => s.watermark));
  }
  return {
    watermark: watermark > last ? watermark : undefined,
    status: isIdle === wasIdle ? undefined : isIdle ? 'idle' : 'active',
  };
}

it('equals the naive reference that is recomputed from the whole history', () => {
  const channels = 3;
  const channel = fc.nat(channels - 1);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('watermark' as const),
        channel,
        watermark: fc.integer({ min: -3, max: 30 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('status' as const), channel, idle: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('watermark' as const), channel, watermark: fc.constant(MAX_TIMESTAMP) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const valve = new StatusWatermarkValve(channels);
      const history: Step[] = [];
      let last = MIN_TIMESTAMP;
      let isIdle = false;
      for (const next of steps) {
        history.push(next);
        const expected = reference(channels, history, last, isIdle);
        expect(apply(valve, next)).toEqual(expected);
        last = expected.watermark ?? last;
        if (expected.status !== undefined) isIdle = expected.status === 'idle';
      }
    }),
    { seed: 44, numRuns: 500 },
  );
});
