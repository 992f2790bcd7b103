import type { ZooEntry } from '../entry.ts';

export const readsBeforeRestoredRuns: ZooEntry = {
  id: 'reads-before-restored-runs',
  title: 'A task begins while the runs that it restores are still checked: what it reads till then is not there',
  origin: 'RW 25499e39fb9: the store is read before it has come to the epoch of the recovery',
  file: 'core/state/lsm/store.ts',
  find: `    this.#runs.adopt(runs);
`,
  replace: `    const check = function* (store: LsmStore): Coroutine<void> {
      for (const run of runs) yield* store.readRun(run);
      store.#runs.adopt(runs);
    };
    this.#options.scope.spawn('check', check(this));
`,
  law: 're-execution',
  also: ['event-time-conservation'],
};
