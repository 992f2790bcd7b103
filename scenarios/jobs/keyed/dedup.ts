/**
 * Each event once, as far as the memory of it goes: what was seen is forgotten after its time to live.
 *
 * ```
 *   events --hash--> once -> firsts topic
 *              '--side--> repeats topic
 *   seen by    0 value   1 list   2 map   3 reducing   4 aggregating   state, so that each kind has a time to live
 * ```
 *
 * Processing time decides what is a repeat, so the history does, and not the input. Left out: event time.
 */
import {
  aggregatingState,
  boolean,
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  listState,
  logSink,
  logSource,
  mapState,
  noWatermarks,
  outputTag,
  record,
  reducingState,
  type StateOptions,
  string,
  type TypeOf,
  valueState,
} from '../../../core/api/index.ts';
import { planDraws } from '../../../properties/plan/draws.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Topics } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { parameterTable } from '../../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../../time-to-live.ts';

const event = record({ key: string, id: int32, ts: int64 });
type Event = TypeOf<typeof event>;
interface Sources {
  readonly events: Event;
}

const repeats = outputTag('repeats', event);
const PARTITIONS = 2;
const KINDS = 5;

const parameters = parameterTable({
  /** The state that remembers, and so many further on, so that none is rare. */
  kind: [0, KINDS - 1, 2],
  turn: [0, KINDS - 1, 0],
  /** Distinct keys, and distinct events of a key. */
  keys: [1, 30, 6],
  ids: [1, 10, 3],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

/** Whether an event is new, by what it and those before it have left in the state. */
type Remember = (id: number, ctx: KeyedContext<string>) => boolean;

/** Bits of a number: ids are few. */
const bit = (id: number): number => 1 << id;

function memoryOf(kind: number, options: StateOptions): Remember {
  const last = valueState('last', int32, options);
  const ids = listState('ids', int32, options);
  const seen = mapState('seen', int32, boolean, options);
  const bits = reducingState('bits', int32, (a, b) => a | b, options);
  const counts = aggregatingState(
    'counts',
    record({ bits: int32, n: int32 }),
    {
      createAccumulator: () => ({ bits: 0, n: 0 }),
      add: (id: number, { bits: before, n }) => ({ bits: before | bit(id), n: n + 1 }),
      getResult: (accumulator) => accumulator,
    },
    options,
  );
  switch (kind) {
    case 0:
      return (id, ctx) => {
        const state = ctx.getState(last);
        const before = state.value();
        if (before !== id) state.update(id);
        return before !== id;
      };
    case 1:
      return (id, ctx) => {
        const state = ctx.getState(ids);
        const isNew = !state.get().includes(id);
        if (isNew) state.addAll([id]);
        return isNew;
      };
    case 2:
      return (id, ctx) => {
        const state = ctx.getState(seen);
        const isNew = !state.contains(id);
        if (isNew) state.putAll([[id, true]]);
        else if (id % 3 === 0 && state.keys().length > 2) state.remove(id);
        return isNew || state.isEmpty();
      };
    case 3:
      return (id, ctx) => {
        const state = ctx.getState(bits);
        const isNew = ((state.get() ?? 0) & bit(id)) === 0;
        if (isNew) state.add(bit(id));
        return isNew;
      };
    default:
      return (id, ctx) => {
        const state = ctx.getState(counts);
        const before = state.get();
        const isNew = ((before?.bits ?? 0) & bit(id)) === 0;
        if (isNew) state.add(id);
        if ((before?.n ?? 0) > 5) state.clear();
        return isNew;
      };
  }
}

class Once implements KeyedProcessFunction<string, Event, Event> {
  readonly #remember: Remember;

  constructor(remember: Remember) {
    this.#remember = remember;
  }

  processElement(value: Event, ctx: KeyedContext<string>, out: Collector<Event>): void {
    if (this.#remember(value.id, ctx)) out.collect(value);
    else ctx.output(repeats, value);
  }
}

function jobOf(numbers: Numbers): JobSpec {
  const { kind, turn } = numbers;
  return defineJob('dedup', (env) => {
    const once = env
      .fromSource(logSource({ topic: 'events', type: event }), {
        uid: 'events',
        watermarks: noWatermarks({ timestamp: ({ ts }: Event) => ts }),
      })
      .keyBy(({ key }) => key, string)
      .process(() => new Once(memoryOf((kind + turn) % KINDS, ttlOptions(numbers))), event, {
        uid: 'once',
        sideOutputs: [repeats],
      });
    once.sinkTo(logSink({ topic: 'firsts', type: event }), { uid: 'firsts' });
    once.getSideOutput(repeats).sinkTo(logSink({ topic: 'repeats', type: event }), { uid: 'repeats' });
  });
}

function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { keys, ids } = parameters.from(all);
  const draws = planDraws(seed)('dedup');
  const events: Event[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    events[draws.below(PARTITIONS)]?.push({ key: `k${draws.below(keys)}`, id: draws.below(ids), ts: 10 * i });
  }
  return { events };
}

export const dedup: Scenario<Sources> = {
  id: 'dedup',
  states: 'Each event once, remembered in a state of each kind for a time to live, with every clean-up.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({ job: jobOf(parameters.of(plan)), topics: topicsOf(dedup, plan), confluent: false }),
  shapeOf: (plan) => {
    const { kind, turn } = parameters.of(plan);
    return ['value', 'list', 'map', 'reducing', 'aggregating'][(kind + turn) % KINDS] ?? 'value';
  },
  has: ['time-to-live'],
  recordArbitrary: (_topic, fc) =>
    fc.record({ key: fc.nat(29).map((n) => `k${n}`), id: fc.nat(9), ts: fc.nat(10_000) }, { noNullPrototype: true }),
};
