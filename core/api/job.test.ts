import { describe, expect, it } from 'vitest';
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  defineJob,
  int32,
  int64,
  json,
  type JobEnvironment,
  JobError,
  type JobSpec,
  type KeyedCoProcessFunction,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  noWatermarks,
  mapState,
  outputTag,
  type OperatorStream,
  record,
  string,
  tumblingEventTime,
  type TypeInfo,
  type TypeOf,
  watermarkPerRecord,
} from './index.ts';

const event = record({ key: string, n: int32, ts: int64 });
type Event = TypeOf<typeof event>;
const strategy = watermarkPerRecord<Event>({ timestamp: (e) => e.ts, delayMs: 5 });
const odd = outputTag('odd', event);
const late = outputTag('late', event);
const out = logSink({ topic: 'out', type: event });

class Pass implements KeyedProcessFunction<string, Event, Event> {
  processElement(value: Event, ctx: KeyedContext<string>, collector: Collector<Event>): void {
    if (value.n % 2 === 1) ctx.output(odd, value);
    else collector.collect(value);
  }
}
const count: AggregateFunction<Event, number, number> = {
  createAccumulator: () => 0,
  add: (_, n) => n + 1,
  getResult: (n) => n,
  merge: (a, b) => a + b,
};

function source(env: JobEnvironment, uid = 'source'): OperatorStream<Event> {
  return env.fromSource(logSource({ topic: 'in', type: event }), { uid, watermarks: strategy });
}

/** Nodes and edges in one line each. */
function shape(job: JobSpec): readonly string[] {
  const nodes = job.nodes.map((node) => `${node.id} ${node.uid}:${node.operator.kind}`);
  const edges = job.edges.map(
    (edge) => `${edge.id} ${edge.from}->${edge.to} ${edge.tag ?? '-'} ${edge.partition.kind}`,
  );
  return [...nodes, ...edges];
}

