import { describe, expect, it } from 'vitest';
import type { KeyedBroadcastProcessFunction, KeyedCoProcessFunction } from '../../core/job/functions.ts';
import type { BroadcastProcessFunction } from '../../core/job/operator-states.ts';
import type { MapDescriptor, ValueDescriptor } from '../../core/job/states.ts';
import { createModel } from './model.ts';
import { sequentialOutput } from './sequential.ts';
import { BY_KEY, event, FORWARD, job, NO_TAPE, sent, sink, source, STRING, type Event } from './testing/turns.ts';

const rules: MapDescriptor<string, number> = { kind: 'map', name: 'rules', keyType: STRING, type: { kind: 'int32' } };
const sum: ValueDescriptor<number> = { kind: 'value', name: 'sum', type: { kind: 'int32' } };
const EVERYWHERE = { kind: 'broadcast' } as const;
const EFF = 0;

const keyedSpec = (fn: () => KeyedBroadcastProcessFunction<unknown, Event, Event, unknown>) =>
  job(
    {
      in: source(),
      rules: source('rules'),
      apply: { operator: { kind: 'keyedBroadcast', create: fn, firstInputs: 1, states: [rules] }, maxParallelism: 4 },
      out: sink('out'),
    },
    [
      ['in', 'apply', BY_KEY],
      ['rules', 'apply', EVERYWHERE],
      ['apply', 'out', EVERYWHERE],
    ],
  );
const apply = (): KeyedBroadcastProcessFunction<unknown, Event, Event, unknown> => ({
  processElement: (value, ctx, out) => {
    ctx.getState(sum).update((ctx.getState(sum).value() ?? 0) + value.n);
    out.collect([value.key, ctx.getBroadcastState(rules).get(value.key)]);
  },
  processBroadcastElement: (rule, ctx, out) => {
    ctx.getBroadcastState(rules).put(rule.key, rule.n);
    ctx.applyToKeyedState(sum, { process: (key, state) => out.collect([key, state.value()]) });
    ctx.applyToKeyedState(sum, { process: (_, state) => (rule.n === 0 ? state.clear() : undefined) });
  },
});

describe('broadcast state', () => {
  it('is written by broadcast elements and read by those of every key group; a fork is independent', () => {
    const vertex = createModel(keyedSpec(apply)).vertex('apply');
    const side = vertex.broadcast?.();
    const group = vertex.instance();
    if (side === undefined) throw new Error('unreachable');
    expect([vertex.isBroadcastTurn(0), vertex.isBroadcastTurn(1), vertex.kind]).toEqual([false, true, 'keyed']);
    const before = side.fork();
    side.record(1, event('a', 1, 7), 1, NO_TAPE, () => []);
    expect(sent(group.record(0, event('a', 2), 2, EFF, NO_TAPE, side))).toEqual([[2, ['a', 7], 2]]);
    expect(sent(group.record(0, event('a', 2), 2, EFF, NO_TAPE, before))).toEqual([[2, ['a', undefined], 2]]);
    expect(side.content()).toEqual([{ state: 'rules', entries: [['a', 7]] }]);
    expect(before.content()).toEqual([]);
  });

  it('a visit goes through the keys of all groups in the order of their bytes, and changes them', () => {
    const vertex = createModel(keyedSpec(apply)).vertex('apply');
    const [one, other] = [vertex.instance(), vertex.instance()];
    const side = vertex.broadcast?.();
    for (const key of ['c', 'a']) one.record(0, event(key, 1), 1, EFF, NO_TAPE, side);
    other.record(0, event('b', 1), 1, EFF, NO_TAPE, side);
    const turn = side?.record(1, event('x', 5, 0), 5, NO_TAPE, () => [one, other]);
    expect(turn?.sends.map(({ value }) => value)).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect([one.content().entries, other.content().entries]).toEqual([[], []]);
  });

  it('without key, elements read it and cannot write it', () => {
    const fn = (): BroadcastProcessFunction<Event, Event, unknown> => ({
      processElement: (value, ctx, out) => {
        const state = ctx.getBroadcastState(rules);
        if (value.n === 0) (state as unknown as { put(key: string, n: number): void }).put('a', 1);
        out.collect(state.get(value.key));
      },
      processBroadcastElement: (rule, ctx) => ctx.getBroadcastState(rules).put(rule.key, rule.n),
    });
    const spec = job(
      {
        in: source(),
        rules: source('rules'),
        look: { operator: { kind: 'broadcast', create: fn, firstInputs: 1, states: [rules] } },
        out: sink('out'),
      },
      [
        ['in', 'look', FORWARD],
        ['rules', 'look', EVERYWHERE],
        ['look', 'out', EVERYWHERE],
      ],
    );
    const vertex = createModel(spec).vertex('look');
    const side = vertex.broadcast?.();
    side?.record(1, event('a', 1, 7), 1, NO_TAPE, () => []);
    expect(side?.record(0, event('a', 1), 1, NO_TAPE, () => []).sends.map(({ value }) => value)).toEqual([7]);
    expect(side?.record(0, event('a', 1, 0), 1, NO_TAPE, () => []).mismatch).toContain(
      "the broadcast state 'rules' is read-only here",
    );
    expect(vertex.kind).toBe('stateless');
    expect(() => sequentialOutput(spec, { in: [[]], rules: [[]] })).toThrow(
      "at 'look' it depends on when broadcast elements come",
    );
  });
});

it('a two-input function gets each element at the method of its input, and both at one state', () => {
  const fn = (): KeyedCoProcessFunction<unknown, Event, Event, unknown> => ({
    processElement1: (value, ctx) => ctx.getState(sum).update((ctx.getState(sum).value() ?? 0) + value.n),
    processElement2: (value, ctx) => ctx.timerService.registerEventTimeTimer(value.at),
    onTimer: (timestamp, ctx, out) => out.collect([ctx.currentKey, timestamp, ctx.getState(sum).value()]),
  });
  const spec = job(
    {
      a: source('a'),
      b: source('b'),
      c: source('c'),
      pair: { operator: { kind: 'coProcess', create: fn, firstInputs: 2 } },
      out: sink('out'),
    },
    [
      ['a', 'pair', BY_KEY],
      ['b', 'pair', BY_KEY],
      ['c', 'pair', BY_KEY],
      ['pair', 'out', FORWARD],
    ],
  );
  const output = sequentialOutput(spec, { a: [[event('k', 1, 2)]], b: [[event('k', 2, 3)]], c: [[event('k', 9)]] });
  expect(output.get('out')).toEqual(new Map([['["k",9,5]', 1]]));
});

describe('joins', () => {
  const { joins } = createModel(job({ in: source(), out: sink('out') }, [['in', 'out', { kind: 'rescale' }]]));
  const pairs = (senders: number, receivers: number): readonly string[] =>
    [...Array(senders).keys()].flatMap((s) =>
      [...Array(receivers).keys()].filter((r) => joins(0, s, senders, r, receivers)).map((r) => `${s}-${r}`),
    );
  it.each([
    [2, 4, ['0-0', '0-1', '1-2', '1-3']],
    [3, 4, ['0-0', '0-1', '1-2', '2-3']],
    [5, 2, ['0-0', '1-0', '2-1', '3-1', '4-1']],
    [2, 2, ['0-0', '1-1']],
  ] as const)('%i senders and %i receivers pointwise', (senders, receivers, expected) => {
    expect(pairs(senders, receivers)).toEqual(expected);
  });
});
