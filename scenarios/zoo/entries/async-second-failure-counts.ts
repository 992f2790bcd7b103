import type { ZooEntry } from '../entry.ts';

export const asyncSecondFailureCounts: ZooEntry = {
  id: 'async-second-failure-counts',
  title: 'A failure that comes twice counts twice: the element is given two retries at once',
  origin: 'an answer that is counted twice: the guard knows the request, and not that it has been heard of',
  file: 'core/operators/async/requests.ts',
  find: 'return request?.nth === nth && request.retry === undefined;',
  replace: 'return request?.nth === nth;',
  law: 'async-once',
};
