/**
 * A model that learns while it predicts, one a key, in whole numbers: the prediction of an example comes from what the ones
 * before it have taught.
 *
 * ```
 *   examples --hash--> learner -> predictions topic
 *                value        weights   what the model knows
 *                aggregating  loss      the mean of the errors
 *                reducing     worst     the largest error
 *                timer                  reports both, and begins them anew
 *                '--side--> reports topic
 * ```
 *
 * What is learnt depends on the order of the examples, so no two runs need agree: each has to be its own history. Left out:
 * fractions (a weight is a number of thousandths), several models that are merged.
 */
import {
  aggregatingState,
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  type OnTimerContext,
  outputTag,
  record,
  reducingState,
  type StateOptions,
  string,
  tuple,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import { planDraws } from '../../../properties/plan/draws.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Topics } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { parameterTable } from '../../parameters.ts';
import { TTL_PARAMETERS, ttlOptions } from '../../time-to-live.ts';

const example = record({ model: string, a: int32, b: int32, y: int32, ts: int64 });
type Example = TypeOf<typeof example>;
const prediction = record({ model: string, expected: int32, predicted: int64, step: int32 });
type Prediction = TypeOf<typeof prediction>;
interface Sources {
  readonly examples: Example;
}

const reports = outputTag('reports', prediction);
const PARTITIONS = 2;
/** Weights are in thousandths, and bounded, so that sums stay far from the end of whole numbers. */
const ONE = 1_000;
const WEIGHT_MAX = 1_000_000;

const parameters = parameterTable({
  /** Distinct models. */
  models: [1, 6, 2],
  /** In thousandths: how much of an error is corrected at once. */
  rate: [1, 200, 20],
  /** Reports come at the multiples of this. */
  tickMs: [1, 500, 150],
  disorderMs: [0, 200, 20],
  delayMs: [0, 200, 20],
  ...TTL_PARAMETERS,
});
type Numbers = ReturnType<typeof parameters.from>;

const bounded = (weight: number): number => Math.max(-WEIGHT_MAX, Math.min(WEIGHT_MAX, weight));

class Learner implements KeyedProcessFunction<string, Example, Prediction> {
  readonly #rate: number;
  readonly #tickMs: number;
  readonly #weights;
  readonly #loss;
  readonly #worst;

  constructor({ rate, tickMs }: Numbers, options: StateOptions) {
    this.#rate = rate;
    this.#tickMs = tickMs;
    this.#weights = valueState('weights', tuple(int64, int64, int64, int32), options);
    this.#loss = aggregatingState(
      'loss',
      record({ sum: int64, n: int32 }),
      {
        createAccumulator: () => ({ sum: 0, n: 0 }),
        add: (error: number, { sum, n }) => ({ sum: sum + error, n: n + 1 }),
        getResult: ({ sum, n }) => ({ mean: Math.floor(sum / n), n }),
      },
      options,
    );
    this.#worst = reducingState('worst', int64, (a, b) => Math.max(a, b), options);
  }

  processElement({ model, a, b, y, ts }: Example, ctx: KeyedContext<string>, out: Collector<Prediction>): void {
    const weights = ctx.getState(this.#weights);
    const [bias, ofA, ofB, step] = weights.value() ?? [0, 0, 0, 0];
    const predicted = Math.floor((bias + ofA * a + ofB * b) / ONE);
    const error = y - predicted;
    const change = Math.trunc((this.#rate * error) / 100);
    weights.update([bounded(bias + change), bounded(ofA + change * a), bounded(ofB + change * b), step + 1]);
    ctx.getState(this.#loss).add(Math.abs(error));
    ctx.getState(this.#worst).add(Math.abs(error));
    out.collect({ model, expected: y, predicted, step: step + 1 });
    ctx.timerService.registerEventTimeTimer((Math.floor(ts / this.#tickMs) + 1) * this.#tickMs);
  }

  onTimer(_timestamp: number, ctx: OnTimerContext<string>): void {
    const loss = ctx.getState(this.#loss);
    const worst = ctx.getState(this.#worst);
    const sum = loss.get();
    if (sum !== undefined) {
      const at = { model: ctx.currentKey, expected: sum.n, predicted: sum.mean };
      ctx.output(reports, { ...at, step: (worst.get() ?? -1) % 1_000_003 });
    }
    loss.clear();
    worst.clear();
  }
}

function jobOf(numbers: Numbers): JobSpec {
  return defineJob('online-learning', (env) => {
    const learnt = env
      .fromSource(logSource({ topic: 'examples', type: example }), {
        uid: 'examples',
        watermarks: watermarkPerRecord({ timestamp: ({ ts }: Example) => ts, delayMs: numbers.delayMs }),
      })
      .keyBy(({ model }) => model, string)
      .process(() => new Learner(numbers, ttlOptions(numbers)), prediction, { uid: 'learner', sideOutputs: [reports] });
    learnt.sinkTo(logSink({ topic: 'predictions', type: prediction }), { uid: 'predictions' });
    learnt.getSideOutput(reports).sinkTo(logSink({ topic: 'reports', type: prediction }), { uid: 'reports' });
  });
}

/** y = 3a - 2b + 7, and a little off. */
function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { models, disorderMs } = parameters.from(all);
  const draws = planDraws(seed)('online-learning');
  const examples: Example[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    const [a, b] = [draws.between(-5, 5), draws.between(-5, 5)];
    examples[draws.below(PARTITIONS)]?.push({
      model: `m${draws.below(models)}`,
      a,
      b,
      y: 3 * a - 2 * b + 7 + draws.between(-1, 1),
      ts: Math.max(0, 10 * i - draws.below(disorderMs + 1)),
    });
  }
  return { examples };
}

export const onlineLearning: Scenario<Sources> = {
  id: 'online-learning',
  states: 'A model per key as value state that learns by every example, its errors in aggregating and reducing state.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({ job: jobOf(parameters.of(plan)), topics: topicsOf(onlineLearning, plan), confluent: false }),
  has: ['time-to-live'],
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        model: fc.nat(5).map((n) => `m${n}`),
        a: fc.integer({ min: -5, max: 5 }),
        b: fc.integer({ min: -5, max: 5 }),
        y: fc.integer({ min: -50, max: 50 }),
        ts: fc.nat(10_000),
      },
      { noNullPrototype: true },
    ),
};
