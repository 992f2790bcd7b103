/** What the delta function of a trigger or an evictor returned. */
import { showValue } from '../../values/show.ts';
import type { UserCalls } from '../user-calls.ts';

/** @throws JobFault unless it is a number. */
export function takenDelta(calls: UserCalls, delta: unknown): number {
  if (typeof delta === 'number' && !Number.isNaN(delta)) return delta;
  throw calls.refused(delta, `a number, not ${showValue(delta)}`, 'the delta function');
}
