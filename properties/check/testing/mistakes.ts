/**
 * Jobs as people write them, each in two versions: with a mistake of the kind that is found in production, and without. What
 * `check` is told about them is what their authors would say: what must come out, and what must be gone in the end.
 */
import fc from 'fast-check';
import {
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  type KeyedProcessFunction,
  list,
  logSink,
  logSource,
  noWatermarks,
  nullable,
  record,
  string,
  type TypeInfo,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import type { AnyCheckOptions } from '../options.ts';

export interface Mistake {
  /** What is wrong. */
  readonly name: string;
  job(version: 'wrong' | 'right'): JobSpec;
  readonly options: Pick<AnyCheckOptions, 'input' | 'output' | 'invariant' | 'stateEndsEmpty'>;
}

const order = record({ id: string, user: string, cents: int32, at: int64 });
type Order = TypeOf<typeof order>;
const someOrder: fc.Arbitrary<Order> = fc.record({
  id: fc.nat(30).map((n) => `o${n}`),
  user: fc.constantFrom('ann', 'bob', 'cem', 'dee'),
  cents: fc.integer({ min: 1, max: 900 }),
  at: fc.nat(2_000),
});

interface Orders {
  readonly orders: readonly Order[];
}

const ordersOf = (env: JobEnvironment): DataStream<Order> =>
  env.fromSource(logSource({ topic: 'orders', type: order, bounded: true }), {
    uid: 'orders',
    watermarks: watermarkPerRecord({ timestamp: (o) => o.at, delayMs: 0 }),
  });

/** orders -> a function by key -> a topic. */
function keyed<O>(
  name: string,
  { key = (o) => o.id, out, topic }: { key?: (o: Order) => string; out: TypeInfo<O>; topic: string },
  create: () => KeyedProcessFunction<string, Order, O>,
): JobSpec {
  return defineJob(name, (env) => {
    ordersOf(env)
      .keyBy(key, string)
      .process(create, out)
      .uid('work')
      .sinkTo(logSink({ topic, type: out }))
      .uid('out');
  });
}

const groupBy = <T>(values: readonly T[], key: (value: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value]);
  return groups;
};

// ---- what is remembered outside of state

const dedupInASet: Mistake = {
  name: 'dedup in a Set',
  job: (version) =>
    keyed('dedup-set', { out: string, topic: 'once' }, () => {
      const ids = new Set<string>();
      const seen = valueState('seen', int32);
      return {
        processElement({ id }, ctx, out) {
          if (version === 'wrong' ? ids.has(id) : ctx.getState(seen).value() !== undefined) return;
          if (version === 'wrong') ids.add(id);
          else ctx.getState(seen).update(1);
          out.collect(id);
        },
      };
    }),
  options: {
    input: { orders: someOrder },
    output: ({ orders }: Orders) => ({ once: [...new Set(orders.map(({ id }) => id))] }),
  },
};

const numbered = record({ user: string, n: int32 });
const counterInAClosure: Mistake = {
  name: 'counter in a closure',
  job: (version) =>
    keyed('counter', { key: (o) => o.user, out: numbered, topic: 'numbered' }, () => {
      const counts = new Map<string, number>();
      const count = valueState('count', int32);
      return {
        processElement({ user }, ctx, out) {
          const n = 1 + ((version === 'wrong' ? counts.get(user) : ctx.getState(count).value()) ?? 0);
          if (version === 'wrong') counts.set(user, n);
          else ctx.getState(count).update(n);
          out.collect({ user, n });
        },
      };
    }),
  options: {
    input: { orders: someOrder },
    output: ({ orders }: Orders) => ({
      numbered: [...groupBy(orders, ({ user }) => user)].flatMap(([user, of]) =>
        of.map((_, i) => ({ user, n: i + 1 })),
      ),
    }),
  },
};

