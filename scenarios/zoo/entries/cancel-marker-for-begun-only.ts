import type { ZooEntry } from '../entry.ts';

export const cancelMarkerForBegunOnly: ZooEntry = {
  id: 'cancel-marker-for-begun-only',
  title: 'A cancel marker is taken only for the checkpoint that is pending',
  origin: 'an id guard too strict: n = current for n >= current',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: `  onCancel(checkpoint: number): readonly BarrierAction[] {
    if (this.#isOver(checkpoint)) return NOTHING;
    const actions`,
  replace: `  onCancel(checkpoint: number): readonly BarrierAction[] {
    if (!this.#pending || checkpoint !== this.#current) return NOTHING;
    const actions`,
  law: 'barriers-forwarded',
};
