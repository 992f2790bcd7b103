/**
 * Few keys, one of them with almost everything: a map that is many times as large as the memory of the backend that keeps it.
 *
 * ```
 *   pages --hash--> shelf (pages by number, how many were written) -> shelved topic
 * ```
 *
 * How long a page is follows from the memory that the plan gives its backend, so that the map outgrows it by the same factor
 * whatever it is; on the heap, where there is nothing to outgrow, pages are short. Pages may have a time to live, so that what has
 * expired lies deep in the levels of the store, below what hides it. What was on a page before is part of the output. Left out:
 * event time, iteration (`dedup`, `forked`).
 */
import {
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  mapState,
  noWatermarks,
  record,
  type StateOptions,
  string,
  type TypeOf,
  valueState,
} from '../../../core/api/index.ts';
import { planDraws } from '../../../properties/plan/draws.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import { knobOf } from '../../../properties/plan/knobs.ts';
import type { Plan, Topics } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { parameterTable } from '../../parameters.ts';
import { ttlOptions } from '../../time-to-live.ts';

const page = record({ owner: string, number: int32, ts: int64 });
type Page = TypeOf<typeof page>;
const shelved = record({ owner: string, number: int32, writes: int32, before: string });
type Shelved = TypeOf<typeof shelved>;
interface Sources {
  readonly pages: Page;
}

const PARTITIONS = 2;
const OWNERS = 4;
/** Of a page that somebody has written. */
const PAGE_BYTES = { least: 24, most: 16_384 } as const;

const parameters = parameterTable({
  /** How many memories of the backend all pages of the first owner take. */
  memories: [50, 90, 72, 'even'],
  /** Pages that an owner has. */
  numbers: [1, 120, 90],
  /** Shares of the first owner, in tenths. */
  first: [0, 10, 9],
  /**
   * Time to live, as `ttlOptions` reads it: in one plan of four, since what has expired makes the map smaller; mostly cleaned up by
   * compactions, of which this job has most.
   */
  ttlMs: [-100, 120, 0],
  ttlKind: [0, 15, 12],
});

const pagesWith = (options: StateOptions) => mapState('pages', int32, string, options);
const writes = valueState('writes', int32);

const contentOf = (owner: string, number: number, nth: number, bytes: number): string =>
  `${owner}/${number}/${nth}/`.repeat(Math.ceil(bytes / 8)).slice(0, bytes);

class Shelf implements KeyedProcessFunction<string, Page, Shelved> {
  readonly #pageBytes: number;
  readonly #pages: ReturnType<typeof pagesWith>;

  constructor(pageBytes: number, options: StateOptions) {
    this.#pageBytes = pageBytes;
    this.#pages = pagesWith(options);
  }

  processElement({ owner, number }: Page, ctx: KeyedContext<string>, out: Collector<Shelved>): void {
    const count = ctx.getState(writes);
    const nth = (count.value() ?? 0) + 1;
    count.update(nth);
    const all = ctx.getState(this.#pages);
    const before = all.get(number) ?? '';
    out.collect({ owner, number, writes: nth, before: before.slice(0, 12) });
    // One write of eight takes the page away.
    if (nth % 8 === 0) all.remove(number);
    else all.put(number, contentOf(owner, number, nth, this.#pageBytes));
  }
}

function pageBytesOf(plan: Pick<Plan, 'config'>): number {
  if (knobOf(plan, 'stateBackend') === 0) return PAGE_BYTES.least;
  const { memories, numbers } = parameters.of(plan);
  const bytes = Math.ceil((memories * knobOf(plan, 'stateMemoryBytes')) / numbers);
  return Math.min(PAGE_BYTES.most, Math.max(PAGE_BYTES.least, bytes));
}

function jobOf(plan: Pick<Plan, 'config'>): JobSpec {
  const pageBytes = pageBytesOf(plan);
  const options = ttlOptions(parameters.of(plan));
  return defineJob('big-state', (env) => {
    env
      .fromSource(logSource({ topic: 'pages', type: page }), {
        uid: 'pages',
        watermarks: noWatermarks({ timestamp: ({ ts }: Page) => ts }),
      })
      .keyBy(({ owner }) => owner, string)
      .process(() => new Shelf(pageBytes, options), shelved, { uid: 'shelf' })
      .sinkTo(logSink({ topic: 'shelved', type: shelved }), { uid: 'shelved' });
  });
}

/** Each page once, then again. */
function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { numbers, first } = parameters.from(all);
  const draws = planDraws(seed)('big-state');
  const topics: Page[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    const owner = draws.below(10) < first ? 0 : draws.below(OWNERS);
    topics[draws.below(PARTITIONS)]?.push({ owner: `owner-${owner}`, number: i % numbers, ts: 10 * i });
  }
  return { pages: topics };
}

export const bigState: Scenario<Sources> = {
  id: 'big-state',
  states: 'A map under one key that is many times as large as the memory of its backend.',
  parameters: parameters.list,
  has: ['large-state'],
  // Some twenty blocks for each of the memories that it takes.
  stateReads: 1_800,
  generate,
  build: (plan) => ({ job: jobOf(plan), topics: topicsOf(bigState, plan), confluent: false }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { owner: fc.nat(OWNERS - 1).map((n) => `owner-${n}`), number: fc.nat(119), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
