import type { ZooEntry } from '../entry.ts';

export const asyncRetriesDoNotBackOff: ZooEntry = {
  id: 'async-retries-do-not-back-off',
  title: 'Every retry comes after the first delay',
  origin: 'an exponential delay whose exponent counts something else, and stays 0',
  file: 'core/operators/async/requests.ts',
  find: 'n < nth && delay',
  replace: 'n < 1 && delay',
  law: 'async-capacity',
};
