import type { ZooEntry } from '../entry.ts';

export const commitAtPreCommit: ZooEntry = {
  id: 'commit-at-pre-commit',
  title: 'The sink commits its transaction when it should only prepare it',
  origin: 'the mistake behind many two-phase sinks: the first phase is taken for the second',
  file: 'core/connectors/log/log-sink.ts',
  find: `    this.#pending.push({ sink: this.#env.sink, transaction, checkpoint });
`,
  replace: `    this.#pending.push({ sink: this.#env.sink, transaction, checkpoint });
    yield* this.#commitOne(transaction, false);
`,
  law: 'sinks',
};