const spent = record({ user: string, cents: int64 });
const moduleCache: Mistake = {
  name: 'module cache',
  job: (version) => {
    // Beside the job, as a module of the user's would have it: all instances share it.
    const cache = new Map<string, number>();
    const total = valueState('total', int64);
    return keyed('module-cache', { key: (o) => o.user, out: spent, topic: 'spent' }, () => ({
      processElement({ user, cents }, ctx, out) {
        const before = version === 'wrong' ? cache.get(user) : ctx.getState(total).value();
        const now = (before ?? 0) + cents;
        if (version === 'wrong') cache.set(user, now);
        else ctx.getState(total).update(now);
        out.collect({ user, cents: now });
      },
    }));
  },
  options: {
    input: { orders: { records: someOrder, partitions: 1 } },
    output: ({ orders }: Orders) => ({
      spent: [...groupBy(orders, ({ user }) => user)].flatMap(([user, of]) =>
        of.map((_, i) => ({ user, cents: of.slice(0, i + 1).reduce((sum, { cents }) => sum + cents, 0) })),
      ),
    }),
  },
};

// ---- timers

const GAP_MS = 100;
const session = record({ user: string, from: int64, to: int64, orders: int32 });
type Session = TypeOf<typeof session>;

function sessions(user: string, orders: readonly Order[]): readonly Session[] {
  const found: Session[] = [];
  for (const { at } of orders.toSorted((a, b) => a.at - b.at)) {
    const last = found.at(-1);
    if (last !== undefined && at - last.to < GAP_MS)
      found[found.length - 1] = { ...last, to: at, orders: last.orders + 1 };
    else found.push({ user, from: at, to: at, orders: 1 });
  }
  return found;
}

const forgottenTimer: Mistake = {
  name: 'sessionizer that forgets its timer',
  job: (version) =>
    keyed('sessions', { key: (o) => o.user, out: session, topic: 'sessions' }, () => {
      const open = valueState('open', list(session));
      return {
        processElement({ user, at }, ctx) {
          const merged = ctx.getState(open).value() ?? [];
          ctx.getState(open).update(joined([...merged, { user, from: at, to: at, orders: 1 }]));
          // The wrong one sets a timer for the first order of a session only.
          if (version === 'right' || merged.length === 0) ctx.timerService.registerEventTimeTimer(at + GAP_MS - 1);
        },
        onTimer(timestamp, ctx, out) {
          const all = ctx.getState(open).value() ?? [];
          const over = all.filter(({ to }) => to + GAP_MS - 1 <= timestamp);
          for (const one of over) out.collect(one);
          const rest = all.filter((one) => !over.includes(one));
          if (rest.length === 0) ctx.getState(open).clear();
          else ctx.getState(open).update(rest);
        },
      };
    }),
  options: {
    input: { orders: someOrder },
    output: ({ orders }: Orders) => ({
      sessions: [...groupBy(orders, ({ user }) => user)].flatMap(([user, of]) => sessions(user, of)),
    }),
    stateEndsEmpty: true,
  },
};

/** Sessions that are less than the gap apart are one. */
function joined(all: readonly Session[]): readonly Session[] {
  const found: Session[] = [];
  for (const one of all.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = found.at(-1);
    if (last === undefined || one.from - last.to >= GAP_MS) found.push(one);
    else found[found.length - 1] = { ...last, to: Math.max(last.to, one.to), orders: last.orders + one.orders };
  }
  return found;
}

