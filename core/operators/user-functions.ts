/** Function objects of a job: how they are made, and how their methods are called. */
import { ignoreRejection, isThenable } from '../user-code.ts';
import { showValue } from '../values/show.ts';
import type { UserCalls } from './user-calls.ts';

/** `methods`: what the object must have. @throws JobFault if the factory throws, or makes something else. */
export function createFunction<F>(create: () => F, methods: readonly string[], { user, uid }: UserCalls): F {
  let made: F;
  user.enter(uid);
  try {
    made = create();
  } catch (error) {
    throw user.thrown(error, uid, 'the factory of the function', undefined, 'factory');
  }
  user.leave();
  const missing = methods.find((method) => !hasMethod(made, method));
  if (missing === undefined) return made;
  ignoreRejection(made);
  const what = isThenable(made) ? 'a promise' : showValue(made);
  throw user.fault(
    'factory',
    `the factory of the function returned ${what}, which has no method ${missing}; return a new function object`,
    uid,
  );
}

/** Calls a method, which returns nothing. @throws JobFault if it throws, or is async. */
export function callFunction<F>(calls: UserCalls, fn: F, method: string, body: (fn: F) => unknown): void {
  const { user, uid } = calls;
  let result: unknown;
  user.enter(uid);
  try {
    result = body(fn);
  } catch (error) {
    throw user.thrown(error, uid, method);
  }
  user.leave();
  calls.nothing(result, method);
}

function hasMethod(made: unknown, method: string): boolean {
  return typeof made === 'object' && made !== null && method in made && typeof Reflect.get(made, method) === 'function';
}
