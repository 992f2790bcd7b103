import type { ZooEntry } from '../entry.ts';

export const splitsOfCompletionTime: ZooEntry = {
  id: 'splits-of-completion-time',
  title: 'The enumerator is asked for its state when the checkpoint completes, not when it is triggered',
  origin: 'FLINK-28606, FLINK-23233: events between the coordinator snapshot and the barrier',
  file: 'core/checkpoint/coordinator/coordinator.ts',
  find: `      yield* writeObject(objects, name, writeMetadata(pending.metadata(graph, this.#env)));
`,
  replace: `      yield* writeObject(
        objects,
        name,
        writeMetadata({ ...pending.metadata(graph, this.#env), enumerators: this.#env.enumerators() }),
      );
`,
  law: 'splits',
};
