/**
 * State without key, of all its kinds, at parallelisms that change:
 *
 * ```
 *   events --spread--> hold --rebalance--> decide <--broadcast-- rules      -> decided topic
 *                                                                rules --broadcast--> audit -> audited topic
 * ```
 *
 *   hold     a batch of elements in a list, which is split anew at a restore, and a second list that counts batches
 *   decide   rules in broadcast state; a union list of how often each rule was applied. At a restore each subtask keeps the counts
 *            of its own rules, or, where the plan says so, all of them: then the list grows by the parallelism, as it does in
 *            jobs that add what they were given to what they have (up to `KEPT_MAX` items)
 *   audit    a process function that sees all rules, and keeps the newest ones in broadcast state of its own
 *
 * Each operator has the job's parallelism or one of its own. Results depend on who holds which batch, so no run is confluent.
 * Left out: keys, windows, event time (the shapes `rules` and `lookup` of `topologies` have some of it).
 */
import {
  type BroadcastContext,
  type BroadcastProcessFunction,
  type Collector,
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  listState,
  logSink,
  logSource,
  mapState,
  noWatermarks,
  type OperatorOpenContext,
  type OperatorStateAccess,
  type OperatorStream,
  type ProcessContext,
  type ProcessFunction,
  type ReadOnlyBroadcastContext,
  record,
  string,
  type TypeOf,
  unionListState,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { parameterTable } from '../parameters.ts';

const event = record({ key: string, n: int32, ts: int64 });
type Event = TypeOf<typeof event>;
interface Sources {
  readonly events: Event;
  readonly rules: Event;
}

const SPREADS = ['rebalance', 'rescale', 'shuffle', 'custom', 'forward'] as const;
type Spread = (typeof SPREADS)[number];
const EVENTS_PARTITIONS = 3;
/** Rules are told apart by their number modulo this. */
const SLOTS = 7;
/** A union list that all keep grows without end. */
const KEPT_MAX = 64;

const parameters = parameterTable({
  /** How events come to `hold`: 0 rebalance, 1 rescale, 2 shuffle, 3 custom, 4 forward. */
  spread: [0, SPREADS.length - 1, 0],
  /** Subtasks of each operator; 0: as many as the job has. */
  holdParallelism: [0, 4, 0],
  decideParallelism: [0, 4, 0],
  auditParallelism: [0, 4, 0],
  /** `hold` lets its elements go once it has so many. */
  batch: [1, 6, 3],
  /** 1: at a restore every subtask of `decide` keeps all counts. */
  keepAll: [0, 1, 0],
  /** There is one rule for so many events. */
  rareness: [1, 12, 4],
});
type Numbers = ReturnType<typeof parameters.from>;

const held = listState('held', event);
const batches = listState('batches', int64);

/** What it holds comes from any old subtasks, so it may be more than a batch. */
class Hold implements ProcessFunction<Event, Event> {
  readonly #batch: number;

  constructor(batch: number) {
    this.#batch = batch;
  }

  open(ctx: OperatorOpenContext): void {
    ctx.getState(held);
    // Counts of several old subtasks become one.
    const counts = ctx.getState(batches);
    const total = counts.get().reduce((sum, n) => sum + n, 0);
    counts.update(total === 0 ? [] : [total]);
  }

  processElement(value: Event, ctx: ProcessContext, out: Collector<Event>): void {
    const items = ctx.getState(held);
    items.add(value);
    const all = items.get();
    if (all.length < this.#batch) return;
    items.clear();
    const counts = ctx.getState(batches);
    const [n = 0] = counts.get();
    counts.update([n + 1]);
    for (const item of all) out.collect({ ...item, ts: n });
  }
}

const rules = mapState('rules', int32, event);
const count = record({ slot: int32, n: int64 });
const applied = unionListState('applied', count);

/** The newest rule counts, in any order of arrival. */
function setRule(rule: Event, ctx: BroadcastContext): void {
  const state = ctx.getBroadcastState(rules);
  const slot = rule.n % SLOTS;
  const before = state.get(slot);
  if (before !== undefined && (before.ts > rule.ts || (before.ts === rule.ts && before.n >= rule.n))) return;
  state.put(slot, rule);
}

class Decide implements BroadcastProcessFunction<Event, Event, Event> {
  readonly #keepAll: boolean;

  constructor(keepAll: boolean) {
    this.#keepAll = keepAll;
  }

  open(ctx: OperatorOpenContext): void {
    const state = ctx.getState(applied);
    const all = state.get();
    if (this.#keepAll) {
      state.update(all.slice(0, KEPT_MAX));
      return;
    }
    const sums = Array.from({ length: SLOTS }, (_, slot) => ({
      slot,
      n: all.reduce((sum, one) => (one.slot === slot ? sum + one.n : sum), 0),
    }));
    state.update(sums.filter(({ slot, n }) => n > 0 && slot % ctx.parallelism === ctx.subtask));
  }

  processElement(value: Event, ctx: ReadOnlyBroadcastContext & OperatorStateAccess, out: Collector<Event>): void {
    const slot = value.n % SLOTS;
    const rule = ctx.getBroadcastState(rules).get(slot);
    const state = ctx.getState(applied);
    const counts = state.get();
    const at = counts.findIndex((one) => one.slot === slot);
    const n = (counts[at]?.n ?? 0) + 1;
    if (at < 0) state.add({ slot, n });
    else state.update(counts.with(at, { slot, n }));
    out.collect({ key: value.key, n: value.n * (rule?.n ?? 1), ts: n });
  }

  processBroadcastElement(rule: Event, ctx: BroadcastContext): void {
    setRule(rule, ctx);
  }
}

const newest = mapState('newest', string, event);

class Audit implements ProcessFunction<Event, Event> {
  open(ctx: OperatorOpenContext): void {
    ctx.getBroadcastState(newest);
  }

  processElement(rule: Event, ctx: ProcessContext, out: Collector<Event>): void {
    const state = ctx.getBroadcastState(newest);
    const before = state.get(rule.key);
    if (before !== undefined && before.ts >= rule.ts) return;
    state.put(rule.key, rule);
    out.collect({ ...rule, n: state.entries().length });
  }
}

function spreadOver(stream: DataStream<Event>, spread: Spread): DataStream<Event> {
  switch (spread) {
    case 'rebalance':
      return stream.rebalance();
    case 'rescale':
      return stream.rescale();
    case 'shuffle':
      return stream.shuffle();
    case 'custom':
      return stream.partitionCustom((e, receivers) => (e.n + e.key.length) % receivers);
    case 'forward':
      return stream;
  }
}

function at(stream: OperatorStream<Event>, parallelism: number): OperatorStream<Event> {
  return parallelism === 0 ? stream : stream.setParallelism(parallelism);
}

function sourceOf(env: JobEnvironment, topic: string): OperatorStream<Event> {
  return env.fromSource(logSource({ topic, type: event }), {
    uid: topic,
    watermarks: noWatermarks({ timestamp: (e: Event) => e.ts }),
  });
}

function rulesJob(numbers: Numbers): JobSpec {
  return defineJob('rules', (env) => {
    const events = spreadOver(sourceOf(env, 'events'), SPREADS[numbers.spread] ?? 'rebalance');
    const all = sourceOf(env, 'rules');
    const hold = at(
      events.process(() => new Hold(numbers.batch), event, { uid: 'hold' }),
      numbers.holdParallelism,
    );
    at(
      hold
        .rebalance()
        .connect(all.broadcast(rules))
        .process(() => new Decide(numbers.keepAll === 1), event, { uid: 'decide' }),
      numbers.decideParallelism,
    ).sinkTo(logSink({ topic: 'decided', type: event }), { uid: 'decided-out' });
    at(
      all.broadcast().process(() => new Audit(), event, { uid: 'audit' }),
      numbers.auditParallelism,
    ).sinkTo(logSink({ topic: 'audited', type: event }), { uid: 'audited-out' });
  });
}

function generate(seed: string, total: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { rareness } = parameters.from(all);
  const draws = planDraws(seed)('rules');
  const events: Event[][] = Array.from({ length: EVENTS_PARTITIONS }, () => []);
  const made: Event[] = [];
  for (let i = 0; i < total; i++) {
    const one: Event = { key: `k${draws.below(5)}`, n: draws.between(1, 40), ts: i };
    if (draws.below(rareness + 1) === 0) made.push(one);
    else events[draws.below(EVENTS_PARTITIONS)]?.push(one);
  }
  return { events, rules: [made] };
}

export const rulesScenario: Scenario<Sources> = {
  id: 'rules',
  has: ['batch'],
  states: 'Split, union and broadcast state of operators without key, dealt out anew at parallelisms of their own.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({
    job: rulesJob(parameters.of(plan)),
    topics: topicsOf(rulesScenario, plan),
    confluent: false,
  }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { key: fc.nat(4).map((n) => `k${n}`), n: fc.integer({ min: 1, max: 40 }), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
