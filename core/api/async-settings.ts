/** What the author of a job says of requests to an external service, and what is checked of it. */
import { JobError } from '../errors.ts';
import type { AsyncFunction, AsyncSettings, ServiceSpec } from '../job/async-functions.ts';
import type { AsyncWaitSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import { describe } from '../values/refusal.ts';
import type { OperatorOptions } from './recorder.ts';

/** The uid is required, since elements that wait for answers are state. */
export type AsyncWaitOptions = OperatorOptions & AsyncSettings;

/**
 * A service outside of the job that `asyncWait` sends requests to. Where the job runs says how it is reached.
 *
 * @param service.name names it among the services of the surroundings.
 * @param service.requestType of what is asked.
 * @param service.responseType of the answers.
 */
export function externalService<Q, R>(service: ServiceSpec<Q, R>): ServiceSpec<Q, R> {
  if (service.name === '') throw new JobError('externalService: needs a name; give the one that the surroundings know');
  return { ...service };
}

/** The operator of these settings. @throws JobError unless they make sense. @internal */
export function asyncWaitSpec<I, Q, R, O>(
  service: ServiceSpec<Q, R>,
  create: () => AsyncFunction<I, Q, R, O>,
  inType: TypeInfo<I>,
  { mode, capacity, timeoutMs, retry }: AsyncSettings,
): AsyncWaitSpec {
  // A job in JavaScript has no compiler that looks at it.
  const given: unknown = mode;
  if (given !== 'ordered' && given !== 'unordered')
    throw new JobError(`asyncWait: the mode is ${describe(given)}; give 'ordered' or 'unordered'`);
  requireCount('the capacity', capacity);
  requireCount('timeoutMs', timeoutMs);
  if (retry !== undefined) {
    requireCount('retry.retries', retry.retries);
    requireCount('retry.delayMs', retry.delayMs);
    if (retry.delayMaxMs !== undefined) requireCount('retry.delayMaxMs', retry.delayMaxMs);
    const { multiplier = 1 } = retry;
    if (!(Number.isFinite(multiplier) && multiplier >= 1))
      throw new JobError(`asyncWait: retry.multiplier is ${describe(multiplier)}; give a number >= 1`);
  }
  return { kind: 'asyncWait', service, inType, create, mode, capacity, timeoutMs, retry };
}

function requireCount(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new JobError(`asyncWait: ${what} is ${describe(value)}; give a whole number >= 1`);
}
