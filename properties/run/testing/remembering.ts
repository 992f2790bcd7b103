/**
 * Jobs that remember something outside of their state, each in another place, for tests of `hidden-state.ts`: what a real
 * author does by mistake. And jobs with legal caches, which nobody can observe.
 *
 * All read `events` (each key in one partition, in order of time) and write `out`.
 */
import fc from 'fast-check';
import {
  type AggregateFunction,
  type Collector,
  defineJob,
  type DataStream,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedStream,
  logSink,
  logSource,
  mapState,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  valueState,
  type ValueState,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import { planDraws } from '../../plan/draws.ts';
import { topicsOf } from '../../plan/explicit.ts';
import type { Topics } from '../../plan/plan.ts';
import type { Scenario } from '../../plan/scenario.ts';

export const event = record({ key: string, value: int32, ts: int64 });
export type Event = TypeOf<typeof event>;
type Keyed = KeyedStream<string, Event>;
type Context = KeyedContext<string>;
type Out = Collector<Event>;

interface Options {
  readonly timestamp?: (value: Event) => number;
  readonly key?: (value: Event) => string;
}

/** events -> `body` -> out. */
export function jobOf(
  name: string,
  body: (events: DataStream<Event>) => DataStream<Event>,
  options: Options = {},
): JobSpec {
  return defineJob(name, (env) => {
    const timestamp = options.timestamp ?? ((e: Event) => e.ts);
    const events = env.fromSource(logSource({ topic: 'events', type: event, bounded: true }), {
      uid: 'events',
      watermarks: watermarkPerRecord({ timestamp, delayMs: 0 }),
    });
    body(events).sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
  });
}

export function keyed(name: string, body: (events: Keyed) => DataStream<Event>, options: Options = {}): JobSpec {
  const key = options.key ?? ((e: Event) => e.key);
  return jobOf(name, (events) => body(events.keyBy(key, string)), options);
}

/** What a test needs to know of a job. `forget`: empties what outlives a run. */
export interface Remembering {
  readonly what: string;
  /** A new one for each run, as a scenario that calls `defineJob` in `build` makes it; else one for all runs. */
  readonly job: () => JobSpec;
  readonly forget: () => void;
}

const nothing = (): void => undefined;

class SetInObject {
  readonly #seen = new Set<string>();
  processElement(e: Event, ctx: Context, out: Out): void {
    if (this.#seen.has(ctx.currentKey)) return;
    this.#seen.add(ctx.currentKey);
    out.collect(e);
  }
}

class SetInOpen {
  #seen: Set<number> | undefined;
  open(): void {
    this.#seen = new Set();
  }
  processElement(e: Event, _ctx: Context, out: Out): void {
    if (this.#seen?.has(e.value) === true) return;
    this.#seen?.add(e.value);
    out.collect(e);
  }
}

class Lazy {
  #table: Map<string, number> | undefined;
  processElement(e: Event, ctx: Context, out: Out): void {
    this.#table ??= new Map();
    const n = (this.#table.get(ctx.currentKey) ?? 0) + 1;
    this.#table.set(ctx.currentKey, n);
    out.collect({ ...e, value: n });
  }
}

class StaticTotal {
  static totals = new Map<string, number>();
  processElement(e: Event, ctx: Context, out: Out): void {
    const total = (StaticTotal.totals.get(ctx.currentKey) ?? 0) + (e.value % 100);
    StaticTotal.totals.set(ctx.currentKey, total);
    out.collect({ ...e, value: total % 1_000_000 });
  }
}

/** Emits each third element of a key, with the sum of the three. */
class Batches {
  readonly #waiting = new Map<string, number[]>();
  processElement(e: Event, ctx: Context, out: Out): void {
    const waiting = [...(this.#waiting.get(ctx.currentKey) ?? []), e.value];
    if (waiting.length === 3) out.collect({ ...e, value: waiting.reduce((a, b) => (a + b) % 1_000_000, 0) });
    this.#waiting.set(ctx.currentKey, waiting.length === 3 ? [] : waiting);
  }
}

/** Keeps in the object what its timer is to emit. */
class TimerMemory {
  readonly #last = new Map<string, Event>();
  processElement(e: Event, ctx: Context): void {
    this.#last.set(ctx.currentKey, e);
    ctx.timerService.registerEventTimeTimer(e.ts + 40);
  }
  onTimer(_at: number, ctx: Context, out: Out): void {
    const last = this.#last.get(ctx.currentKey);
    if (last !== undefined) out.collect(last);
  }
}

/** Numbers what its timers emit, over all keys. */
class TimerCount {
  #n = 0;
  processElement(e: Event, ctx: Context): void {
    ctx.timerService.registerEventTimeTimer(e.ts - (e.ts % 100) + 100);
  }
  onTimer(at: number, ctx: Context, out: Out): void {
    out.collect({ key: ctx.currentKey, value: this.#n++, ts: at });
  }
}

/** Remembers the newest of few keys; what is evicted is read from state. */
class EvictingCache {
  readonly #newest = new Map<string, number>();
  readonly #stored = valueState('stored', int32);
  processElement(e: Event, ctx: Context, out: Out): void {
    const before = this.#newest.get(ctx.currentKey) ?? ctx.getState(this.#stored).value() ?? 0;
    this.#newest.set(ctx.currentKey, before + 1);
    if (this.#newest.size > 2) {
      const [oldest] = this.#newest.keys();
      // The mistake: what leaves the cache is not written back, but for the current key.
      if (oldest !== undefined) this.#newest.delete(oldest);
      ctx.getState(this.#stored).update(before + 1);
    }
    out.collect({ ...e, value: before + 1 });
  }
}

class Joined {
  readonly #left = new Map<string, Event>();
  processElement1(e: Event, ctx: Context): void {
    this.#left.set(ctx.currentKey, e);
  }
  processElement2(e: Event, ctx: Context, out: Out): void {
    const left = this.#left.get(ctx.currentKey);
    out.collect({ ...e, value: left === undefined ? -1 : left.value });
  }
}

/** Rules in a field, where broadcast state is due. */
class RulesInField {
  readonly #rules = new Map<string, number>();
  processElement(e: Event, _ctx: unknown, out: Out): void {
    out.collect({ ...e, value: (this.#rules.get(e.key) ?? 0) > 0 ? 1 : 0 });
  }
  processBroadcastElement(e: Event): void {
    this.#rules.set(e.key, e.value + 1);
  }
}

const moduleMap = new Map<string, number>();
const moduleMax = new Map<string, number>();
const moduleFirst = new Map<string, number>();
// What the jobs here do wrong on purpose.
const outliving = { byContext: new WeakMap<object, number>(), ids: numbers() };

function* numbers(): Generator<number, never> {
  for (let n = 0; ; n++) yield n;
}

function countedAggregate(): AggregateFunction<Event, number, Event> {
  let calls = 0;
  return {
    createAccumulator: () => 0,
    add: (_e, n) => {
      calls++;
      return n + calls;
    },
    getResult: (n) => ({ key: '', value: n % 1_000_000, ts: 0 }),
  };
}

export const REMEMBERING: readonly Remembering[] = [
  {
    what: 'a Set in the function object',
    job: once(() => keyed('set-in-object', (events) => events.process(() => new SetInObject(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a counter in the closure of the factory',
    job: once(() =>
      keyed('counter', (events) =>
        events.process<Event>(
          () => {
            const counts = new Map<string, number>();
            return {
              processElement: (e, ctx, out) => {
                const n = (counts.get(ctx.currentKey) ?? 0) + 1;
                counts.set(ctx.currentKey, n);
                out.collect({ ...e, value: n });
              },
            };
          },
          event,
          { uid: 'at' },
        ),
      ),
    ),
    forget: nothing,
  },
  {
    what: 'a counter beside the factory, one for all function objects',
    job: () =>
      keyed('beside-factory', (events) => {
        let n = 0;
        return events.process<Event>(
          () => ({ processElement: (e, _ctx, out) => out.collect({ ...e, value: n++ }) }),
          event,
          { uid: 'at' },
        );
      }),
    forget: nothing,
  },
  {
    what: 'a Map of the module',
    job: once(() =>
      keyed('module-map', (events) =>
        events.process<Event>(
          () => ({
            processElement: (e, ctx, out) => {
              const n = (moduleMap.get(ctx.currentKey) ?? 0) + 1;
              moduleMap.set(ctx.currentKey, n);
              out.collect({ ...e, value: n });
            },
          }),
          event,
          { uid: 'at' },
        ),
      ),
    ),
    forget: () => moduleMap.clear(),
  },
  {
    what: 'a static field',
    job: once(() => keyed('static', (events) => events.process(() => new StaticTotal(), event, { uid: 'at' }))),
    forget: () => StaticTotal.totals.clear(),
  },
  {
    what: 'a reduce function that counts its calls',
    job: () =>
      keyed('reduce', (events) => {
        let n = 0;
        return events.reduce((a, b) => ({ ...b, value: ((a.value % 1_000) + ++n) % 1_000_000 }), { uid: 'at' });
      }),
    forget: nothing,
  },
  {
    what: 'an aggregate function that counts its calls',
    job: () =>
      keyed('aggregate', (events) =>
        events
          .window(tumblingEventTime(50))
          .aggregate(countedAggregate(), int64, event, ({ key, result, window }) => ({
            ...result,
            key,
            ts: window.start,
          }))
          .uid('at'),
      ),
    forget: nothing,
  },
  {
    what: 'a window function that remembers its last pane',
    job: () =>
      keyed('pane', (events) => {
        let last = 0;
        return events
          .window(tumblingEventTime(50))
          .reduce(
            (a, b) => ({ ...a, value: (a.value + b.value) % 1_000_000 }),
            ({ result }) => {
              const change = result.value - last;
              last = result.value;
              return { ...result, value: change };
            },
            event,
          )
          .uid('at');
      }),
    forget: nothing,
  },
  {
    what: 'a map function that emits the change to the last value',
    job: () =>
      jobOf('map', (events) => {
        const last = new Map<string, number>();
        return events.map(
          (e) => {
            const change = e.value - (last.get(e.key) ?? 0);
            last.set(e.key, e.value);
            return { ...e, value: change };
          },
          event,
          { uid: 'at' },
        );
      }),
    forget: nothing,
  },
  {
    what: 'a filter with a Set, of a job that is defined once',
    job: once(() =>
      jobOf('filter', (events) => {
        const seen = new Set<number>();
        return events.filter((e) => !seen.has(e.value % 50) && seen.add(e.value % 50).size > 0, { uid: 'at' });
      }),
    ),
    forget: nothing,
  },
  {
    what: 'a timestamp function that never goes back',
    job: () => {
      let max = 0;
      return keyed(
        'timestamps',
        (events) =>
          events
            .window(tumblingEventTime(50))
            .reduce((a, b) => ({ ...a, value: (a.value + b.value) % 1_000_000 }))
            .uid('at'),
        { timestamp: (e) => (max = Math.max(max, e.ts)) },
      );
    },
    forget: nothing,
  },
  {
    what: 'an iterator that is held over turns',
    job: once(() =>
      jobOf('iterator', (events) =>
        events.map((e) => ({ ...e, value: outliving.ids.next().value }), event, { uid: 'at' }),
      ),
    ),
    forget: () => (outliving.ids = numbers()),
  },
  {
    what: 'a WeakMap by context object',
    job: once(() =>
      keyed('weak-map', (events) =>
        events.process<Event>(
          () => ({
            processElement: (e, ctx, out) => {
              const n = (outliving.byContext.get(ctx) ?? 0) + 1;
              outliving.byContext.set(ctx, n);
              out.collect({ ...e, value: n });
            },
          }),
          event,
          { uid: 'at' },
        ),
      ),
    ),
    forget: () => (outliving.byContext = new WeakMap()),
  },
  {
    what: 'a Set that open makes',
    job: once(() => keyed('set-in-open', (events) => events.process(() => new SetInOpen(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a table that the first element makes',
    job: once(() => keyed('lazy', (events) => events.process(() => new Lazy(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'elements that wait in a field for more of them',
    job: once(() => keyed('batches', (events) => events.process(() => new Batches(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'what a timer is to emit',
    job: once(() => keyed('timer', (events) => events.process(() => new TimerMemory(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a timer callback that counts',
    job: once(() => keyed('timer-count', (events) => events.process(() => new TimerCount(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a cache with eviction that writes nothing back',
    job: once(() => keyed('evicting', (events) => events.process(() => new EvictingCache(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'one side of a join in a field',
    job: once(() =>
      jobOf('join', (events) => {
        const left = events.filter((e) => e.value % 2 === 0).keyBy((e) => e.key, string);
        const right = events.filter((e) => e.value % 2 === 1).keyBy((e) => e.key, string);
        return left.connect(right).process(() => new Joined(), event, { uid: 'at' });
      }),
    ),
    forget: nothing,
  },
  {
    what: 'rules in a field instead of broadcast state',
    job: once(() =>
      jobOf('rules', (events) => {
        const rules = events.filter((e) => e.value % 5 === 0).broadcast(mapState('rules', string, int32));
        return events.connect(rules).process(() => new RulesInField(), event, { uid: 'at' });
      }),
    ),
    forget: nothing,
  },
  {
    what: 'a greatest value beside the job’s functions',
    job: () => {
      return jobOf('closure-max', (events) => {
        const max = new Map<string, number>();
        return events.map(
          (e) => {
            max.set(e.key, Math.max(max.get(e.key) ?? 0, e.value));
            return { ...e, value: max.get(e.key) ?? 0 };
          },
          event,
          { uid: 'at' },
        );
      });
    },
    forget: nothing,
  },
  {
    what: 'a greatest value of the module',
    job: once(() =>
      keyed('module-max', (events) =>
        events.process<Event>(
          () => ({
            processElement: (e, ctx, out) => {
              moduleMax.set(ctx.currentKey, Math.max(moduleMax.get(ctx.currentKey) ?? 0, e.value));
              out.collect({ ...e, value: moduleMax.get(ctx.currentKey) ?? 0 });
            },
          }),
          event,
          { uid: 'at' },
        ),
      ),
    ),
    forget: () => moduleMax.clear(),
  },
];

/** Memory of the module that gives one value for good: only a run in a fresh process, or after others, shows it. */
export const FIRST_WINS: Remembering = {
  what: 'the first value of each key, for ever',
  job: once(() =>
    jobOf('first-wins', (events) =>
      events.map(
        (e) => {
          if (!moduleFirst.has(e.key)) moduleFirst.set(e.key, e.value);
          return { ...e, value: moduleFirst.get(e.key) ?? 0 };
        },
        event,
        { uid: 'at' },
      ),
    ),
  ),
  forget: () => moduleFirst.clear(),
};

// ---- legal

const squares = new Map<number, number>();
const interned = new Map<string, string>();
const ODD = /[13579]$/g;

/** State through a cache: read from state once, written to both. */
class WriteThrough {
  readonly #cache = new Map<string, number>();
  readonly #sum = valueState('sum', int64);
  processElement(e: Event, ctx: Context, out: Out): void {
    const sum = ((this.#cache.get(ctx.currentKey) ?? ctx.getState(this.#sum).value() ?? 0) + e.value) % 1_000_000;
    this.#cache.set(ctx.currentKey, sum);
    ctx.getState(this.#sum).update(sum);
    out.collect({ ...e, value: sum });
  }
}

/** A handle and a table, made when they are first needed. */
class LazyHandle {
  #handle: ValueState<number> | undefined;
  #table: readonly number[] | undefined;
  readonly #count = valueState('count', int32);
  open(): void {
    this.#table = Array.from({ length: 10 }, (_, i) => i * i);
  }
  processElement(e: Event, ctx: Context, out: Out): void {
    const handle = (this.#handle ??= ctx.getState(this.#count));
    const n = (handle.value() ?? 0) + 1;
    handle.update(n);
    out.collect({ ...e, value: n + (this.#table?.[n % 10] ?? 0) });
  }
}

export const LEGAL: readonly Remembering[] = [
  {
    what: 'a pure function with a memory of its results, interned keys, a compiled expression',
    job: once(() =>
      jobOf('memoized', (events) =>
        events
          .filter((e) => {
            ODD.lastIndex = 0;
            return ODD.test(String(e.value));
          })
          .map((e) => {
            let square = squares.get(e.value);
            if (square === undefined) squares.set(e.value, (square = (e.value * e.value) % 1_000_000));
            if (!interned.has(e.key)) interned.set(e.key, e.key);
            return { ...e, key: interned.get(e.key) ?? '', value: square };
          }, event),
      ),
    ),
    forget: nothing,
  },
  {
    what: 'state through a cache that is written to both',
    job: once(() => keyed('write-through', (events) => events.process(() => new WriteThrough(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a table of open and a handle that is kept',
    job: once(() => keyed('lazy-handle', (events) => events.process(() => new LazyHandle(), event, { uid: 'at' }))),
    forget: nothing,
  },
];

export function once(make: () => JobSpec): () => JobSpec {
  const job = make();
  return () => job;
}

/** Records of this seed: `count` of them, or at most `most`. */
export function scenarioOf({ what, job }: Remembering, most = Infinity): Scenario {
  const id = job().name;
  const scenario: Scenario = {
    id,
    states: `A job that remembers: ${what}.`,
    parameters: [],
    generate: (seed, count) => eventsOf(seed, Math.min(count, most)),
    build: (plan) => ({ job: job(), topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () =>
      fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), value: fc.nat(1_000), ts: fc.nat(10_000) }),
  };
  return scenario;
}

function eventsOf(seed: string, count: number): Topics {
  const draws = planDraws(seed)('records');
  const partitions: Event[][] = [[], []];
  let ts = 0;
  for (let i = 0; i < count; i++) {
    const key = draws.below(12);
    ts += draws.below(20);
    partitions[key % 2]?.push({ key: `key-${key}`, value: draws.below(1_000), ts });
  }
  return { events: partitions };
}
