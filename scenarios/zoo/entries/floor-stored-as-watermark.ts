import type { ZooEntry } from '../entry.ts';

export const floorStoredAsWatermark: ZooEntry = {
  id: 'floor-stored-as-watermark',
  title: `The snapshot stores the subtask's watermark instead of the effective one (SEMANTICS W2)`,
  origin: 'SPARK-18513, BEAM-6678: event-time progress that is not in the checkpoint as the readers saw it',
  file: 'core/operators/heads/keyed-head.ts',
  find: '    return this.backend.snapshot(this.#floors.effectiveRanges());',
  replace: `    return this.backend.snapshot([{ ...this.range, floor: this.#floors['watermark'] }]);`,
  law: 'watermark-floor',
};
