/** Calls of an author's functions that return something, and what their results must be. */
import type { UserCalls } from '../user-calls.ts';

export function called<R>(calls: UserCalls, method: string, argument: unknown, body: () => R): R {
  const { user, uid } = calls;
  user.enter(uid);
  let result: R;
  try {
    result = body();
  } catch (error) {
    throw user.thrown(error, uid, method, argument);
  }
  user.leave();
  return result;
}
