import type { ZooEntry } from '../entry.ts';

export const olderNotificationFailsSink: ZooEntry = {
  id: `older-notification-fails-sink`,
  title: `A sink fails when it hears of a checkpoint that is older than one whose transactions it has committed`,
  origin: `FLINK-10377: a precondition on the notification of a subsumed checkpoint`,
  file: `core/operators/sink-operator.ts`,
  find: `    this.#commitUpTo = Math.max(this.#commitUpTo, checkpoint);
`,
  replace: `    assert(checkpoint >= this.#commitUpTo, () => \`checkpoint \${checkpoint} is complete, and no transaction is pending\`);
    this.#commitUpTo = Math.max(this.#commitUpTo, checkpoint);
`,
  law: `crash`,
};
