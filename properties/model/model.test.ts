import { expect, it } from 'vitest';
import { createModel } from './model.ts';
import {
  BY_KEY,
  FORWARD,
  JSON_TYPE,
  NO_TAPE,
  STRING,
  event,
  job,
  map,
  process,
  sent,
  sink,
  source,
  sums,
  type Event,
  type NodeDraft,
} from './testing/turns.ts';
import { EARLIEST } from './time.ts';

const filter = (fn: (value: Event) => boolean): NodeDraft => ({ operator: { kind: 'filter', fn } });
const flatMap = (fn: (value: Event) => Iterable<unknown>): NodeDraft => ({ operator: { kind: 'flatMap', fn } });
const same = map((value) => value);

it('forward edges chain; hash, rebalance, declared parallelism, a second input and keys cut', () => {
  const spec = job(
    {
      source: source(),
      even: filter(({ n }) => n % 2 === 0),
      wide: { ...same, parallelism: 4 },
      far: { ...same, maxParallelism: 64 },
      rebalanced: same,
      union: same,
      window: sums(),
      process: process(() => ({ processElement: () => undefined })),
      out: sink('out'),
      side: sink('side'),
    },
    [
      ['source', 'even', FORWARD],
      ['even', 'wide', FORWARD],
      ['even', 'far', FORWARD],
      ['even', 'rebalanced', { kind: 'rebalance' }],
      ['source', 'union', FORWARD],
      ['even', 'union', FORWARD],
      ['union', 'window', BY_KEY],
      ['window', 'process', BY_KEY],
      ['process', 'out', FORWARD],
      ['process', 'side', FORWARD, 'side'],
    ],
  );
  const model = createModel(spec);
  expect(model.vertices.map(({ uid, kind, nodes }) => [uid, kind, nodes])).toEqual([
    ['source', 'source', [0, 1]],
    ['wide', 'stateless', [2]],
    ['far', 'stateless', [3]],
    ['rebalanced', 'stateless', [4]],
    ['union', 'stateless', [5]],
    ['window', 'keyed', [6]],
    ['process', 'keyed', [7, 8, 9]],
  ]);
  const edges = (from: string, to: string) =>
    spec.edges
      .filter((edge) => spec.nodes[edge.from]?.uid === from && spec.nodes[edge.to]?.uid === to)
      .map((edge) => edge.id);
  expect(model.vertex('union').inEdges).toEqual([...edges('source', 'union'), ...edges('even', 'union')]);
  expect(model.vertex('source').outEdges).toEqual([1, 2, 3, 4, 5]);
  expect(model.vertex('process').sinks).toEqual(['out', 'side']);
  const inner = edges('process', 'side')[0] ?? -1;
  expect([model.sender(inner).uid, model.receiver(inner).uid]).toEqual(['process', 'process']);
  expect([model.sender(1).uid, model.receiver(1).uid]).toEqual(['source', 'wide']);
  expect(() => model.vertex('even')).toThrow("no vertex 'even'");
  expect(() => model.sender(99)).toThrow('no edge 99');
});

it('a forward edge out of a side output chains as well', () => {
  const spec = job(
    {
      source: source(),
      window: sums({ lateTag: 'late' }),
      twice: flatMap((value) => [value, value]),
      late: sink('late'),
    },
    [
      ['source', 'window', BY_KEY],
      ['window', 'twice', FORWARD, 'late'],
      ['twice', 'late', FORWARD],
    ],
  );
  const window = createModel(spec).vertex('window');
  expect(window.nodes).toEqual([1, 2, 3]);
  const turn = window.instance().record(0, event('a', 3), 3, 9, NO_TAPE);
  expect(turn.sinkWrites).toEqual([
    { sink: 'late', value: event('a', 3) },
    { sink: 'late', value: event('a', 3) },
  ]);
});

it('a source turn has the time of its spec and runs the chain; each edge keeps its order', () => {
  const spec = job(
    {
      source: source(),
      big: filter(({ n }) => n > 1),
      split: flatMap(({ key, at, n }) => Array.from({ length: n }, (_, i) => event(`${key}${i}`, at))),
      window: sums(),
      raw: sink('raw'),
      all: { ...sink('all'), parallelism: 1 },
    },
    [
      ['source', 'big', FORWARD],
      ['big', 'split', FORWARD],
      ['split', 'window', BY_KEY],
      ['big', 'raw', FORWARD],
      ['source', 'all', { kind: 'broadcast' }],
    ],
  );
  const model = createModel(spec);
  const turn = model.vertex('source').sourceRecord(event('a', 7, 2), NO_TAPE);
  expect(turn.timestamp).toBe(7);
  expect(sent(turn).filter(([edge]) => edge === 2)).toEqual([
    [2, event('a0', 7), 7],
    [2, event('a1', 7), 7],
  ]);
  expect(sent(turn).filter(([edge]) => edge === 4)).toEqual([[4, event('a', 7, 2), 7]]);
  expect(turn.sinkWrites).toEqual([{ sink: 'raw', value: event('a', 7, 2) }]);
  const small = model.vertex('source').sourceRecord(event('a', 8, 1), NO_TAPE);
  expect(small).toMatchObject({ sinkWrites: [], sends: [{ edge: 4, timestamp: 8 }] });
});

