import type { ZooEntry } from '../entry.ts';

export const appendErrorAfterTheSnapshot: ZooEntry = {
  id: 'append-error-after-the-snapshot',
  title:
    'That an append has failed is heard of with the next record: a checkpoint that comes before is completed without what was lost',
  origin: 'FLINK-31305: errors of asynchronous sends are thrown in the mailbox, behind the snapshot; FLINK-5701',
  file: 'core/connectors/log/log-sink.ts',
  find: "    if (outcome.kind !== 'written') {\n      throw new IoError(`transaction ${this.#transaction}: an append was answered ${outcome.kind}`);\n    }\n  }\n",
  replace:
    "    if (outcome.kind === 'written') return;\n    const failure = new IoError(`transaction ${this.#transaction}: an append was answered ${outcome.kind}`);\n    this.write = () => {\n      throw failure;\n    };\n  }\n",
  law: 'sinks',
};
