import type { ZooEntry } from '../entry.ts';

export const commitAtPreCommit: ZooEntry = {
  id: 'commit-at-pre-commit',
  title: 'The sink commits its transaction when it should only prepare it',
  origin: 'the mistake behind many two-phase sinks: the first phase is taken for the second',
  file: 'core/operators/sink-operator.ts',
  find: `    const prepared = yield* this.#writer.prepareCommit();
`,
  replace: `    const prepared = yield* this.#writer.prepareCommit();
    for (const committable of prepared) yield* this.#commit(committable, false);
`,
  law: 'sinks',
};
