/**
 * What fails outside of all turns: a promise that a job began and that nobody waits for, a callback that it left with the
 * platform. Without a listener the process would end by it, without a report; so a block of runs counts only after one
 * turn of the event loop, in which such things come up.
 */
import { setImmediate as afterwards } from 'node:timers/promises';
import { promiseHooks } from 'node:v8';

export interface Escape {
  readonly reason: unknown;
  /** Whose turn it was begun in; undefined: unknown. */
  readonly operator: string | undefined;
}

/** Also where the body is broken off: what it began is not anybody else's. */
async function settledBehind<T>(body: () => T): Promise<T> {
  try {
    return body();
  } finally {
    await afterwards();
  }
}

export class Escapes {
  #seen: Escape[] = [];
  /** By promise: whose code made it. Kept only while `traced` runs. */
  #makers = new WeakMap<Promise<unknown>, string>();
  readonly #onRejection = (reason: unknown, promise: Promise<unknown>): void => {
    this.#seen.push({ reason, operator: this.#makers.get(promise) });
  };
  readonly #onException = (reason: unknown): void => {
    this.#seen.push({ reason, operator: undefined });
  };

  /** The body, one turn of the event loop, and what came up in it. */
  async drained<T>(body: () => T): Promise<{ readonly value: T; readonly escaped: readonly Escape[] }> {
    // Others who listen, a test runner say, would take for their own what is not theirs.
    const rejections = process.listeners('unhandledRejection');
    const exceptions = process.listeners('uncaughtException');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', this.#onRejection);
    process.removeAllListeners('uncaughtException').on('uncaughtException', this.#onException);
    try {
      const value = await settledBehind(body);
      const escaped = this.#seen;
      this.#seen = [];
      return { value, escaped };
    } finally {
      this.#seen = [];
      process.off('unhandledRejection', this.#onRejection);
      process.off('uncaughtException', this.#onException);
      for (const listener of rejections) process.on('unhandledRejection', listener);
      for (const listener of exceptions) process.on('uncaughtException', listener);
    }
  }

  /** The same, and each promise is known by the operator that made it; slow. */
  async traced<T>(body: () => T, operator: () => string | undefined): ReturnType<typeof this.drained<T>> {
    const stop = promiseHooks.onInit((promise, parent) => {
      const maker = this.#makers.get(parent) ?? operator();
      if (maker !== undefined) this.#makers.set(promise, maker);
    });
    try {
      return await this.drained(body);
    } finally {
      Reflect.apply(stop as () => void, undefined, []);
      this.#makers = new WeakMap();
    }
  }
}
