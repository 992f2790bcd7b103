import type { ZooEntry } from '../entry.ts';

export const asyncAnsweredLeftOutOfState: ZooEntry = {
  id: 'async-answered-left-out-of-state',
  title: 'An element that has its answer and waits for its place is not in the snapshot',
  origin: 'what is complete and has not been emitted is taken for done: it is lost with the task',
  file: 'core/operators/heads/async-head.ts',
  find: 'const pending = this.#queue.waiting.map(({ value, timestamp = null })',
  replace:
    'const pending = this.#queue.waiting.filter(({ outcome }) => outcome === undefined).map(({ value, timestamp = null })',
  law: 'operator-state',
};
