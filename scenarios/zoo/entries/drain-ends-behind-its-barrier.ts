import type { ZooEntry } from '../entry.ts';

export const drainEndsBehindItsBarrier: ZooEntry = {
  id: 'drain-ends-behind-its-barrier',
  title:
    'A source that is drained ends its input behind the barrier of the savepoint: what the end brings out is not in it',
  origin: 'FLINK-24530: what comes at the end of input reaches the committer after its last snapshot',
  file: 'core/task/snapshot-taker.ts',
  find: "    if (this.#isSource && endsJob(kind)) operators.finish(kind === 'drain');\n    const prepared = operators.sinks.prepare(checkpoint);\n    if (prepared === undefined) {\n      this.#take(barrier, unaligned);\n",
  replace:
    "    const prepared = operators.sinks.prepare(checkpoint);\n    if (prepared === undefined) {\n      this.#take(barrier, unaligned);\n      if (this.#isSource && endsJob(kind)) operators.finish(kind === 'drain');\n",
  law: 'settle',
};
