import type { ZooEntry } from '../entry.ts';

export const persisterStoppedByAnOldCheckpoint: ZooEntry = {
  id: 'persister-stopped-by-an-old-checkpoint',
  title: 'The abort of an older checkpoint ends what a channel keeps for the one that is under way',
  origin: 'FLINK-20654 in its nearest form: a stop that does not ask which checkpoint it is for',
  file: 'core/channels/channel-state-persister.ts',
  find: "    if (checkpoint < this.#last) return;\n    this.#status = 'completed';",
  replace: "    this.#status = 'completed';",
  law: 'channel-state',
};
