import { ttlExpiredAcrossClockJump, ttlExpiredAcrossRestore } from './state.ts';
import { type Event, proves, starting, states, task } from './testing/facts.ts';

const clockRead = (attempt: number, now: number) => states('clockRead', { task: task(attempt), now });
/** With a time to live of 30 ms. */
const expired = (attempt: number, lastTouch: number, now: number) =>
  states('stateExpired', { task: task(attempt), state: 's', key: 'k', lastTouch, ttlMs: 30, now });
/** At a time that is none of a host's clock. */
const at = (atMs: number, event: Event): Event => (event.kind === 'fact' ? { ...event, atMs } : event);

proves(ttlExpiredAcrossRestore, {
  reaches: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 50), expired(2, 10, 50)],
  nearMiss: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 20), clockRead(2, 50), expired(2, 20, 50)],
});
proves(ttlExpiredAcrossRestore, {
  reaches: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 50), expired(2, 10, 50)],
  nearMiss: [starting(1), clockRead(1, 10), starting(2), clockRead(2, 50), expired(2, 10, 50)],
});
proves(ttlExpiredAcrossClockJump, {
  reaches: [starting(1), at(10, clockRead(1, 10)), at(20, clockRead(1, 120)), expired(1, 10, 120)],
  nearMiss: [starting(1), at(10, clockRead(1, 110)), at(40, clockRead(1, 140)), expired(1, 110, 140)],
});
// Another machine, whose clock is ahead.
proves(ttlExpiredAcrossClockJump, {
  reaches: [starting(1), at(10, clockRead(1, 10)), starting(2, 1), at(20, clockRead(2, 120)), expired(2, 10, 120)],
  nearMiss: [starting(1), at(10, clockRead(1, 10)), starting(2, 1), at(60, clockRead(2, 120)), expired(2, 10, 120)],
});
