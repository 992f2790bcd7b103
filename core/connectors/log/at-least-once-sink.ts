/**
 * Appends to a log topic without transactions: what is written is visible at once, and again after a failure, if it was
 * written behind the restored checkpoint. An unknown outcome of an append fails the task: then it comes once more with
 * everything else that is read again, and a record is never repeated within an attempt.
 */
import type { TypeInfo } from '../../job/types.ts';
import { IoError } from '../../errors.ts';
import type { Coroutine } from '../../waiting.ts';
import type { AtLeastOnceSink, SinkWriter, WriterEnv } from '../sink.ts';
import { Appender } from './appender.ts';
import { ours } from '../ours.ts';

/**
 * Writes to a topic of the log broker, at least once: cheap, at once visible, repeated after a failure.
 *
 * @example
 * ```ts
 * const alerts = atLeastOnceSink({ topic: 'alerts', type: record({ id: string, text: string }) });
 * ```
 */
export function atLeastOnceSink<T>(options: {
  readonly topic: string;
  readonly type: TypeInfo<T>;
}): AtLeastOnceSink<T> {
  const { topic, type } = options;
  return ours({
    connector: 'log',
    output: topic,
    type,
    delivery: 'at-least-once',
    createWriter: (env: WriterEnv) => new PlainLogWriter(topic, type, env),
  });
}

class PlainLogWriter<T> implements SinkWriter<T> {
  readonly #topic: string;
  readonly #env: WriterEnv;
  readonly #appender: Appender<T>;
  #partition = 0;

  constructor(topic: string, type: TypeInfo<T>, env: WriterEnv) {
    this.#topic = topic;
    this.#env = env;
    this.#appender = new Appender(type, env, (batch) => this.#append(batch));
  }

  *open(): Coroutine<void> {
    const partitions = yield* this.#env.ports.log.partitions(this.#topic);
    this.#partition = this.#env.subtask % partitions;
    this.#appender.start();
  }

  write(value: T): void {
    this.#appender.push(value);
  }

  get dirty(): boolean {
    return this.#appender.busy;
  }

  flush(): Coroutine<void> {
    return this.#appender.drained();
  }

  *#append(batch: readonly Uint8Array[]): Coroutine<void> {
    const { kind } = yield* this.#env.ports.log.append(this.#topic, this.#partition, batch);
    if (kind !== 'written') throw new IoError(`sink ${this.#env.sink}: an append was answered ${kind}`);
  }
}
