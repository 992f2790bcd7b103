/**
 * Words about the end of a checkpoint, to every task manager of the attempt. They are best effort (SEMANTICS
 * C5): one may be lost, late, behind others, or come twice, and nothing may hang on it. Buggify makes it so;
 * every other message is reliable as long as its connection is.
 */
import type { Buggify, Clock, Ms, Random } from '../ports.ts';

/** How late a late or repeated one is at most. */
const LATE_MS = 50;

export interface NotificationEnv {
  readonly buggify: Buggify;
  readonly clock: Clock;
  readonly random: Random;
}

/** `send` is called now, later, twice, or never. */
export function notify({ buggify, clock, random }: NotificationEnv, send: () => void): void {
  if (buggify.fires('notification-lost')) return;
  const later = (): Ms => 1 + random.below(LATE_MS);
  if (buggify.fires('notification-late')) clock.timer(later(), send);
  else send();
  if (buggify.fires('notification-repeated')) clock.timer(later(), send);
}
