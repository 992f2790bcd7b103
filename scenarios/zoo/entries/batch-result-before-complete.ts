import type { ZooEntry } from '../entry.ts';

export const batchResultBeforeComplete: ZooEntry = {
  id: 'batch-result-before-complete',
  title: 'A stage counts as finished while one of its subtasks still runs: its result is read before it is complete',
  origin: 'of the kind of other engines: a batch result is used before its stage was complete',
  file: 'core/cluster/stage-attempt.ts',
  find: `    if (deployed.notFinished.size === 0) this.#end({ kind: 'finished', result: this.#result });
`,
  replace: `    if (deployed.notFinished.size <= 1) this.#end({ kind: 'finished', result: this.#result });
`,
  law: 'batch',
};
