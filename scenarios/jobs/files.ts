/**
 * Lines of files in the object store, counted by word, into a log without transactions, files and a table:
 *
 * ```
 *   lines (files) -> word -> hash -> counts (running reduce) -> counts topic, at least once
 *                                      |'-> files, by last letter of the word, exactly once
 *                                      '--> table with a row for each word: upserts
 * ```
 *
 * What neither a topic as input nor a transaction at the output has: a split is a file that is fetched whole, its position
 * a line; what a rolled-back attempt has written stays in the topic, is swept among the files, and is overwritten in the table.
 */
import {
  atLeastOnceSink,
  defineJob,
  fileSink,
  fileSource,
  int32,
  type JobSpec,
  record,
  string,
  type TypeOf,
  upsertSink,
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
  /** Files of the sink are closed at so many records. */
  recordsPerFile: [1, 40, 12],
});

/** A line is a time and a word: "120 word-3". */
function timeOf(line: string): number {
  const time = Number.parseInt(line, 10);
  return Number.isSafeInteger(time) ? time : 0;
}

/** Some words share a bucket. */
function bucketOf({ word }: Count): string {
  return `ends=${word.at(-1) ?? ''}`;
}

function filesJob(recordsPerFile: number): JobSpec {
  return defineJob('files', (env) => {
    const counts = env
      .fromSource(fileSource({ prefix: 'lines' }), {
        uid: 'lines',
        watermarks: watermarkPerRecord({ timestamp: timeOf, delayMs: 0 }),
      })
      .map((line): Count => ({ word: line.slice(line.indexOf(' ') + 1), n: 1 }), count, { uid: 'word' })
      .keyBy((c) => c.word, string)
      .reduce((a, b) => ({ word: a.word, n: a.n + b.n }), { uid: 'counts' });
    counts.sinkTo(atLeastOnceSink({ topic: 'counts', type: count }), { uid: 'counts-out' });
    counts.sinkTo(fileSink({ path: 'lake/counts', type: count, bucketOf, recordsPerFile }), { uid: 'lake' });
    counts.sinkTo(upsertSink({ table: 'tables/counts', type: count, key: ({ word }) => word }), { uid: 'table' });
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
  // What is written, the fences, and a table flushed beside it.
  sinkRequests: 4,
  states:
    'Files in and out, and sinks without transactions: a topic where a write of a rolled-back attempt may repeat, and a table.',
  parameters: parameters.list,
  generate,
  build: (plan) => ({
    job: filesJob(parameters.of(plan).recordsPerFile),
    topics: topicsOf(files, plan),
    confluent: false,
  }),
  recordArbitrary: (_topic, fc) => fc.tuple(fc.nat(10_000), fc.nat(11)).map(([time, word]) => `${time} word-${word}`),
};
