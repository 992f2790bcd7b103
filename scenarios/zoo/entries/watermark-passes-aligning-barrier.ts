import type { ZooEntry } from '../entry.ts';

export const watermarkPassesAligningBarrier: ZooEntry = {
  id: 'watermark-passes-aligning-barrier',
  title: 'A blocked channel is read on: what lies behind its barrier moves event time before the snapshot',
  origin: 'Hazelcast Jet bd39e80f20',
  file: 'core/channels/input-gate.ts',
  find: `    return this.#head < this.#queue.length && (!this.blocked || this.hasOvertaking);`,
  replace: `    const next = this.#queue[this.#head]?.elements[this.#at];
    return next !== undefined && (!this.blocked || this.hasOvertaking || next.kind === 'watermark');`,
  law: 'barrier-discipline',
};
