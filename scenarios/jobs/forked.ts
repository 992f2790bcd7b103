/**
 * A job and two forks: each is a job of another name that starts from the savepoint with which the one before was stopped.
 *
 * ```
 *   1   visits -> seen --rebalance--> late --hash--> totals -> out-1
 *   2   visits -> seen --rebalance--> late --hash--> totals -> out-2
 *   3   visits -> seen --rebalance--> late --hash--> totals --hash--> tally -> out-3
 * ```
 *
 * Sinks have uids and topics of their own: what the job before has committed stays where it is, and none of it comes again. The
 * savepoint stays the user's, who may delete it once the fork has a checkpoint of its own, or is claimed, stays where it is or is
 * moved, and its state is read as it is or migrated. Some plans
 * have a fork that cannot read the state of `totals`: it is refused. Left out: a job and its fork at the same time, forks of what
 * was not stopped.
 */
import {
  bigint,
  boundedOutOfOrderness,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedProcessFunction,
  listState,
  logSink,
  logSource,
  mapState,
  type ProcessFunction,
  record,
  type StateOptions,
  string,
  type TypeInfo,
  type TypeOf,
  unionListState,
  valueState,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { parameterTable } from '../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../time-to-live.ts';

const visit = record({ user: string, page: int32, ts: int64 });
type Visit = TypeOf<typeof visit>;
interface Sources {
  readonly visits: Visit;
}
const line = record({ user: string, text: string, n: int64 });
type Line = TypeOf<typeof line>;

const PARTITIONS = 2;
const PAGES = 5;
const VERSIONS = 3;

const parameters = parameterTable({
  users: [1, 12, 5],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 200, 40],
  /** Bits: whether the savepoint of version 2, and of version 3, is claimed. */
  claims: [0, 3, 1],
  /** Bits: whether it is moved. */
  moves: [0, 3, 1],
  /** Bits: whether its owner deletes it once the fork has a checkpoint of its own. */
  deletes: [0, 3, 1],
  /** The version whose state of `totals` is of a type that nothing becomes; else none. */
  refused: [0, 20, 0],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

const TICK_MS = 100;
/** Counts the visits of a user, and says at the next tick how many pages are known, which are forgotten after their time. */
function totals<T>(
  type: TypeInfo<T>,
  ttl: StateOptions,
  next: (before: T | undefined) => readonly [T, number],
): () => KeyedProcessFunction<string, Visit, Line> {
  const total = valueState('total', type);
  const pages = mapState('pages', int32, int32, ttl);
  return () => ({
    processElement({ user, page, ts }, ctx, out) {
      const state = ctx.getState(total);
      const [after, n] = next(state.value());
      state.update(after);
      const known = ctx.getState(pages);
      known.put(page, (known.get(page) ?? 0) + 1);
      out.collect({ user, text: 'visits', n });
      ctx.timerService.registerEventTimeTimer((Math.floor(ts / TICK_MS) + 1) * TICK_MS);
    },
    onTimer(timestamp, ctx, out) {
      const known = ctx.getState(pages);
      out.collect({ user: ctx.currentKey, text: `pages at ${timestamp}`, n: known.keys().length });
      if (known.keys().length === PAGES) known.clear();
    },
  });
}

const plus = (step: number) => (before: number | undefined) => [(before ?? 0) + step, (before ?? 0) + step] as const;

/** Version 2 reads int32 as int64. */
function totalsOf(version: number, numbers: Numbers): () => KeyedProcessFunction<string, Visit, Line> {
  const ttl = ttlOptions(numbers);
  if (version === numbers.refused) return totals(string, ttl, (before) => [`${before ?? ''}x`, before?.length ?? 0]);
  return version === 1 ? totals(int32, ttl, plus(1)) : totals(int64, ttl, plus(10 ** version));
}

const RECENT_MAX = 3;
const recent = listState('recent', int32);
const opened = unionListState('opened', int32);

/** The visit, on another page where its lists say so. */
const seen = (): ProcessFunction<Visit, Visit> => ({
  open: (ctx) => {
    ctx.getState(recent);
    const all = ctx.getState(opened);
    const share = all.get().filter((_, i) => i % ctx.parallelism === ctx.subtask);
    all.update([...share, ctx.subtask].slice(-RECENT_MAX));
  },
  processElement(value, ctx, out) {
    const last = ctx.getState(recent);
    const sum = last.get().reduce((a, b) => a + b, ctx.getState(opened).get().length);
    last.update([...last.get(), value.page].slice(-RECENT_MAX));
    out.collect({ ...value, page: (value.page + sum) % PAGES });
  },
});

const tallied = valueState('tallied', bigint);
const tally = (): KeyedProcessFunction<string, Line, Line> => ({
  processElement(value, ctx, out) {
    const state = ctx.getState(tallied);
    const n = (state.value() ?? 0n) + 1n;
    state.update(n);
    out.collect({ ...value, text: `${value.text} #${n}` });
  },
});

function jobOf(version: number, numbers: Numbers): JobSpec {
  const { disorderMs } = numbers;
  return defineJob(`forked-${version}`, (env) => {
    const lines = env
      .fromSource(logSource({ topic: 'visits', type: visit }), {
        uid: 'visits',
        watermarks: boundedOutOfOrderness({ timestamp: (v: Visit) => v.ts, delayMs: disorderMs, periodMs: 5 }),
      })
      .process(seen, visit, { uid: 'seen' })
      .rebalance()
      .map((v) => v, visit, { uid: 'late' })
      .keyBy((v) => v.user, string)
      .process(totalsOf(version, numbers), line, { uid: 'totals' });
    const out = version < VERSIONS ? lines : lines.keyBy((l) => l.text, string).process(tally, line, { uid: 'tally' });
    out.sinkTo(logSink({ topic: `lines-${version}`, type: line }), { uid: `out-${version}` });
  });
}

/** Event time goes 10 ms a record. */
function generate(seed: string, count: number, numbers: Readonly<Record<string, number>>): Topics<Sources> {
  const { users, disorderMs } = parameters.from(numbers);
  const draws = planDraws(seed)('forked');
  const visits: Visit[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    visits[draws.below(PARTITIONS)]?.push({
      user: `user-${draws.below(users)}`,
      page: draws.below(PAGES),
      ts: Math.max(0, 10 * i - draws.below(disorderMs + 1)),
    });
  }
  return { visits };
}

const bit = (bits: number, version: number): boolean => ((bits >> (version - 2)) & 1) === 1;

export const forked: Scenario<Sources> = {
  id: 'forked',
  states:
    'A job and two forks, each of which starts from the savepoint of the one before, claimed or not, moved or not.',
  parameters: parameters.list,
  versions: VERSIONS,
  weight: 2,
  generate,
  build: (plan, version = 1) => {
    const numbers = parameters.of(plan);
    return {
      job: jobOf(version, numbers),
      topics: topicsOf(forked, plan),
      confluent: false,
      // What it cannot read itself, and what no version behind it can: one between them may never have asked for it.
      ...(version > 1 && numbers.refused > 0 && version >= numbers.refused
        ? { refuses: { operator: 'totals', state: 'total' } }
        : {}),
      ...(version === 1
        ? {}
        : {
            fork: {
              claim: bit(numbers.claims, version),
              moved: bit(numbers.moves, version),
              deletesOriginal: bit(numbers.deletes, version),
            },
          }),
    };
  },
  has: ['forks', 'time-to-live'],
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { user: fc.nat(11).map((n) => `user-${n}`), page: fc.nat(PAGES - 1), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
