import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KeyedContext, KeyedProcessFunction } from '../../core/job/functions.ts';
import type { ListDescriptor, MapDescriptor, ValueDescriptor, ValueState } from '../../core/job/states.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { canonical } from './equal.ts';
import { createModel } from './model.ts';
import {
  BY_KEY,
  FORWARD,
  NO_TAPE,
  STRING,
  event,
  job,
  process,
  sent,
  sink,
  source,
  type Event,
} from './testing/turns.ts';
import { EARLIEST, LATEST } from './time.ts';
import type { ModelContent, ModelInstance, ModelTurn, Tape } from './types.ts';

type Fn = KeyedProcessFunction<string, Event, unknown>;

/** source -hash-> process -> sink `out` in the chain. */
function specOf(create: () => Fn): JobSpec {
  return job({ source: source(), process: process(create), out: sink('out') }, [
    ['source', 'process', BY_KEY],
    ['process', 'out', FORWARD],
  ]);
}
function instanceOf(create: () => Fn): ModelInstance {
  return createModel(specOf(create)).vertex('process').instance();
}
/** A function without onTimer, from a lambda. */
function elements(processElement: Fn['processElement']): () => Fn {
  return () => ({ processElement });
}
const written = (turn: ModelTurn) => turn.sinkWrites.map((write) => write.value);
const intState: ValueDescriptor<number> = { kind: 'value', name: 'n', type: { kind: 'int32' } };
const listState: ListDescriptor<string> = { kind: 'list', name: 'list', type: STRING };
const mapState: MapDescriptor<string, string> = { kind: 'map', name: 'map', keyType: STRING, type: STRING };

// ---- timers

/** Registers an event-time timer at `n`, or deletes it if `n` is negative; emits [key, timestamp] for each firing. */
const timers = (): Fn => ({
  processElement: ({ n }, { timerService }) => {
    if (n < 0) timerService.deleteEventTimeTimer(-n);
    else timerService.registerEventTimeTimer(n);
  },
  onTimer: (timestamp, ctx, out) => out.collect([ctx.currentKey, timestamp, ctx.timestamp, ctx.timeDomain]),
});

it('timers fire up to eff, ties by serialized key, each once however often it was registered', () => {
  const instance = instanceOf(timers);
  for (const [key, n] of [
    ['bb', 5],
    ['c', 5],
    ['a', 7],
    ['c', 5],
    ['a', 8],
    ['c', 9],
    ['c', -9],
  ] as const) {
    instance.record(0, event(key, 0, n), 0, EARLIEST, NO_TAPE);
  }
  expect(instance.nextEventTimer()).toBe(5);
  const turn = instance.advance(7, NO_TAPE);
  expect(written(turn)).toEqual([
    ['c', 5, 5, 'event'],
    ['bb', 5, 5, 'event'],
    ['a', 7, 7, 'event'],
  ]);
  expect(turn.fired[0]).toEqual({ domain: 'event', timestamp: 5, key: 'c', namespace: undefined });
  expect(instance.content().timers.map((timer) => timer.timestamp)).toEqual([8]);
  expect(written(instance.advance(8, NO_TAPE))).toHaveLength(1);
  expect(instance.nextEventTimer()).toBeUndefined();
});

it('the timer set stays a set, and forks stay apart, over hundreds of firings', () => {
  const instance = instanceOf(timers);
  for (let n = 200; n > 0; n--) instance.record(0, event('a', 0, n), 0, EARLIEST, NO_TAPE);
  expect(instance.advance(150, NO_TAPE).fired.map((timer) => timer.timestamp)).toEqual(
    Array.from({ length: 150 }, (_, i) => i + 1),
  );
  const fork = instance.fork();
  fork.record(0, event('a', 0, 10), 0, 150, NO_TAPE);
  fork.record(0, event('a', 0, -151), 0, 150, NO_TAPE);
  expect(fork.advance(153, NO_TAPE).fired.map((timer) => timer.timestamp)).toEqual([10, 152, 153]);
  expect(instance.nextEventTimer()).toBe(151);
  expect(instance.content().timers).toHaveLength(50);
});

it('a timer at or below eff never fires inline, it waits for the next advance', () => {
  const instance = instanceOf(timers);
  const turn = instance.record(0, event('a', 0, 3), 0, 10, NO_TAPE);
  expect(turn.fired).toEqual([]);
  expect(written(instance.advance(11, NO_TAPE))).toEqual([['a', 3, 3, 'event']]);
});

