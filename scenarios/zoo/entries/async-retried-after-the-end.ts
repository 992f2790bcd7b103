import type { ZooEntry } from '../entry.ts';

export const asyncRetriedAfterTheEnd: ZooEntry = {
  id: 'async-retried-after-the-end',
  title: 'A request that fails behind the end of input is retried like any other',
  origin: 'FLIP-232: what waits for a retry at the end of input is asked about once more, at once, and that is all',
  file: 'core/operators/async/requests.ts',
  find: 'if (retry === undefined || this.#isLast || request.nth > retry.retries)',
  replace: 'if (retry === undefined || request.nth > retry.retries)',
  law: 'async-capacity',
};
