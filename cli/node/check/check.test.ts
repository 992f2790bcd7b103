import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  defineJob,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  type TypeOf,
  valueState,
} from '../../../core/api/index.ts';
import { CheckError, type CheckProblem } from '../../../properties/check/errors.ts';
import type { CheckOptions } from '../../../properties/check/options.ts';
import { planOfRun, prepare } from '../../../properties/check/check.ts';
import { isBatch } from '../../../properties/plan/knobs.ts';
import type { Plan } from '../../../properties/plan/plan.ts';
import { check } from './check.ts';

const order = record({ id: string, cents: int32 });
type Order = TypeOf<typeof order>;

/** Each order once; one that remembers nothing lets every order pass. */
function dedup(remembers: 'state' | 'nothing'): JobSpec {
  const seen = valueState('seen', int64);
  return defineJob('dedup', (env) => {
    env
      .fromSource(logSource({ topic: 'orders', type: order, bounded: true }), {
        uid: 'orders',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((o) => o.id, string)
      .process<Order>(
        () => ({
          processElement(o, ctx, out) {
            if (ctx.getState(seen).value() !== undefined) return;
            if (remembers === 'state') ctx.getState(seen).update(1);
            out.collect(o);
          },
        }),
        order,
      )
      .uid('dedup')
      .sinkTo(logSink({ topic: 'once', type: order }))
      .uid('out');
  });
}

const unboundedDedup: JobSpec = {
  ...dedup('state'),
  nodes: dedup('state').nodes.map((node) =>
    node.operator.kind === 'source'
      ? { ...node, operator: { ...node.operator, source: { ...node.operator.source, bounded: false } } }
      : node,
  ),
};

const reduced = defineJob('reduced', (env) => {
  env
    .fromSource(logSource({ topic: 'orders', type: order }), {
      uid: 'orders',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .keyBy((o) => o.id, string)
    .reduce((a, b) => ({ id: a.id, cents: a.cents + b.cents }), { uid: 'sum' })
    .sinkTo(logSink({ topic: 'once', type: order }), { uid: 'out' });
});

const someOrders = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), cents: fc.constant(5) });
const each = (orders: readonly Order[]): readonly Order[] => [...new Map(orders.map((o) => [o.id, o])).values()];
const options = {
  input: { orders: someOrders },
  output: ({ orders }: { readonly orders: readonly Order[] }) => ({ once: each(orders) }),
  seed: 'house',
  runs: 14,
  timeLimitMs: 60_000,
} satisfies CheckOptions;

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'millrace-check-'));
const cases = (): readonly string[] => readdirSync(join(folder, 'millrace-cases'));
beforeAll(() => {
  process.chdir(folder);
});
beforeEach(() => {
  rmSync(join(folder, 'millrace-cases'), { recursive: true, force: true });
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  return () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  };
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function errorOf(body: () => unknown): CheckError {
  try {
    body();
  } catch (error) {
    if (error instanceof CheckError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

function problem(changes: Partial<CheckOptions>): readonly [CheckProblem, string] {
  const error = errorOf(() => check(dedup('state'), { ...options, ...changes } as CheckOptions));
  return [error.problem, error.message];
}

describe('a job that is wrong', () => {
  it('throws the report, keeps a case, replays it first, and a fixed job passes it', () => {
    const error = errorOf(() => check(dedup('nothing'), options));
    expect(error.problem).toBe('falsified');
    expect(error.message).toMatch(/^FALSIFIED {2}dedup {3}law: output {3}signature: output\/surplus\/once\n/);
    expect(error.message).toContain('records that are not expected');
    expect(error.message).toMatch(/reproduce {3}MILLRACE_CASE=millrace-cases\/dedup-\S+\.json npx vitest run \S+ -t /);
    // The first frame is the test's line, not ours.
    expect(error.stack?.split('\n    at ')[1]).toContain('check.test.ts');
    expect(cases()).toHaveLength(1);

    const again = errorOf(() => check(dedup('nothing'), { ...options, seed: 'other' }));
    expect(again.message).toContain('a case of an earlier check');

    vi.stubEnv('MILLRACE_CASE', join('millrace-cases', cases()[0] ?? ''));
    expect(errorOf(() => check(dedup('nothing'), options)).message).toContain('FALSIFIED');
    expect(check(dedup('state'), options).runs).toBe(1);
    // Another check does what it always does.
    expect(check(dedup('state'), { ...options, name: 'other' }).runs).toBe(14);
  });

  it('a broken invariant shows what its author threw', () => {
    const twice = {
      init: () => new Set<string>(),
      step: (ids: Set<string>, { id }: Order) => {
        if (ids.has(id)) throw new Error(`order ${id} was counted twice`);
        ids.add(id);
      },
    };
    const { message } = errorOf(() =>
      check(dedup('nothing'), { input: options.input, invariant: { once: twice }, seed: 'house', timeLimitMs: 60_000 }),
    );
    expect(message).toContain('signature: invariant/broken/once');
    expect(message).toMatch(/the invariant of topic once is broken in partition \d: order \w was counted twice/);
    expect(message).toMatch(/where +at .*check\.test\.ts:\d+/);
  });
});

describe('a job that is right', () => {
  it('passes, says what happened to it, and the same seed does the same', () => {
    const result = check(dedup('state'), options);
    expect(result.runs).toBe(14);
    expect(Math.min(result.restores, result.stateRestores, result.kills, result.committed)).toBeGreaterThan(0);
    expect(result.judged['output']?.runs).toBe(14);
    expect(vi.mocked(console.log).mock.calls[0]?.[0]).toMatch(/^HELD {2}dedup: every law, in 14 runs, seed house\n/);
    expect(check(dedup('state'), options)).toEqual(result);
  });

  it('takes arrays, a file, a function of a seed, and one arbitrary for all topics', () => {
    const list = Array.from({ length: 30 }, (_, n) => ({ id: `o${n % 7}`, cents: n }));
    writeFileSync('orders.ndjson', list.map((o) => JSON.stringify(o)).join('\n'));
    const few = { runs: 8, faults: ['kill'] };
    const output = ({ orders }: { readonly orders: readonly Order[] }): Record<string, readonly Order[]> => ({
      once: orders.filter(({ id }, at) => orders.findIndex((o) => o.id === id) === at),
    });
    const one = { partitions: 1 };
    for (const records of [list, 'orders.ndjson', () => list, fc.constant(list)]) {
      const result = check(dedup('state'), { ...options, ...few, output, input: { orders: { records, ...one } } });
      expect(result.records).toBe(8 * 30);
    }
    const whole = fc.record({ orders: fc.array(someOrders, { minLength: 20 }) });
    expect(check(dedup('state'), { ...options, ...few, input: whole }).judged['output']?.runs).toBe(8);
  });
});

describe('a check that says nothing', () => {
  it('is red: a field that is expected, and that the topic cannot hold, would never be compared', () => {
    const output = ({ orders }: { readonly orders: readonly Order[] }) => ({
      once: each(orders).map((o) => ({ ...o, total: 2 * o.cents })),
    });
    const { message } = errorOf(() => check(dedup('state'), { ...options, output }));
    expect(message).toContain('signature: output/malformed/once');
    expect(message).toContain('topic once cannot hold: total: ');
  });

  it('is red: nothing read, nothing committed, nobody killed, an oracle never asked', () => {
    expect(problem({ input: { orders: [] } })).toEqual(['vacuous', expect.stringContaining('no record was read')]);
    expect(problem({ runs: 1, seed: 'calm', invariant: { once: { init: 0, step: () => 0 } } })[0]).toBe('vacuous');
    expect(problem({ output: () => ({}) })).toEqual([
      'vacuous',
      expect.stringContaining('`output` was asked about no'),
    ]);
  });

  it.each([[['batch']], [['streaming', 'batch']]] as const)('runs the job in %j, if that is asked for', (modes) => {
    const asked = { ...options, executionModes: modes };
    check(dedup('state'), asked);
    const prepared = prepare(dedup('state'), asked, () => undefined);
    const plans = Array.from({ length: 60 }, (_, run) => planOfRun(prepared, `modes-${run}`));
    const inBatch = plans.filter(isBatch).length;
    expect(modes.length === 1 ? inBatch === 60 : inBatch > 0 && inBatch < 30).toBe(true);
    // The oracle is asked in batch, too.
    const { message } = errorOf(() => check(dedup('nothing'), asked));
    expect(message).toContain('law: output');
    // What is left of the plan is one that may be drawn.
    const [kept = ''] = cases();
    const text = readFileSync(join(folder, 'millrace-cases', kept), 'utf8');
    const { plan } = JSON.parse(text) as { readonly plan: Plan };
    if (modes.length === 1) expect(isBatch(plan)).toBe(true);
  });

  it('says what cannot run in batch', () => {
    const { message } = errorOf(() => check(unboundedDedup, { ...options, executionModes: ['batch'] }));
    expect(message).toMatch(/^executionModes: job "dedup", source "orders" \(log\): it never ends/);
    expect(errorOf(() => check(reduced, { ...options, confluent: true, executionModes: ['batch'] })).message).toMatch(
      /^executionModes: in batch operator sum, a running reduce, puts out the last value/,
    );
  });

  it('names what does not fit the job', () => {
    const usage = (changes: Partial<CheckOptions>): string => {
      const [kind, message] = problem(changes);
      expect(kind).toBe('usage');
      return message;
    };
    expect(usage({ input: {} })).toBe('input.orders is missing; the job reads this topic');
    expect(usage({ input: { orders: someOrders, users: someOrders } })).toContain('the job reads no such topic');
    expect(usage({ input: { orders: [{ id: 'a', cents: 0.5 }] } })).toMatch(/^input\.orders\[0\]: .*cents: expected/);
    expect(usage({ input: { orders: 'nowhere.ndjson' } })).toBe('input.orders: there is no file nowhere.ndjson');
    expect(usage({ faults: ['meteor'] })).toContain('there is none of kind meteor');
    expect(usage({ disciplines: [] })).toContain('name at least one of aligned');
    expect(usage({ executionModes: [] })).toContain('name at least one of streaming, batch');
    expect(usage({ runs: 0 })).toContain('runs is 0');
    expect(usage({ ['outputs' as 'name']: 'x' })).toMatch(
      /^check: there is no option outputs; there are input, services, output,/,
    );
    const wrong = (value: unknown): never => value as never;
    expect(usage({ output: wrong({ ids: [] }) })).toBe('check: output is an object; give a function');
    expect(usage({ invariant: { once: wrong(() => true) } })).toContain(
      'invariant.once is a function; give { init, step',
    );
    expect(usage({ invariant: { id: { init: 0, step: () => 0 } } })).toContain(
      'invariant.id: the job writes no such topic',
    );
    expect(usage({ orderedBy: { once: wrong('id') } })).toBe('check: orderedBy.once is "id"; give a function');
    const late = async (): Promise<never> => Promise.reject(new Error('late'));
    for (const [what, changes] of Object.entries({
      output: { output: wrong(late) },
      valid: { valid: wrong(late) },
      'invariant.once.step': { invariant: { once: { init: 0, step: late } } },
      'orderedBy.once': { orderedBy: { once: late } },
    }))
      expect(usage(changes)).toBe(
        `check: ${what} is async; it is asked synchronously: give a function that returns its answer itself`,
      );
    expect(usage({ confluent: wrong('yes') })).toBe('check: confluent is "yes"; give true or false');
    expect(usage({ faults: wrong('kill') })).toContain("faults is \"kill\"; give 'all', 'none' or a list");
    expect(usage({ input: { orders: wrong({ records: someOrders, partition: 2 }) } })).toContain(
      'there is no option partition',
    );
    writeFileSync('bad.ndjson', '{"id":"a","cents":1}\nnonsense\n');
    expect(usage({ input: { orders: 'bad.ndjson' } })).toContain('bad.ndjson:2 is not valid JSON');
  });

  it('a case file holds values, and never more than a whole one', () => {
    errorOf(() => check(dedup('nothing'), options));
    const [file = ''] = cases();
    const kase = JSON.parse(readFileSync(join('millrace-cases', file), 'utf8')) as { plan: { workload: unknown } };
    expect(JSON.stringify(kase.plan.workload)).toContain('"cents":5');
    expect(cases().every((name) => name.endsWith('.json'))).toBe(true);
  });
});
