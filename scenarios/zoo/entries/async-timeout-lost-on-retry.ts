import type { ZooEntry } from '../entry.ts';

export const asyncTimeoutLostOnRetry: ZooEntry = {
  id: 'async-timeout-lost-on-retry',
  title: 'A retry ends the time limit of its element, and sets no other',
  origin: 'timeouts per request where the contract has one over all retries (FLINK-22262 introduced both)',
  file: 'core/operators/async/requests.ts',
  find: '    request.retry = clock.timer(',
  replace: '    request.timeout.cancel();\n    request.retry = clock.timer(',
  law: 'settle',
};
