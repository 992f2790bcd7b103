/**
 * The jobs that stories play on: small, every record with a number of its own, so that a reader can follow each one.
 *
 *   exchange   numbers --hash--> count --> counts
 *   diamond    numbers --rebalance--> left, right --hash--> count --> counts
 *   forced     numbers --forward--> both <--forward-- extras;  both --hash--> count --> counts
 *   relay      numbers --rebalance--> relay --hash--> count --> counts
 *
 * `count` numbers the records of each key in the order in which they come: a lost or doubled record shows in its state
 * and in what it emits. Left out: event time, timers, side outputs; the scenarios have them.
 */
import fc from 'fast-check';
import {
  type Collector,
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  record,
  string,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';

export type Shape = 'exchange' | 'diamond' | 'forced' | 'relay';

const numbered = record({ id: int32, key: string, ts: int64 });
export type Numbered = TypeOf<typeof numbered>;
const counted = record({ id: int32, key: string, n: int32 });
/** Records of each source topic. */
export interface Sources {
  readonly numbers: Numbered;
  readonly extras?: Numbered;
}
export type Counted = TypeOf<typeof counted>;

export const COUNTS = 'counts';
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

class Count implements KeyedProcessFunction<string, Numbered, Counted> {
  readonly #n = valueState('n', int32);

  processElement({ id, key }: Numbered, ctx: KeyedContext<string>, out: Collector<Counted>): void {
    const state = ctx.getState(this.#n);
    const n = (state.value() ?? 0) + 1;
    state.update(n);
    out.collect({ id, key, n });
  }
}

function jobOf(shape: Shape): JobSpec {
  return defineJob('story', (env) => {
    const source = (topic: string) =>
      env.fromSource(logSource({ topic, type: numbered }), {
        uid: topic,
        watermarks: watermarkPerRecord({ timestamp: (r) => r.ts, delayMs: 0 }),
      });
    const numbers = source('numbers');
    const same = (r: Numbered): Numbered => r;
    let stream: DataStream<Numbered> = numbers;
    if (shape === 'diamond') {
      const left = numbers.rebalance().filter(({ id }) => id % 2 === 0, { uid: 'left' });
      stream = left.union(numbers.rebalance().filter(({ id }) => id % 2 === 1, { uid: 'right' }));
    } else if (shape === 'forced') {
      stream = numbers.union(source('extras')).map(same, numbered, { uid: 'both' });
    } else if (shape === 'relay') {
      stream = numbers.rebalance().map(same, numbered, { uid: 'relay' });
    }
    stream
      .keyBy(({ key }) => key, string)
      .process(() => new Count(), counted, { uid: 'count' })
      .sinkTo(logSink({ topic: COUNTS, type: counted }), { uid: 'counts' });
  });
}

/** So many records in each partition, numbered through. */
export function numbersOf(
  shape: Shape,
  sizes: readonly number[],
  extraSizes: readonly number[] = sizes,
): Topics<Sources> {
  let id = 0;
  const partition = (size: number): Numbered[] =>
    Array.from({ length: size }, () => {
      const made = { id, key: KEYS[id % KEYS.length] ?? 'a', ts: id };
      id++;
      return made;
    });
  const numbers = sizes.map(partition);
  return shape === 'forced' ? { numbers, extras: extraSizes.map(partition) } : { numbers };
}

/** The order in which records of one key come is the network's: the counts are, the pairs of record and count are not, a function of the input. */
export function storyScenario(shape: Shape): Scenario {
  const scenario: Scenario = {
    id: `story/${shape}`,
    states: 'Records with a number each, counted by key.',
    parameters: [],
    generate: (_seed, count) => numbersOf(shape, [Math.ceil(count / 2), Math.floor(count / 2)]),
    build: (plan) => ({ job: jobOf(shape), topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () =>
      fc.record({ id: fc.nat(), key: fc.constantFrom(...KEYS), ts: fc.nat() }, { noNullPrototype: true }),
  };
  return scenario;
}
