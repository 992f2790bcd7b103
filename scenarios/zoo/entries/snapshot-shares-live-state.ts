import type { ZooEntry } from '../entry.ts';

export const snapshotSharesLiveState: ZooEntry = {
  id: 'snapshot-shares-live-state',
  title: 'The snapshot shares live state: a slot is changed in place after the sync part',
  origin: 'FLINK-9269: the async snapshot iterates live state tables',
  file: 'core/state/heap/heap-slots.ts',
  find: `    if (slot === undefined || slot.epoch === this.#epochNow) return slot;
`,
  replace: `    if (slot === undefined || slot.epoch <= this.#epochNow) return slot;
`,
  law: 're-execution',
};