it('a timer that a timer registers at or below eff fires in the same loop, in its place in the order', () => {
  const instance = instanceOf(() => ({
    processElement: (_value, ctx) => {
      ctx.timerService.registerEventTimeTimer(1);
      ctx.timerService.registerEventTimeTimer(6);
    },
    onTimer: (timestamp, ctx, out) => {
      out.collect(timestamp);
      ctx.timerService.registerEventTimeTimer(timestamp + 4);
    },
  }));
  instance.record(0, event('a', 0), 0, EARLIEST, NO_TAPE);
  expect(written(instance.advance(9, NO_TAPE))).toEqual([1, 5, 6, 9]);
  expect(instance.content().timers.map((timer) => timer.timestamp)).toEqual([10, 13]);
});

it('a function that registers timers in the past forever is a mismatch, not an endless turn', () => {
  const instance = instanceOf(() => ({
    processElement: (_value, ctx) => ctx.timerService.registerEventTimeTimer(1),
    onTimer: (timestamp, ctx) => ctx.timerService.registerEventTimeTimer(timestamp),
  }));
  instance.record(0, event('a', 0), 0, EARLIEST, NO_TAPE);
  expect(instance.advance(1, NO_TAPE).mismatch).toContain('fired more than');
});

it('a timer fires even where the function has no onTimer', () => {
  const instance = instanceOf(elements((_value, ctx) => ctx.timerService.registerEventTimeTimer(4)));
  instance.record(0, event('a', 0), 0, EARLIEST, NO_TAPE);
  expect(instance.advance(4, NO_TAPE)).toMatchObject({
    fired: [{ timestamp: 4 }],
    sinkWrites: [],
    mismatch: undefined,
  });
});

it('a processing-time timer is a turn of its own, removed from the set; only the next one of the order may fire', () => {
  const create = (): Fn => ({
    processElement: ({ n }, ctx) => {
      ctx.timerService.registerProcessingTimeTimer(n);
      ctx.timerService.registerProcessingTimeTimer(1000);
      ctx.timerService.deleteProcessingTimeTimer(1000);
    },
    onTimer: (timestamp, ctx, out) => out.collect([timestamp, ctx.timeDomain, ctx.timerService.currentWatermark()]),
  });
  const instance = instanceOf(create);
  instance.record(0, event('a', 0, 50), 0, EARLIEST, NO_TAPE);
  instance.record(0, event('a', 0, 40), 0, EARLIEST, NO_TAPE);
  expect(instance.nextEventTimer()).toBeUndefined();
  expect(instance.advance(LATEST, NO_TAPE).fired).toEqual([]);
  const timer = { domain: 'processing', timestamp: 40, key: 'a', namespace: undefined } as const;
  expect(instance.fork().processingTimer({ ...timer, timestamp: 50 }, 7, NO_TAPE).mismatch).toContain(
    'the next one is at 40',
  );
  expect(instance.fork().processingTimer({ ...timer, key: 'b' }, 7, NO_TAPE).mismatch).toContain(
    'of another key or time',
  );
  const turn = instance.processingTimer(timer, 7, NO_TAPE);
  expect(turn).toMatchObject({ fired: [timer], mismatch: undefined });
  expect(written(turn)).toEqual([[40, 'processing', 7]]);
  expect(instance.processingTimer({ ...timer, timestamp: 50 }, 7, NO_TAPE).mismatch).toBeUndefined();
  expect(instance.processingTimer(timer, 7, NO_TAPE).mismatch).toContain('has no processing-time timer');
});

// ---- what a turn reads

it('the context has timestamp, key and effective watermark; open has the place of the task', () => {
  const seen: unknown[] = [];
  const instance = instanceOf(() => ({
    open: (ctx) => seen.push(ctx),
    processElement: (_value, ctx, out) =>
      out.collect([ctx.timestamp, ctx.currentKey, ctx.timerService.currentWatermark()]),
  }));
  expect(written(instance.record(0, event('a', 3), 3, 17, NO_TAPE))).toEqual([[3, 'a', 17]]);
  expect(written(instance.record(0, event('b', 3), undefined, 18, NO_TAPE))).toEqual([[undefined, 'b', 18]]);
  expect(seen[0]).toEqual({ uid: 'process', subtask: 0, parallelism: 1 });
});

/** Reads the clock `n` times, then draws below `n`. */
const reader = elements(({ n }, ctx, out) => {
  const times = Array.from({ length: n }, () => ctx.timerService.currentProcessingTime());
  out.collect([times, n === 0 ? undefined : ctx.random(n)]);
});

it('clock reads and draws come from the tape, in order', () => {
  const tape = { ...NO_TAPE, clock: [100, 90], random: [{ n: 2, value: 1 }] };
  const turn = instanceOf(reader).record(0, event('a', 0, 2), 0, EARLIEST, tape);
  expect(turn.mismatch).toBeUndefined();
  expect(written(turn)).toEqual([[[100, 90], 1]]);
});

