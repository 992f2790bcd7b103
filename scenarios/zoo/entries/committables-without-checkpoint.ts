import type { ZooEntry } from '../entry.ts';

export const committablesWithoutCheckpoint: ZooEntry = {
  id: `committables-without-checkpoint`,
  title: `When a checkpoint is complete a sink commits all that it has prepared, for later checkpoints, too`,
  origin: `Iceberg 15846: a committer does not know for which checkpoint it was given what it holds`,
  file: `core/operators/sink-operator.ts`,
  find: `      const next = this.#pending.find((one) => one.checkpoint <= this.#commitUpTo && !tried.has(one));`,
  replace: `      const next = this.#pending.find((one) => !tried.has(one));`,
  law: `transactions`,
};