it('side outputs go to the edges of their tag, with the timestamp of the turn; other tags go nowhere', () => {
  const spec = job(
    {
      source: source(),
      process: process(() => ({
        processElement: (value, ctx, out) => {
          out.collect('main');
          ctx.output({ tag: 'odd', type: STRING }, value.key);
          ctx.output({ tag: 'unknown', type: STRING }, value.key);
          ctx.timerService.registerEventTimeTimer(20);
        },
        onTimer: (_timestamp, ctx) => ctx.output({ tag: 'odd', type: STRING }, 'timer'),
      })),
      upper: map((value) => (typeof value === 'string' ? (value as string).toUpperCase() : value)),
      far: { ...sink('far'), parallelism: 1 },
      near: sink('near'),
    },
    [
      ['source', 'process', BY_KEY],
      ['process', 'upper', FORWARD, 'odd'],
      ['upper', 'far', FORWARD],
      ['process', 'near', FORWARD],
    ],
  );
  const process_ = createModel(spec).vertex('process');
  expect(process_.nodes).toEqual([1, 2, 4]);
  const instance = process_.instance();
  const turn = instance.record(0, event('a', 5), 5, EARLIEST, NO_TAPE);
  expect(sent(turn)).toEqual([[2, 'A', 5]]);
  expect(turn.sinkWrites).toEqual([{ sink: 'near', value: 'main' }]);
  expect(sent(instance.advance(20, NO_TAPE))).toEqual([[2, 'TIMER', 20]]);
});

it('a stateless vertex keeps the timestamp; what throws in a chain is named', () => {
  const spec = job(
    {
      source: source(),
      head: { ...same, parallelism: 2 },
      next: {
        ...map(({ n }) => {
          if (n === 0) throw new RangeError('zero');
          return n;
        }),
        parallelism: 2,
      },
      out: { ...sink('out'), parallelism: 1 },
    },
    [
      ['source', 'head', FORWARD],
      ['head', 'next', FORWARD],
      ['next', 'out', FORWARD],
    ],
  );
  const head = createModel(spec).vertex('head');
  expect(sent(head.record(0, event('a', 0, 3), undefined))).toEqual([[2, 3, undefined]]);
  expect(sent(head.record(0, event('a', 0, 3), 4))).toEqual([[2, 3, 4]]);
  expect(head.record(0, event('a', 0, 0), 4).mismatch).toBe("operator 'next' threw RangeError: zero");
  expect(() => head.record(2, event('a', 0), 4)).toThrow("edge 2 does not end at 'head'");
  expect(() => head.instance()).toThrow('no keyed head');
  expect(() => head.sourceRecord(1, NO_TAPE)).toThrow('no source');
});

it('an error after an emission is attributed to the emitter, not to the operators behind it', () => {
  const spec = job(
    {
      source: source(),
      process: process(() => ({
        processElement: (_value, _ctx, out) => {
          out.collect(1);
          throw new Error('after');
        },
      })),
      next: same,
    },
    [
      ['source', 'process', BY_KEY],
      ['process', 'next', FORWARD],
    ],
  );
  const turn = createModel(spec).vertex('process').instance().record(0, event('a', 0), 0, 0, NO_TAPE);
  expect(turn.mismatch).toBe("operator 'process' threw Error: after");
});

it('the partitioners name the receiver; hash by the same key group that the instance has', () => {
  const spec = job(
    {
      source: source(),
      window: { ...sums(), maxParallelism: 10 },
      all: { ...same, parallelism: 2 },
      any: same,
      one: { ...same, parallelism: 3 },
    },
    [
      ['source', 'window', BY_KEY],
      ['source', 'all', { kind: 'broadcast' }],
      ['source', 'any', { kind: 'rebalance' }],
      ['source', 'one', FORWARD],
    ],
  );
  const model = createModel(spec);
  expect(model.receiverOf(0, event('hello', 0), 1, 3, 128)).toBe(0); // group 35 of 0-42
  expect(model.receiverOf(0, event('key-1', 0), 1, 3, 128)).toBe(1); // group 54 of 43-85
  expect(model.receiverOf(0, event('a', 0), 1, 5, 128)).toBe(3); // group 81 of 77-102
  expect(model.receiverOf(1, event('a', 0), 1, 2, 128)).toBe('all');
  expect(model.receiverOf(2, event('a', 0), 1, 2, 128)).toBeUndefined();
  expect(model.receiverOf(3, event('a', 0), 1, 3, 128)).toBe(1);
  expect(model.vertex('window').keyGroupOf(0, event('a', 0), 128)).toBe(81);
  expect(model.vertex('window').maxParallelism(3)).toBe(10);
  expect(model.vertex('all').maxParallelism(90)).toBe(256);
  expect(() => model.vertex('all').keyGroupOf(1, event('a', 0), 128)).toThrow('has no key');
  expect(model.ownerOf(6, 3, 10)).toBe(1);
});

it('a keyed operator with an input that has no key is refused', () => {
  const spec = job({ source: source(), window: sums() }, [['source', 'window', { kind: 'rebalance' }]]);
  expect(() => createModel(spec)).toThrow('has no key');
});

it('inputs of a union may take their keys in different ways', () => {
  const spec = job({ one: source('one'), two: source('two'), window: sums() }, [
    ['one', 'window', BY_KEY],
    ['two', 'window', { kind: 'hash', key: (value: { readonly name: string }) => value.name, keyType: STRING }],
  ]);
  const window = createModel(spec).vertex('window');
  const instance = window.instance();
  instance.record(0, event('a', 1, 1), 1, EARLIEST, NO_TAPE);
  instance.record(1, { name: 'a', n: 5 }, 2, EARLIEST, NO_TAPE);
  expect(instance.content().entries.map(({ key, value }) => [key, value])).toEqual([['a', 6]]);
  expect(instance.record(7, event('a', 1), 1, EARLIEST, NO_TAPE).mismatch).toContain("edge 7 does not end at 'window'");
  expect(spec.edges[0]?.type).toBe(JSON_TYPE);
});
