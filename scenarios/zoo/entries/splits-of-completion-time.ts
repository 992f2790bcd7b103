import type { ZooEntry } from '../entry.ts';

export const splitsOfCompletionTime: ZooEntry = {
  id: 'splits-of-completion-time',
  title: 'The enumerator is asked for its state when the checkpoint completes, not when it is triggered',
  origin: 'FLINK-28606, FLINK-23233: events between the coordinator snapshot and the barrier',
  file: 'core/checkpoint/coordinator/completion-queue.ts',
  find: `      yield* writeObject(ports.objects, name, writeMetadata(pending.metadata(attempt)));
`,
  replace: `      const enumerators = this.#env.enumerators();
      yield* writeObject(ports.objects, name, writeMetadata({ ...pending.metadata(attempt), enumerators }));
`,
  law: 'splits',
};
