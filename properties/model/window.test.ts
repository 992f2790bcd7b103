import { expect, it } from 'vitest';
import { createModel } from './model.ts';
import { BY_KEY, FORWARD, NO_TAPE, event, job, sent, sink, source, sums } from './testing/turns.ts';
import { EARLIEST, LATEST, cleanupTime, elementIsLate, plus, tumblingWindow } from './time.ts';
import type { ModelInstance } from './types.ts';

/** source -hash-> window -> out, and its late output -> late (both inside the window's chain). */
function windowOf(allowedLatenessMs: number, lateTag?: string): ModelInstance {
  const spec = job(
    { source: source(), window: sums({ allowedLatenessMs, lateTag }), out: sink('out'), late: sink('late') },
    [
      ['source', 'window', BY_KEY],
      ['window', 'out', FORWARD],
      ['window', 'late', FORWARD, 'late'],
    ],
  );
  return createModel(spec).vertex('window').instance();
}
const W0 = { start: 0, end: 10 };

it('window starts are right on both sides of 0 and with offsets', () => {
  expect([0, 9, 10, -1, -10, -11].map((ts) => tumblingWindow(ts, 10, 0).start)).toEqual([0, 0, 10, -10, -10, -20]);
  expect([2, 3, 12, 13, -7, -8].map((ts) => tumblingWindow(ts, 10, 3).start)).toEqual([-7, 3, 3, 13, -7, -17]);
  expect([-1, 6, 7, -4].map((ts) => tumblingWindow(ts, 10, -3).start)).toEqual([-3, -3, 7, -13]);
});

it('sums of time stop at the end of time', () => {
  expect(plus(LATEST, 1)).toBe(LATEST);
  expect(plus(5, LATEST)).toBe(LATEST);
  expect(plus(EARLIEST, LATEST)).toBe(0);
  expect(cleanupTime(W0, 5)).toBe(14);
  expect([13, 14, 15].map((watermark) => elementIsLate(9, 5, watermark))).toEqual([false, true, true]);
});

it('an element on time is added and fires at end - 1, not before; the pane carries that timestamp', () => {
  const window = windowOf(0);
  const turn = window.record(0, event('a', 3, 2), 3, EARLIEST, NO_TAPE);
  expect(turn).toMatchObject({ added: [W0], late: 'no', panes: [], sinkWrites: [], fired: [], mismatch: undefined });
  window.record(0, event('a', 9, 5), 9, 2, NO_TAPE);
  expect(window.nextEventTimer()).toBe(9);
  expect(window.content()).toEqual({
    entries: [{ state: 'window-contents', key: 'a', namespace: W0, value: 7 }],
    timers: [{ domain: 'event', timestamp: 9, key: 'a', namespace: W0 }],
  });
  expect(window.advance(8, NO_TAPE)).toMatchObject({ fired: [], panes: [] });
  const fired = window.advance(9, NO_TAPE);
  expect(fired.fired).toEqual([{ domain: 'event', timestamp: 9, key: 'a', namespace: W0 }]);
  expect(fired.panes).toEqual([{ key: 'a', window: W0 }]);
  expect(fired.sinkWrites).toEqual([{ sink: 'out', value: { key: 'a', start: 0, sum: 7 } }]);
  expect(window.content()).toEqual({ entries: [], timers: [] });
});

it('without lateness an element is late from the watermark end - 1 on: the boundary', () => {
  expect(windowOf(0).record(0, event('a', 3), 3, 8, NO_TAPE)).toMatchObject({ late: 'no', added: [W0], panes: [] });
  const late = windowOf(0).record(0, event('a', 3), 3, 9, NO_TAPE);
  expect(late).toMatchObject({ late: 'dropped', added: [], panes: [], sinkWrites: [] });
});

it('a late element goes to the late output with its own timestamp', () => {
  const spec = job({ source: source(), window: sums({ lateTag: 'late' }), late: { ...sink('late'), parallelism: 1 } }, [
    ['source', 'window', BY_KEY],
    ['window', 'late', FORWARD, 'late'],
  ]);
  const turn = createModel(spec).vertex('window').instance().record(0, event('a', 3), 3, 9, NO_TAPE);
  expect(turn).toMatchObject({ late: 'late-output', added: [] });
  expect(sent(turn)).toEqual([[1, event('a', 3), 3]]);
});

