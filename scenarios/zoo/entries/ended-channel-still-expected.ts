import type { ZooEntry } from '../entry.ts';

export const endedChannelStillExpected: ZooEntry = {
  id: 'ended-channel-still-expected',
  title: 'An alignment waits for the barrier of a channel that has ended',
  origin: 'FLINK-2519',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: `    if (!this.#pending) return NOTHING;
    this.#aligned.add(channel);
    return this.#completed([]);`,
  replace: `    return NOTHING;`,
  law: 'settle',
};
