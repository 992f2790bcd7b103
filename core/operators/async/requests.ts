/**
 * The requests of one subtask to an external service: when each is sent, again, or given up (SEMANTICS J3).
 *
 *     ask --> sent, nth = 1 --answer--------------------------------------> over
 *                 ^    '--failure--> waits, delay(nth) --> nth + 1 --.
 *                 '-------------------------------------------------'
 *             from `ask` on, over all of that: timeoutMs --> over
 *
 * The service may answer late, twice or never. What counts is the first thing that comes of the newest request; what is over
 * hears nothing more. Left out: requests are never cancelled at the service, so that it may still work on what is over.
 */
import type { AsyncRetry } from '../../job/async-functions.ts';
import { IoError } from '../../errors.ts';
import type { Clock, ExternalServices, Ms, ServiceAnswer, Timer } from '../../ports.ts';

/** What happens to a request, to be handed to `Requests` in a step of the task. */
export type RequestEvent =
  | { readonly kind: 'answer'; readonly element: number; readonly nth: number; readonly answer: ServiceAnswer }
  | { readonly kind: 'retry'; readonly element: number }
  | { readonly kind: 'timeout'; readonly element: number };

export interface RequestsEnv {
  readonly services: ExternalServices;
  readonly clock: Clock;
  readonly service: string;
  readonly timeoutMs: Ms;
  readonly retry: AsyncRetry | undefined;
  /** Something has happened: a step of the task has to take it. */
  readonly post: (event: RequestEvent) => void;
  /** A request leaves. */
  readonly sent: (element: number, nth: number) => void;
}

interface Request {
  readonly element: number;
  readonly bytes: Uint8Array;
  readonly timeout: Timer;
  nth: number;
  /** The newest request has failed, and waits to be sent again. */
  retry: Timer | undefined;
}

export class Requests {
  readonly #env: RequestsEnv;
  readonly #open = new Map<number, Request>();
  /** All input has come: nothing is retried any more. */
  #isLast = false;
  #isCancelled = false;

  constructor(env: RequestsEnv) {
    this.#env = env;
  }

  ask(element: number, bytes: Uint8Array): void {
    const timeout = this.#env.clock.timer(this.#env.timeoutMs, () => {
      this.#env.post({ kind: 'timeout', element });
    });
    const request: Request = { element, bytes, timeout, nth: 0, retry: undefined };
    this.#open.set(element, request);
    this.#send(request);
  }

  /** Whether this is the first thing that comes of the newest request about an element that is not over. */
  counts(element: number, nth: number): boolean {
    const request = this.#open.get(element);
    return request?.nth === nth && request.retry === undefined;
  }

  isOpen(element: number): boolean {
    return this.#open.has(element);
  }

  /** It is done, or given up. */
  close(element: number): void {
    const request = this.#open.get(element);
    request?.timeout.cancel();
    request?.retry?.cancel();
    this.#open.delete(element);
  }

  /** The newest request has failed. @throws IoError if it is not sent again: the task fails. */
  failed(element: number, why: string): void {
    const request = this.#open.get(element);
    if (request === undefined) return;
    const { retry, clock, post, service } = this.#env;
    if (retry === undefined || this.#isLast || request.nth > retry.retries)
      throw new IoError(`service ${service}: request ${request.nth} about an element has failed: ${why}`);
    request.retry = clock.timer(delayOf(retry, request.nth), () => {
      post({ kind: 'retry', element });
    });
  }

  /** The delay is over. */
  again(element: number): void {
    const request = this.#open.get(element);
    if (request?.retry === undefined) return;
    request.retry.cancel();
    request.retry = undefined;
    this.#send(request);
  }

  /** Elements that wait for a retry. */
  get retrying(): readonly number[] {
    return [...this.#open.values()].filter(({ retry }) => retry !== undefined).map(({ element }) => element);
  }

  /** All input has come: what waits for a retry gets it at once, and it is the last one. */
  last(): void {
    this.#isLast = true;
    for (const element of this.retrying) this.again(element);
  }

  /** The task has ended: nothing is heard any more. */
  cancel(): void {
    this.#isCancelled = true;
    for (const element of [...this.#open.keys()]) this.close(element);
  }

  #send(request: Request): void {
    const nth = ++request.nth;
    const { element, bytes } = request;
    this.#env.sent(element, nth);
    this.#env.services.ask(this.#env.service, bytes, (answer) => {
      if (!this.#isCancelled) this.#env.post({ kind: 'answer', element, nth, answer });
    });
  }
}

/** Before request `nth + 1`, ms. */
function delayOf({ delayMs, multiplier = 1, delayMaxMs = Number.MAX_SAFE_INTEGER }: AsyncRetry, nth: number): Ms {
  let delay = delayMs;
  for (let n = 1; n < nth && delay < delayMaxMs; n++) delay *= multiplier;
  return Math.min(Math.floor(delay), delayMaxMs);
}
