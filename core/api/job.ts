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
 * Left out, with the reasons: see the table in `core/README.md`.
 */
import { JobError } from '../errors.ts';
import { describe } from '../values/refusal.ts';
import { requireRewindable, requireSource } from '../connectors/check.ts';
import type { Source, SourceSplit } from '../connectors/source.ts';
import type { CheckpointingConfig } from '../config.ts';
import type { JobSpec } from '../job/spec.ts';
import { madeHere } from '../origin.ts';
import { sideOutputsOf, type WatermarkStrategy } from '../job/watermarks.ts';
import { type OperatorOptions, Recorder } from './recorder.ts';
import { requireName } from './operator.ts';
import { isConnector, requireFunction } from './requirements.ts';
import { OperatorStream } from './streams.ts';

export type { OperatorOptions } from './recorder.ts';

/**
 * Records a job. The job is data afterwards, and the engine and the reference model build their own operators from it.
 *
 * `define` is called at once, and again whenever a check needs functions with empty closures; factories of functions are
 * called for each subtask of each attempt, and by the model. So both must be free of effects, and must give the same job
 * and the same function each time. What a job remembers is in its state: memory in a function object, a closure, a
 * module or a static field is lost at a failure, and a check reports it (`job/unmanaged-state`, `job/module-state`).
 * A cache of pure values that nobody can observe is no memory in this sense.
 *
 * @param name names the job in checkpoints and messages; not empty.
 * @param define adds sources, operators and sinks to the environment. It must not return a promise.
 * @param options.maxParallelism number of key groups of every operator that sets none, in [1, 32768]. It is fixed for
 * the life of the job's state: a later version gives the same number, or none, and has that of the state.
 * @throws JobError if what was recorded is no job: stateful operators without a uid, one uid twice, ...
 * @example
 * ```ts
 * const event = record({ user: string, at: int64 });
 * const counted = record({ user: string, count: int64 });
 * const counts = valueState('count', int64);
 * const job = defineJob('events-per-user', (env) => {
 *   env
 *     .fromSource(logSource({ topic: 'events', type: event }), {
 *       uid: 'events',
 *       watermarks: watermarkPerRecord({ timestamp: (e) => e.at, delayMs: 0 }),
 *     })
 *     .keyBy((e) => e.user, string)
 *     .process<TypeOf<typeof counted>>(
 *       () => ({
 *         processElement(e, ctx, out) {
 *           const count = (ctx.getState(counts).value() ?? 0) + 1;
 *           ctx.getState(counts).update(count);
 *           out.collect({ user: e.user, count });
 *         },
 *       }),
 *       counted,
 *     )
 *     .uid('count')
 *     .sinkTo(logSink({ topic: 'counts', type: counted }))
 *     .uid('out');
 * });
 * ```
 */
export function defineJob(
  name: string,
  define: (env: JobEnvironment) => void,
  options: { readonly maxParallelism?: number; readonly checkpointing?: CheckpointingConfig['mode'] } = {},
): JobSpec {
  return madeHere(record(name, define, options), () => record(name, define, options, 'again'));
}

function record(
  name: string,
  define: (env: JobEnvironment) => void,
  options: { readonly maxParallelism?: number; readonly checkpointing?: CheckpointingConfig['mode'] },
  time: 'first' | 'again' = 'first',
): JobSpec {
  if (typeof name !== 'string')
    throw new JobError(
      `defineJob needs a name, and got ${describe(name)}; write defineJob('orders', (env) => { ... })`,
    );
  requireFunction(`job "${name}": its function`, define);
  const recorder = new Recorder(name, options.maxParallelism, time);
  const result: unknown = define(new JobEnvironment(recorder, options.checkpointing ?? 'exactly-once'));
  if (typeof result === 'object' && result !== null && 'then' in result) {
    throw new JobError(`job "${name}": its function returned a promise; a job is recorded synchronously`);
  }
  return recorder.freeze();
}

/** Where a job begins: `defineJob` hands it to the function that describes the job. */
export class JobEnvironment {
  readonly #recorder: Recorder;
  readonly #mode: CheckpointingConfig['mode'];

  /** @internal */
  constructor(recorder: Recorder, mode: CheckpointingConfig['mode']) {
    this.#recorder = recorder;
    this.#mode = mode;
  }

  /**
   * A source; `uid` is required, because its positions are state.
   *
   * @throws JobError if the source cannot be read again from an earlier position and checkpointing is exactly-once.
   */
  fromSource<T, S extends SourceSplit, E>(
    source: Source<T, S, E>,
    options: OperatorOptions & { readonly uid: string; readonly watermarks: WatermarkStrategy<T> },
  ): OperatorStream<T> {
    const { job } = this.#recorder;
    if (!isConnector(source))
      throw new JobError(
        `job "${job}": fromSource needs a source such as logSource({ topic, type }), and got ${describe(source)}`,
      );
    const given: unknown = options;
    if (typeof given !== 'object' || given === null)
      throw new JobError(
        `job "${job}": fromSource needs { uid, watermarks } behind the source, and got ${describe(options)}`,
      );
    const { watermarks } = options;
    const node = this.#recorder.add({
      operator: { kind: 'source', source, watermarks },
      inputs: [],
      outType: source.type,
      sideOutputs: sideOutputsOf(watermarks),
      options,
    });
    requireName(node, source.input);
    requireRewindable(job, options.uid, requireSource(options.uid, source), this.#mode);
    return new OperatorStream(node, source.type);
  }
}
