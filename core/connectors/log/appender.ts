/** The I/O executor of a writer to the log: takes what is queued, batch by batch, while the task goes on. */
import type { TypeInfo } from '../../job/types.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../../values/serializers.ts';
import { type Coroutine, Deferred } from '../../waiting.ts';
import type { WriterEnv } from '../sink.ts';

export class Appender<T> {
  readonly #type: TypeSerializer<T>;
  readonly #env: WriterEnv;
  readonly #append: (batch: readonly Uint8Array[]) => Coroutine<void>;
  readonly #out = new ByteWriter();
  #queue: Uint8Array[] = [];
  #appending = false;
  /** The coroutine waits on it for work; `drained` waits on `#idle` for the end of the work. */
  #work: Deferred<void> | undefined;
  #idle: Deferred<void> | undefined;

  constructor(type: TypeInfo<T>, env: WriterEnv, append: (batch: readonly Uint8Array[]) => Coroutine<void>) {
    this.#type = serializerOf(type);
    this.#env = env;
    this.#append = append;
  }

  start(): void {
    this.#env.scope.spawn(`appender ${this.#env.sink}`, this.#run());
  }

  push(value: T): void {
    this.#type.write(value, this.#out);
    this.#queue.push(this.#out.take());
    const work = this.#work;
    this.#work = undefined;
    work?.resolve();
  }

  get busy(): boolean {
    return this.#queue.length > 0 || this.#appending;
  }

  /** Everything that was pushed so far has been appended. One waiter. */
  *drained(): Coroutine<void> {
    while (this.busy) {
      this.#idle = new Deferred(`sink ${this.#env.sink}: records on their way to the log`);
      yield* this.#idle;
    }
  }

  *#run(): Coroutine<void> {
    for (;;) {
      if (this.#queue.length === 0) {
        this.#work = new Deferred(`sink ${this.#env.sink}: something to write`);
        yield* this.#work;
      }
      const batch = this.#queue;
      this.#queue = [];
      this.#appending = true;
      yield* this.#append(batch);
      this.#appending = false;
      if (this.#queue.length > 0) continue;
      const idle = this.#idle;
      this.#idle = undefined;
      idle?.resolve();
    }
  }
}
