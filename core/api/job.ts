/**
 * What a job is written with:
 *
 *     const job = defineJob('bids', (env) => {
 *       env.fromSource(logSource({ topic: 'bids', type: bid }), { uid: 'bids', watermarks: watermarkPerRecord({ ... }) })
 *         .filter((b) => b.price > 0)
 *         .keyBy((b) => b.auction, int32)
 *         .process(() => new Highest(), bid).uid('highest')
 *         .sinkTo(logSink({ topic: 'highest', type: bid })).uid('out');
 *     });
 *
 * It records the job as data (`spec.ts`) and interprets nothing. Its streams are in `streams.ts`.
 * Left out so far: joins, connecting two streams without key, sessions and sliding windows, iterations.
 */
import { JobError } from '../errors.ts';
import type { LogSource } from '../job/connectors.ts';
import type { JobSpec } from '../job/spec.ts';
import type { WatermarkStrategy } from '../job/watermarks.ts';
import { type OperatorOptions, Recorder } from './recorder.ts';
import { OperatorStream, requireTopic } from './streams.ts';

export type { OperatorOptions } from './recorder.ts';

/**
 * Records a job.
 *
 * @param options.maxParallelism number of key groups of every operator that sets none, in [1, 32768]. It is fixed for
 * the life of the job's state.
 * @throws JobError if what was recorded is no job: stateful operators without a uid, one uid twice, ...
 */
export function defineJob(
  name: string,
  define: (env: JobEnvironment) => void,
  options: { readonly maxParallelism?: number } = {},
): JobSpec {
  const recorder = new Recorder(name, options.maxParallelism);
  const result: unknown = define(new JobEnvironment(recorder));
  if (typeof result === 'object' && result !== null && 'then' in result) {
    throw new JobError(`job "${name}": its function returned a promise; a job is recorded synchronously`);
  }
  return recorder.freeze();
}

export class JobEnvironment {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** A source; `uid` is required, because its offsets are state. */
  fromSource<T>(
    source: LogSource<T>,
    options: OperatorOptions & { readonly uid: string; readonly watermarks: WatermarkStrategy<T> },
  ): OperatorStream<T> {
    const { watermarks } = options;
    const node = this.#recorder.add({
      operator: { kind: 'source', source, watermarks },
      inputs: [],
      outType: source.type,
      options,
    });
    requireTopic(node, source.topic);
    return new OperatorStream(node, source.type);
  }
}
