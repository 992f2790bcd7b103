/** A worker of campaigns of the jobs that misbehave. */
import { misbehaving } from '../../../scenarios/testing/misbehaving.ts';
import type { Scenarios } from '../../scenarios.ts';
import { serveAsWorker, WORKER_ARGUMENT } from '../worker.ts';

export function misbehavingScenarios(): Scenarios {
  return {
    all: misbehaving,
    whole: undefined,
    find: (id) => misbehaving.find((scenario) => scenario.id === id),
    named(id) {
      const found = misbehaving.find((scenario) => scenario.id === id);
      if (found === undefined) throw new Error(`there is no job ${id}`);
      return found;
    },
  };
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined) serveAsWorker(misbehavingScenarios);
