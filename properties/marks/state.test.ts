import { ttlExpiredAcrossClockJump, ttlExpiredAcrossRestore } from './state.ts';
import { proves, starting, states, task } from './testing/facts.ts';

const clockRead = (attempt: number, now: number) => states('clockRead', { task: task(attempt), now });
const expired = (attempt: number, lastTouch: number, now: number) =>
  states('stateExpired', { task: task(attempt), state: 's', key: 'k', lastTouch, now });
proves(ttlExpiredAcrossRestore, {
  reaches: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 50), expired(2, 10, 50)],
  nearMiss: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 30), clockRead(2, 50), expired(2, 30, 50)],
});
proves(ttlExpiredAcrossRestore, {
  reaches: [starting(1), clockRead(1, 10), starting(2, 1), clockRead(2, 50), expired(2, 10, 50)],
  nearMiss: [starting(1), clockRead(1, 10), starting(2), clockRead(2, 50), expired(2, 10, 50)],
});
proves(ttlExpiredAcrossClockJump, {
  reaches: [starting(1), clockRead(1, 40), starting(2, 1), clockRead(2, 30), clockRead(2, 90), expired(2, 40, 90)],
  nearMiss: [starting(1), clockRead(1, 40), starting(2, 1), clockRead(2, 50), clockRead(2, 90), expired(2, 40, 90)],
});
