import type { ZooEntry } from '../entry.ts';

export const ttlSnapshotTimeReadOnce: ZooEntry = {
  id: 'ttl-snapshot-time-read-once',
  title: 'A snapshot with clean-up leaves out what had expired at the first one of its task: the time is read once',
  origin: 'SEMANTICS J8: a filter that is made once and kept, with the time at which it was made',
  file: 'core/operators/heads/keyed-head.ts',
  find: `  #sieves(): ReadonlyMap<string, Sieve> | undefined {
    const { sieved: states } = this.#operator;
    if (states === undefined || states.length === 0) return undefined;
    const now = this.clock.now();`,
  replace: `  #sieveTime: number | undefined;
  #sieves(): ReadonlyMap<string, Sieve> | undefined {
    const { sieved: states } = this.#operator;
    if (states === undefined || states.length === 0) return undefined;
    const now = (this.#sieveTime ??= this.clock.now());`,
  law: 'host-clock',
};
