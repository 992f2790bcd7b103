/** What a job author writes for requests to an external service. Types only. */
import type { Collector, OpenContext } from './functions.ts';
import type { TypeInfo } from './types.ts';

/** A service outside of the job, as the job knows it; made by `externalService`. */
export interface ServiceSpec<Q = unknown, R = unknown> {
  /** Names it among the services that the job's surroundings have. */
  readonly name: string;
  /** Type of a request. */
  readonly requestType: TypeInfo<Q>;
  /** Type of its answer. */
  readonly responseType: TypeInfo<R>;
}

/**
 * `ordered`: results come in the order of the inputs. `unordered`: as the answers come, but none crosses a watermark.
 */
export type AsyncMode = 'ordered' | 'unordered';

/** What is done about a request that the service has refused or failed: it is sent again, later and later. */
export interface AsyncRetry {
  /** A request is sent so often again; a whole number >= 1. */
  readonly retries: number;
  /** Before the first time, ms; a whole number >= 1. */
  readonly delayMs: number;
  /** Each delay is so many times the one before; a number >= 1, by default 1. */
  readonly multiplier?: number;
  /** No delay is longer than this, ms; by default none is cut. */
  readonly delayMaxMs?: number;
}

/** Which requests an operator sends, and what it makes of the answers. */
export interface AsyncSettings {
  /** In which order results come. */
  readonly mode: AsyncMode;
  /** Elements that may wait at a subtask, watermarks among them; a whole number >= 1. At so many it takes no input. */
  readonly capacity: number;
  /**
   * An element that has no answer so long after it was first asked about, ms, is given to `timeout`; without one the task
   * fails. A whole number >= 1; a restore begins it anew.
   */
  readonly timeoutMs: number;
  /** Absent: a request that fails fails the task. */
  readonly retry?: AsyncRetry;
}

/**
 * Asks an external service about each element, without waiting: its methods are synchronous. `request` says what is to be asked;
 * when the answer is there `answer` is called with it. Elements without an answer are part of each checkpoint, and asked about
 * again after a restore: so a service may be asked more than once about one element, and of its answers one counts.
 *
 * @example
 * ```ts
 * const users = externalService({ name: 'users', requestType: int64, responseType: string });
 * const click = record({ user: int64, page: string });
 * const named = record({ name: string, page: string });
 * const job = defineJob('named-clicks', (env) => {
 *   env
 *     .fromSource(logSource({ topic: 'clicks', type: click }), { uid: 'clicks', watermarks: noWatermarks({ timestamp: () => 0 }) })
 *     .asyncWait(
 *       users,
 *       () => ({
 *         request: ({ user }) => user,
 *         answer: ({ page }, name, out) => out.collect({ name, page }),
 *         timeout: ({ page }, out) => out.collect({ name: 'somebody', page }),
 *       }),
 *       named,
 *       { uid: 'names', mode: 'unordered', capacity: 100, timeoutMs: 2_000, retry: { retries: 3, delayMs: 50, multiplier: 2 } },
 *     )
 *     .sinkTo(logSink({ topic: 'named', type: named }), { uid: 'out' });
 * });
 * ```
 */
export interface AsyncFunction<I, Q, R, O> {
  /** Called once per function object, before anything else. */
  open?(ctx: OpenContext): void;
  /** What is asked about an element: a function of it alone. */
  request(value: I): Q;
  /** Called with the answer that counts. What is collected has the timestamp of the element. */
  answer(value: I, response: R, out: Collector<O>): void;
  /** Called if there is no answer in time. */
  timeout?(value: I, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}
