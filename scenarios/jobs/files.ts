/**
 * Lines of files in the object store, counted by word, into a log without transactions:
 *
 * ```
 *   lines (files) -> word -> hash -> counts (running reduce) -> counts topic, at least once
 * ```
 *
 * What neither a topic as input nor a transaction at the output has: a split is a file that is fetched whole, its position
 * a line; and what a rolled-back attempt has written stays in the topic.
 */
import fc from 'fast-check';
import {
  atLeastOnceSink,
  defineJob,
  fileSource,
  int32,
  type JobSpec,
  record,
  string,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { parameterTable } from '../parameters.ts';

const count = record({ word: string, n: int32 });
type Count = TypeOf<typeof count>;

/** The files below a prefix are its partitions, their lines the records. */
interface Sources {
  readonly lines: string;
}

const parameters = parameterTable({
  /** Files: splits of the source. */
  files: [1, 6, 3],
  /** Distinct words. */
  words: [1, 12, 4],
});

/** A line is a time and a word: "120 word-3". */
function timeOf(line: string): number {
  const time = Number.parseInt(line, 10);
  return Number.isSafeInteger(time) ? time : 0;
}

function filesJob(): JobSpec {
  return defineJob('files', (env) => {
    env
      .fromSource(fileSource({ prefix: 'lines' }), {
        uid: 'lines',
        watermarks: watermarkPerRecord({ timestamp: timeOf, delayMs: 0 }),
      })
      .map((line): Count => ({ word: line.slice(line.indexOf(' ') + 1), n: 1 }), count, { uid: 'word' })
      .keyBy((c) => c.word, string)
      .reduce((a, b) => ({ word: a.word, n: a.n + b.n }), { uid: 'counts' })
      .sinkTo(atLeastOnceSink({ topic: 'counts', type: count }), { uid: 'counts-out' });
  });
}

/** The files differ in length, and one of them may be empty. */
function generate(seed: string, wish: number, numbers: Readonly<Record<string, number>>): Topics<Sources> {
  const { files, words } = parameters.from(numbers);
  const draws = planDraws(seed)('files');
  const lines: string[][] = Array.from({ length: files }, () => []);
  for (let i = 0; i < wish; i++) lines[draws.below(files)]?.push(`${10 * i} word-${draws.below(words)}`);
  return { lines };
}

export const files: Scenario<Sources> = {
  id: 'files',
  has: ['batch'],
  states:
    'Files as input, one split each, and a sink without transactions: what may repeat is a write of a rolled-back attempt.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({ job: filesJob(), topics: topicsOf(files, plan), confluent: false }),
  recordArbitrary: () => fc.tuple(fc.nat(10_000), fc.nat(11)).map(([time, word]) => `${time} word-${word}`),
};
