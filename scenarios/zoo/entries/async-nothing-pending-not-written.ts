import type { ZooEntry } from '../entry.ts';

export const asyncNothingPendingNotWritten: ZooEntry = {
  id: 'async-nothing-pending-not-written',
  title: 'A snapshot while nothing waits does not write the empty list: what waited at the last one stays in the state',
  origin: 'KAFKA-10664: writing an empty map is no write, and the stale one stays',
  file: 'core/operators/heads/async-head.ts',
  find: '    listOf(this.states, this.#env.operator).update([...pending, ...this.#restored]);',
  replace: `    const all = [...pending, ...this.#restored];
    if (all.length > 0) listOf(this.states, this.#env.operator).update(all);`,
  law: 'operator-state',
  also: ['re-execution'],
};
