import type { ZooEntry } from '../entry.ts';

export const looksNoMoreAfterRestore: ZooEntry = {
  id: 'looks-no-more-after-restore',
  title: `After a restore an enumerator looks for no further partitions: those that are added later are never read`,
  origin: `the mistake that it stands for: periodic discovery is begun on a fresh start only`,
  file: 'core/connectors/list-enumerator.ts',
  find: `        yield* env.ports.clock.sleep(lookAgainMs);`,
  replace: `        if (restored !== undefined) return;
        yield* env.ports.clock.sleep(lookAgainMs);`,
  law: 'settle',
};
