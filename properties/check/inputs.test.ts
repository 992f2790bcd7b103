import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedOutOfOrderness,
  defineJob,
  int32,
  int64,
  type JobSpec,
  list,
  logSink,
  logSource,
  record,
  type TypeInfo,
} from '../../core/api/index.ts';
import type { Plan, Topics } from '../plan/plan.ts';
import { Oracle } from '../shrink/oracle.ts';
import { type Outcome, uncounted } from '../outcome.ts';
import { prepare } from './check.ts';
import { CheckError } from './errors.ts';
import { Inputs } from './inputs.ts';
import type { AnyCheckOptions } from './options.ts';

const event = record({ n: int32, at: int64 });
interface Event {
  readonly n: number;
  readonly at: number;
}
const DELAY_MS = 50;

function copying<T>(type: TypeInfo<T>, timestamp: (value: T) => number): JobSpec {
  return defineJob('copy', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type, bounded: true }), {
        uid: 'in',
        watermarks: boundedOutOfOrderness({ timestamp, delayMs: DELAY_MS, periodMs: 10 }),
      })
      .sinkTo(logSink({ topic: 'out', type }), { uid: 'out' });
  });
}
const events = copying(event, (e) => e.at);
const someEvent = fc.record({ n: fc.nat(9), at: fc.nat(1_000) });

const inputsOf = (input: AnyCheckOptions['input'], valid?: AnyCheckOptions['valid']): Inputs =>
  new Inputs(events, valid === undefined ? { input } : { input, valid }, () => undefined);
const failing = (): never => {
  throw new Error('gen');
};
const SEEDS = Array.from({ length: 12 }, (_, n) => `seed-${n}`);
const eventsIn = (topics: Topics): readonly (readonly Event[])[] =>
  (topics['in'] ?? []) as readonly (readonly Event[])[];

describe('the records of an arbitrary', () => {
  it('are out of order, but never late, and the same from the same seed', () => {
    let disordered = 0;
    for (const seed of SEEDS) {
      const topics = inputsOf({ in: someEvent }).generate(seed, 120);
      expect(inputsOf({ in: someEvent }).generate(seed, 120)).toEqual(topics);
      for (const partition of eventsIn(topics)) {
        let newest = -Infinity;
        for (const { at } of partition) {
          expect(at).toBeGreaterThanOrEqual(newest - DELAY_MS);
          if (at < newest) disordered++;
          newest = Math.max(newest, at);
        }
      }
    }
    expect(disordered).toBeGreaterThan(20);
  });

  it('are late only where the options ask for it', () => {
    const late = SEEDS.flatMap((seed) =>
      eventsIn(inputsOf({ in: { records: someEvent, disorder: 400, partitions: 1 } }).generate(seed, 120)),
    ).filter((partition) => {
      let newest = -Infinity;
      return partition.some(({ at }) => {
        newest = Math.max(newest, at);
        return at < newest - DELAY_MS;
      });
    });
    expect(late.length).toBeGreaterThan(4);
  });

  it('of one key are in one partition; without keys they are anywhere', () => {
    const partitionsOf = (topics: Topics): readonly number[] =>
      Array.from({ length: 10 }, (_, n) => eventsIn(topics).filter((p) => p.some((e) => e.n === n)).length);
    const keyed = { records: someEvent, partitions: 3, keyedBy: (e: Event) => e.n };
    for (const seed of SEEDS) expect(Math.max(...partitionsOf(inputsOf({ in: keyed }).generate(seed, 200)))).toBe(1);
    expect(Math.max(...partitionsOf(inputsOf({ in: { records: someEvent, partitions: 3 } }).generate('a', 200)))).toBe(
      3,
    );
  });

  it('an array that an arbitrary makes is the whole input, unless it is one record', () => {
    const some = inputsOf({ in: fc.array(someEvent, { minLength: 3, maxLength: 3 }) }).generate('a', 300);
    expect(eventsIn(some).flat()).toHaveLength(3);
    const lists = new Inputs(
      copying(list(int32), () => 0),
      { input: { in: fc.array(fc.nat(9)) } },
      () => undefined,
    );
    expect((lists.generate('a', 300)['in'] ?? []).flat()).toHaveLength(100);
  });

  it('are what the type keeps of them', () => {
    const loose = inputsOf({ in: someEvent.map((e) => ({ at: e.at, n: e.n })) }).generate('a', 30);
    for (const e of eventsIn(loose).flat()) expect(Object.keys(e)).toEqual(['n', 'at']);
  });
});

