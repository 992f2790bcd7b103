import type { ZooEntry } from '../entry.ts';

export const floorStoredAsWatermark: ZooEntry = {
  id: 'floor-stored-as-watermark',
  title: `The snapshot stores the subtask's watermark instead of the effective one (SEMANTICS W2)`,
  origin: 'SPARK-18513, BEAM-6678: event-time progress that is not in the checkpoint as the readers saw it',
  file: 'core/time/floors.ts',
  find: '    const ranges: FloorRange[] = [];',
  replace: `    const ranges: FloorRange[] = [];
    if (this.#range.start >= 0) return [{ ...this.#range, floor: this.#watermark }];`,
  law: 'watermark-floor',
};
