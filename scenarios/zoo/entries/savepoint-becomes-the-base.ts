import type { ZooEntry } from '../entry.ts';

export const savepointBecomesTheBase: ZooEntry = {
  id: 'savepoint-becomes-the-base',
  title:
    'The completion of a plain savepoint is notified to state backends, so that it takes the place of the base of incremental checkpoints',
  origin: 'FLINK-23949 (tier 1)',
  file: 'core/state/lsm/lsm-snapshot.ts',
  find: `      const isWhole = uploaded === undefined || out.kind !== 'checkpoint' || this.#isSieved;`,
  replace: `      const isWhole = uploaded === undefined || out.kind !== 'checkpoint' || this.#isSieved;
      if (out.kind === 'savepoint') uploaded?.completed(out.checkpoint);`,
  law: 'incremental-base',
};