const TTL_MS = 120;
const timerOfAnOlderElement: Mistake = {
  name: 'dedup timer of an older element',
  job: (version) =>
    keyed('dedup-ttl', { out: order, topic: 'once' }, () => {
      const last = valueState('last', int64);
      return {
        processElement(o, ctx, out) {
          const before = ctx.getState(last).value();
          ctx.getState(last).update(o.at);
          ctx.timerService.registerEventTimeTimer(o.at + TTL_MS);
          if (before === undefined || o.at - before > TTL_MS) out.collect(o);
        },
        onTimer(timestamp, ctx) {
          const until = (ctx.getState(last).value() ?? 0) + TTL_MS;
          // A newer order has been seen: this timer is an older one's.
          if (version === 'right' && until > timestamp) return;
          ctx.getState(last).clear();
        },
      };
    }),
  options: {
    input: {
      orders: {
        records: someOrder.map((o) => ({ ...o, id: `o${o.cents % 4}` })),
        keyedBy: ({ id }: Order) => id,
      },
    },
    output: ({ orders }: Orders) => ({
      once: [...groupBy(orders, ({ id }) => id).values()].flatMap((of) =>
        of.filter((o, i) => i === 0 || o.at - (of[i - 1]?.at ?? 0) > TTL_MS),
      ),
    }),
    stateEndsEmpty: true,
  },
};

// ---- two inputs, two partitions

const payment = record({ id: string, method: string, at: int64 });
type Payment = TypeOf<typeof payment>;
const paid = record({ id: string, cents: int32, method: nullable(string) });
type Paid = TypeOf<typeof paid>;

const WAIT_MS = 500;
const nullsForMatched: Mistake = {
  name: 'outer join that emits nulls for matched rows',
  job: (version) =>
    defineJob('outer-join', (env) => {
      const left = valueState('order', order);
      const right = valueState('payment', payment);
      const payments = env.fromSource(logSource({ topic: 'payments', type: payment, bounded: true }), {
        uid: 'payments',
        watermarks: watermarkPerRecord({ timestamp: (p) => p.at, delayMs: 0 }),
      });
      ordersOf(env)
        .keyBy((o) => o.id, string)
        .connect(payments.keyBy((p) => p.id, string))
        .process<Paid>(
          () => ({
            processElement1(o, ctx, out) {
              const known = ctx.getState(right).value();
              if (known !== undefined) {
                ctx.getState(right).clear();
                out.collect({ id: o.id, cents: o.cents, method: known.method });
                return;
              }
              ctx.getState(left).update(o);
              ctx.timerService.registerEventTimeTimer(o.at + WAIT_MS);
            },
            processElement2(p, ctx, out) {
              const waiting = ctx.getState(left).value();
              if (waiting === undefined) {
                ctx.getState(right).update(p);
                ctx.timerService.registerEventTimeTimer(p.at + WAIT_MS);
                return;
              }
              // The wrong one leaves the order in state, and its timer finds it there.
              if (version === 'right') ctx.getState(left).clear();
              out.collect({ id: waiting.id, cents: waiting.cents, method: p.method });
            },
            onTimer(_timestamp, ctx, out) {
              const waiting = ctx.getState(left).value();
              if (waiting !== undefined) out.collect({ id: waiting.id, cents: waiting.cents, method: null });
              ctx.getState(left).clear();
              ctx.getState(right).clear();
            },
          }),
          paid,
        )
        .uid('join')
        .sinkTo(logSink({ topic: 'paid', type: paid }))
        .uid('out');
    }),
  options: {
    // Each order once; some of them are paid, soon.
    input: fc
      .uniqueArray(fc.record({ order: someOrder, pays: fc.boolean(), after: fc.nat(100) }), {
        selector: ({ order: { id } }) => id,
        minLength: 12,
      })
      .map((all) => ({
        orders: all.map((one) => one.order),
        payments: all.flatMap(({ order: o, pays, after }): readonly Payment[] =>
          pays ? [{ id: o.id, method: 'card', at: o.at + after }] : [],
        ),
      })),
    output: ({ orders, payments }: Orders & { readonly payments: readonly Payment[] }) => ({
      paid: orders.map(({ id, cents }): Paid => ({
        id,
        cents,
        method: payments.find((p) => p.id === id)?.method ?? null,
      })),
    }),
    stateEndsEmpty: true,
  },
};