describe('a job', () => {
  it('is recorded as nodes in topological order and edges by receiver and input position', () => {
    const job = defineJob('j', (env) => {
      const a = source(env, 'a').map((e) => e, event);
      const b = source(env, 'b').filter((e) => e.n > 0, { name: 'positive' });
      const keyed = b.union(a, b.rebalance()).keyBy((e) => e.key, string);
      const processed = keyed
        .process(() => new Pass(), event, { sideOutputs: [odd] })
        .uid('pass')
        .name('Pass');
      processed.getSideOutput(odd).sinkTo(logSink({ topic: 'odd', type: event }), { uid: 'odd' });
      processed
        .flatMap((e) => [e, e], event)
        .rebalance()
        .sinkTo(out)
        .uid('out');
    });
    expect(shape(job)).toEqual([
      '0 a:source',
      '1 map-1:map',
      '2 b:source',
      '3 filter-3:filter',
      '4 pass:process',
      '5 odd:sink',
      '6 flatMap-6:flatMap',
      '7 out:sink',
      '0 0->1 - forward',
      '1 2->3 - forward',
      '2 3->4 - hash',
      '3 1->4 - hash',
      '4 3->4 - hash',
      '5 4->5 odd forward',
      '6 4->6 - forward',
      '7 6->7 - rebalance',
    ]);
    expect(job.nodes.map((node) => node.name)).toEqual([
      'a',
      'map-1',
      'b',
      'positive',
      'Pass',
      'odd',
      'flatMap-6',
      'out',
    ]);
    expect(job.edges.every((edge) => edge.type === event)).toBe(true);
  });

  it('holds what a window was given', () => {
    const pane = record({ key: string, start: int64, n: int32 });
    const job = defineJob('j', (env) => {
      const windows = source(env)
        .keyBy((e) => e.key, string)
        .window(tumblingEventTime(1000, -10))
        .allowedLateness(20)
        .sideOutputLateData(late);
      const counted = windows
        .aggregate(count, int32, pane, (p) => ({ key: p.key, start: p.window.start, n: p.result }))
        .uid('count');
      counted
        .getSideOutput(late)
        .sinkTo(logSink({ topic: 'late', type: event }))
        .uid('late');
      counted.sinkTo(logSink({ topic: 'panes', type: pane })).uid('panes');
      windows.reduce((a, b) => (a.n > b.n ? a : b)).uid('max');
    });
    expect(job.nodes[1]).toMatchObject({
      operator: {
        kind: 'window',
        assigner: { kind: 'tumbling', sizeMs: 1000, offsetMs: -10 },
        allowedLatenessMs: 20,
        lateTag: 'late',
        fold: { kind: 'aggregate', fn: count },
        accumulatorType: int32,
      },
      outType: pane,
      sideOutputs: [late],
    });
    expect(job.nodes[4]).toMatchObject({
      operator: { fold: { kind: 'reduce' }, accumulatorType: event, emit: undefined },
      outType: event,
    });
  });

  it('has a running reduce as an operator of its own, with the type of its state', () => {
    const job = defineJob('j', (env) => {
      source(env)
        .keyBy((e) => e.key, string)
        .reduce((a, b) => ({ ...b, n: a.n + b.n }))
        .uid('sum')
        .sinkTo(out)
        .uid('out');
    });
    expect(job.nodes[1]).toMatchObject({ operator: { kind: 'reduce', type: event }, outType: event });
  });

  it('joins two inputs in one operator, a union on either side, and says how many edges are the first', () => {
    const rules = mapState('rules', string, event);
    const job = defineJob('j', (env) => {
      const [a, b, c] = [source(env, 'a'), source(env, 'b'), source(env, 'c')];
      const byKey = (e: Event): string => e.key;
      const pair: KeyedCoProcessFunction<string, Event, Event, Event> = {
        processElement1: () => undefined,
        processElement2: () => undefined,
      };
      const apply = { processElement: () => undefined, processBroadcastElement: () => undefined };
      a.union(b)
        .keyBy(byKey, string)
        .connect(c.keyBy(byKey, string))
        .process(() => pair, event, { uid: 'pair', sideOutputs: [odd] });
      a.keyBy(byKey, string)
        .connect(b.union(c).broadcast(rules))
        .process(() => apply, event)
        .uid('apply');
      a.rescale()
        .connect(b.broadcast(rules))
        .process(() => apply, event, { uid: 'look-up' });
      a.shuffle()
        .union(
          b.broadcast(),
          c.partitionCustom((e, n) => e.n % n),
        )
        .map((e) => e, event)
        .sinkTo(out)
        .uid('out');
    });
    expect(shape(job)).toEqual([
      '0 a:source',
      '1 b:source',
      '2 c:source',
      '3 pair:coProcess',
      '4 apply:keyedBroadcast',
      '5 look-up:broadcast',
      '6 map-6:map',
      '7 out:sink',
      '0 0->3 - hash',
      '1 1->3 - hash',
      '2 2->3 - hash',
      '3 0->4 - hash',
      '4 1->4 - broadcast',
      '5 2->4 - broadcast',
      '6 0->5 - rescale',
      '7 1->5 - broadcast',
      '8 0->6 - shuffle',
      '9 1->6 - broadcast',
      '10 2->6 - custom',
      '11 6->7 - forward',
    ]);
    expect(job.nodes.slice(3, 6).map(({ operator }) => 'firstInputs' in operator && operator.firstInputs)).toEqual([
      2, 1, 1,
    ]);
  });

  it('has the watermark strategies as data', () => {
    const timestamp = (e: Event): number => e.ts;
    expect(boundedOutOfOrderness({ timestamp, delayMs: 1, periodMs: 2 })).toEqual({
      timestamp,
      generator: { kind: 'periodic', delayMs: 1, periodMs: 2 },
    });
    expect(watermarkPerRecord({ timestamp, delayMs: 0 })).toEqual({
      timestamp,
      generator: { kind: 'perRecord', delayMs: 0 },
    });
    expect(noWatermarks({ timestamp })).toEqual({ timestamp, generator: { kind: 'none' } });
  });

  it('distributes a forward edge round robin when the declared parallelism differs', () => {
    const job = defineJob(
      'j',
      (env) => {
        const mapped = source(env)
          .map((e) => e, event)
          .setParallelism(2)
          .setMaxParallelism(4);
        mapped
          .filter(() => true)
          .setParallelism(2)
          .sinkTo(out)
          .uid('out')
          .setParallelism(1);
      },
      { maxParallelism: 8 },
    );
    expect(job.edges.map((edge) => edge.partition.kind)).toEqual(['rebalance', 'forward', 'rebalance']);
    expect(job.nodes.map((node) => [node.parallelism, node.maxParallelism])).toEqual([
      [undefined, 8],
      [2, 4],
      [2, 8],
      [1, 8],
    ]);
  });
});

