import type { ZooEntry } from '../entry.ts';

export const watermarkPassesAligningBarrier: ZooEntry = {
  id: 'watermark-passes-aligning-barrier',
  title: 'A blocked channel is read on: what lies behind its barrier moves event time before the snapshot',
  origin: 'Hazelcast Jet bd39e80f20',
  file: 'core/channels/input-gate.ts',
  find: `    return !this.#queue.isEmpty && (!this.blocked || this.hasOvertaking);`,
  replace: `    return !this.#queue.isEmpty && (!this.blocked || this.hasOvertaking || this.#queue.next?.kind === 'watermark');`,
  law: 'barrier-discipline',
};