it('within the lateness an element makes the pane fire again at once, with all contents, up to cleanup', () => {
  const window = windowOf(5, 'late');
  window.record(0, event('a', 3, 2), 3, EARLIEST, NO_TAPE);
  expect(window.content().timers.map((timer) => timer.timestamp)).toEqual([9, 14]);
  expect(window.advance(9, NO_TAPE).sinkWrites).toEqual([{ sink: 'out', value: { key: 'a', start: 0, sum: 2 } }]);
  expect(window.content().entries).toHaveLength(1);
  const again = window.record(0, event('a', 4, 5), 4, 13, NO_TAPE);
  expect(again.panes).toEqual([{ key: 'a', window: W0 }]);
  expect(again.sinkWrites).toEqual([{ sink: 'out', value: { key: 'a', start: 0, sum: 7 } }]);
  const cleanup = window.advance(14, NO_TAPE);
  expect(cleanup).toMatchObject({ panes: [], sinkWrites: [] });
  expect(cleanup.fired.map((timer) => timer.timestamp)).toEqual([14]);
  expect(window.content()).toEqual({ entries: [], timers: [] });
  const late = window.record(0, event('a', 4), 4, 14, NO_TAPE);
  expect(late).toMatchObject({ late: 'late-output', sinkWrites: [{ sink: 'late', value: event('a', 4) }] });
});

it('a first element after end - 1 but within the lateness fires at once and leaves only the cleanup timer', () => {
  const window = windowOf(5);
  expect(window.record(0, event('a', 3), 3, 9, NO_TAPE).panes).toHaveLength(1);
  expect(window.content().timers.map((timer) => timer.timestamp)).toEqual([14]);
});

it('one advance over both timers fires the pane once and clears it', () => {
  const window = windowOf(5);
  window.record(0, event('a', 3), 3, EARLIEST, NO_TAPE);
  const turn = window.advance(LATEST, NO_TAPE);
  expect(turn.fired.map((timer) => timer.timestamp)).toEqual([9, 14]);
  expect(turn.panes).toHaveLength(1);
  expect(window.content()).toEqual({ entries: [], timers: [] });
});

it('an endless lateness has no cleanup timer', () => {
  const window = windowOf(LATEST);
  window.record(0, event('a', 3), 3, EARLIEST, NO_TAPE);
  expect(window.content().timers.map((timer) => timer.timestamp)).toEqual([9]);
  window.advance(1_000_000, NO_TAPE);
  expect(window.content().entries).toHaveLength(1);
});

it('panes of one instant fire by serialized key, then window', () => {
  const window = windowOf(10);
  for (const [key, at] of [
    ['bb', 1],
    ['c', 1],
    ['a', 11],
    ['a', 1],
  ] as const) {
    window.record(0, event(key, at), at, EARLIEST, NO_TAPE);
  }
  // 'a' of [10, 20) fires at 19, which is also the cleanup of [0, 10).
  const order = window
    .advance(19, NO_TAPE)
    .fired.map(({ timestamp, key, namespace }) => [timestamp, key, namespace?.start]);
  expect(order).toEqual([
    [9, 'a', 0],
    [9, 'c', 0],
    [9, 'bb', 0],
    [19, 'a', 0],
    [19, 'a', 10],
    [19, 'c', 0],
    [19, 'bb', 0],
  ]);
});

it('reduce starts with the first element and emits the reduced value itself', () => {
  const reducing = sums();
  if (reducing.operator.kind !== 'window') throw new Error('a window');
  const operator = {
    ...reducing.operator,
    fold: { kind: 'reduce' as const, fn: (a: unknown, b: unknown) => [a, b] },
    emit: undefined,
  };
  const spec = job({ source: source(), window: { operator }, out: sink('out') }, [
    ['source', 'window', BY_KEY],
    ['window', 'out', FORWARD],
  ]);
  const window = createModel(spec).vertex('window').instance();
  window.record(0, event('a', 1, 1), 1, EARLIEST, NO_TAPE);
  window.record(0, event('a', 2, 2), 2, EARLIEST, NO_TAPE);
  expect(window.advance(9, NO_TAPE).sinkWrites.map((write) => write.value)).toEqual([
    [event('a', 1, 1), event('a', 2, 2)],
  ]);
});

it('an element without a timestamp, a tape and a processing-time timer are mismatches', () => {
  expect(windowOf(0).record(0, event('a', 3), undefined, 0, NO_TAPE).mismatch).toContain('without a timestamp');
  expect(windowOf(0).record(0, event('a', 3), 3, 0, { ...NO_TAPE, clock: [1] }).mismatch).toContain(
    '0 times, 1 are on the tape',
  );
  const timer = { domain: 'processing', timestamp: 1, key: 'a', namespace: undefined } as const;
  expect(windowOf(0).processingTimer(timer, 0, NO_TAPE).mismatch).toContain('processing-time timer');
});
