/**
 * State of window functions and of triggers over versions of a job (SEMANTICS U2 to U4), each row computed by hand: it is
 * declared by its first `getState` in a subtask, which migrates it in all key groups of the subtask; until then it is carried.
 */
import { describe, expect, it } from 'vitest';
import {
  defineType,
  float64,
  int32,
  int64,
  list,
  listState,
  mapState,
  nullable,
  record,
  type StateDescriptor,
  string,
  type Trigger,
  valueState,
  withDefault,
} from '../../core/api/index.ts';
import type { TriggerSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type { ProcessWindowContext, TriggerContext } from '../../core/job/window-functions.ts';
import { createModel } from './model.ts';
import { EARLIEST } from './time.ts';
import { BY_KEY, event, FORWARD, job, JSON_TYPE, NO_TAPE, sink, source, sums } from './testing/turns.ts';
import type { ModelInstance, ModelVertex, Tape } from './types.ts';

interface Version {
  readonly process?: (ctx: ProcessWindowContext) => void;
  readonly trigger?: TriggerSpec;
  readonly accumulatorType?: TypeInfo;
}

/** Tumbling windows of 10 ms, which may be late by as much: one version of the operator. */
function versionOf({ process, trigger, accumulatorType = list(JSON_TYPE) }: Version): ModelVertex {
  const { operator } = sums();
  if (operator.kind !== 'window') throw new Error('unreachable');
  const window = {
    operator: {
      ...operator,
      ...(trigger === undefined ? {} : { trigger }),
      allowedLatenessMs: 10,
      accumulatorType,
      fold: { kind: 'list' } as const,
      emit: undefined,
      create: () => ({ process: (_: readonly unknown[], ctx: ProcessWindowContext) => process?.(ctx) }),
    },
  };
  const spec = job({ source: source(), window, out: sink('out') }, [
    ['source', 'window', BY_KEY],
    ['window', 'out', FORWARD],
  ]);
  return createModel(spec).vertex('window');
}

/** What is held of a state: key, start of the window, value. */
function of(instance: ModelInstance, state: string): readonly (readonly [unknown, number | undefined, unknown])[] {
  return instance
    .content()
    .entries.filter((one) => one.state === state)
    .map(({ key, namespace, value }) => [key, namespace?.start, value] as const)
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

/** The windows [0, 10) of the keys a and b and [10, 20) of a have fired, and can fire again. */
function firedOnce(vertex: ModelVertex): ModelInstance {
  const instance = vertex.instance();
  for (const value of [event('a', 1), event('b', 2), event('a', 12)]) {
    expect(instance.record(0, value, value.at, EARLIEST, NO_TAPE).mismatch).toBeUndefined();
  }
  expect(instance.advance(19, NO_TAPE)).toMatchObject({ mismatch: undefined, panes: [{}, {}, {}] });
  return instance;
}
/** A late element of key a makes its window [10, 20) fire again. */
function fireAgain(instance: ModelInstance, tape: Tape = NO_TAPE): string | undefined {
  return instance.record(0, event('a', 13), 13, 19, tape).mismatch;
}

const one = defineType<number>({ name: 't', version: 1, write: (n) => Uint8Array.of(n), read: ([n = 0]) => n });
const two = defineType<string>({
  name: 't',
  version: 2,
  write: (text) => Uint8Array.from(text, (char) => char.charCodeAt(0)),
  read: (bytes) => String.fromCharCode(...bytes),
  migrate: ([n = 0], version) => `${version}/${n}`,
});

const before = valueState('s', record({ n: int32, t: one }));
const now = valueState('s', record({ t: two, n: int64, m: withDefault(int32, 4) }));

describe('state of a window function of an earlier version', () => {
  const first = versionOf({
    process(ctx) {
      ctx.globalState.getState(before).update({ n: 1, t: 7 });
      ctx.windowState.getState(before).update({ n: ctx.window.start, t: 8 });
    },
  });

  it('of a type of the job, is its bytes in a snapshot', () => {
    const instance = firedOnce(first);
    expect(of(instance, 'key:s')).toEqual([
      ['a', undefined, { n: 1, t: Uint8Array.of(7) }],
      ['b', undefined, { n: 1, t: Uint8Array.of(7) }],
    ]);
    expect(of(instance, 'window:s')).toEqual([
      ['a', 0, { n: 0, t: Uint8Array.of(8) }],
      ['a', 10, { n: 10, t: Uint8Array.of(8) }],
      ['b', 0, { n: 0, t: Uint8Array.of(8) }],
    ]);
  });

  it('is carried as it was until somebody asks for it', () => {
    const carrying = versionOf({}).instance(firedOnce(first).handOver());
    expect(fireAgain(carrying)).toBeUndefined();
    expect(of(carrying, 'key:s')[0]).toEqual(['a', undefined, { n: 1, t: Uint8Array.of(7) }]);
    // And the version after that has it from the first one.
    const asking = versionOf({ process: (ctx) => void ctx.globalState.getState(now).value() });
    const third = asking.instance(carrying.handOver());
    expect(fireAgain(third)).toBeUndefined();
    const text = (n: number, from: number): Uint8Array => Uint8Array.from(`${from}/${n}`, (c) => c.charCodeAt(0));
    expect(of(third, 'key:s')).toEqual([
      ['a', undefined, { t: text(7, 1), n: 1, m: 4 }],
      ['b', undefined, { t: text(7, 1), n: 1, m: 4 }],
    ]);
  });

  it('is that of this version once it asks, of all its keys and windows', () => {
    const seen: unknown[] = [];
    const second = versionOf({
      process: (ctx) => void seen.push(ctx.windowState.getState(now).value(), ctx.globalState.getState(now).value()),
    });
    const instance = second.instance(firedOnce(first).handOver());
    expect(fireAgain(instance)).toBeUndefined();
    expect(seen).toEqual([
      { t: '1/8', n: 10, m: 4 },
      { t: '1/7', n: 1, m: 4 },
    ]);
    const text = Uint8Array.from('1/8', (char) => char.charCodeAt(0));
    expect(of(instance, 'window:s')).toEqual([
      ['a', 0, { t: text, n: 0, m: 4 }],
      ['a', 10, { t: text, n: 10, m: 4 }],
      ['b', 0, { t: text, n: 0, m: 4 }],
    ]);
  });

  it('is so in all key groups of the subtask that has asked, and in none of another one', () => {
    const second = versionOf({ process: (ctx) => void ctx.globalState.getState(now).value() });
    const from = firedOnce(first).handOver();
    const [mine, other, elsewhere] = [second.instance(from), second.instance(from), second.instance(from)];
    expect(fireAgain(mine)).toBeUndefined();
    other.settle(NO_TAPE.place);
    elsewhere.settle({ attempt: 1, subtask: 1, parallelism: 2 });
    expect(of(other, 'key:s')[0]).toEqual(['a', undefined, expect.objectContaining({ m: 4 })]);
    expect(of(elsewhere, 'key:s')[0]).toEqual(['a', undefined, { n: 1, t: Uint8Array.of(7) }]);
    // A turn of that key group begins with what its subtask has asked for.
    const quiet = second.instance(from);
    expect(quiet.record(0, event('c', 30), 30, 19, NO_TAPE).mismatch).toBeUndefined();
    expect(of(quiet, 'key:s')[0]).toEqual(['a', undefined, expect.objectContaining({ m: 4 })]);
  });

  it('cannot become another kind, nor a type that has no place for it', () => {
    const from = firedOnce(first).handOver();
    const asking = (descriptor: StateDescriptor): string | undefined =>
      fireAgain(versionOf({ process: (ctx) => void ctx.globalState.getState(descriptor) }).instance(from));
    expect(asking(mapState('s', string, int32))).toMatch('is a value state and cannot be used as a map state');
    expect(asking(valueState('s', int32))).toMatch('record cannot become int32');
  });

  it('has maps of a key as well', () => {
    const seen: unknown[] = [];
    const from = firedOnce(
      versionOf({ process: (ctx) => ctx.globalState.getState(mapState('m', string, int32)).put('k', 5) }),
    ).handOver();
    const wider = mapState('m', string, nullable(float64));
    const second = versionOf({ process: (ctx) => void seen.push(ctx.globalState.getState(wider).entries()) });
    expect(fireAgain(second.instance(from))).toBeUndefined();
    expect(seen).toEqual([[['k', 5]]]);
  });
});

describe('state of a trigger of an earlier version', () => {
  const own = (ask: (ctx: TriggerContext) => void): TriggerSpec => ({
    kind: 'custom',
    create: (): Trigger<unknown> => ({
      onElement: (_value, _timestamp, window, ctx) => {
        ask(ctx);
        if (window.end - 1 > ctx.currentWatermark()) ctx.registerEventTimeTimer(window.end - 1);
        return window.end - 1 > ctx.currentWatermark() ? 'continue' : 'fire';
      },
      onEventTime: (timestamp, window) => (timestamp === window.end - 1 ? 'fire' : 'continue'),
      onProcessingTime: () => 'continue',
      clear: () => undefined,
    }),
  });

  it('of the author is that of this version once it asks', () => {
    const first = versionOf({ trigger: own((ctx) => ctx.getState(listState('l', one)).add(3)) });
    const from = firedOnce(first).handOver();
    const seen: unknown[] = [];
    const second = versionOf({ trigger: own((ctx) => void seen.push(ctx.getState(listState('l', two)).get())) });
    const instance = second.instance(from);
    expect(fireAgain(instance)).toBeUndefined();
    expect(seen).toEqual([['1/3']]);
  });

  it('that fires by a delta is an element of this version', () => {
    const trigger = (type: TypeInfo, seen: unknown[]): TriggerSpec => ({
      kind: 'delta',
      threshold: 100,
      type,
      delta: (from, to) => {
        seen.push([from, to]);
        return 0;
      },
    });
    const type = record({ key: string, at: int32, n: int32 });
    const wider = record({ n: float64, at: int64, key: string, more: withDefault(int32, 9) });
    const instance = versionOf({ trigger: trigger(type, []) }).instance();
    instance.record(0, event('a', 1), 1, EARLIEST, NO_TAPE);
    const seen: unknown[] = [];
    const next = versionOf({ trigger: trigger(wider, seen) }).instance(instance.handOver());
    expect(of(next, 'trigger:last')).toEqual([['a', 0, { key: 'a', at: 1, n: 1 }]]);
    expect(next.record(0, event('a', 2), 2, EARLIEST, NO_TAPE).mismatch).toBeUndefined();
    expect(seen).toEqual([[{ n: 1, at: 1, key: 'a', more: 9 }, event('a', 2)]]);
  });
});

it('what a window holds is that of this version from the start', () => {
  const [type, wider] = [record({ n: int32 }), record({ m: withDefault(int32, 2), n: float64 })];
  const instance = versionOf({ accumulatorType: list(type) }).instance();
  instance.record(0, event('a', 1), 1, EARLIEST, NO_TAPE);
  const next = versionOf({ accumulatorType: list(wider) }).instance(instance.handOver());
  expect(of(next, 'window-contents')).toEqual([['a', 0, [{ m: 2, n: 1 }]]]);
});

/** SEMANTICS J5: a window ends at its clean-up time, and what is its own goes then. */
it.each<[string, Version]>([
  ['per window', { process: (ctx) => void ctx.windowState.getState(ageing) }],
  ['per key', { process: (ctx) => void ctx.globalState.getState(ageing) }],
  [
    'of a trigger',
    {
      trigger: {
        kind: 'custom',
        create: () => ({
          onElement: (_value: unknown, _timestamp: unknown, _window: unknown, ctx: TriggerContext) => {
            ctx.getState(ageing);
            return 'fire' as const;
          },
          onEventTime: () => 'continue' as const,
          onProcessingTime: () => 'continue' as const,
          clear: () => undefined,
        }),
      },
    },
  ],
])('state of a window operator, %s, has no time to live in any version', (_, version) => {
  const instance = versionOf(version).instance();
  instance.record(0, event('a', 13), 13, EARLIEST, NO_TAPE);
  const turn = instance.record(0, event('a', 13), 13, 19, NO_TAPE);
  expect(turn.threw).toBe(true);
  expect(turn.mismatch).toContain('time to live');
});
const ageing = valueState('s', int32, { ttl: { ms: 10 } });
