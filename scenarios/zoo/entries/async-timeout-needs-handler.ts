import type { ZooEntry } from '../entry.ts';

export const asyncTimeoutNeedsHandler: ZooEntry = {
  id: 'async-timeout-needs-handler',
  title: 'Without a function for it a time limit that is over does nothing',
  origin:
    'a default of a handler that swallows what it should pass on: an answer that never comes holds the job for good',
  file: 'core/operators/heads/async-head.ts',
  find: '    if (!this.#requests.isOpen(element)) return;',
  replace: '    if (!this.#requests.isOpen(element) || this.#fn?.timeout === undefined) return;',
  law: 'settle',
};
