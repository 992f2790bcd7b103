import type { ZooEntry } from '../entry.ts';

export const idleBeforeItIsWaitedFor: ZooEntry = {
  id: 'idle-before-it-is-waited-for',
  title: 'That the appender has written all may be said between the look at it and the wait for it',
  origin: 'FLINK-18128: the fetcher goes idle between the check of its reader and its wait, and nobody wakes it',
  file: 'core/connectors/log/appender.ts',
  find: '    while (this.busy) {\n',
  replace: '    while (this.busy) {\n      yield* this.#env.ports.clock.sleep(0);\n',
  law: 'settle',
};