it.each([
  ['too few clock reads on the tape', { clock: [1], random: [] }, 2, 'reads the clock more often than the 1 times'],
  ['too many clock reads', { clock: [1, 2, 3], random: [{ n: 2, value: 0 }] }, 2, 'reads the clock 2 times, 3 are'],
  ['too few draws', { clock: [1, 2], random: [] }, 2, 'draws random numbers more often than the 0 times'],
  ['too many draws', { clock: [], random: [{ n: 1, value: 0 }] }, 0, 'draws random numbers 0 times, 1 are'],
  [
    'a draw of another range',
    { clock: [1], random: [{ n: 3, value: 0 }] },
    1,
    'draws below 1 where the tape holds a draw below 3',
  ],
])('a tape that does not fit is a mismatch: %s', (_name, tape, n, message) => {
  expect(instanceOf(reader).record(0, event('a', 0, n), 0, EARLIEST, { ...NO_TAPE, ...tape }).mismatch).toContain(
    `operator 'process' ${message}`,
  );
});

it('a mismatch counts even if the function swallows the error', () => {
  const instance = instanceOf(
    elements((_value, ctx) => {
      try {
        ctx.random(2);
      } catch {
        // the user's mistake
      }
    }),
  );
  expect(instance.record(0, event('a', 0), 0, EARLIEST, NO_TAPE).mismatch).toContain('draws random numbers');
});

it('a function, a factory or an open that throws is a mismatch with the message', () => {
  const fail = (): never => {
    throw new TypeError('no luck');
  };
  const message = "operator 'process' threw TypeError: no luck";
  expect(instanceOf(elements(fail)).record(0, event('a', 0), 0, 0, NO_TAPE).mismatch).toBe(message);
  expect(instanceOf(fail).record(0, event('a', 0), 0, 0, NO_TAPE).mismatch).toBe(message);
  expect(
    instanceOf(() => ({ open: fail, processElement: fail })).record(0, event('a', 0), 0, 0, NO_TAPE).mismatch,
  ).toBe(message);
});

// ---- state

it('state is per key; undefined, the empty list and the empty map are absent; map entries come in byte order', () => {
  const instance = instanceOf(
    elements(({ n }, ctx, out) => {
      const value = ctx.getState(intState);
      const list = ctx.getState(listState);
      const map = ctx.getState(mapState);
      if (n === 0) {
        value.clear();
        list.update([]);
        for (const [key] of map.entries()) map.remove(key);
      } else {
        value.update((value.value() ?? 0) + n);
        const before = list.get();
        list.add(`x${n}`);
        out.collect([before.length, list.get().length]);
        for (const key of ['bb', 'c', 'a']) map.put(key, `${key}${n}`);
      }
    }),
  );
  instance.record(0, event('k', 0, 2), 0, EARLIEST, NO_TAPE);
  expect(written(instance.record(0, event('k', 0, 3), 0, EARLIEST, NO_TAPE))).toEqual([[1, 2]]);
  instance.record(0, event('l', 0, 7), 0, EARLIEST, NO_TAPE);
  const user = { key: 'k', namespace: undefined };
  expect(instance.content().entries.filter((entry) => entry.key === 'k')).toEqual([
    { ...user, state: 'n', value: 5 },
    { ...user, state: 'list', value: ['x2', 'x3'] },
    {
      ...user,
      state: 'map',
      value: [
        ['a', 'a3'],
        ['c', 'c3'],
        ['bb', 'bb3'],
      ],
    },
  ]);
  instance.record(0, event('k', 0, 0), 0, EARLIEST, NO_TAPE);
  expect(instance.content().entries.map((entry) => entry.key)).toEqual(['l', 'l', 'l']);
});

it('one name used for two kinds of state is a mismatch', () => {
  const instance = instanceOf(
    elements((_value, ctx) => {
      ctx.getState({ ...intState, name: 'same' }).update(1);
      ctx.getState({ ...listState, name: 'same' }).add('x');
    }),
  );
  expect(instance.record(0, event('a', 0), 0, 0, NO_TAPE).mismatch).toContain("state 'same' is a value state");
});

