/**
 * What the watermark generator of a source says of one split, from the records of the split in order (SEMANTICS V1, W6).
 * When it is asked is not the model's to say. What a function of the author's throws is the engine's to report: it meets the
 * same, in the same state.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { WatermarkSpec } from '../../core/job/spec.ts';
import { EARLIEST } from './time.ts';
import type { ModelGenerator } from './types.ts';

export function generatorOf(watermarks: WatermarkSpec): ModelGenerator {
  const custom = (): Extract<WatermarkSpec['generator'], { readonly kind: 'custom' }> | undefined =>
    watermarks.generator.kind === 'custom' ? watermarks.generator : undefined;
  return {
    start: () => orElse(undefined, () => custom()?.fn.createState()),
    next: (own, value, timestamp) => orElse(own, () => custom()?.fn.onRecord(own, value, timestamp)),
    isIdle: (own) => orElse(false, () => custom()?.fn.isIdle?.(own) === true),
    earned({ maxTimestamp, own }): Timestamp {
      const { generator } = watermarks;
      if (generator.kind === 'custom') {
        return orElse(EARLIEST, () => Math.max(EARLIEST, generator.fn.watermark(own) ?? EARLIEST));
      }
      if (generator.kind === 'none' || maxTimestamp === EARLIEST) return EARLIEST;
      return Math.max(EARLIEST, maxTimestamp - generator.delayMs - 1);
    },
  };
}

function orElse<T>(otherwise: T, result: () => T): T {
  try {
    return result();
  } catch {
    return otherwise;
  }
}
