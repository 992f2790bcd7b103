import { expect, it } from 'vitest';
import type { KeyedProcessFunction } from '../../core/job/functions.ts';
import { sequentialOutput } from './sequential.ts';
import { BY_KEY, FORWARD, event, job, map, process, sink, source, sums, type Event } from './testing/turns.ts';

type Fn = KeyedProcessFunction<string, Event, unknown>;
const withProcess = (create: () => Fn) =>
  job({ source: source(), process: process(create), out: sink('out') }, [
    ['source', 'process', BY_KEY],
    ['process', 'out', FORWARD],
  ]);

it('every record counts once, nothing is late, each pane fires once, two windows deep', () => {
  const spec = job(
    {
      source: source(),
      window: sums({ lateTag: 'late' }),
      again: map((pane) => ({ key: 'all', n: (pane as unknown as { readonly sum: number }).sum })),
      total: sums(),
      out: sink('out'),
      late: sink('late'),
    },
    [
      ['source', 'window', BY_KEY],
      ['window', 'again', FORWARD],
      ['again', 'total', BY_KEY],
      ['window', 'out', FORWARD],
      ['total', 'out', FORWARD],
      ['window', 'late', FORWARD, 'late'],
    ],
  );
  const output = sequentialOutput(spec, {
    in: [[event('a', 25, 1), event('a', 3, 2), event('b', 4, 8)], [event('a', 9, 4)]],
  });
  expect(output.get('out')).toEqual(
    new Map([
      ['{"key":"a","start":0,"sum":6}', 1],
      ['{"key":"a","start":20,"sum":1}', 1],
      ['{"key":"all","start":0,"sum":14}', 1],
      ['{"key":"all","start":20,"sum":1}', 1],
      ['{"key":"b","start":0,"sum":8}', 1],
    ]),
  );
  expect(output.get('late')).toEqual(new Map());
});

it('two sinks of one topic write one multiset', () => {
  const spec = job({ source: source(), x: sink('out'), y: sink('out') }, [
    ['source', 'x', FORWARD],
    ['source', 'y', FORWARD],
  ]);
  const one = event('a', 1);
  expect(sequentialOutput(spec, { in: [[one], [one]] }).get('out')).toEqual(new Map([['{"at":1,"key":"a","n":1}', 4]]));
});

it('event-time timers fire at the end, in the order of their split records', () => {
  const spec = withProcess(() => ({
    processElement: ({ n }, ctx) => {
      ctx.timerService.registerEventTimeTimer(n);
    },
    onTimer: (timestamp, _ctx, out) => out.collect(timestamp),
  }));
  expect(sequentialOutput(spec, { in: [[event('a', 0, 5), event('a', 0, 5), event('b', 0, 5)]] }).get('out')).toEqual(
    new Map([['5', 2]]),
  );
});

it.each<readonly [string, Fn, string]>([
  [
    'reads the clock',
    { processElement: (_value, ctx) => void ctx.timerService.currentProcessingTime() },
    'reads the clock',
  ],
  ['draws', { processElement: (_value, ctx) => void ctx.random(2) }, 'draws random numbers'],
  [
    'waits for processing time',
    { processElement: (_value, ctx) => ctx.timerService.registerProcessingTimeTimer(1) },
    'waits for processing time',
  ],
  [
    'throws',
    {
      processElement: () => {
        throw new Error('oh');
      },
    },
    "operator 'process' threw Error: oh",
  ],
])('a job that %s is refused', (_name, fn, message) => {
  expect(() =>
    sequentialOutput(
      withProcess(() => fn),
      { in: [[event('a', 0)]] },
    ),
  ).toThrow(message);
});

it('behind a source without an end time goes as far as its records say', () => {
  const { operator } = source('in', false);
  if (operator.kind !== 'source') throw new Error('it is a source');
  const watermarks = { ...operator.watermarks, generator: { kind: 'perRecord', delayMs: 0 } } as const;
  const endless = { operator: { ...operator, watermarks } };
  const spec = job({ source: endless, sums: sums(), out: sink('out') }, [
    ['source', 'sums', BY_KEY],
    ['sums', 'out', FORWARD],
  ]);
  const outputs = (times: readonly number[][]) =>
    sequentialOutput(spec, { in: times.map((split) => split.map((time) => event('a', time, 1))) }).get('out')?.size;
  expect([
    outputs([[0, 5]]),
    outputs([[0, 5, 10]]),
    outputs([[0, 11]]),
    outputs([[0, 11], [5]]),
    outputs([[0, 11], []]),
  ]).toEqual([0, 1, 1, 0, 0]);
});

it('a topic without records is refused', () => {
  expect(() =>
    sequentialOutput(
      withProcess(() => ({ processElement: () => undefined })),
      {},
    ),
  ).toThrow("topic 'in'");
});