it.each<readonly [string, AnyCheckOptions['input']]>([
  ['input.in: the function of a seed threw Error: gen', { in: failing }],
  ['input.in: the function of a seed returned 5; return an array of records', { in: () => 5 as never }],
  [
    'input.in: the function of a seed returned a promise; it is asked synchronously: return the value itself',
    { in: () => Promise.reject(new Error('late')) as never },
  ],
  ['input.in.keyedBy threw Error: gen', { in: { records: someEvent, keyedBy: failing } }],
  [
    'input.in.keyedBy returned a promise; it is asked synchronously: return the value itself',
    { in: { records: someEvent, keyedBy: () => Promise.resolve(1) } },
  ],
])('%s', (message, input) => {
  expect(() => inputsOf(input).generate('a', 30)).toThrow(new CheckError('usage', message));
});

it('valid is asked synchronously, which is known before any run has failed', () => {
  const late = inputsOf({ in: someEvent }, () => Promise.reject(new Error('late')) as never);
  expect(() => late.generate('a', 30)).toThrow(/^valid returned a promise; it is asked synchronously/);
  expect(eventsIn(inputsOf({ in: someEvent }, failing).generate('a', 30)).flat()).toHaveLength(10);
});

it('an array keeps its order in each partition, and a long one is sampled', () => {
  const many = Array.from({ length: 2_000 }, (_, n) => ({ n, at: 5_000 - n }));
  const partitions = eventsIn(inputsOf({ in: many }).generate('a', 30));
  expect(partitions.flat()).toHaveLength(300);
  for (const partition of partitions) {
    const order = partition.map(({ n }) => n);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
});

// ---- making a failing input smaller

const planWith = (topics: Topics): Plan => ({
  scenario: 'copy',
  config: {},
  workload: { kind: 'explicit', topics },
  incidents: [],
  choices: { explicit: [] },
});

/** Fails as long as some event has an `n` of at least 6. */
function outcomeOf({ workload }: Plan): Outcome {
  const fails =
    workload.kind === 'explicit' &&
    eventsIn(workload.topics)
      .flat()
      .some(({ n }) => n >= 6);
  const violation = { law: 'l', anomaly: 'a', place: 'p', message: '', evidence: [], atUs: 0 };
  return uncounted({
    verdict: fails ? 'fail' : 'pass',
    violations: fails ? [violation] : [],
    counters: { events: 1 },
  });
}

function smallest(
  input: AnyCheckOptions['input'],
  keep: (e: Event) => boolean,
  valid?: AnyCheckOptions['valid'],
): readonly Event[] {
  const inputs = inputsOf(input, valid);
  const topics = inputs.generate('s', 90);
  const admits = inputs.admits('s', 90);
  const few = planWith({ in: eventsIn(topics).map((partition) => partition.filter(keep)) });
  const start = admits(few) ? few : planWith(topics);
  const outcome = outcomeOf(start);
  const [violation] = outcome.violations;
  if (violation === undefined) throw new Error('the input does not fail');
  const oracle = new Oracle(outcomeOf, { plan: start, outcome, violation }, { runs: 1_000, events: Infinity }, admits);
  inputs.shrink('s', 90, oracle);
  const { workload } = oracle.best.plan;
  return workload.kind === 'explicit' ? eventsIn(workload.topics).flat() : [];
}

describe('a failing input', () => {
  const large = ({ n }: Event): boolean => n >= 6;

  it('of records: each shrinks by the context that it was made with', () => {
    // What a map has made cannot be shrunk by value alone.
    const mapped = someEvent.map((e) => ({ ...e }));
    const left = smallest({ in: mapped }, large);
    expect(left.length).toBeGreaterThan(1);
    expect(left.filter(({ n }) => n >= 6)).toEqual([{ n: 6, at: 0 }]);
  });

  it('of an array that can be shrunk without context: as many records, smaller ones', () => {
    expect(smallest({ in: fc.array(someEvent, { minLength: 1, maxLength: 60, size: 'max' }) }, large)).toContainEqual({
      n: 6,
      at: 0,
    });
  });

  it('of an array that cannot: no record is left out but by its own shrinker', () => {
    const chained = fc.array(someEvent, { minLength: 2, size: 'max', maxLength: 60 }).map((all) => [...all]);
    const left = smallest({ in: chained }, large);
    expect(left).toHaveLength(2);
    expect(left).toContainEqual({ n: 6, at: 0 });
  });

  it('of one arbitrary for all topics', () => {
    const whole = fc.record({ in: fc.array(someEvent, { minLength: 2, size: 'max', maxLength: 60 }) });
    expect(smallest(whole, large)).toContainEqual({ n: 6, at: 0 });
  });

  it('is made no smaller when nothing more is asked, by an arbitrary that never runs out of smaller values', () => {
    let made = 0;
    class Endless extends fc.Arbitrary<Event> {
      override generate(random: fc.Random): fc.Value<Event> {
        return new fc.Value({ n: random.nextInt(6, 9), at: 0 }, undefined);
      }
      override canShrinkWithoutContext(_value: unknown): _value is Event {
        return false;
      }
      override shrink(): fc.Stream<fc.Value<Event>> {
        return fc.stream(this.#tooSmall());
      }
      *#tooSmall(): IterableIterator<fc.Value<Event>> {
        for (;;) {
          if (made > 5_000) throw new Error('nobody asks for so many');
          yield new fc.Value({ n: 5, at: made++ }, undefined);
        }
      }
    }
    expect(smallest({ in: new Endless() }, large).some(large)).toBe(true);
    expect(made).toBeGreaterThan(900);
    expect(made).toBeLessThan(2_100);
  });

  it('may be shrunk by values that are no records of the topic: they are passed over', () => {
    class Strange extends fc.Arbitrary<unknown> {
      override generate(): fc.Value<unknown> {
        return new fc.Value({ n: 9, at: 0 }, undefined);
      }
      override canShrinkWithoutContext(_value: unknown): _value is unknown {
        return false;
      }
      override shrink(value: unknown): fc.Stream<fc.Value<unknown>> {
        const { n } = value as Event;
        const values =
          n > 6
            ? [
                { n: 'none', at: 0 },
                { n: n - 1, at: 0 },
              ]
            : [];
        return fc.Stream.of(...values.map((value) => new fc.Value(value, undefined)));
      }
    }
    expect(smallest({ in: new Strange() }, large)).toContainEqual({ n: 6, at: 0 });
  });

  it('is made small, though its author cannot say of each whether it is one', () => {
    const valid = ({ in: all }: { readonly in: readonly Event[] }): boolean => {
      if (all.some(({ at }) => at === 0)) throw new Error('no such time');
      return true;
    };
    const left = smallest({ in: someEvent }, large, valid);
    expect(left.filter(large)).toEqual([{ n: 6, at: 1 }]);
  });

  it('is never one that its author says is none', () => {
    const valid = ({ in: all }: { readonly in: readonly Event[] }): boolean =>
      all.length % 2 === 0 && all.every(({ at }) => at > 0);
    const left = smallest({ in: someEvent }, large, valid);
    expect(left.every(({ at }) => at > 0)).toBe(true);
    expect(left.length % 2).toBe(0);
  });
});

it.each([[undefined], [{}], [{ input: undefined }], [{ input: null }]])(
  'input that is missing in JavaScript is said, with the topics: %j',
  (options) => {
    const given = options as AnyCheckOptions;
    expect(() => prepare(events, given, () => undefined)).toThrow(
      /^check: `input` is missing: say what the job reads, as in \{ input: \{ in: \.\.\. \} \}/,
    );
  },
);