const lastWriterWins: Mistake = {
  name: 'last-writer-wins over two partitions',
  job: (version) =>
    defineJob('last-writer', (env) => {
      const newest = valueState('newest', order);
      env
        .fromSource(logSource({ topic: 'orders', type: order, bounded: true }), {
          uid: 'orders',
          watermarks: noWatermarks({ timestamp: (o) => o.at }),
        })
        .keyBy((o) => o.user, string)
        .process<Order>(
          () => ({
            processElement(o, ctx) {
              const known = ctx.getState(newest).value();
              if (version === 'wrong' || known === undefined || isNewer(o, known)) ctx.getState(newest).update(o);
              // At the end of the input.
              ctx.timerService.registerEventTimeTimer(1_000_000);
            },
            onTimer(_timestamp, ctx, out) {
              const known = ctx.getState(newest).value();
              if (known !== undefined) out.collect(known);
              ctx.getState(newest).clear();
            },
          }),
          order,
        )
        .uid('newest')
        .sinkTo(logSink({ topic: 'newest', type: order }))
        .uid('out');
    }),
  options: {
    input: { orders: { records: someOrder, partitions: 2, disorder: 0 } },
    output: ({ orders }: Orders) => ({
      newest: [...groupBy(orders, ({ user }) => user).values()].map((of) =>
        of.reduce((newest, o) => (isNewer(o, newest) ? o : newest)),
      ),
    }),
    stateEndsEmpty: true,
  },
};

/** In order of event time, then of everything else that tells two orders apart. */
function isNewer(a: Order, b: Order): boolean {
  if (a.at !== b.at) return a.at > b.at;
  return a.id === b.id ? a.cents > b.cents : a.id > b.id;
}

// ---- the world outside

const BUCKET_MS = 250;
const bucketed = record({ id: string, bucket: int64 });
const processingTime: Mistake = {
  name: 'processing time in output',
  job: (version) =>
    keyed('buckets', { out: bucketed, topic: 'bucketed' }, () => ({
      processElement(o, ctx, out) {
        const at = version === 'wrong' ? ctx.timerService.currentProcessingTime() : o.at;
        out.collect({ id: o.id, bucket: Math.floor(at / BUCKET_MS) });
      },
    })),
  options: {
    input: { orders: someOrder },
    output: ({ orders }: Orders) => ({
      bucketed: orders.map(({ id, at }) => ({ id, bucket: Math.floor(at / BUCKET_MS) })),
    }),
  },
};

/** A service outside of the stream engine that counts what it is asked to do. */
class Mailer {
  readonly sent = new Map<string, number>();

  send(id: string): void {
    this.sent.set(id, (this.sent.get(id) ?? 0) + 1);
  }

  /** Twice is once. */
  sendOnce(id: string): void {
    this.sent.set(id, 1);
  }
}

const mailer = new Mailer();
const sideEffect: Mistake = {
  name: 'non-idempotent side effect',
  job: (version) =>
    keyed('mails', { out: string, topic: 'mailed' }, () => ({
      processElement({ id }, _ctx, out) {
        if (version === 'wrong') mailer.send(id);
        else mailer.sendOnce(id);
        out.collect(id);
      },
    })),
  options: {
    input: { orders: fc.uniqueArray(someOrder, { selector: ({ id }) => id, minLength: 10 }) },
    output: ({ orders }: Orders) => {
      const twice = [...mailer.sent].find(([, times]) => times > 1);
      mailer.sent.clear();
      if (twice !== undefined) throw new Error(`the mail for order ${twice[0]} was sent ${twice[1]} times`);
      return { mailed: orders.map(({ id }) => id) };
    },
  },
};

export const MISTAKES: readonly Mistake[] = [
  dedupInASet,
  counterInAClosure,
  moduleCache,
  forgottenTimer,
  nullsForMatched,
  timerOfAnOlderElement,
  lastWriterWins,
  processingTime,
  sideEffect,
];
