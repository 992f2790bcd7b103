/** Window assigners, as data. */
import { JobError } from '../errors.ts';
import type { WindowSpec } from './spec.ts';
import { requireWhole } from './watermarks.ts';

/** Decides which windows an element belongs to; made by the functions of this file. */
export type WindowAssigner = WindowSpec['assigner'];

/**
 * Windows `[start, start + sizeMs)` in event time, with `start` = `offsetMs` modulo `sizeMs`.
 *
 * @param sizeMs whole milliseconds >= 1.
 * @param offsetMs whole milliseconds, between -sizeMs and sizeMs (exclusive).
 * @throws JobError outside these ranges.
 */
export function tumblingEventTime(sizeMs: number, offsetMs = 0): WindowAssigner {
  requireWhole('tumblingEventTime: sizeMs', sizeMs, 1);
  if (!Number.isSafeInteger(offsetMs) || Math.abs(offsetMs) >= sizeMs) {
    throw new JobError(
      `tumblingEventTime: offsetMs is ${offsetMs}; give a whole number between -${sizeMs} and ${sizeMs}`,
    );
  }
  return { kind: 'tumbling', sizeMs, offsetMs };
}