describe('a mistake is a JobError that says what, where and what to do:', () => {
  const keyed = (env: JobEnvironment) => source(env).keyBy((e) => e.key, string);
  it.each<[string, string, (env: JobEnvironment) => unknown]>([
    [
      'a stateful operator without uid',
      'operator "process-1" (process): has state, so it needs a name of its own',
      (env) => keyed(env).process(() => new Pass(), event),
    ],
    [
      'a window without uid',
      'operator "window-1" (window): has state',
      (env) =>
        keyed(env)
          .window(tumblingEventTime(10))
          .reduce((a) => a),
    ],
    ['a sink without uid', 'operator "sink-1" (sink): has state', (env) => source(env).sinkTo(out)],
    [
      'one uid twice',
      'two operators have the uid "source" (source and sink); rename one',
      (env) => source(env).sinkTo(out).uid('source'),
    ],
    [
      'a uid that meets a made-up one',
      'two operators have the uid "map-1"',
      (env) =>
        source(env)
          .map((e) => e, event)
          .sinkTo(out)
          .uid('map-1'),
    ],
    [
      'a uid with a slash',
      'operator "a/b" (sink): its uid becomes part of object names',
      (env) => source(env).sinkTo(out).uid('a/b'),
    ],
    ['an empty uid', 'its uid becomes part of object names', (env) => source(env, '')],
    [
      'a side output that no function declares',
      'operator "pass" (process): has no side output "odd" (it has "late"); list the tag',
      (env) =>
        keyed(env)
          .process(() => new Pass(), event, { uid: 'pass', sideOutputs: [late] })
          .getSideOutput(odd),
    ],
    [
      'a side output of another type',
      'the side output "odd" is declared with another type',
      (env) =>
        keyed(env)
          .process(() => new Pass(), event, { uid: 'pass', sideOutputs: [odd] })
          .getSideOutput(outputTag('odd', int32)),
    ],
    [
      'a side output twice',
      'declares the side output "odd" twice',
      (env) => keyed(env).process(() => new Pass(), event, { uid: 'pass', sideOutputs: [odd, odd] }),
    ],
    [
      'a late output of another type',
      'sideOutputLateData: the type of "late" is not that of the elements',
      (env) =>
        keyed(env)
          .window(tumblingEventTime(10))
          .sideOutputLateData(outputTag('late', json as TypeInfo<Event>)),
    ],
    [
      'mixed key types in a union',
      'keyed by different key types',
      (env) =>
        source(env)
          .keyBy((e) => e.n, int32)
          .union(source(env, 'b').keyBy((e) => e.ts, int64)),
    ],
    [
      'mixed key types of connected streams',
      'connect: the streams are keyed by different key types',
      (env) =>
        source(env)
          .keyBy((e) => e.n, int32)
          .connect(source(env, 'b').keyBy((e) => e.ts, int64)),
    ],
    [
      'a two-input operator without uid',
      'operator "coProcess-2" (coProcess): has state',
      (env) =>
        keyed(env)
          .connect(source(env, 'b').keyBy((e) => e.key, string))
          .process(() => ({ processElement1: () => undefined, processElement2: () => undefined }), event),
    ],
    [
      'a broadcast state twice',
      'operator "x" (broadcast): declares the broadcast state "r" twice',
      (env) =>
        source(env)
          .connect(source(env, 'b').broadcast(mapState('r', string, int32), mapState('r', string, int64)))
          .process(() => ({ processElement: () => undefined, processBroadcastElement: () => undefined }), event, {
            uid: 'x',
          }),
    ],
    [
      'mixed types in a union',
      'union: the streams have different types',
      (env) =>
        source(env)
          .map((e) => e.n, int32)
          .union(source(env, 'b').map((e) => e.ts, int64)),
    ],
    [
      'a json key',
      'a json value cannot be a key',
      (env) =>
        source(env)
          .keyBy((e): unknown => e, json)
          .process(() => new Pass() as KeyedProcessFunction<unknown, Event, Event>, event),
    ],
    [
      'a sink of another type',
      "the sink's type is not the stream's",
      (env) =>
        source(env)
          .map((e) => e.n, int32)
          .sinkTo(logSink({ topic: 'x', type: int64 })),
    ],
    [
      'a sink without topic',
      'operator "sink-1" (sink): needs a topic',
      (env) => source(env).sinkTo(logSink({ topic: '', type: event })),
    ],
    [
      'a source without topic',
      'needs a topic',
      (env) => env.fromSource(logSource({ topic: '', type: event }), { uid: 's', watermarks: strategy }),
    ],
    [
      'parallelism 0',
      'operator "map-1" (map): parallelism is 0; give a whole number in [1, 32768]',
      (env) =>
        source(env)
          .map((e) => e, event)
          .setParallelism(0),
    ],
    ['parallelism 1.5', 'parallelism is 1.5', (env) => source(env).setParallelism(1.5)],
    ['max parallelism 40000', 'maxParallelism is 40000', (env) => source(env).setMaxParallelism(40_000)],
    [
      'more parallelism than max parallelism',
      'parallelism 3 is above max parallelism 2; lower the one',
      (env) => source(env).setParallelism(3).setMaxParallelism(2),
    ],
    [
      'a negative watermark delay',
      'watermarkPerRecord: delayMs is -1; give a whole number >= 0',
      () => watermarkPerRecord({ timestamp: () => 0, delayMs: -1 }),
    ],
    [
      'a fractional watermark delay',
      'boundedOutOfOrderness: delayMs is 0.5',
      () => boundedOutOfOrderness({ timestamp: () => 0, delayMs: 0.5, periodMs: 1 }),
    ],
    [
      'a watermark period of 0',
      'boundedOutOfOrderness: periodMs is 0; give a whole number >= 1',
      () => boundedOutOfOrderness({ timestamp: () => 0, delayMs: 0, periodMs: 0 }),
    ],
    ['a window of size 0', 'tumblingEventTime: sizeMs is 0', () => tumblingEventTime(0)],
    [
      'an offset of a whole window',
      'tumblingEventTime: offsetMs is 10; give a whole number between -10 and 10',
      () => tumblingEventTime(10, 10),
    ],
    [
      'negative lateness',
      'allowedLateness is -1',
      (env) => keyed(env).window(tumblingEventTime(10)).allowedLateness(-1),
    ],
    [
      'a record type with __proto__',
      'operator "map-1" (map): a record type has a field "__proto__"',
      (env) => source(env).map(() => ({}), record({ ['__proto__']: int32 })),
    ],
    ['no operators', 'job "j" has no operators; start it with env.fromSource', () => undefined],
    ['an async definition', 'its function returned a promise', (env) => ({ then: source(env) })],
  ])('%s', (_, message, define) => {
    const attempt = (): JobSpec => defineJob('j', define);
    expect(attempt).toThrow(JobError);
    expect(attempt).toThrow(message);
  });

  it('a bad name or max parallelism of the job', () => {
    expect(() => defineJob('', source)).toThrow('a job needs a name');
    expect(() => defineJob('j', source, { maxParallelism: 0 })).toThrow('job "j": maxParallelism is 0');
  });

  it('a stream of another job, and an operator added too late', () => {
    let stray: OperatorStream<Event> | undefined;
    defineJob('first', (env) => {
      stray = source(env);
      stray.sinkTo(out).uid('out');
    });
    expect(() => defineJob('second', (env) => source(env, 'b').union(stray!).sinkTo(out).uid('out'))).toThrow(
      'reads a stream of another job',
    );
    expect(() => stray?.sinkTo(out)).toThrow('was added after defineJob had returned');
  });
});