it('a handle that the function keeps means the current key', () => {
  const instance = instanceOf(() => {
    let kept: ValueState<number> | undefined;
    return {
      processElement: ({ n }, ctx) => {
        kept ??= ctx.getState(intState);
        kept.update(n);
      },
    };
  });
  instance.record(0, event('a', 0, 1), 0, 0, NO_TAPE);
  instance.record(0, event('b', 0, 2), 0, 0, NO_TAPE);
  expect(instance.content().entries.map(({ key, value }) => [key, value])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

// ---- forks

// ---- what hides in a function

/** Emits how many elements this object has seen before. `open`: it has one. */
function counting(open: boolean): () => Fn {
  return () => {
    let hidden = 0;
    const fn: Fn = { processElement: (_value, _ctx, out) => out.collect(hidden++) };
    return open ? { ...fn, open: () => (hidden = 0) } : fn;
  };
}
const FIRST = at(1, 0);
function at(attempt: number, subtask: number): Tape {
  return { ...NO_TAPE, place: { attempt, subtask, parallelism: 2 } };
}
const emits = (instance: ModelInstance, tape = NO_TAPE): unknown =>
  written(instance.record(0, event('a', 0), 0, 0, tape))[0];

it('a function object lives for one call, so that nothing can hide in it', () => {
  const instance = instanceOf(counting(false));
  expect([emits(instance), emits(instance), emits(instance)]).toEqual([0, 0, 0]);
});

it('one that is opened is made again in about one call of four, and in each attempt', () => {
  const instance = instanceOf(counting(true));
  const seen = Array.from({ length: 400 }, () => emits(instance, FIRST));
  const fresh = seen.filter((n) => n === 0).length;
  expect([fresh > 70, fresh < 130]).toEqual([true, true]);
  for (let attempt = 2; attempt < 20; attempt++) expect(emits(instance, at(attempt, 0))).toBe(0);
});

it('one that lives as long as its task remembers across keys and key groups, and forgets in the next attempt', () => {
  const vertex = createModel(specOf(counting(false)), 'task').vertex('process');
  const [one, other] = [vertex.instance(), vertex.instance()];
  expect([emits(one, at(1, 0)), emits(other, at(1, 0)), emits(other, at(1, 1)), emits(one, at(1, 0))]).toEqual([
    0, 1, 0, 2,
  ]);
  expect(emits(one.fork(), at(2, 0))).toBe(0);
});

/** Does to its state what the record says; emits what it reads. */
const interpreter = (): Fn => {
  const act = (op: number, n: number, ctx: KeyedContext): void => {
    const name = String(n);
    const value = ctx.getState(intState);
    const list = ctx.getState(listState);
    const map = ctx.getState(mapState);
    const actions = [
      () => value.update((value.value() ?? 0) + n),
      () => value.clear(),
      () => list.add(name),
      () => list.update(list.get().slice(1)),
      () => map.put(name, `${name}@${String(value.value())}`),
      () => map.remove(name),
      () => map.clear(),
      () => ctx.timerService.registerEventTimeTimer(n),
      () => ctx.timerService.deleteEventTimeTimer(n),
      () => ctx.timerService.registerProcessingTimeTimer(n),
    ];
    actions[op]?.();
  };
  return {
    processElement: ({ at, n }, ctx) => act(at, n, ctx),
    onTimer: (timestamp, ctx, out) => {
      ctx.getState(listState).add(`timer ${timestamp}`);
      out.collect([timestamp, ctx.getState(mapState).entries()]);
    },
  };
};

type Step =
  | { readonly kind: 'record'; readonly on: number; readonly event: Event }
  | { readonly kind: 'advance'; readonly on: number; readonly to: number }
  | { readonly kind: 'fork'; readonly on: number };
const on = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record'),
      on,
      event: fc.record({ key: fc.constantFrom('a', 'b', 'cc'), at: fc.nat(9), n: fc.nat(4) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('advance'), on, to: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fork'), on }) },
);

function apply(instance: ModelInstance, history: Step): ModelTurn | undefined {
  if (history.kind === 'record') return instance.record(0, history.event, 0, EARLIEST, NO_TAPE);
  return history.kind === 'advance' ? instance.advance(history.to, NO_TAPE) : undefined;
}
function text({ entries, timers: registered }: ModelContent): string {
  return canonical([entries.map(canonical).sort(), registered]);
}

it('forks are isolated: each is what a fresh instance becomes by its own history', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const forks = [{ instance: instanceOf(interpreter), history: [] as Step[] }];
      for (const next of steps) {
        const branch = forks[next.on % forks.length];
        if (branch === undefined) continue;
        if (next.kind === 'fork') forks.push({ instance: branch.instance.fork(), history: [...branch.history] });
        else {
          apply(branch.instance, next);
          branch.history.push(next);
        }
      }
      for (const { instance, history } of forks) {
        const fresh = instanceOf(interpreter);
        for (const past of history) apply(fresh, past);
        expect(text(instance.content())).toBe(text(fresh.content()));
        expect(sent(instance.advance(LATEST, NO_TAPE))).toEqual(sent(fresh.advance(LATEST, NO_TAPE)));
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});
