import { expect, it } from 'vitest';
import type { ReduceSpec } from '../../core/job/spec.ts';
import { createModel } from './model.ts';
import { BY_KEY, event, FORWARD, job, JSON_TYPE, NO_TAPE, sink, source, type Event } from './testing/turns.ts';
import { EARLIEST, LATEST } from './time.ts';
import type { ModelInstance } from './types.ts';

const minus: ReduceSpec['fn'] = (a, b) => ({ ...(a as Event), n: (a as Event).n - (b as Event).n });

/** source -hash-> reduce -> sink `out` in the chain. */
function instanceOf(fn: ReduceSpec['fn']): ModelInstance {
  const spec = job(
    { source: source(), reduce: { operator: { kind: 'reduce', fn, type: JSON_TYPE } }, out: sink('out') },
    [
      ['source', 'reduce', BY_KEY],
      ['reduce', 'out', FORWARD],
    ],
  );
  const vertex = createModel(spec).vertex('reduce');
  expect([vertex.kind, vertex.sinks]).toEqual(['keyed', ['out']]);
  return vertex.instance();
}

it('each element emits the reduction of its key so far, the old value first', () => {
  const instance = instanceOf(minus);
  const written = (key: string, n: number): unknown =>
    instance.record(0, event(key, 1, n), 5, EARLIEST, NO_TAPE).sinkWrites;
  expect(written('a', 10)).toEqual([{ sink: 'out', value: event('a', 1, 10) }]);
  expect(written('a', 3)).toEqual([{ sink: 'out', value: event('a', 1, 7) }]);
  expect(written('b', 3)).toEqual([{ sink: 'out', value: event('b', 1, 3) }]);
  expect(instance.content()).toEqual({
    entries: [
      { state: 'reduced', key: 'a', namespace: undefined, value: event('a', 1, 7) },
      { state: 'reduced', key: 'b', namespace: undefined, value: event('b', 1, 3) },
    ],
    timers: [],
  });
});

it('a fork is independent', () => {
  const instance = instanceOf(minus);
  instance.record(0, event('a', 1, 10), 5, EARLIEST, NO_TAPE);
  const fork = instance.fork();
  instance.record(0, event('a', 1, 1), 5, EARLIEST, NO_TAPE);
  expect(fork.record(0, event('a', 1, 2), 5, EARLIEST, NO_TAPE).sinkWrites).toMatchObject([{ value: { n: 8 } }]);
  expect(instance.content().entries).toMatchObject([{ value: { n: 9 } }]);
});

it('event time means nothing to it; a timer, a tape and a function that throws are mismatches', () => {
  const instance = instanceOf(minus);
  expect(instance.advance(LATEST, NO_TAPE)).toMatchObject({ fired: [], sinkWrites: [], mismatch: undefined });
  expect([instance.nextEventTimer(), instance.nextProcessingTimer()]).toEqual([undefined, undefined]);
  const timer = { domain: 'processing', timestamp: 3, key: 'a', namespace: undefined } as const;
  expect(instance.processingTimer(timer, EARLIEST, NO_TAPE).mismatch).toContain(
    "'reduce' has no timers of processing time",
  );
  expect(instance.record(0, event('a', 1), 5, EARLIEST, { ...NO_TAPE, clock: [1] }).mismatch).toContain('clock');
  const bad = instanceOf(() => {
    throw new Error('no luck');
  });
  bad.record(0, event('a', 1), 5, EARLIEST, NO_TAPE);
  expect(bad.record(0, event('a', 1), 5, EARLIEST, NO_TAPE).mismatch).toBe("operator 'reduce' threw Error: no luck");
  const none = instanceOf(() => undefined);
  none.record(0, event('a', 1), 5, EARLIEST, NO_TAPE);
  expect(none.record(0, event('a', 1), 5, EARLIEST, NO_TAPE).mismatch).toContain('undefined');
});
