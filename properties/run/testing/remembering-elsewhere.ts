/**
 * More jobs that remember something outside of their state: in the functions of windows, in one object that two functions
 * share, in caches that stand before a state, and in what decides which timers are set.
 */
import {
  type Collector,
  customTrigger,
  type DataStream,
  int32,
  int64,
  type KeyedContext,
  type KeyedStream,
  list,
  mapState,
  sessionEventTime,
  string,
  tumblingEventTime,
  valueState,
} from '../../../core/api/index.ts';
import { type Event, event, jobOf, keyed, once, type Remembering } from './remembering.ts';

type Context = KeyedContext<string>;
type Out = Collector<Event>;

const nothing = (): void => undefined;

/** Says how many more elements a pane has than the last pane of the key. */
class PaneChange {
  readonly #last = new Map<string, number>();
  process(elements: readonly Event[], ctx: { currentKey: string; window: { start: number } }, out: Out): void {
    const { currentKey, window } = ctx;
    out.collect({ key: currentKey, value: elements.length - (this.#last.get(currentKey) ?? 0), ts: window.start });
    this.#last.set(currentKey, elements.length);
  }
}

/** Fires at each third element of a key, whatever window it is in. */
function everyThird() {
  const counts = new Map<string, number>();
  return customTrigger<Event>(() => ({
    onElement(e) {
      const n = (counts.get(e.key) ?? 0) + 1;
      counts.set(e.key, n);
      return n % 3 === 0 ? 'fire' : 'continue';
    },
    onEventTime: () => 'continue',
    onProcessingTime: () => 'continue',
    clear: nothing,
  }));
}

class CountBesideRules {
  readonly #counts = new Map<string, number>();
  processElement(e: Event, ctx: Context, out: Out): void {
    const n = (this.#counts.get(ctx.currentKey) ?? 0) + 1;
    this.#counts.set(ctx.currentKey, n);
    out.collect({ ...e, value: n });
  }
  processBroadcastElement(): void {
    // The rules do not matter here.
  }
}

class PlainCount {
  readonly #counts = new Map<string, number>();
  processElement(e: Event, _ctx: unknown, out: Out): void {
    const n = (this.#counts.get(e.key) ?? 0) + 1;
    this.#counts.set(e.key, n);
    out.collect({ ...e, value: n });
  }
}

/** A cache before a state, which the timer that clears the state forgets. */
class StaleCache {
  readonly #cache = new Map<string, number>();
  readonly #sum = valueState('sum', int64);
  processElement(e: Event, ctx: Context, out: Out): void {
    const sum = (this.#cache.get(ctx.currentKey) ?? ctx.getState(this.#sum).value() ?? 0) + (e.value % 10);
    this.#cache.set(ctx.currentKey, sum);
    ctx.getState(this.#sum).update(sum);
    ctx.timerService.registerEventTimeTimer(e.ts - (e.ts % 200) + 200);
    out.collect({ ...e, value: sum });
  }
  onTimer(_at: number, ctx: Context): void {
    ctx.getState(this.#sum).clear();
  }
}

/** Its memory decides what goes into state; what is emitted comes from there, much later. */
class ThroughState {
  readonly #seen = new Map<string, Set<number>>();
  readonly #distinct = valueState('distinct', list(int32));
  processElement(e: Event, ctx: Context): void {
    const seen = this.#seen.get(ctx.currentKey) ?? new Set();
    this.#seen.set(ctx.currentKey, seen);
    ctx.timerService.registerEventTimeTimer(1_000_000);
    const value = e.value % 20;
    if (seen.has(value)) return;
    seen.add(value);
    ctx.getState(this.#distinct).update([...(ctx.getState(this.#distinct).value() ?? []), value]);
  }
  onTimer(at: number, ctx: Context, out: Out): void {
    out.collect({ key: ctx.currentKey, value: ctx.getState(this.#distinct).value()?.length ?? 0, ts: at });
    ctx.getState(this.#distinct).clear();
  }
}

/** Sets its timer with the first element of a key, as far as it remembers. */
class TimerOnce {
  readonly #set = new Set<string>();
  readonly #count = valueState('count', int32);
  processElement(e: Event, ctx: Context): void {
    ctx.getState(this.#count).update((ctx.getState(this.#count).value() ?? 0) + 1);
    if (this.#set.has(ctx.currentKey)) return;
    this.#set.add(ctx.currentKey);
    ctx.timerService.registerEventTimeTimer(e.ts + 100);
  }
  onTimer(at: number, ctx: Context, out: Out): void {
    out.collect({ key: ctx.currentKey, value: ctx.getState(this.#count).value() ?? 0, ts: at });
  }
}

/** Sessions with the gap that the first record of their key has set. */
function withFirstGap(events: KeyedStream<string, Event>, gaps: Map<string, number>): DataStream<Event> {
  return events
    .window(
      sessionEventTime((e: Event) => {
        const gap = gaps.get(e.key) ?? 1 + (e.value % 200);
        gaps.set(e.key, gap);
        return gap;
      }),
    )
    .reduce((a, b) => ({ ...a, value: (a.value + b.value) % 1_000_000 }))
    .uid('at');
}

/** It gives the same whenever it is asked again: only a function that has not been asked before shows it. */
export const FIRST_GAP: Remembering = {
  what: 'a session gap that the first record of a key sets',
  job: () => keyed('first-gap', (events) => withFirstGap(events, new Map())),
  forget: nothing,
};

export const REMEMBERING_ELSEWHERE: readonly Remembering[] = [
  {
    what: 'a process window function that remembers the last pane of each key',
    job: once(() =>
      keyed('pane-change', (events) =>
        events
          .window(tumblingEventTime(50))
          .process(() => new PaneChange(), event)
          .uid('at'),
      ),
    ),
    forget: nothing,
  },
  {
    what: 'a trigger that counts in a closure',
    job: () =>
      keyed('trigger-count', (events) =>
        events
          .window(tumblingEventTime(100))
          .trigger(everyThird())
          .reduce((a, b) => ({ ...a, value: (a.value + b.value) % 1_000_000 }))
          .uid('at'),
      ),
    forget: nothing,
  },
  {
    what: 'two functions that share an object, of two operators',
    job: () => {
      const counts = new Map<string, number>();
      return jobOf('shared', (events) =>
        events
          .map(
            (e) => {
              counts.set(e.key, (counts.get(e.key) ?? 0) + 1);
              return e;
            },
            event,
            { uid: 'before' },
          )
          .keyBy((e) => e.key, string)
          .process<Event>(
            () => ({
              processElement: (e, ctx, out) => out.collect({ ...e, value: counts.get(ctx.currentKey) ?? 0 }),
            }),
            event,
            { uid: 'at' },
          ),
      );
    },
    forget: nothing,
  },
  {
    what: 'a counter in a function beside broadcast state',
    job: once(() =>
      jobOf('beside-rules', (events) => {
        const rules = events.filter((e) => e.value % 20 === 0).broadcast(mapState('rules', string, int32));
        return events
          .keyBy((e) => e.key, string)
          .connect(rules)
          .process(() => new CountBesideRules(), event, { uid: 'at' });
      }),
    ),
    forget: nothing,
  },
  {
    what: 'a counter in a process function without key',
    job: once(() => jobOf('plain-count', (events) => events.process(() => new PlainCount(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a cache before a state, that a timer does not clear',
    job: once(() => keyed('stale-cache', (events) => events.process(() => new StaleCache(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'memory that shows in state, and in the output at the end only',
    job: once(() => keyed('through-state', (events) => events.process(() => new ThroughState(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'which timers have been set',
    job: once(() => keyed('timer-once', (events) => events.process(() => new TimerOnce(), event, { uid: 'at' }))),
    forget: nothing,
  },
  {
    what: 'a session gap that grows',
    job: () => {
      let longest = 0;
      return keyed('growing-gap', (events) =>
        events
          .window(
            sessionEventTime((e: Event) => {
              longest = Math.max(longest, e.value % 200);
              return longest + 1;
            }),
          )
          .reduce((a, b) => ({ ...a, value: (a.value + b.value) % 1_000_000 }))
          .uid('at'),
      );
    },
    forget: nothing,
  },
  FIRST_GAP,
  {
    what: 'a sampler with a generator of its own',
    job: () => {
      let state = 1;
      return jobOf('sampler', (events) =>
        events.filter(
          () => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
            return ((state >>> 16) & 1) === 0;
          },
          { uid: 'at' },
        ),
      );
    },
    forget: nothing,
  },
];
